"""What stands around a letter's argument: letterhead, addressee, reference block, signature."""

from __future__ import annotations

import re
from collections.abc import Iterator

from letters.compose import lore, wording
from letters.compose.matter import Matter, Part, spell_day
from models.letter import (
    Banner,
    Block,
    Bullets,
    Heading,
    Lines,
    Paragraph,
    Reference,
    Signature,
    Source,
    SourceKind,
    Statement,
    Text,
)
from models.vocabulary import PlanType, RouteName

# The labels of the reference block in order; those marked stay as a blank where nothing is known.
_REFERENCE = (
    ("patient_name", "patient", True),
    ("member_id", "member_id", True),
    ("group_number", "group_number", False),
    ("claim_number", "claim_number", False),
    ("reference_number", "reference_number", False),
    ("rx_number", "rx_number", False),
    ("item", "item", True),
    ("hcpcs", "hcpcs", False),
    ("ndc", "ndc", False),
    ("quantity", "quantity", False),
    ("diagnosis_codes", "diagnosis", True),
    ("provider_name", "provider_name", False),
    ("npi", "npi", False),
    ("letter_date", "letter_date", True),
    ("date_of_service", "date_of_service", False),
)
_OF_SERVICES = {"item": "service", "provider_name": "provider"}
"""Labels that read otherwise where no drug was denied."""


def sender(matter: Matter) -> tuple[Statement, ...]:
    """The letterhead to fill in."""
    return tuple(matter.say(f"letterhead.{line}") for line in ("name", "address", "phones"))


def date_line(matter: Matter) -> Statement:
    """The day of writing."""
    return Statement(
        (Text(spell_day(matter.today)),),
        Source(SourceKind.COMPUTED, ("today",), detail="the day on which the packet was written"),
    )


_AUTHORITY = re.compile(
    r"\b(?:office of|department|division|bureau|commission|hearings?\b|state of|ombuds|OPM\b|"
    r"personnel management)",
    re.IGNORECASE,
)


# OPM's address where the notice gives it without the name.
_OPM = re.compile(r"federal employee insurance operations|^1900 E St", re.IGNORECASE)


def is_authority(line: str) -> bool:
    """Whether a line of an address names an authority."""
    return _AUTHORITY.search(line) is not None


def authority(matter: Matter) -> tuple[Statement, ...]:
    """The address lines, where the notice names an authority as the place to turn to; else ()."""
    lines = _address(matter)
    if not lines:
        return ()
    if not _AUTHORITY.search(lines[0].text) and not any(_OPM.search(x.text) for x in lines):
        return ()
    fax = (matter.say("addressee.fax"),) if matter.field("appeal_fax") is not None else ()
    return (*lines, *fax)


def addressee(matter: Matter, department: str) -> tuple[Statement, ...]:
    """Where the letter goes: the letter's own appeals address first; a marked blank where it
    gives neither address nor fax. Who decided on behalf of whom is told, unless the address is the
    plan's own. An authority's address, to which a request for outside review goes, is no plan's."""
    named = "administrator" in matter.flags and not _to_the_plan_itself(matter)
    lines = [matter.say("addressee.on_behalf" if named else "addressee.plan")]
    fax, address = matter.field("appeal_fax"), _address(matter)
    where = "address"
    if matter.case.route.name is RouteName.EXTERNAL_REVIEW and authority(matter):
        fax, address, where = None, [], "plan_address"
    if not any(_TAKES_APPEALS.search(line.text) for line in address):
        lines.append(_department(department))
    lines += address
    if not address and fax is None:
        lines.append(matter.say(f"addressee.{where}"))
    if fax is not None:
        lines.append(matter.say("addressee.fax"))
    return tuple(lines)


def _to_the_plan_itself(matter: Matter) -> bool:
    """Whether the notice's address for appeals names the plan, and not who acts for it."""
    text = matter.case.fields.text
    where, payer, acts = (
        (text(key) or "").casefold() for key in ("appeal_address", "payer", "administrator")
    )
    pieces = [piece.strip() for piece in where.split(",")]
    if acts and any(acts in piece or (len(piece) > 3 and piece in acts) for piece in pieces):
        return False
    return bool(payer) and any(piece.startswith(payer) for piece in pieces)


def takes_appeals(line: str) -> bool:
    """Whether a line of an address names the unit that takes appeals."""
    return _TAKES_APPEALS.search(line) is not None


_TAKES_APPEALS = re.compile(r"appeal|grievance|redetermination|reconsideration|dispute", re.I)
# Words of the sentence in which the notice gave the address, before the address itself.
_BEFORE = re.compile(r"^[a-z].*?\bto:?\s+(?=[A-Z])", re.DOTALL)


_WRITE_TO = re.compile(r"(?<!\w)(?:write|mail|mailing address|by mail|address)(?: to)?:\s*", re.I)
_NO_ADDRESS = re.compile(
    r"(?:(?:by )?(?:tele)?(?:phone|fax|call|tty|toll[- ]free)\b.*\d|"
    r"(?:1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b)",
    re.I,
)
"""A line with a telephone or fax number."""


