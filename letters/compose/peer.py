"""The request for a peer-to-peer discussion: one page, to be faxed before or beside the appeal."""

from __future__ import annotations

from collections.abc import Iterator

from letters.compose import argument, frame, lore, quotes, wording
from letters.compose.matter import Matter, Part
from letters.compose.plan import administrative_reasons
from models.letter import Block, Bullets, Heading, Letter, Paragraph, SourceKind, Statement
from models.vocabulary import RouteName

KIND = "peer_to_peer"
ROUTES = frozenset({RouteName.APPEAL, RouteName.EXCEPTION_REQUEST})
"""Routes on which the plan itself decides again, so that its physician can be talked with."""
QUOTED_WORDS = 45


def has_peer_request(matter: Matter) -> bool:
    """Whether a physician can be asked to talk: the plan decides, and on a medical question."""
    is_medical = not set(matter.categories) <= administrative_reasons()
    return matter.case.route.name in ROUTES and is_medical


def peer_request(matter: Matter) -> Letter:
    """The request."""
    title = wording.text("peer.title")
    blocks: list[Block] = [
        frame.reference(matter),
        Paragraph((matter.say("peer.salutation"),)),
        matter.paragraph("peer.opening"),
        Heading(wording.text("peer.who_heading")),
        Paragraph((_with_whom(matter), matter.say("peer.when"))),
        Heading(wording.text("peer.about_heading")),
        Bullets(tuple(Paragraph((one,)) for one in _about(matter)), ordered=True),
        matter.paragraph("peer.keep"),
        frame.signature(matter, "peer.attest"),
    ]
    return Letter(
        kind=KIND,
        title=title,
        sender=frame.sender(matter),
        addressee=frame.addressee(matter, wording.text("peer.to")),
        date_line=frame.date_line(matter),
        blocks=tuple(blocks),
        running=frame.running(matter, title),
        footer=f"Case {matter.case_id}",
    )


def _with_whom(matter: Matter) -> Statement:
    found = lore.reviewer(matter)
    if found is None:
        return matter.say("peer.who_open")
    return matter.say("peer.who", reviewer=Part.plain(found.words, None, found.ref))


def _about(matter: Matter) -> Iterator[Statement]:
    """What is to be talked of; the notice's first reason in its own words."""
    reason = next(iter(quotes.reasons(matter)), None)
    for stored in wording.sentences("peer.about"):
        if "quoted" not in stored.when:
            yield matter.fill(stored)
        elif reason is not None:
            words, was_cut = argument.shortened(reason.words, QUOTED_WORDS)
            tail = f" {wording.text('decision.cut')}" if was_cut else ""
            said = Part.plain(
                f"“{words}”{tail}",
                SourceKind.DENIAL,
                "field:denial_categories",
                evidence=reason.evidence,
            )
            yield matter.fill(stored, reason=said)
