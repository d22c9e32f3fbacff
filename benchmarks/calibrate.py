"""`python -m benchmarks.calibrate`: from what is weighed to chances, fitted on letters made for it.

Makes development letters and papers in every kind of damage (seeds of their own, used for nothing
else), takes the development half of the letters that another hand wrote, reads and extracts all of
them, adds what was weighed in such letters at the first look, by a program developed without them,
and fits what each sign of a value says of its being right, what the reader's doubt takes off, and
how often a field left empty is indeed not stated. Writes `extractors/data/calibration.toml`. The
same code gives the same table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks.calibration_fit import Row, fit_table, table_text
from benchmarks.common import ROOT
from benchmarks.first_looks import keep, kept, look_at
from benchmarks.generator.damage import damaged
from benchmarks.generator.letter import make_letter
from benchmarks.generator.papers import kinds, make_paper
from benchmarks.readings import kept_reading
from extractors.calibration import TABLE
from extractors.choosing import Choice
from extractors.extraction import weigh_fields
from extractors.splitting import split_letters
from models.document import Document
from models.serial import plain
from pipeline.evaluate.labels import Label, read_label
from pipeline.evaluate.run import judge_letter

DAMAGED_SEED, CLEAN_SEED, PAPER_SEED = 60_601, 60_602, 60_603
"""Of these letters only: published figures, training and tests use other seeds."""
WRITTEN = ROOT / "benchmarks" / "written" / "dev"
"""Letters of another hand, for development; `frozen` beside it is for measuring only."""
KINDS = ("clean", "scan", "fax", "photo", "fax_standard", "copy", "faint", "turned")


@dataclass(frozen=True, slots=True)
class Job:
    """One letter to make and read. `source` is `letters`, `papers` or `written`; `name` its seed
    and number, or its file; `kind` its damage; `cache` where readings are kept."""

    source: str
    name: str
    kind: str
    cache: Path


def jobs(
    damaged_count: int, clean_count: int, papers: int, cache: Path, digital: bool = False
) -> Iterator[Job]:
    """Made letters damaged in turn, clean ones, papers (each kind clean and damaged in turn); of
    all these only what is clean where `digital`."""
    for n in range(damaged_count):
        damage = KINDS[n % len(KINDS)]
        if damage == "clean" or not digital:
            yield Job("letters", f"{DAMAGED_SEED}/{n}", damage, cache)
    for n in range(clean_count):
        yield Job("letters", f"{CLEAN_SEED}/{n}", "clean", cache)
    for n in range(papers):
        round_, kind = divmod(n, len(kinds()))
        damage = "clean" if round_ % 2 == 0 else KINDS[(kind + round_) % len(KINDS)]
        if damage == "clean" or not digital:
            yield Job("papers", f"{PAPER_SEED}/{n}", damage, cache)


def written_jobs(cache: Path) -> Iterator[Job]:
    """The letters of another hand, as text."""
    for path in sorted(WRITTEN.glob("*.txt")):
        yield Job("written", path.name, "text", cache)


def first_looks() -> Iterator[Row]:
    """What was weighed in letters of another hand by programs whose writers had not seen them:
    `blind` by the latest such program, `older` by those before."""
    looks = list(kept())
    latest = {look.letter: look.program for look in looks}
    for look in looks:
        source = "blind" if latest[look.letter] == look.program else "older"
        label = written_label(look.letter)
        yield from judged_rows(source, look.letter, label, look.choices, look.program)


def keep_first_looks(names: Sequence[str], program: str, cache: Path) -> None:
    """Adds letters of `WRITTEN` that nobody who develops has looked at yet, as the program of this
    commit sees them."""
    found = [read(Job("written", name, "text", cache)) for name in names]
    keep(look_at(job.name, program, split_letters(document)[0]) for job, _, document in found)


def read(job: Job) -> tuple[Job, Label, Document]:
    """The letter made, damaged and read; its label."""
    suffix, data, label = _letter(job)
    document, _ = kept_reading(data, f"letter{suffix}", job.cache)
    return job, label, document


def _letter(job: Job) -> tuple[str, bytes, Label]:
    if job.source == "written":
        return ".txt", (WRITTEN / job.name).read_bytes(), written_label(job.name)
    if job.source == "papers":
        number = int(job.name.split("/")[1])
        letter = make_paper(job.name, kinds()[number % len(kinds())], "train")
    else:
        letter = make_letter(job.name, "train")
    suffix, data = ".pdf", letter.pdf()
    if job.kind != "clean":
        suffix, data = damaged(data, job.kind, job.name, letter.scene.days["letter_date"])
    return suffix, data, read_label(letter.label)


def written_label(name: str) -> Label:
    """The label of a letter of another hand."""
    raw = json.loads((WRITTEN / name).with_suffix(".json").read_text(encoding="utf-8"))
    return read_label(raw.get("letters", [raw])[0])


def judged_rows(
    source: str, name: str, label: Label, choices: Mapping[str, Choice], program: str = ""
) -> Iterator[Row]:
    """What was weighed for every labelled field, and whether its value is right."""
    found = {key: {"value": plain(choice.value)} for key, choice in choices.items()}
    for judged in judge_letter(label, found):
        choice = choices[judged.key]
        yield Row(
            judged.key,
            choice.found,
            choice.score,
            choice.reading,
            choice.left,
            choice.quality,
            judged.outcome.ok,
            choice.doubt,
            source,
            f"{source}/{name}",
            program,
            choice.signs,
        )


def rows(job: Job, label: Label, document: Document) -> Iterator[Row]:
    """Those of a letter as it is read now."""
    choices = weigh_fields(split_letters(document)[0])
    yield from judged_rows(job.source, job.name, label, choices)


def rows_of(job: Job) -> list[Row]:
    """All of one letter."""
    return list(rows(*read(job)))


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, check=True
    )
    return told.stdout.decode().strip()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibrate", description=__doc__)
    parser.add_argument("--damaged", type=int, default=136, help="letters, in every damage in turn")
    parser.add_argument("--clean", type=int, default=80, help="more letters without damage")
    parser.add_argument("--papers", type=int, default=128, help="papers of other kinds")
    parser.add_argument("--cache", type=Path, help="a folder that keeps what was read")
    parser.add_argument("--read-only", action="store_true", help="fill the cache, fit nothing")
    parser.add_argument(
        "--digital",
        action="store_true",
        help="only what is not damaged; what a reader's doubt takes off stays as it is",
    )
    parser.add_argument(
        "--first-look", nargs="+", metavar="FILE", help="keep what is weighed now in these letters"
    )
    parser.add_argument("--out", type=Path, default=TABLE)
    args = parser.parse_args()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with tempfile.TemporaryDirectory(prefix="calibrate-") as own:
        cache = args.cache or Path(own)
        cache.mkdir(parents=True, exist_ok=True)
        if args.first_look:
            keep_first_looks(args.first_look, _commit(), cache)
            return
        made = jobs(args.damaged, args.clean, args.papers, cache, args.digital)
        todo = [*made, *written_jobs(cache)]
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            done = list(pool.map(rows_of, todo, chunksize=4))
        if args.read_only:
            return
        found = [*(row for some in done for row in some), *first_looks()]
    args.out.write_text(table_text(fit_table(found)), encoding="utf-8")
    print(f"{len(found)} fields of {len(done)} letters; wrote {args.out.name}")


if __name__ == "__main__":
    main()
