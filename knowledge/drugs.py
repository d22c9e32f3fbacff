"""Drugs and drug classes: names, codes, labelled use, and what a policy usually asks to see.

No doses: where numbers matter, the text says "see the label". Three readers, each lazy, since
reading a letter needs the names alone: `drugs()`, `drug_classes()`, and `particulars()`, what is
particular to one drug or class under one reason for denial.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.names import Alias, Match, NameIndex
from knowledge.tables import Provenance, Row, entries
from models.vocabulary import DenialCategory

BENEFITS = ("medical", "pharmacy", "both")
DRUG_KEYS = frozenset(("id", "generic", "brands", "also", "class", "further_classes", "routes")) | {
    "hcpcs",
    "billing_unit",
    "indications",
    "benefit",
    "note",
}
CLASS_KEYS = frozenset(("id", "name", "printed", "specialty", "societies", "guidelines")) | {
    "criteria",
    "quantity",
    "necessity",
    "first_tried",
    "note",
}
PARTICULARS_KEYS = frozenset(("id", "subject", "category", "thesis", "why", "appealable")) | {
    "arguments",
    "first",
    "gather",
    "columns",
    "pace",
    "reviewer",
}


@dataclass(frozen=True, slots=True)
class Drug:
    """One product or group of products. `generic` is the active ingredient; `also` are further
    names of it (salts, suffixed biosimilar names, abbreviations). `benefit` is where plans
    usually cover it. `billing_unit` says what one unit of a HCPCS code is. `further_classes` are
    those it also belongs to, as for a drug given to adults and children."""

    id: str
    generic: str
    brands: tuple[str, ...]
    also: tuple[str, ...]
    class_id: str
    further_classes: tuple[str, ...]
    routes: tuple[str, ...]
    hcpcs: tuple[str, ...]
    billing_unit: str | None
    indications: tuple[str, ...]
    benefit: str
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Need:
    """A thing a policy asks, or a document to gather, and what must show it. `regimes`: only
    under these kinds of coverage; empty: under all."""

    asks: str
    shown_by: str
    regimes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrugClass:
    """What policies ask for drugs of this kind. `printed` are the class's names in letters.
    `quantity` and `necessity` say what such a denial turns on; `first_tried`, what a step rule
    usually wants before."""

    id: str
    name: str
    printed: tuple[str, ...]
    specialty: str
    societies: tuple[str, ...]
    guidelines: tuple[str, ...]
    criteria: tuple[Need, ...]
    quantity: str
    necessity: str
    first_tried: str | None
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Particulars:
    """One drug or class under one reason for denial, for the guide and the letter.

    `thesis`: how such denials turn, in a line. `why`: why plans deny it so. `arguments`:
    sentences a physician can sign once the blanks are filled. `first`: the step that may end it.
    `gather`: documents and what each must show. `columns`: headings of the table of evidence.
    `pace`: when and why to ask for a fast decision.
    """

    id: str
    subject: str
    category: DenialCategory
    thesis: str
    why: tuple[str, ...]
    appealable: tuple[str, ...]
    arguments: tuple[str, ...]
    first: str
    gather: tuple[Need, ...]
    columns: tuple[str, ...]
    pace: str
    reviewer: str
    provenance: Provenance


class DrugLexicon:
    """All drugs, by id, by any name, by HCPCS code, and found in running text."""

    def __init__(self, everything: tuple[Drug, ...]) -> None:
        self.all = everything
        self.by_id = {drug.id: drug for drug in everything}
        self.index = NameIndex(_drug_names(everything))
        self._by_code: dict[str, tuple[Drug, ...]] = {}
        for drug in everything:
            for code in drug.hcpcs:
                self._by_code[code] = (*self._by_code.get(code, ()), drug)

    def __getitem__(self, drug_id: str) -> Drug:
        return self.by_id[drug_id]

    def __len__(self) -> int:
        return len(self.all)

    def named(self, text: str) -> Drug | None:
        """The drug with this brand, generic or other name; of several with one active
        ingredient (Ozempic, Wegovy) the first listed."""
        found = self.index.exactly(text)
        return found[0].of if found else None

    def by_hcpcs(self, code: str) -> tuple[Drug, ...]:
        """The drugs billed with this code; () for the unclassified codes (J3490, J3590, ...)."""
        return self._by_code.get(code.strip().upper(), ())

    def of_class(self, class_id: str) -> tuple[Drug, ...]:
        """The drugs of a class, those that belong to it among others too."""
        return tuple(
            drug for drug in self.all if class_id in (drug.class_id, *drug.further_classes)
        )

    def find(self, text: str) -> Iterator[Match[Drug]]:
        """Names in running text, as `NameIndex.find`: `match.of` is the drug."""
        return self.index.find(text)


class ClassLexicon:
    """All drug classes, by id, by printed name, and found in running text."""

    def __init__(self, everything: tuple[DrugClass, ...]) -> None:
        self.all = everything
        self.by_id = {item.id: item for item in everything}
        self.index = NameIndex(
            Alias(text, item, any_case=True)
            for item in everything
            for text in (item.name, *item.printed)
        )

    def __getitem__(self, class_id: str) -> DrugClass:
        return self.by_id[class_id]

    def __len__(self) -> int:
        return len(self.all)

    def named(self, text: str) -> DrugClass | None:
        """The class with this name; of several that share it, the first listed."""
        found = self.index.exactly(text)
        return found[0].of if found else None

    def find(self, text: str) -> Iterator[Match[DrugClass]]:
        """Class names in running text, as `NameIndex.find`: `match.of` is the class."""
        return self.index.find(text)


@cache
def drugs(*folders: Path) -> DrugLexicon:
    """All drugs, the users' own merged over ours. Raises KnowledgeError for a malformed entry."""
    rows = entries("drugs", "drugs*.toml", folders or None, growing=("brands", "also"))
    return DrugLexicon(tuple(read_drug(row) for row in rows.values()))


