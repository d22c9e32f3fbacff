"""`python -m benchmarks.malformed FOLDER`: some 330 malformed letters, the same at every run.

Small good files of every kind are cut, garbled, repeated and made to lie about themselves; beside
them some that are built to do harm: loops, bombs, deep nesting.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

_EACH = 18
"""Mutations of each good file."""
_WORDS = "Larkspur Mutual Health\nDear Oren Castellan: we denied Ocrevus."


def corpus(seed: int = 1, each: int = _EACH) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every malformed file."""
    for kind, good in good_files().items():
        chance = random.Random(f"{seed} {kind}")
        stem, _, ending = kind.partition(".")
        for number in range(each):
            act = _ACTS[number % len(_ACTS)]
            data = act(good, chance)
            if number >= len(_ACTS):  # twice spoilt
                data = chance.choice(_ACTS)(data or b"x", chance)
            yield f"{stem}-{number:02}-{act.__name__.strip('_')}.{ending}", data
    for name, made in _HOSTILE.items():
        yield name, made()


# --- good ones -----------------------------------------------------------------------------------


def _picture(shade: int = 255) -> Image.Image:
    image = Image.new("L", (420, 120), shade)
    ImageDraw.Draw(image).multiline_text((12, 20), _WORDS, fill=0, font_size=16)
    return image


