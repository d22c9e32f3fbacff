"""What parts of the reading add to extraction: each is taken away from the pages, not from the
code, so the program that is measured is the program that runs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context

from extractors.extraction import extract_fields, warm_up
from extractors.reading import Limits, read_document
from extractors.splitting import split_letters
from models.document import Page, PageRole
from models.serial import fields_out
from pipeline.evaluate.compare import Judged
from pipeline.evaluate.figures import calibration_error, key_fields, reliability, tally
from pipeline.evaluate.labels import Labelled
from pipeline.evaluate.run import judge_letters

Pages = tuple[Page, ...]
LONG = 3
"""Pages of the letters whose extraction is timed."""
TIMES = 3


def whole(pages: Pages) -> Pages:
    return pages


def without_roles(pages: Pages) -> Pages:
    """No page is told to be rights, taglines or a notice on discrimination."""
    return tuple(replace(page, role=PageRole.BODY) for page in pages)


def without_tables(pages: Pages) -> Pages:
    """No ruled table was found."""
    return tuple(replace(page, tables=()) for page in pages)


def without_doubt(pages: Pages) -> Pages:
    """The reader is sure of every word."""
    return tuple(
        replace(
            page,
            quality=1.0,
            lines=tuple(
                replace(line, words=tuple(replace(word, confidence=1.0) for word in line.words))
                for line in page.lines
            ),
        )
        for page in pages
    )


def without_places(pages: Pages) -> Pages:
    """The same words in the same order, as a plain text: no columns, blocks or cells."""
    text = "\f".join(page.text for page in pages)
    return read_document(text.encode(), "letter.txt", Limits(workers=1)).pages


PARTS: Mapping[str, Callable[[Pages], Pages]] = {
    "everything": whole,
    "without page roles": without_roles,
    "without ruled tables": without_tables,
    "without the reader's doubts": without_doubt,
    "without places on the page": without_places,
}


@dataclass(frozen=True, slots=True)
class Ablated:
    """F1 of key and of all fields, and the calibration error, with one part away."""

    name: str
    key: float | None
    all: float | None
    ece: float | None


def ablated(found: Sequence[Labelled], workers: int = 2) -> tuple[list[Ablated], list[float]]:
    """Every part's worth on labelled documents of one letter each, and the seconds that
    extraction takes on those of three pages, several times each."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(_one, found))
    out = []
    for name in PARTS:
        judged = [item for parts, _ in done for item in parts[name]]
        keyed = tally(key_fields(judged)).f1
        out.append(Ablated(name, keyed, tally(judged).f1, calibration_error(reliability(judged))))
    return out, [seconds for _, taken in done for seconds in taken]


def _one(item: Labelled) -> tuple[dict[str, tuple[Judged, ...]], list[float]]:
    document = read_document(item.path.read_bytes(), item.path.name, Limits(workers=1))
    pages = split_letters(document)[0]
    warm_up()
    judged = {}
    for name, less in PARTS.items():
        found = fields_out(extract_fields(less(pages)))
        [judged[name]] = judge_letters(item.letters[:1], [found])
    timed = partial(extract_fields, pages)
    return judged, [_seconds(timed) for _ in range(TIMES)] if len(pages) == LONG else []


def _seconds(work: Callable[[], object]) -> float:
    from extractors.meaning.guess import chances

    chances.cache_clear()  # a letter that was just read must not be quicker for it
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def spread(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    ranked = sorted(seconds)
    return statistics.median(ranked), ranked[min(int(0.95 * len(ranked)), len(ranked) - 1)]
