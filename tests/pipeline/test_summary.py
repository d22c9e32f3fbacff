"""The counts at the end of a batch."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipeline.batch import Batch
from pipeline.sources import Found
from pipeline.store.cases import Outcome
from pipeline.summary import print_summary


@pytest.mark.parametrize(
    ("looks", "told"), [(0, "3 pages in"), (2, "3 pages (2 with a second look)")]
)
def test_second_looks_are_told(capsys: pytest.CaptureFixture[str], looks: int, told: str) -> None:
    read = Outcome("fax.tif", "0" * 64, "done", 3, None, None, (), (), second_looks=looks)
    known = Outcome("again.tif", "0" * 64, "done", 3, "fax.tif", None, (), (), second_looks=looks)
    found = Found((Path("fax.tif"), Path("again.tif")), Counter())
    print_summary(Batch("run", Path("out"), (read, known)), found, 12.0)
    assert told in capsys.readouterr().out
