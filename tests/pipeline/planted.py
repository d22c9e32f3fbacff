"""Names that tests plant in letters, and the search for them in what a run leaves."""

from __future__ import annotations

import contextlib
import os
import zlib
from email.message import EmailMessage
from pathlib import Path

MARKS = ("Zebulon", "Quagmire", "ZQ77120934")
HELD = ("denialdesk.db", "blobs", "packets")
"""Where letters belong: the database, the letters received, and what is written for them."""


def found_in(data: bytes) -> set[str]:
    """The marks in some bytes, in the common ways of writing text, also where they are deflated."""
    ways = [data]
    for start in (b"\x78\x9c", b"\x78\x01", b"\x78\xda", b"\x78\x5e"):
        at = data.find(start)
        while at >= 0 and len(ways) < 200:
            with contextlib.suppress(zlib.error):
                ways.append(zlib.decompressobj().decompress(data[at:], 1 << 20))
            at = data.find(start, at + 1)
    return {
        mark
        for mark in MARKS
        for way in ways
        for coded in (mark.encode(), mark.lower().encode(), mark.encode("utf-16-le"))
        if coded in way
    }


def leaks(folder: Path, apart: tuple[str, ...] = ()) -> dict[str, set[str]]:
    """File to the marks in it or in its name, below a folder."""
    found = {}
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if inside.parts[0].startswith(apart) and apart:
            continue
        marks = found_in(os.fsencode(str(inside)))
        if path.is_file():
            marks |= found_in(path.read_bytes())
        if marks:
            found[str(inside)] = marks
    return found


def mail(subject: str) -> bytes:
    said = EmailMessage()
    said["From"], said["To"], said["Subject"] = "plan@example.test", "desk@example.test", subject
    said.set_content("pages 1\nAbout Zebulon Quagmire, ZQ77120934")
    said.add_attachment(b"damaged ZQ77120934", maintype="text", subtype="plain",
                        filename="Quagmire-2.txt")  # fmt: skip
    return said.as_bytes()
