"""The shape of a person's name as printed, with titles and credentials left out."""

from __future__ import annotations

import re

from extractors.nlp.wordings import wording

# Beyond Latin-1 capitals and small letters take turns: Ćirić, Nguyễn; a mark may stand apart.
_FURTHER = "\u0100-\u024f\u1e00-\u1eff"
_UP, _LOW = f"A-ZÀ-ÖØ-Þ{_FURTHER}", f"a-zà-öø-ÿ{_FURTHER}\u0300-\u036f"
PART = (
    rf"(?:(?:de|la|del|van|von|der|den|da|di|al|bin|el|y)(?=[ \t])"
    rf"|[{_UP}][{_LOW}'’]+(?:[-'’]?[{_UP}][{_LOW}]+)*(?![^\W\d_])"
    rf"|[{_UP}][{_UP}'’-]+(?![a-z])"
    rf"|[{_UP}](?![A-Za-z0-9])\.?)"
)
"""One word of a name: a particle, a name, a name in capitals, an initial."""
_SUFFIX = r"(?:,?[ \t]+(?:Jr|Sr|II|III|IV)\b\.?)?"
_ORDERS = (
    re.compile(rf"{PART}(?:[ \t]+{PART}){{0,2}},[ \t]*{PART}(?:[ \t]+{PART}){{0,2}}{_SUFFIX}"),
    re.compile(rf"{PART}(?:[ \t]+{PART}){{1,4}}{_SUFFIX}"),
)
"""Family name first, with a comma; given name first."""
_POSSESSIVE = re.compile(r"['’][sS]$")
TITLE = re.compile(
    r"(?:(?:Dra?|Mr|Mrs|Ms|Miss|Mx|Prof|Doctora?|Brother|Sister|Sra?|Srta|Rev|Hon|Pvt|PFC|SPC|Cpl|Sgt|SSgt"
    r"|TSgt|MSgt|SSG|MSG|SGM|CSM|SPC|SrA|COL|ENS|ADM|GEN|CPT|SFC|Lt|Capt|Maj|Col|LTC|CDR|CPO"
    r"|PO[123])\b\.?(?: \((?:Ret|USA|USN|USAF"
    r"|USMC)\.?\))?"
    r"\s+)+",
    re.I,
)
MEDICAL_TITLE = re.compile(r"\b(?:Dra?|Doctora?)\b", re.I)
CREDENTIALS = re.compile(
    r",?\s*\b(?:M\.?D|D\.?O|N\.?P|P\.?A(?:-C)?|A\.?P\.?R\.?N|ARNP|F\.?N\.?P(?:-[BC]{1,2})?|D\.?N\.?P"
    r"|Ph\.?D|Pharm\.?D|R\.?N|D\.?P\.?M|D\.?D\.?S|D\.?C|O\.?D|MSN|MPH|MBBS|FACP|FACS|FAAN|CRNP|CNP"
    r"|LCSW|DPT|P\.?T|RPh|BCOP|FACC|FACR|WHNP|PMHNP|[AC]GNP|ACNP|C?PNP|CNM|CRNA|CNS|LMFT|LPC|LMHC|LCMHC"
    r"|LICSW|LMSW|Psy\.?D|BCBA(?:-D)?|OTR(?:/L)?|CCC-SLP|SLP"
    r"|M\.?[SA](?=,? (?:CCC|RD|LP|OT|CGC|BCBA))|AuD|L?CGC"
    r"|DMD|CLT|RDN?|CDE|LAc|FAAP|FACOG|Ed\.?D)\b\.?(?![a-z])"
)


def read_person(text: str) -> tuple[int, int] | None:
    """Where a person's name stands at the beginning of `text`, or None where it begins with
    something else: an organisation, a role, a sentence."""
    title = TITLE.match(text)
    for order in _ORDERS:
        match = order.match(text, title.end() if title else 0)
        span = _checked(text, *match.span()) if match else None
        if span is not None:
            return span
    return None


def _until(name: str, after: re.Pattern[str]) -> str:
    """The name up to a word that comes after names and is none: `Ana Ruiz Asked For`."""
    for match in after.finditer(name):
        before = name[: match.start()].rstrip(" ,-")
        if len(re.findall(r"\w{2,}", before)) >= 2:
            return before
    return name


def _checked(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The name's place without credentials, or None where the words name no person."""
    credentials = CREDENTIALS.search(text, start, min(len(text), end + 12))
    if credentials and start < credentials.start() < end:
        end = credentials.start()
    name = text[start:end].rstrip(" ,-")
    name = _POSSESSIVE.sub("", name)
    name = _until(name, wording("people", "after_name"))
    words = [word for word in re.split(r"[\s,.]+", name) if word]
    if len(words) < 2 or max(len(word) for word in words) < 2:
        return None
    if re.search(r", [A-Z]{2}$", name) or wording("people", "organisation").search(name):
        return None  # a city and its state, a practice
    if wording("people", "not_a_name").search(name):
        return None
    return start, start + len(name)
