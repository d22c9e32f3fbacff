"""What each part adds: it is taken away from the pages that were read, or switched off in the code,
and the same letters are extracted without it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.readings import reader
from extractors.calibration import Curve
from extractors.extraction import extract_fields, warm_up
from extractors.lexicon.drug_index import DrugIndex
from extractors.meaning import evidence, guess, kind, kind_evidence, payer_namings, reasons
from extractors.nlp.labels import LabelLexicon
from extractors.reading import Limits, ocr, read_document
from extractors.splitting import split_letters
from models.document import Page, PageRole, PageSource
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


@contextmanager
def _replaced(*places: tuple[object, str, Any]) -> Iterator[None]:
    """Names in modules or classes replaced for a while."""
    with ExitStack() as stack:
        for owner, name, other in places:
            if not hasattr(owner, name):
                continue
            stack.enter_context(patch.object(owner, name, other))
        yield


def _no_chances(said: str | tuple[str, ...]) -> dict[str, float]:
    return {guess.NO_REASON: 1.0}


class _Exact:
    """Likeness of names without any: the same or not at all."""

    @staticmethod
    def ratio(one: str, other: str) -> float:
        return 100.0 if one == other else 0.0


_MODELS = (
    (reasons, "chances", _no_chances),
    (evidence, "chances", _no_chances),
    (evidence, "chances_together", _no_chances),
    (kind, "verdict_chances", _no_chances),
    (kind_evidence, "verdict_chances", _no_chances),
    (kind_evidence, "verdicts_together", _no_chances),
)
_FUZZY = (
    (DrugIndex, "closest", lambda self, word: None),
    (LabelLexicon, "_fuzzy", lambda self, joined: ()),
    (payer_namings, "fuzz", _Exact),
)
_SCORES = (
    (Curve, "chance", lambda self, score, *told: min(score, 1.0)),
    (Curve, "chance_absent", lambda self, left, quality: 1.0 - left),
)
_LOOKS = (
    (ocr, "_second_looks", lambda first: iter(())),
    (ocr, "_doubtful_again", lambda read, look, seconds: read),
)
Switch = tuple[object, str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part taken away: from the pages, or by names replaced in the code. `reads`: the letter
    has to be read again without it."""

    pages: Callable[[Pages], Pages] = whole
    off: tuple[Switch, ...] = ()
    reads: bool = False


PARTS: Mapping[str, Part] = {
    "everything": Part(),
    "without page roles": Part(without_roles),
    "without ruled tables": Part(without_tables),
    "without the reader's doubts": Part(without_doubt),
    "without places on the page": Part(without_places),
    "without a second look at doubtful pages and lines": Part(off=_LOOKS, reads=True),
    "without the sentence models": Part(off=_MODELS),
    "without likeness of damaged names and labels": Part(off=_FUZZY),
    "without calibration (scores as chances)": Part(off=_SCORES),
    "without all that was learned": Part(off=(*_MODELS, *_SCORES)),
}


@dataclass(frozen=True, slots=True)
class Ablated:
    """F1 of key and of all fields, and the calibration error, with one part away."""

    name: str
    key: float | None
    all: float | None
    ece: float | None


def ablated(
    found: Sequence[Labelled], cache: Path | None = None, workers: int = 2
) -> tuple[list[Ablated], list[float]]:
    """Every part's worth on labelled documents of one letter each, and the seconds that
    extraction takes on those of three pages, several times each."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(partial(_one, cache=cache), found))
    out = []
    for name in PARTS:
        judged = [item for parts, _ in done for item in parts[name]]
        keyed = tally(key_fields(judged)).f1
        out.append(Ablated(name, keyed, tally(judged).f1, calibration_error(reliability(judged))))
    return out, [seconds for _, taken in done for seconds in taken]


def _one(item: Labelled, cache: Path | None) -> tuple[dict[str, tuple[Judged, ...]], list[float]]:
    data, file = item.path.read_bytes(), item.path.name
    document, _ = reader(cache)(data, file)
    pages = split_letters(document)[0]
    warm_up()
    judged = {}
    for name, part in PARTS.items():
        guess.forget()
        with _replaced(*part.off):
            if part.reads and any(page.source is not PageSource.TEXT for page in pages):
                left = split_letters(reader(cache, name)(data, file)[0])[0]
            else:
                left = pages
            found = fields_out(extract_fields(part.pages(left)))
        [judged[name]] = judge_letters(item.letters[:1], [found])
    timed = partial(extract_fields, pages)
    return judged, [_seconds(timed) for _ in range(TIMES)] if len(pages) == LONG else []


def _seconds(work: Callable[[], object]) -> float:
    guess.forget()  # a letter that was just read must not be quicker for it
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def spread(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    ranked = sorted(seconds)
    return statistics.median(ranked), ranked[min(int(0.95 * len(ranked)), len(ranked) - 1)]