@cache
def drug_classes(*folders: Path) -> ClassLexicon:
    """All drug classes, the users' own merged over ours."""
    rows = entries("classes", "drug_classes.toml", folders or None, growing=("printed",))
    return ClassLexicon(tuple(read_class(row) for row in rows.values()))


@cache
def all_particulars(*folders: Path) -> tuple[Particulars, ...]:
    """Every entry of the particulars, in file order."""
    rows = entries("particulars", "particulars*.toml", folders or None)
    return tuple(read_particulars(row) for row in rows.values())


def particulars(
    category: DenialCategory, drug: Drug | None, class_id: str | None = None, *folders: Path
) -> Particulars | None:
    """What is particular to this drug (else to its class, or to the class named) under this
    reason; None where only the class's general words apply."""
    known = {(p.subject, p.category): p for p in all_particulars(*folders)}
    named = drug is not None and class_id in drug.further_classes
    subjects = (drug.id, drug.class_id) if drug is not None else ()
    for subject in (class_id or "", *subjects) if named else (*subjects, class_id or ""):
        if (subject, category) in known:
            return known[subject, category]
    return None


def _drug_names(everything: tuple[Drug, ...]) -> Iterator[Alias[Drug]]:
    for drug in everything:
        for text in (drug.generic, *drug.brands, *drug.also):
            yield Alias(text, drug, any_case=True)


def read_drug(row: Row) -> Drug:
    """One entry. Raises KnowledgeError where a value is not what it must be."""
    return Drug(
        id=row.id,
        generic=row.text("generic"),
        brands=row.texts("brands"),
        also=row.texts("also"),
        class_id=row.text("class"),
        further_classes=row.texts("further_classes"),
        routes=row.texts("routes"),
        hcpcs=row.texts("hcpcs"),
        billing_unit=row.maybe("billing_unit"),
        indications=row.texts("indications"),
        benefit=row.text("benefit"),
        note=row.text("note", ""),
        provenance=row.provenance(),
    )


def needs(row: Row, key: str) -> tuple[Need, ...]:
    """A list of `{ asks, shown_by }` tables, with `regimes` where it holds only under some."""
    return tuple(
        Need(item.text("asks"), item.text("shown_by"), item.texts("regimes"))
        for item in row.rows(key)
    )


def read_class(row: Row) -> DrugClass:
    """One entry. Raises KnowledgeError where a value is not what it must be."""
    return DrugClass(
        id=row.id,
        name=row.text("name"),
        printed=row.texts("printed"),
        specialty=row.text("specialty"),
        societies=row.texts("societies"),
        guidelines=row.texts("guidelines"),
        criteria=needs(row, "criteria"),
        quantity=row.text("quantity"),
        necessity=row.text("necessity"),
        first_tried=row.maybe("first_tried"),
        note=row.text("note", ""),
        provenance=row.provenance(),
    )


def read_particulars(row: Row) -> Particulars:
    """One entry. Raises KnowledgeError where a value is not what it must be."""
    try:
        category = DenialCategory(row.text("category"))
    except ValueError:
        raise row.wrong("category", "a denial category of the contract") from None
    return Particulars(
        id=row.id,
        subject=row.text("subject"),
        category=category,
        thesis=row.text("thesis"),
        why=row.texts("why"),
        appealable=row.texts("appealable"),
        arguments=row.texts("arguments"),
        first=row.text("first"),
        gather=needs(row, "gather"),
        columns=row.texts("columns"),
        pace=row.text("pace", ""),
        reviewer=row.text("reviewer", ""),
        provenance=row.provenance(),
    )
