"""Sheets that lie between letters in a scan: fax covers and separator sheets, as PDF pages."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import typst

from benchmarks.generator.dice import Dice
from extractors.reading.code128 import PATTERNS, STOP

_PAGE = '#set page(paper: "us-letter", margin: 1in)\n#set text(font: "DejaVu Sans Mono")\n'
_START_B = 104


def _pdf(source: str) -> bytes:
    made = typst.compile((_PAGE + source).encode())
    assert isinstance(made, bytes)
    return made


def code128_widths(text: str) -> list[int]:
    """Modules of bars and spaces in turn for printable ASCII in code set B."""
    data = [ord(c) - 32 for c in text]
    check = (_START_B + sum(n * symbol for n, symbol in enumerate(data, 1))) % 103
    widths: list[int] = []
    for symbol in (_START_B, *data, check):
        widths += PATTERNS[symbol]
    return [*widths, *STOP]


def code128_sheet(text: str, caption: str = "", module: float = 1.4) -> bytes:
    """One bar code in the middle of a page; `module` is its narrowest bar in points."""
    bars, x = [], 0.0
    for n, width in enumerate(code128_widths(text)):
        if n % 2 == 0:
            bars.append(f"#place(dx: {x}pt, rect(width: {width * module}pt, height: 70pt, "
                        "fill: black, stroke: none))")  # fmt: skip
        x += width * module
    code = f"#v(180pt)#box(width: {x}pt, height: 70pt)[{''.join(bars)}]\n\n"
    return _pdf(code + caption)


def qr_sheet(text: str, caption: str = "") -> bytes:
    """One QR code on a page."""
    grid = np.asarray(cv2.QRCodeEncoder.create().encode(text)) < 128
    dots = [
        f"#place(dx: {x * 5}pt, dy: {y * 5}pt, rect(width: 5.05pt, height: 5.05pt, "
        "fill: black, stroke: none))"
        for y, x in np.argwhere(grid)
    ]
    side = len(grid) * 5
    return _pdf(f"#v(120pt)#box(width: {side}pt, height: {side}pt)[{''.join(dots)}]\n\n{caption}")


def patch_sheet(wide: Sequence[int] = (0, 3), caption: str = "") -> bytes:
    """A patch code across the head of a page; `wide` tells which of its four bars are wide."""
    bars, y = [], 0.0
    for n in range(4):
        thick = 14.4 if n in wide else 5.76
        bars.append(f"#place(dy: {y}pt, rect(width: 100%, height: {thick}pt, fill: black, "
                    "stroke: none))")  # fmt: skip
        y += thick + 5.76
    return _pdf(f"#box(width: 100%, height: {y}pt)[{''.join(bars)}]\n\n{caption}")


def text_sheet() -> bytes:
    return _pdf("#v(250pt)#align(center, text(size: 30pt)[DOCUMENT SEPARATOR])")


def blank_page() -> bytes:
    return _pdf("#hide[.]")


_COVERS = (
    "FAX TRANSMITTAL", "FACSIMILE COVER SHEET", "Fax cover page", "FAX",
)  # fmt: skip
_NOTES = (
    "CONFIDENTIALITY NOTICE: This fax is intended only for the individual named above.",
    "If you have received this fax in error, notify the sender and destroy it.",
    "This transmission holds protected health information and is confidential.",
)


def cover_page(dice: Dice, pages: int) -> bytes:
    """A fax cover as a payer's fax server makes it."""
    rows = [
        ("To", dice.pick(["Records", "Dr. Haverkamp", "Prescriber", "Clinic front desk"])),
        ("From", dice.pick(["Utilization Management", "Appeals Unit", "Pharmacy Services"])),
        ("Fax", f"555-01{dice.code('##')}-{dice.code('####')}"),
        ("Pages", str(pages + 1)),
        ("Subject", dice.pick(["Determination", "Your request", "Notice"])),
    ]
    lines = " \\\n".join(f"*{label}:* {value}" for label, value in rows)
    notes = "\n\n".join(dice.some(_NOTES, 2))
    return _pdf(f"= {dice.pick(_COVERS)}\n\n#v(20pt)\n{lines}\n\n#v(60pt)\n{notes}\n")
