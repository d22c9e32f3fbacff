"""A file that holds several letters, cut into letters.

Each page but the first either goes on with the letter before it or starts a new one. What
speaks for a start is counted in points; a page that only a letter's inside can be (appeal
rights, taglines, `Page 2 of 3`) never starts one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise

from models.document import Document, Line, Page, PageRole

Pages = tuple[Page, ...]

_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE_LINE = re.compile(
    rf"^\W*((letter |notice |mailing )?date( of (this )?(notice|letter)| issued| mailed)?\s*:?\s*)?"
    rf"({_MONTH} \d{{1,2}},? \d{{4}}|\d{{1,2}} {_MONTH},? \d{{4}}"
    rf"|\d{{1,2}}[/-]\d{{1,2}}[/-]\d{{2,4}}"
    rf"|\d{{4}}-\d\d-\d\d)\W*$",
    re.I,
)
_SALUTATION = re.compile(r"^\W*(dear\b|to whom it may concern|attention\s*:)", re.I)
_REFERENCE = re.compile(
    r"^\W*(re|regarding|subject|member( name| id| number)?|patient( name)?|enrollee( name)?|"
    r"name|id (number|no\.?)|ref\.? (number|no\.?|#)|request date|date of birth|dob|group number|"
    r"(requested )?(drug|medication|service|procedure)|provider|physician|prescriber|"
    r"claim( number| no\.?| #)?|reference( number| no\.?| #)?|case( number| no\.?)?|"
    r"member id #?)\s*[:#]",
    re.I,
)
_TITLE = re.compile(
    r"\b(notice of|denial|determination|explanation of benefits|remittance advice|"
    r"coverage decision|"
    r"adverse|approval|approved|request for (additional )?information)\b",
    re.I,
)
_LETTERHEAD = re.compile(
    r"\b(health|insurance|blue ?(cross|shield)|plan|plans|care|medicare|medicaid|benefits?|"
    r"pharmacy|"
    r"assurance|mutual|services|administrators?|p\.?\s?o\.? box)\b|\b[A-Z]{2} \d{5}\b|"
    r"\(?\d{3}\)?[ -.]\d{3}-\d{4}",
    re.I,
)
_CLOSING = re.compile(
    r"^\W*(sincerely|respectfully|regards|best regards|yours truly|cordially)\b", re.I
)
_PAGE_OF = re.compile(
    r"\b(?:page|pg\.?|p\.)\s*(?:no\.?|#|:)?\s*(\d{1,3})\s*(?:of|/)\s*(\d{1,3})\b|^\W*(\d{1,3})\s*(?:of|/)\s*(\d{1,3})\W*$",
    re.I,
)
_PAGE_ALONE = re.compile(r"^\W*page\s*:?\s*(\d{1,3})\W*$|^\W{1,3}(\d{1,3})\W{1,3}$", re.I)
_GOES_ON = re.compile(
    r"\b(continued|cont'd|continues|enclosures?|attachment [a-z0-9]|appendix)\b", re.I
)
_RULER = re.compile(r"^\s*([=*#~_-])\1{9,}\s*$")
_PLACE = re.compile(r"\b[A-Z]{2} \d{5}(-\d{4})?\W*$")
_IDENTITY = re.compile(
    r"\b(?:member|subscriber|enrollee|claim|reference|ref\.?|case|authorization|tracking|id)"
    r"(?: (?:id|number|no\.?))*\s*[:#]*\s*#?\s*([A-Z0-9][A-Z0-9-]{4,})\b",
    re.I,
)

_INSIDE = frozenset({PageRole.APPEAL_RIGHTS, PageRole.TAGLINES, PageRole.NONDISCRIMINATION})
_ENDS = frozenset({PageRole.TAGLINES, PageRole.NONDISCRIMINATION})
"""Notices that letters end with."""
START = 3
"""Points from which a page starts a letter."""
SURE = 5
"""Points from which it does even though its words are mostly of appeal rights."""


@dataclass(frozen=True)
class Sight:
    """What one page shows of being a first page."""

    page: Page

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return tuple(sorted(self.page.lines, key=lambda line: (line.box.top, line.box.x0)))

    @cached_property
    def head(self) -> list[str]:
        """Lines in the upper part of the page."""
        if not self.lines:
            return []
        middle = self.lines[0].box.top + 0.5 * self.page.height
        return [line.text for line in self.lines if line.box.top < middle][:40]

    @cached_property
    def numbering(self) -> tuple[int, int | None] | None:
        """The printed page number and how many pages there are; None where none is printed.

        A fax header's own count (in the topmost line, beside a time) is not the letter's.
        """
        for line in (*reversed(self.lines[-8:]), *self.lines[:12]):
            found = _PAGE_OF.search(_with_digits(line.text))
            if found and not _fax_header(line, self.page):
                number, of = (found[1] or found[3]), (found[2] or found[4])
                if 1 <= int(number) <= int(of):
                    return int(number), int(of)
        for line in (*reversed(self.lines[-4:]), *self.lines[:3]):
            found = _PAGE_ALONE.match(line.text)
            if found and not _fax_header(line, self.page):
                return int(found[1] or found[2]), None
        return None

    @cached_property
    def identities(self) -> frozenset[str]:
        """Member, claim and case numbers printed on the page."""
        return frozenset(
            found.upper()
            for found in _IDENTITY.findall(self.page.text)
            if any(c.isdigit() for c in found)
        )

    @cached_property
    def points(self) -> int:
        """How much the page looks like the first of a letter."""
        head = self.head
        letterhead = any(_LETTERHEAD.search(text) for text in head[:6])
        date = any(_DATE_LINE.match(text) for text in head)
        salutation = any(_SALUTATION.match(text) for text in head)
        title = any(_TITLE.search(text) and len(text) < 70 for text in head[:16])
        reference = sum(bool(_REFERENCE.match(text)) for text in head) >= 2
        # The sender's address and, under it, the addressee's: no inner page has both.
        sender = any(_PLACE.search(text) for text in head[:6])
        addressed = sender and sum(bool(_PLACE.search(text)) for text in head[:14]) >= 2
        points = letterhead + date + 2 * salutation + title + reference + sender + addressed
        return points - (2 if any(_GOES_ON.search(text) for text in head[:4]) else 0)


def _with_digits(text: str) -> str:
    """`Page lof 3` and `Page 10f 3`, as small print is often read, with the digit and the word."""
    text = re.sub(r"\b(page|pg\.?)\s*[lI|]\s*of\b", r"\1 1 of", text, flags=re.I)
    return re.sub(r"\b(page|pg\.?)\s*(\d{1,2})\s*0f\b", r"\1 \2 of", text, flags=re.I)


def _fax_header(line: Line, page: Page) -> bool:
    at_edge = line.box.top < 0.05 * page.height or line.box.bottom > 0.97 * page.height
    return at_edge and bool(re.search(r"\d{1,2}:\d\d|\bfax\b|\bfrom\b", line.text, re.I))


def split_letters(document: Document) -> tuple[Pages, ...]:
    """The letters of a document, each its pages in order; every page with words is in one.

    Mail parts and attachments are letters of their own, a mere cover note goes with what
    follows it. Blank pages and separator sheets part letters and belong to none.
    """
    letters: list[Pages] = []
    note: Pages = ()
    for _, group in groupby(document.pages, key=lambda page: page.part):
        own = _split_part(tuple(group))
        if not own:
            continue
        if len(own) == 1 and _is_cover_note(own[0]) and not letters:
            note += own[0]
            continue
        if note:
            own = [note + own[0], *own[1:]]
            note = ()
        letters += own
    if note:
        letters.append(note)
    return tuple(in_printed_order(letter) for letter in letters)


def _is_cover_note(pages: Pages) -> bool:
    """A mail's few words around an attachment, not a letter itself."""
    text = " ".join(page.text for page in pages)
    if len(pages) > 1 or len(text.split()) > 150:
        return pages[0].role is PageRole.COVER and len(pages) == 1
    return not re.search(
        r"\b(denied|denial|not approved|cannot approve|unable to approve|adverse|"
        r"not medically necessary|"
        r"not covered|determination|approved)\b",
        text,
        re.I,
    ) or bool(
        re.search(r"\b(attached|attachment|enclosed|see the file|forward(ed|ing))\b", text, re.I)
    )


