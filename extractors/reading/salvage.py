"""What can still be read of a PDF that was cut off: its table of contents is made anew."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(?<!\d)(\d{1,7})\s+(\d{1,5})\s+obj\b")
_STREAM_OF_OBJECTS = re.compile(rb"/Type\s*/ObjStm\b")
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
_CATALOG = re.compile(rb"/Type\s*/(Catalog|Pages|XRef|ObjStm)\b")
_MOST_UNPACKED = 30_000_000
_FIRST_NEW = 8_000_000


def rebuilt(data: bytes) -> bytes | None:
    """The PDF with a new catalogue of the pages that are still there; None where there are none.

    Whole objects are kept as they are. Objects packed into streams are written out, since the
    index that tells where they lie stood at the lost end.
    """
    if re.search(rb"/Encrypt\b", data):
        return None  # its strings cannot be read without the lost trailer
    data = _without_torn_index(data)
    whole, unpacked = _objects(data)
    pages = [number for number, body in {**whole, **unpacked}.items() if _PAGE.search(body)]
    if not pages:
        return None
    parts = [data, b"\nendstream\nendobj\n"]
    parts += [b"%d 0 obj\n%s\nendobj\n" % item for item in unpacked.items() if item[0] not in whole]
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    tree, catalogue = _FIRST_NEW, _FIRST_NEW + 1
    parts += [
        b"%d 0 obj\n<< /Type /Pages /Kids [ %s ] /Count %d /MediaBox [0 0 612 792] >>\nendobj\n"
        % (tree, kids, len(pages)),
        b"%d 0 obj\n<< /Type /Catalog /Pages %d 0 R >>\nendobj\n" % (catalogue, tree),
        b"trailer\n<< /Root %d 0 R /Size %d >>\nstartxref\n0\n%%%%EOF\n"
        % (catalogue, catalogue + 1),
    ]
    return b"".join(parts)


def _without_torn_index(data: bytes) -> bytes:
    """The file without an index that breaks off: half an index misleads more than none."""
    end = data.rfind(b"endobj")
    table = data.find(b"xref", end) if end >= 0 else -1
    return data[:table] if table >= 0 else data


def _objects(data: bytes) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Objects that end before the cut, by number: those written plainly (their dictionaries
    only) and those packed into streams."""
    whole: dict[int, bytes] = {}
    unpacked: dict[int, bytes] = {}
    budget = _MOST_UNPACKED
    for start in _OBJECT.finditer(data):
        end = data.find(b"endobj", start.end())
        if end < 0:
            continue
        body = data[start.end() : end]
        head, mark, rest = body.partition(b"stream")
        if mark and _STREAM_OF_OBJECTS.search(head):
            found = _unpacked(head, rest, budget)
            budget -= sum(map(len, found.values()))
            unpacked.update(found)
        elif not _CATALOG.search(head):
            whole[int(start[1])] = head
    return whole, unpacked


def _unpacked(head: bytes, stream: bytes, budget: int) -> dict[int, bytes]:
    count, first = re.search(rb"/N\s+(\d+)", head), re.search(rb"/First\s+(\d+)", head)
    if count is None or first is None or budget <= 0:
        return {}
    try:
        raw = zlib.decompressobj().decompress(stream.lstrip(b"\r\n"), budget)
    except zlib.error:
        return {}
    index = [int(number) for number in raw[: int(first[1])].split()[: 2 * int(count[1])]]
    places = [int(first[1]) + offset for offset in index[1::2]]
    ends = [*places[1:], len(raw)]
    return {
        number: raw[place:end]
        for number, place, end in zip(index[0::2], places, ends, strict=False)
        if not _CATALOG.search(raw[place:end])
    }
