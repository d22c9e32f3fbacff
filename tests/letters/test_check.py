"""The checker refuses what nothing supports."""

from __future__ import annotations

from dataclasses import replace

import pytest
from letter_cases import TODAY, case, field

from letters.check import checked, citations_in, problems
from letters.compose.matter import Matter
from letters.compose.routes import route_letter
from models.errors import UnsourcedStatement
from models.letter import Letter, Paragraph, Source, SourceKind, Statement, Text

MATTER = Matter(case(), "case-1", TODAY)


def with_statement(words: str, source: Source) -> Letter:
    letter = route_letter(MATTER)
    added = Paragraph((Statement((Text(words),), source),))
    return replace(letter, blocks=(*letter.blocks, added))


def evidence() -> Source:
    held = field("x", "the plan said this", page=2)
    return Source(SourceKind.DENIAL, ("field:denial_category",), held.evidence)


BARE = (
    ("The patient failed two drugs.", Source(SourceKind.FORM)),
    ("The patient failed two drugs.", Source(SourceKind.PERSON, ("wording:sign.attest",))),
    ("The law is on our side.", Source(SourceKind.KNOWLEDGE, ("law:no_such_entry",))),
    ("The class needs it.", Source(SourceKind.KNOWLEDGE, ("class:no_such_class",))),
    ("The class needs it.", Source(SourceKind.KNOWLEDGE, ("wording:sign.attest",))),
    ("See 45 CFR 999.9(z).", Source(SourceKind.KNOWLEDGE, ("law:claim_file",))),
    ("Please reverse it (29 CFR 2560.503-1(h)(1)).", Source(SourceKind.FORM, ("wording:sign",))),
    ("The plan said so.", Source(SourceKind.DENIAL, ("field:denial_category",))),
    ("“The plan never said this.”", evidence()),
    ("The NDC is 1.", Source(SourceKind.DENIAL, ("field:ndc",), evidence().evidence)),
    ("Due soon.", Source(SourceKind.COMPUTED, ("wording:sign.attest",))),
    ("Due soon.", Source(SourceKind.COMPUTED, ("deadline:no_such_clock",))),
    ("I see it so.", Source(SourceKind.PERSON, ("entry:rationale",))),
)


@pytest.mark.parametrize(("words", "source"), BARE)
def test_an_unsupported_statement_is_refused(words: str, source: Source) -> None:
    letter = with_statement(words, source)
    with pytest.raises(UnsourcedStatement) as refused:
        checked(letter, MATTER)
    assert words not in str(refused.value)
    assert "Quillfeather" not in str(refused.value)


def test_a_finding_may_show_the_notices_own_citation_and_no_other() -> None:
    said = "the letter uses the words of another notice (“see 42 CFR 999” (page 1))"
    route = replace(MATTER.case.route, reasons=(said,))
    matter = replace(MATTER, case=replace(MATTER.case, route=route))
    source = Source(SourceKind.COMPUTED, ("field:letter_date",))
    assert list(problems(with_statement(said, source), matter)) == []
    assert list(problems(with_statement(said, source), MATTER))
    assert list(problems(with_statement("“see 42 CFR 998” and 42 CFR 998", source), matter))


def test_a_sourced_letter_passes() -> None:
    letter = route_letter(MATTER)
    assert checked(letter, MATTER) is letter
    supported = with_statement("“the plan said this”", evidence())
    assert list(problems(supported, MATTER)) == []


@pytest.mark.parametrize(
    "cited",
    [
        "29 CFR 2560.503-1(h)(2)(iii)",
        "29 USC 1133(2)",
        "45 CFR 147.136",
        "Social Security Act section 1927(d)(5)",
        "42 U.S.C. 1396",
        "29 C.F.R. 2560.503-1",
    ],
)
def test_citations_are_found_in_running_text(cited: str) -> None:
    assert citations_in(f"as the rule says ({cited}).") == (cited,)
