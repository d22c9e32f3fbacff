"""Refuses a letter that asserts what nothing supports.

Each kind of source is held to its own proof: words of the denial to their evidence, a rule to an
entry of the knowledge base, a request to its stored wording, a computed value to what it was
computed from. Every citation printed anywhere must be one that the knowledge base prints.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from knowledge import law
from letters.compose import lore, wording
from letters.compose.matter import Matter
from models.errors import KnowledgeError, UnsourcedStatement
from models.fields import FIELD_SPECS
from models.letter import Blank, Letter, SourceKind, Statement, Text

# What looks like a citation: a title, a body of law, a section and perhaps paragraphs.
_CITATION = re.compile(
    r"(?:\d+ (?:CFR|USC|U\.S\.C\.|C\.F\.R\.|FR|Fed\. Reg\.)|Social Security Act section|"
    r"Public Health Service Act section|PHSA|SSA)"
    r" (?:parts? )?\d[\w.-]*\w(?:\([0-9A-Za-z]+\))*|\d+ (?:CFR|USC) (?:part )?\d+\b"
)


_QUOTE = re.compile(r"“([^”]*)”")


def checked(letter: Letter, matter: Matter) -> Letter:
    """The letter itself. Raises UnsourcedStatement, which names paper and statement by number and
    never by its words."""
    for problem in problems(letter, matter):
        raise UnsourcedStatement(
            f"The {letter.kind.replace('_', ' ')} was not written: {problem}",
            "Please report this: the wording or the knowledge entry needs mending",
        )
    return letter


def problems(letter: Letter, matter: Matter) -> Iterator[str]:
    """Everything in the letter that has no support."""
    for number, statement in enumerate(letter.statements(), 1):
        for problem in _problems(statement, matter):
            yield f"statement {number} ({statement.source.kind.value}) {problem}"


def citations_in(text: str) -> tuple[str, ...]:
    """The citations printed in `text`, in order."""
    return tuple(match.group() for match in _CITATION.finditer(text))


def _problems(statement: Statement, matter: Matter) -> Iterator[str]:
    source = statement.source
    if not source.refs:
        yield "names no source"
        return
    for ref in source.refs:
        if not _resolves(ref, matter):
            yield f"rests on {ref}, which is not there"
    quoted = " ".join(" ".join(e.text.split()) for e in source.evidence)
    if source.kind is SourceKind.COMPUTED:  # a finding may show the notice's own words
        quoted += " ".join(word for found in _findings(matter) for word in _QUOTE.findall(found))
    for cited in citations_in(statement.text):
        if cited not in law.all_citations() and cited not in quoted:
            yield "cites what the knowledge base does not hold"
    yield from _PROOFS[source.kind](statement, matter)


def _findings(matter: Matter) -> tuple[str, ...]:
    """What was found out about the case's law and route, in words."""
    law_found = matter.case.law
    return (
        *matter.case.route.reasons, *law_found.reasons, *(e.reason for e in law_found.excluded)
    )  # fmt: skip


def _denial(statement: Statement, matter: Matter) -> Iterator[str]:
    if not statement.source.evidence:
        yield "has no place in the notice"
    stored = _stored(statement)
    if stored is None:
        held = " ".join(" ".join(e.text.split()) for e in statement.source.evidence)
        held += " ".join(_field_words(statement, matter))
        for part in statement.inlines:
            quoted = re.search(r"“([^”]*)", part.text) if isinstance(part, Text) else None
            if quoted and quoted.group(1).lstrip("… ").rstrip() not in held:
                yield "quotes what the notice does not say"


def _field_words(statement: Statement, matter: Matter) -> Iterator[str]:
    for ref in statement.source.refs:
        key = ref.removeprefix("field:")
        if ref.startswith("field:") and key in FIELD_SPECS:
            yield str(matter.case.fields[key].value)