def _address(matter: Matter) -> list[Statement]:
    """The notice's address line by line, as on an envelope: who, street or box, city."""
    part = matter.field("appeal_address")
    if part is None:
        return []
    words = " ".join("".join(getattr(p, "text", "") for p in part.inlines).split())
    words = _BEFORE.sub("", words)
    # Lines of a box of ways to appeal: what stands under "Write:" is the address.
    if labelled := list(_WRITE_TO.finditer(words)):
        words = words[labelled[-1].end() :]
    words = re.sub(r"\s*-?\s*,", ",", words)
    words = re.sub(r"\b(P\.?\s?O\.?),? Box\b", "PO Box", words)
    pieces = [piece.strip() for piece in words.split(",") if piece.strip()]
    if len(pieces) > 1 and re.fullmatch(r"[A-Z]{2}\.? \d{5}(?:-\d{4})?", pieces[-1]):
        pieces[-2:] = [f"{pieces[-2]}, {pieces[-1]}"]
    # A line that only says again who the letter goes to is left out.
    above = " ".join(
        (matter.case.fields.text(key) or "").casefold() for key in ("payer", "administrator")
    )
    pieces = [p for p in pieces if p.casefold() not in above and not _NO_ADDRESS.match(p)]
    return [
        statement(Part.plain(piece, part.kind, *part.refs, evidence=part.evidence))
        for piece in pieces
    ]


def _department(name: str) -> Statement:
    return Statement((Text(name),), Source(SourceKind.FORM, ("wording:addressee",)))


def running(matter: Matter, title: str) -> Statement:
    """The line at the head of later pages: enough to match a page that went astray."""
    return matter.say("running.line", title=title)


def reference(matter: Matter, *, clinical: bool = True) -> Reference:
    """Labels and values under which the plan finds the case; `clinical`: with the diagnosis."""
    rows = []
    for key, label, wanted in _REFERENCE:
        if key == "diagnosis_codes" and not clinical:
            continue
        part = matter.item if key == "item" else matter.field(key)
        if key == "diagnosis_codes":
            part = matter.diagnosis
        elif part is None and wanted:
            part = matter.blank(f"field.{key}", _as_blank(matter_label(label)))
        if key == "ndc" and part is not None:
            rows += [(matter_label(label), one) for one in _ndc(matter, part)]
        elif part is not None:
            if "drug" not in matter.flags:
                label = _OF_SERVICES.get(label, label)
            rows.append((matter_label(label), statement(part)))
    return Reference(tuple(rows))


def _ndc(matter: Matter, part: Part) -> Iterator[Statement]:
    """The code, and under it what the FDA's directory says of it, if it was imported."""
    yield statement(part)
    product = lore.ndc_product(matter)
    if product is not None:
        words = f"{product.name}, {product.labeler} (FDA NDC directory)"
        yield known(words, f"ndc:{product.ndc}")


def _as_blank(label: str) -> str:
    """`member ID` from `Member ID`."""
    return f"{label[:1].lower()}{label[1:]}" if not label.isupper() else label


def matter_label(key: str) -> str:
    """The label of a line of the reference block."""
    return wording.text(f"label.{key}")


def statement(part: Part) -> Statement:
    """One value as a statement of its own."""
    return Statement(
        part.inlines,
        Source(part.kind or SourceKind.FORM, part.refs or ("wording:label",), part.evidence),
    )


def known(words: str, ref: str) -> Statement:
    """Words of a knowledge entry, or of the stored wording."""
    kind = SourceKind.FORM if ref.startswith("wording:") else SourceKind.KNOWLEDGE
    return Statement((Text(words),), Source(kind, (ref,)))


def urgent_banner(matter: Matter) -> tuple[Block, ...]:
    """The request for expedited review, where delay would harm: a clock that ends soon is no
    ground for one."""
    if "urgent" not in matter.flags:
        return ()
    return (Banner(matter.say("urgent.body"), lead=wording.text("urgent.lead")),)


def signature(
    matter: Matter,
    attest: str = "sign.attest",
    who: tuple[str, ...] = ("name", "specialty", "npi"),
) -> Signature:
    """What is attested (the stored wording `attest`), closing, room to sign, and who signs."""
    lines = tuple(_signer(matter, line) for line in who)
    return Signature(matter.say("sign.closing").text, lines, matter.say_all(attest))


def _signer(matter: Matter, line: str) -> Statement:
    """A line under the signature: a person's entry, else the prescriber whom the notice names."""
    if "signer_known" in matter.flags and matter.entry(f"prescriber.{line}") is None:
        if line == "name":
            return matter.say("sign.name_known" if matter.names_degree else "sign.name_bare")
        if line == "npi" and matter.field("npi") is not None:
            return matter.say("sign.npi_known")
    return matter.say(f"sign.{line}")


def closing(matter: Matter, enclosures: tuple[Paragraph, ...]) -> tuple[Block, ...]:
    """Attestation, signature, copies, enclosures."""
    return (*signed(matter), *enclosed(enclosures))


def enclosed(enclosures: tuple[Paragraph, ...]) -> tuple[Block, ...]:
    """The list of enclosures, to tick."""
    return Heading(wording.text("enclosures.heading")), Bullets(enclosures, boxes=True)


def signed(matter: Matter) -> tuple[Block, ...]:
    """Attestation, signature, copies."""
    copies = ["copy_patient", *_others_told(matter), "copy_chart"]
    return (
        signature(matter),
        Lines(tuple(matter.say(f"sign.{copy}") for copy in copies)),
    )


def _others_told(matter: Matter) -> Iterator[str]:
    """Who gets a copy beside patient and chart: the plan of a request that goes to a reviewer, the
    regulator of a state's own review, the employer whose plan it is."""
    route = matter.case.route.name
    if route is RouteName.EXTERNAL_REVIEW:
        yield "copy_plan"
        if matter.case.law.regime in STATE_REVIEWED and not authority(matter):
            yield "copy_regulator"
    employers = matter.plan_type is PlanType.SELF_FUNDED or matter.regime.id in EMPLOYERS_PLAN
    if employers and route is RouteName.APPEAL:
        yield "copy_administrator"


STATE_REVIEWED = frozenset({"erisa_insured", "aca_individual"})
EMPLOYERS_PLAN = frozenset({"erisa_self_funded", "gov_self_funded"})