def _split_part(pages: Pages) -> list[Pages]:
    letters: list[list[Page]] = []
    after_gap = parted = False
    for page in (piece for whole in pages for piece in _cut_at_rulers(whole)):
        if page.separator:
            parted = bool(letters)
            continue
        if page.role is PageRole.BLANK:
            after_gap = bool(letters)
            continue
        if (
            not letters
            or parted
            or (page.lines and _starts(Sight(page), [Sight(p) for p in letters[-1]], after_gap))
        ):
            letters.append([])
        letters[-1].append(page)
        after_gap = parted = False
    return _given_back([tuple(letter) for letter in letters])


def _given_back(letters: Sequence[Pages]) -> list[Pages]:
    """The letters, a page scanned before its own first page moved to the letter it belongs to.

    `Page 2 of 3` at the end of a letter that bears no other number of three belongs to the next,
    when that is numbered `1 of 3`, `3 of 3` and lacks just this page.
    """
    out = list(letters)
    for at in range(len(out) - 1):
        while len(out[at]) > 1 and _belongs_to(out[at][-1], out[at][:-1], out[at + 1]):
            out[at + 1] = (out[at][-1], *out[at + 1])
            out[at] = out[at][:-1]
    return out


def _belongs_to(page: Page, own: Pages, following: Pages) -> bool:
    sight = Sight(page)
    number = sight.numbering
    theirs = [Sight(other) for other in following if other.role is not PageRole.COVER]
    printed = [other.numbering for other in theirs]
    if number is None or number[1] is None or not printed:
        return False
    if any(other is None or other[1] != number[1] for other in printed) or number in printed:
        return False
    others = [Sight(other).numbering for other in own]
    if any(other is not None and other[1] == number[1] for other in others):
        return False
    # An unnumbered first page before `Page 2 of 3` is common; a next letter that lacks it, not.
    return not _conflict(sight, theirs)


