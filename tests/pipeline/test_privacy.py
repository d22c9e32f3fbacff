"""Nothing of a patient outside of the database, the letters and the packets: names are planted in
letters, file names, subjects and fields, and all else that a run leaves is searched for them."""

from __future__ import annotations

import contextlib
import os
import zlib
from email.message import EmailMessage
from pathlib import Path

import pytest
from desk_calls import Run

from pipeline.operations.metrics import metrics
from pipeline.store.database import open_database

MARKS = ("Zebulon", "Quagmire", "ZQ77120934")
_HELD = ("denialdesk.db", "blobs", "packets")
"""Where letters belong: the database, the letters received, and what is written for them."""


def found_in(data: bytes) -> set[str]:
    """The marks in some bytes, in the common ways of writing text, also where they are deflated."""
    ways = [data]
    for start in (b"\x78\x9c", b"\x78\x01", b"\x78\xda", b"\x78\x5e"):
        at = data.find(start)
        while at >= 0 and len(ways) < 200:
            with contextlib.suppress(zlib.error):
                ways.append(zlib.decompressobj().decompress(data[at:], 1 << 20))
            at = data.find(start, at + 1)
    return {
        mark
        for mark in MARKS
        for way in ways
        for coded in (mark.encode(), mark.lower().encode(), mark.encode("utf-16-le"))
        if coded in way
    }


def leaks(folder: Path, apart: tuple[str, ...] = ()) -> dict[str, set[str]]:
    """File to the marks in it or in its name, below a folder."""
    found = {}
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if inside.parts[0].startswith(apart) and apart:
            continue
        marks = found_in(os.fsencode(str(inside)))
        if path.is_file():
            marks |= found_in(path.read_bytes())
        if marks:
            found[str(inside)] = marks
    return found


def mail(subject: str) -> bytes:
    said = EmailMessage()
    said["From"], said["To"], said["Subject"] = "plan@example.test", "desk@example.test", subject
    said.set_content("pages 1\nAbout Zebulon Quagmire, ZQ77120934")
    said.add_attachment(b"damaged ZQ77120934", maintype="text", subtype="plain",
                        filename="Quagmire-2.txt")  # fmt: skip
    return said.as_bytes()


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Letters that do everything that a letter can do to a run."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, orders in {
        "good": "pages 2\npayer Zebulon Plan", "fails": "fail Quagmire", "damaged": "damaged",
        "crashes": "crash", "killed": "killed",
    }.items():  # fmt: skip
        (folder / f"Zebulon Quagmire {name}.txt").write_text(f"{orders}\nZQ77120934 Quagmire\n")
    return folder


def test_a_run_with_every_kind_of_failure_leaves_no_name(
    desk: Run, home: Path, tmp_path: Path, letters: Path
) -> None:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    env = {"TMPDIR": str(scratch)}
    done = desk("process", letters, **env)
    assert done.returncode == 3, done.stdout + done.stderr
    box = tmp_path / "box"
    box.mkdir()
    (box / "Quagmire.eml").write_bytes(mail("Denial for Zebulon Quagmire ZQ77120934"))
    added = desk("inbox", "add", "folder", box, "--name", "fax", "--still", "0.1", **env)
    assert added.returncode == 0, added.stderr
    assert desk("inbox", "run", "fax", **env).returncode in (0, 3)
    assert desk("extract", letters / "Zebulon Quagmire good.txt", **env).returncode == 0
    assert desk("case", "list", **env).returncode == 0
    assert desk("backup", tmp_path / "nowhere" / "Quagmire.zip", **env).returncode == 2
    assert leaks(home, _HELD) == {}
    assert leaks(scratch) == {}
    database = open_database(f"sqlite:///{home / 'denialdesk.db'}")
    assert found_in(metrics(database).encode()) == set()
    database.close()
    # The search itself finds what is there.
    assert set(MARKS) <= set().union(*leaks(home).values())
    assert {"logs", "prefect", "tmp"} <= {path.name for path in home.iterdir()}
    assert any((home / "logs").iterdir())
