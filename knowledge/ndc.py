"""National Drug Codes: their forms, and what the FDA's directory says of them.

The directory is not shipped: `denialdesk knowledge import-ndc` puts it into the user's home
(`knowledge/ndc.sqlite`, see `knowledge.ndc_import`). Without it every look-up gives None.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from knowledge.tables import user_folders

FILE = "ndc.sqlite"
_FORMS = {(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)}
"""Labeler, product and package digits: the three forms of ten digits, and that of billing."""
_DASHED = re.compile(r"(\d{4,5})-(\d{3,4})-(\d{1,2})")
_PRODUCT = re.compile(r"(\d{4,5})-(\d{3,4})")


@dataclass(frozen=True, slots=True)
class NdcProduct:
    """A product of the directory. `ndc` is the eleven digits asked for, dashed 5-4-2; `package`
    is empty where the directory has the product but not that package."""

    ndc: str
    brand: str
    generic: str
    labeler: str
    form: str
    strength: str
    package: str

    @property
    def name(self) -> str:
        """`Ocrevus (ocrelizumab)`, or the one name that it has."""
        if not self.brand or self.brand.casefold() == self.generic.casefold():
            return self.generic
        return f"{self.brand} ({self.generic})" if self.generic else self.brand


def ndc11(text: str) -> str | None:
    """The code in the eleven digits of billing, dashed 5-4-2; None where it is none, or is ten
    digits without dashes, which three codes share (see `readings`).

    >>> ndc11("0071-0155-23"), ndc11("50242-150-01"), ndc11("50242-0150-1"), ndc11("5024215001")
    ('00071-0155-23', '50242-0150-01', '50242-0150-01', None)
    """
    found = readings(text)
    return found[0] if len(found) == 1 else None


def readings(text: str) -> tuple[str, ...]:
    """Every code in 5-4-2 that `text` may stand for: one, three for ten bare digits, or none."""
    bare = re.sub(r"^\s*(?:NDC|N4)?[:#\s]*", "", text.strip(), flags=re.IGNORECASE)
    dashed = _DASHED.fullmatch(re.sub(r"[\s‐‑–—-]+", "-", bare))
    if dashed:
        parts = dashed.groups()
        sizes = tuple(len(part) for part in parts)
        return (_padded(*parts),) if sizes in _FORMS else ()
    digits = re.sub(r"\s", "", bare)
    if not digits.isascii() or not digits.isdigit():
        return ()
    if len(digits) == 11:
        return (f"{digits[:5]}-{digits[5:9]}-{digits[9:]}",)
    if len(digits) == 10:
        cuts = ((4, 8), (5, 8), (5, 9))
        return tuple(_padded(digits[:a], digits[a:b], digits[b:]) for a, b in cuts)
    return ()


def product_key(text: str) -> str | None:
    """Labeler and product of a product code (`50242-150`) in nine digits dashed 5-4."""
    found = _PRODUCT.fullmatch(text.strip())
    return f"{found[1]:0>5}-{found[2]:0>4}" if found else None


def look_up(text: str, file: Path | None = None) -> NdcProduct | None:
    """What the imported directory says of a code; None where it is not imported, does not know
    it, or knows more than one of the readings of ten bare digits."""
    place = file or directory_file()
    if place is None:
        return None
    try:
        with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as held:
            found = [hit for code in readings(text) if (hit := _find(held, code)) is not None]
    except sqlite3.Error:
        return None  # a damaged directory is no directory; importing again mends it
    return found[0] if len(found) == 1 else None


def directory_file() -> Path | None:
    """The imported directory in the user's home, or None."""
    places = (folder / FILE for folder in user_folders())
    return next((place for place in places if place.is_file()), None)


def _padded(labeler: str, product: str, package: str) -> str:
    return f"{labeler:0>5}-{product:0>4}-{package:0>2}"


def _find(held: sqlite3.Connection, code: str) -> NdcProduct | None:
    row = held.execute(
        "SELECT brand, generic, labeler, form, strength FROM products WHERE product = ?",
        (code[:10],),
    ).fetchone()
    if row is None:
        return None
    said = held.execute("SELECT said FROM packages WHERE ndc = ?", (code,)).fetchone()
    brand, generic, labeler, form, strength = row
    return NdcProduct(code, brand, generic, labeler, form, strength, said[0] if said else "")