def _knowledge(statement: Statement, matter: Matter) -> Iterator[str]:
    if not any(ref.partition(":")[0] in _ENTRIES for ref in statement.source.refs):
        yield "names no entry of the knowledge base"


def _person(statement: Statement, matter: Matter) -> Iterator[str]:
    entered = any(ref.startswith(("entry:", "field:")) for ref in statement.source.refs)
    if not entered and not statement.source.detail:
        yield "names no person's entry"
    if not entered:
        yield from _form(statement, matter)


def _computed(statement: Statement, matter: Matter) -> Iterator[str]:
    if all(ref.startswith("wording:") for ref in statement.source.refs):
        yield "does not say from what it was computed"


def _form(statement: Statement, matter: Matter) -> Iterator[str]:
    """A request is as stored: nothing may have slipped in but values and blanks."""
    stored = _stored(statement)
    if stored is not None and not _shape(stored).fullmatch(statement.text):
        yield "differs from its stored wording"
    if citations_in(statement.text) and not statement.source.evidence:
        yield "cites a rule without resting on it"


_PROOFS: Mapping[SourceKind, Callable[[Statement, Matter], Iterator[str]]] = {
    SourceKind.DENIAL: _denial,
    SourceKind.KNOWLEDGE: _knowledge,
    SourceKind.PERSON: _person,
    SourceKind.COMPUTED: _computed,
    SourceKind.FORM: _form,
}


def _stored(statement: Statement) -> str | None:
    """The path of the stored wording that a statement fills, if it fills one."""
    for ref in statement.source.refs:
        head, _, key = ref.partition(":")
        if head == "wording" and key in wording.all_sentences():
            return key
    return None


@cache
def _shape(key: str) -> re.Pattern[str]:
    """The stored sentence as a pattern, its places open."""
    text = wording.sentence(key).text
    pieces, at = [], 0
    for match in wording.PLACE.finditer(text):
        pieces += [re.escape(text[at : match.start()]), ".*"]
        at = match.end()
    return re.compile("".join([*pieces, re.escape(text[at:])]), re.DOTALL)


def _resolves(ref: str, matter: Matter) -> bool:
    head, _, key = ref.partition(":")
    finder = _FINDERS.get(head)
    return finder is not None and finder(key, matter)


def _law(key: str, matter: Matter) -> bool:
    return _is_law_entry(key)


@cache
def _is_law_entry(key: str) -> bool:
    try:
        law.entry(key)
    except KnowledgeError:
        return False
    return True


def _field(key: str, matter: Matter) -> bool:
    return key in FIELD_SPECS and matter.field(key) is not None


def _wording(key: str, matter: Matter) -> bool:
    return key in wording.all_sentences() or any(
        path.startswith(f"{key}.") for path in wording.all_sentences()
    )


def _lore(kind: str) -> Callable[[str, Matter], bool]:
    return lambda key, _: lore.KINDS[kind](key)


_ENTRIES: Mapping[str, Callable[[str, Matter], bool]] = {
    "law": _law,
    **{kind: _lore(kind) for kind in lore.KINDS},
}
"""Kinds of references to the knowledge base."""
_FINDERS: Mapping[str, Callable[[str, Matter], bool]] = {
    **_ENTRIES,
    "field": _field,
    "wording": _wording,
    "entry": lambda key, matter: matter.entries.holds(key),
    "deadline": lambda key, matter: any(d.key == key for d in matter.case.deadlines),
    "notice_audit": lambda key, matter: any(
        defect.element == key for defect in matter.case.notice_defects
    ),
    "route": lambda _, __: True,
    "law_finding": lambda _, __: True,
    "today": lambda _, __: True,
}


def open_blanks(papers: tuple[Letter, ...]) -> tuple[Blank, ...]:
    """Every blank of all papers, each key once."""
    found: dict[str, Blank] = {}
    for paper in papers:
        for blank in paper.blanks():
            found.setdefault(blank.key, blank)
    return tuple(found.values())