def _starts(new: Sight, before: Sequence[Sight], after_gap: bool) -> bool:
    """Whether a page starts a letter, given the pages of the letter before it."""
    if new.page.role in _INSIDE and new.points + _conflict(new, before) < SURE:
        return False
    numbered, last = new.numbering, before[-1].numbering
    if numbered is not None and numbered[1] is not None:
        return _starts_by_number(new, numbered, before)
    if all(sight.page.role is PageRole.COVER for sight in before):
        return False
    if new.page.role is PageRole.COVER:
        return True
    if numbered is not None and numbered[0] > 1:
        return False
    if last is not None and last[1] is not None and last[0] < last[1] and not after_gap:
        return False
    points = new.points
    if after_gap:
        points += 1
    if any(_CLOSING.match(line.text) for line in before[-1].lines):
        points += 1
    if before[-1].page.role in _ENDS and new.page.role is PageRole.BODY:
        points += 1
    if new.identities and any(new.identities & sight.identities for sight in before):
        points -= 1
    elif _conflict(new, before):
        points += 1
    return points >= START + 1


def _starts_by_number(
    new: Sight, numbered: tuple[int, int | None], before: Sequence[Sight]
) -> bool:
    """Whether a page that bears `Page k of n` starts a letter."""
    number, count = numbered
    printed = [sight.numbering for sight in before if sight.numbering is not None]
    counts = {of for _, of in printed if of is not None}
    fits = counts == {count} and numbered not in printed and len(before) < (count or 0)
    if fits and not _conflict(new, before):
        return False  # the page its letter still lacks, even when it is the first
    if number > 1:
        # A page of a longer or shorter letter, whose own first page is lost or comes later.
        return bool(counts) and count not in counts
    if all(sight.page.role is PageRole.COVER for sight in before):
        return False
    return new.points >= (1 if printed else START - 1)


def _conflict(new: Sight, before: Sequence[Sight]) -> bool:
    """Whether two pages bear different members' or claims' numbers."""
    others = frozenset().union(*(sight.identities for sight in before))
    return bool(new.identities and others and not new.identities & others)


def in_printed_order(pages: Pages) -> Pages:
    """Pages put right by their printed numbers, where every page bears one and they are whole."""
    numbers = [Sight(page).numbering for page in pages]
    if len(pages) < 2 or any(number is None or number[1] is None for number in numbers):
        return pages
    printed = [number[0] for number in numbers if number is not None]
    if sorted(printed) != list(range(1, len(pages) + 1)) or printed == sorted(printed):
        return pages
    return tuple(page for _, page in sorted(zip(printed, pages, strict=True), key=lambda it: it[0]))


def _cut_at_rulers(page: Page) -> list[Page]:
    """A page of typed text that holds several letters under one another, cut at the rulers (a
    line of `====`) below which a letter starts."""
    lines = sorted(page.lines, key=lambda line: line.box.top)
    cuts = [
        ruler.box.top
        for ruler in lines
        if _RULER.match(ruler.text) and _letter_below(page, ruler.box.bottom)
    ]
    # A ruler above the first words of the page, or below a mere title, cuts no letter off.
    kept_cuts = [float("-inf")]
    for cut in cuts:
        below = _is_scrap(lines, cut, float("inf"))
        if not below and not _is_scrap(lines, kept_cuts[-1], cut):
            kept_cuts.append(cut)
    edges = [*kept_cuts, float("inf")]
    pieces = []
    for top, bottom in pairwise(edges):
        kept = tuple(line for line in page.lines if top <= line.box.top < bottom)
        if any(not _RULER.match(line.text) for line in kept):
            pieces.append(replace(page, lines=kept))
    return pieces or [page]


_SPEECH = re.compile(
    r"\b(we|you|your|our|i|is|was|were|are|has|have|been|not|cannot|will|may|can|this|that|the)\b",
    re.I,
)
SCRAP = 25
"""Words below which a piece of text without a salutation or a sentence is no letter."""


def _is_scrap(lines: Sequence[Line], top: float, bottom: float) -> bool:
    """Whether what stands between two heights is a title or another scrap, and no letter."""
    texts = [
        line.text for line in lines if top <= line.box.top < bottom and not _RULER.match(line.text)
    ]
    if sum(len(text.split()) for text in texts) >= SCRAP:
        return False
    spoken = {found.lower() for text in texts for found in _SPEECH.findall(text)}
    return len(spoken) < 3 and not any(map(_SALUTATION.match, texts))


def _letter_below(page: Page, top: float) -> bool:
    below = tuple(line for line in page.lines if line.box.top >= top)
    return bool(below) and Sight(replace(page, lines=below)).points >= START + 1
