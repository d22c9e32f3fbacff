"""`python -m benchmarks.letters`: every kind of letter composed and held to its sources, the time
and memory of a batch of packets, and how hard the guides are to read."""

from __future__ import annotations

import argparse
import itertools
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium

from benchmarks.common import publish, verdict, workplace
from knowledge import law
from letters.check import citations_in, problems
from letters.compose.matter import Matter
from letters.compose.routes import COMPOSERS, route_letter
from letters.guide import write_guide
from letters.packet import compose, write_packet
from letters.render.pdf import render_pdf
from models.case import DenialCase, Route
from models.document import Line, Page, PageSource, Word
from models.fields import Evidence, Field, Fields, FieldValue
from models.geometry import Box
from models.vocabulary import DenialCategory, Level, PlanType
from pipeline.deciding import decide

TODAY = date(2026, 11, 22)
REASON = "We could not approve this request because the records do not show that it is needed."
PLACE = Box(72, 100, 420, 112)
DRUGS = (("Tecartus", "brexucabtagene autoleucel"), ("Ocrevus", "ocrelizumab"),
         ("Nurtec ODT", "rimegepant"), ("Unheardofmab", None))  # fmt: skip
TABLE = re.compile(
    r"^(?:Treatment so far|The criteria, one by one|The amount, side by side|"
    r"What was asked, and what is enclosed)\s*$",
    re.MULTILINE,
)
SET_ONE_IN = 4
PACKET_SECONDS = 1.0
GROWTH = 1.05
MARKS = (100, 500, 1000)
NAMED = (
    ("BCBS", "Tecartus", "quantity_limit"),
    ("BCBS", "Tecartus", "medical_necessity"),
    ("BCBS", "pediatric targeted therapy", "medical_necessity"),
    ("Cigna", "Ocrevus", "quantity_limit"),
    ("BCBS", "compounded 17-OHP", "quantity_limit"),
    ("BCBS", "compounded 17-OHP", "medical_necessity"),
    ("BCBS", "alpha-1 augmentation", "quantity_limit"),
    ("BCBS", "alpha-1 augmentation", "medical_necessity"),
    ("BCBS", "lisdexamfetamine", "quantity_limit"),
    ("BCBS", "lisdexamfetamine", "medical_necessity"),
    ("BCBS", "Ocrevus", "quantity_limit"),
    ("BCBS", "Ocrevus", "medical_necessity"),
)


@dataclass(slots=True)
class Pages:
    """How long the letters are, and on which page their first table begins."""

    letters: int = 0
    tables: int = 0
    late: int = 0
    longest: int = 0

    def add(self, case: DenialCase) -> None:
        pages = pages_of(render_pdf(route_letter(Matter(case, "case-1", TODAY))))
        first = next((n for n, text in enumerate(pages, 1) if TABLE.search(text)), None)
        self.letters += 1
        self.longest = max(self.longest, len(pages))
        self.tables += first is not None
        # "At most two pages before the table": it begins on the third page at the latest, at its
        # head.
        self.late += first is not None and first > 2 and not starts_page(pages[first - 1], first)


def pages_of(pdf: bytes) -> list[str]:
    """The words of each page."""
    with pdfium.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def starts_page(text: str, page: int) -> bool:
    """Whether a table's heading is the first line of a page, below the running head."""
    lines = [line for line in text.splitlines() if line.strip()]
    return page == 3 and any(TABLE.match(line) for line in lines[:2])


@dataclass(slots=True)
class Tally:
    """What was composed, and what of it has no support."""

    letters: int = 0
    papers: int = 0
    statements: int = 0
    sourced: int = 0
    citations: int = 0
    resolved: int = 0

    def add(self, case: DenialCase) -> None:
        matter = Matter(case, "case-1", TODAY)
        known = law.all_citations()
        self.letters += case.route.name in COMPOSERS
        for paper in compose(matter):
            self.papers += 1
            bad = {said.split()[1] for said in problems(paper, matter)}
            for number, statement in enumerate(paper.statements(), 1):
                self.statements += 1
                self.sourced += bool(statement.source.refs) and str(number) not in bad
                cited = citations_in(statement.text)
                self.citations += len(cited)
                self.resolved += sum(one in known for one in cited)


def made_case(category: DenialCategory, plan: PlanType, level: Level, n: int = 0) -> DenialCase:
    """A denial decided as the program decides it, from fields as if read."""
    brand, generic = DRUGS[n % len(DRUGS)]
    values: dict[str, FieldValue] = {
        "document_kind": "denial", "level": level.value, "plan_type": plan.value,
        "payer": "Exampleland Health Plan", "drug": brand, "drug_generic": generic,
        "denial_category": category.value, "denial_categories": (category.value,),
        "letter_date": date(2026, 10, 30), "member_id": f"XEB{n:09}",
        "patient_name": "Rosalind Quillfeather", "reference_number": f"PA-{n:06}",
        "appeal_fax": "800-555-0142", "policy_cited": "Medical Policy 8.01.63",
    }  # fmt: skip
    made = {
        key: Field(value, 0.97, (Evidence(1, REASON, PLACE),))
        for key, value in values.items()
        if value is not None
    }
    words = tuple(Word(word, PLACE) for word in REASON.split())
    page = Page(1, 612, 792, (Line(words, 0),), PageSource.TEXT)
    return decide((page,), Fields(made), TODAY)