def _image(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    _picture().save(out, kind, **options)
    return out.getvalue()


def _typeset() -> bytes:
    import typst

    source = f"#set page(width: 300pt, height: 200pt)\n{_WORDS}\n#pagebreak()\nPage two."
    return bytes(typst.compile(source.encode()))


def _docx() -> bytes:
    from docx import Document

    out, document = io.BytesIO(), Document()
    document.add_paragraph(_WORDS)
    document.add_table(2, 2).cell(0, 0).text = "Claim 12345"
    document.save(out)
    return out.getvalue()


def _mail(attached: bytes, name: str = "letter.pdf") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "plan@example.test", "desk@example.test"
    mail["Subject"] = "Your request"
    mail.set_content(_WORDS)
    mail.add_alternative(f"<html><body><p>{_WORDS}</p></body></html>", subtype="html")
    mail.add_attachment(attached, maintype="application", subtype="pdf", filename=name)
    return mail.as_bytes()


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@cache
def good_files() -> dict[str, bytes]:
    """Name to bytes of the files that are spoilt."""
    pdf, frames = _typeset(), [_picture(250), _picture(240)]
    pages = io.BytesIO()
    frames[0].save(pages, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw")
    fax = io.BytesIO()
    _picture().convert("1").save(fax, "TIFF", compression="group4", dpi=(204, 196))
    html = f"<html><head><title>x</title></head><body><table><tr><td>{_WORDS}</table>".encode()
    return {
        "text.pdf": pdf,
        "scan.pdf": _image("PDF", resolution=100),
        "pages.tif": pages.getvalue(),
        "fax.tif": fax.getvalue(),
        "jpeg.tif": _image("TIFF", compression="jpeg"),
        "image.png": _image("PNG"),
        "image.jpg": _image("JPEG"),
        "image.webp": _image("WEBP"),
        "image.gif": _image("GIF"),
        "image.bmp": _image("BMP"),
        "letter.docx": _docx(),
        "plain.eml": _mail(pdf),
        "mail.eml": _mail(_mail(pdf), "forwarded.eml"),
        "letters.zip": _zip({"a.pdf": pdf, "b.txt": _WORDS.encode()}),
        "letter.html": html,
        "letter.rtf": rb"{\rtf1\ansi{\fonttbl\f0 Arial;}\f0 We denied {\b Ocrevus}.\par}",
        "letter.txt": _WORDS.encode() * 4,
    }


# --- what is done to them ------------------------------------------------------------------------


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _headless(data: bytes, chance: random.Random) -> bytes:
    return data[chance.randrange(1, min(64, len(data) + 1) + 1) :]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    held = bytearray(data)
    for _ in range(max(len(held) // 200, 1)):
        held[chance.randrange(len(held))] ^= 1 << chance.randrange(8)
    return bytes(held)


def _zeroed(data: bytes, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(data)), chance.randrange(1, max(len(data) // 4, 2))
    return data[:at] + bytes(size) + data[at + size :]


def _stuffed(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.randbytes(chance.randrange(1, 400)) + data[at:]


def _repeated(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at : at + 200] * chance.randrange(2, 60) + data[at:]


def _shuffled(data: bytes, chance: random.Random) -> bytes:
    size = max(len(data) // 12, 1)
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    chance.shuffle(blocks)
    return b"".join(blocks)


def _boastful(data: bytes, chance: random.Random) -> bytes:
    """Every number in it may become an absurd one."""
    odd = (b"0", b"-1", b"99999999", b"2147483648", b"18446744073709551616", b"1e99")
    return re.sub(rb"\d+", lambda m: chance.choice(odd) if chance.random() < 0.15 else m[0], data)


def _huge(data: bytes, chance: random.Random) -> bytes:
    """Fields of four bytes that say "very much"."""
    held = bytearray(data)
    for _ in range(3):
        at = chance.randrange(max(min(len(held), 400) - 4, 1))
        held[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4)))
    return bytes(held)


_ACTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut, _headless, _flipped, _zeroed, _stuffed, _repeated, _shuffled, _boastful, _huge,
)  # fmt: skip


# --- built to do harm ----------------------------------------------------------------------------


def _pdf(*objects: str) -> bytes:
    body = b"%PDF-1.7\n" + "".join(
        f"{n} 0 obj\n{said}\nendobj\n" for n, said in enumerate(objects, 1)
    ).encode("latin-1")
    return body + b"trailer\n<</Root 1 0 R>>\n%%EOF"


def _tiff_loop() -> bytes:
    return b"II*\0" + (8).to_bytes(4, "little") + bytes(2) + (8).to_bytes(4, "little")


def _png_giant() -> bytes:
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return len(data).to_bytes(4, "big") + kind + data + crc.to_bytes(4, "big")

    head = (60000).to_bytes(4, "big") * 2 + bytes((8, 0, 0, 0, 0))
    body = zlib.compress(bytes(1 << 20))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _nested_mail(deep: int) -> bytes:
    data = b"Subject: innermost\r\n\r\n" + _WORDS.encode()
    for level in range(deep):
        mark = f"m{level}".encode()
        data = (
            b"Subject: Fwd\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="
            + mark + b"\r\n\r\n--" + mark + b"\r\nContent-Type: message/rfc822\r\n\r\n"
            + data + b"\r\n--" + mark + b"--\r\n"
        )  # fmt: skip
    return data


def _many_parts() -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 5000


def _bomb_docx() -> bytes:
    text = b"<w:t>" + b"A" * (80 << 20)
    return _zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": text})


def _entities() -> bytes:
    steps = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    xml = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "AAAA">{steps}]><d>&e11;</d>'
    return _zip({"[Content_Types].xml": xml.encode(), "word/document.xml": xml.encode()})


_FONT = "/Resources<</Font<</F 5 0 R>>>>"
_PAGE = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R{_FONT}>>"
_HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty.pdf": lambda: b"",
    "header-alone.pdf": lambda: b"%PDF-1.7\n",
    "kids-loop.pdf": lambda: _pdf(
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 9>>"
    ),
    "count-lies.pdf": lambda: _pdf(
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", _PAGE
    ),
    "page-endless.pdf": lambda: _pdf(
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9e9 9e9]>>",
    ),
    "stream-lies.pdf": lambda: _pdf(
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", _PAGE,
        "<</Length 99999999/Filter/FlateDecode>>stream\nxx\nendstream",
    ),
    "script.pdf": lambda: _pdf(
        "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while\\(1\\){})>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>", _PAGE,
    ),
    "brackets.pdf": lambda: b"%PDF-1.4\n1 0 obj" + b"[" * 200_000,
    "loop.tif": _tiff_loop,
    "offset.tif": lambda: b"II*\0\xff\xff\xff\x7f",
    "giant.png": _png_giant,
    "nought.gif": lambda: b"GIF89a" + bytes(7) + b",\0\0\0\0\0\0\0\0\0;",
    "jpeg-comments.jpg": lambda: b"\xff\xd8" + (b"\xff\xfe\xff\xff" + b"A" * 65533) * 40,
    "nested-60.eml": lambda: _nested_mail(60),
    "parts-5000.eml": _many_parts,
    "header-long.eml": lambda: b"Subject: " + b"=?utf-8?b?AAAA?= " * 40_000 + b"\n\nx",
    "charset.eml": lambda: b'Content-Type: text/plain; charset="no\xff-such"\n\n\xff\xfe\0x',
    "boundary.eml": lambda: b"Content-Type: multipart/mixed; boundary=\n\n--\n--\n--",
    "bomb.docx": _bomb_docx,
    "entities.docx": _entities,
    "paths.zip": lambda: _zip({"../../etc/x.pdf": b"%PDF-", "/abs.txt": b"x", "a/../b": b"x"}),
    "zip-in-zip.zip": lambda: _zip({"a.zip": _zip({"b.zip": _zip({"c.txt": b"x"})})}),
    "winmail.dat": lambda: b"\x78\x9f\x3e\x22" + random.Random(5).randbytes(900),
    "ole.msg": lambda: bytes.fromhex("d0cf11e0a1b11ae1") + random.Random(6).randbytes(3000),
    "tags.html": lambda: b"<div>" * 100_000,
    "groups.rtf": lambda: b"{\\rtf1" + b"{\\b" * 60_000,
    "noughts.txt": lambda: bytes(1 << 20),
    "marks.txt": lambda: ("a" + "\u0301" * 5000 + "\u202e\ufeff").encode() * 20,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.malformed", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, data in corpus(given.seed):
        (given.folder / name).write_bytes(data)
        count += 1
    print(f"{count} files in {given.folder}")


if __name__ == "__main__":
    main()