def all_cases() -> Iterator[DenialCase]:
    """Every reason, plan type and level, as routed, and by every route that writes a letter."""
    kinds = itertools.product(DenialCategory, PlanType, Level)
    for n, (category, plan, level) in enumerate(kinds):
        case = made_case(category, plan, level, n)
        yield case
        for name in COMPOSERS:
            if name is not case.route.name:
                yield replace(
                    case, route=Route(name, "measured", urgent=n % 2 == 0, harm=n % 2 == 0)
                )


def batch(count: int, out: Path) -> tuple[list[float], list[float], dict[int, float]]:
    """Seconds of each packet written to the disk, processor time of each, and megabytes held at
    the marks."""
    kinds = list(itertools.product(DenialCategory, PlanType, Level))
    seconds, busy, held = [], [], {}
    for n in range(count):
        case = made_case(*kinds[n % len(kinds)], n)
        begun, spent = time.perf_counter(), time.process_time()
        write_packet(case, f"case-{n:05}", out, TODAY)
        seconds.append(time.perf_counter() - begun)
        busy.append(time.process_time() - spent)
        if n + 1 in MARKS:
            held[n + 1] = resident_mb()
    return seconds, busy, held


def resident_mb() -> float:
    """Megabytes that this process holds now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else 0.0


def reading_grade(text: str) -> float:
    """The Flesch-Kincaid grade: years of school that a reader needs."""
    sentences = [s for s in re.split(r"(?<=[.!?])\s+|\n+", text) if len(s.split()) > 2]
    words = re.findall(r"[A-Za-z]+(?:['’][a-z]+)?", " ".join(sentences))
    syllables = sum(map(_syllables, words))
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    heard = re.sub(r"(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", heard)))


def guide_words(markdown: str) -> str:
    """A guide's running text: without headings, tables and citations."""
    lines = (line for line in markdown.splitlines() if not line.startswith(("#", "|")))
    bare = (re.sub(r"\([^)]*\b(?:CFR|USC)\b.*\)|\*|^[-\d.>\s]+", "", line) for line in lines)
    return "\n".join(bare)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=MARKS[-1])
    count = parser.parse_args().packets
    tally, pages = Tally(), Pages()
    for n, case in enumerate(all_cases()):
        tally.add(case)
        if n % SET_ONE_IN == 0 and case.route.name in COMPOSERS:
            pages.add(case)
    grades = {
        guide: reading_grade(guide_words(write_guide(*guide, "md").decode())) for guide in NAMED
    }
    with workplace() as out:
        seconds, busy, held = batch(count, out)
    first, last = held.get(MARKS[0], 0.0), held[max(held)] if held else 0.0
    slow = statistics.quantiles(seconds, n=20)[-1]
    publish("letters", "Letters", [
        f"{len(DenialCategory)} reasons x {len(PlanType)} plan types x {len(Level)} levels, each "
        "as the program routes it and by every other route: invented cases; drugs with "
        "particulars, with a class alone, and unknown ones in turn.",
        "",
        "| what | figure | target | |",
        "| --- | ---: | ---: | --- |",
        f"| letters composed | {tally.letters:,} | | |",
        f"| papers composed, each checked | {tally.papers:,} | | |",
        f"| statements with a source | {tally.sourced:,} of {tally.statements:,} "
        f"({tally.sourced / tally.statements:.2%}) | 100% | "
        f"{verdict(tally.statements, tally.sourced)} |",
        f"| citations that resolve to a knowledge entry | {tally.resolved:,} of "
        f"{tally.citations:,} ({tally.resolved / tally.citations:.2%}) | 100% | "
        f"{verdict(tally.citations, tally.resolved)} |",
        f"| letters set as pages (one in {SET_ONE_IN}), longest | {pages.letters:,}, "
        f"{pages.longest} pages | | |",
        f"| of those with a table, it begins after at most two pages | "
        f"{pages.tables - pages.late:,} of {pages.tables:,} | all | "
        f"{verdict(pages.tables, pages.tables - pages.late)} |",
        f"| a packet written to disk, median of {len(seconds):,} | "
        f"{statistics.median(seconds):.2f} s | {PACKET_SECONDS:.0f} s | "
        f"{verdict(statistics.median(seconds), PACKET_SECONDS)} |",
        f"| processor time of a packet, median | {statistics.median(busy):.2f} s | | |",
        "| one packet in twenty takes more processor time than | "
        f"{statistics.quantiles(busy, n=20)[-1]:.2f} s | | |",
        f"| one packet in twenty takes longer than | {slow:.2f} s | {PACKET_SECONDS:.0f} s | "
        f"{verdict(slow, PACKET_SECONDS)} |",
        *(f"| memory after {n:,} packets | {mb:.0f} MB | | |" for n, mb in held.items()),
        f"| growth from the first mark to the last | {last / first if first else 1:.3f} x | "
        f"{GROWTH} x | {verdict(last, first * GROWTH)} |",
        "",
        "Reading grade of guides (Flesch-Kincaid, on running text without tables and citations; "
        "medical words count as they are):",
        "",
        "| guide | grade |",
        "| --- | ---: |",
        *(f"| {' x '.join(guide).replace('_', ' ')} | {grade:.1f} |"
          for guide, grade in grades.items()),
        f"| median | {statistics.median(grades.values()):.1f} |",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
