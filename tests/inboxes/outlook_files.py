"""Writes Outlook messages (.msg) byte by byte, after MS-CFB and MS-OXMSG: no program of ours and
no library that reads them has a part in it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STRING, _BINARY, _LONG, _OBJECT = 0x001F, 0x0102, 0x0003, 0x000D

Tree = dict[str, "bytes | Tree"]


@dataclass
class _Entry:
    name: str
    kind: int  # 1 storage, 2 stream, 5 root
    content: bytes = b""
    start: int = _END
    child: int = _FREE
    right: int = _FREE
    size: int = field(default=0)


def message(
    subject: str, body: str, sender: str = "fax@plan.example",
    files: dict[str, bytes] | None = None, forwarded: Tree | None = None, embedded: bool = False,
) -> Tree:  # fmt: skip
    """A message as storages and streams, with attached files and perhaps a message in it."""
    texts = {0x001A: "IPM.Note", 0x0037: subject, 0x1000: body, 0x0C1F: sender}
    attached: list[tuple[str, bytes | Tree]] = list((files or {}).items())
    attached += [("Forwarded", forwarded)] if forwarded else []
    tree: Tree = {}
    entries = [_text(tree, number, text) for number, text in texts.items()]
    head = struct.pack("<8x4I", 0, len(attached), 0, len(attached)) + (
        b"" if embedded else b"\0" * 8
    )
    tree["__properties_version1.0"] = head + b"".join(entries)
    if not embedded:
        tree["__nameid_version1.0"] = {f"__substg1.0_000{n}0102": b"" for n in (2, 3, 4)}
    for at, (name, content) in enumerate(attached):
        inner: Tree = {}
        rows = [_text(inner, 0x3707, name)]
        if isinstance(content, bytes):
            inner[f"__substg1.0_3701{_BINARY:04X}"] = content
            rows.append(struct.pack("<HHIII", _BINARY, 0x3701, 6, len(content), 0))
            rows.append(struct.pack("<HHIII", _LONG, 0x3705, 6, 1, 0))
        else:
            inner[f"__substg1.0_3701{_OBJECT:04X}"] = content
            rows.append(struct.pack("<HHIII", _OBJECT, 0x3701, 6, 0xFFFFFFFF, 1))
            rows.append(struct.pack("<HHIII", _LONG, 0x3705, 6, 5, 0))
        inner["__properties_version1.0"] = b"\0" * 8 + b"".join(rows)
        tree[f"__attach_version1.0_#{at:08X}"] = inner
    return tree


def _text(tree: Tree, number: int, text: str) -> bytes:
    data = text.encode("utf-16-le")
    tree[f"__substg1.0_{number:04X}{_STRING:04X}"] = data
    return struct.pack("<HHIII", _STRING, number, 6, len(data) + 2, 0)


def compound_file(tree: Tree) -> bytes:
    """Storages and streams as a compound file of version 3."""
    entries = [_Entry("Root Entry", 5)]
    entries[0].child = _add(entries, tree)
    mini, mini_fat, sectors, fat = bytearray(), [], bytearray(), []
    for entry in entries:
        entry.size = len(entry.content)
        if entry.kind == 2 and entry.content:
            small = entry.size < _CUTOFF
            where, table, unit = (mini, mini_fat, _MINI) if small else (sectors, fat, _SECTOR)
            entry.start = _put(where, table, unit, entry.content)
    root = entries[0]
    if mini:
        root.start, root.size = _put(sectors, fat, _SECTOR, bytes(mini)), len(mini)
    mini_table = b"".join(struct.pack("<I", n) for n in mini_fat)
    mini_start = _put(sectors, fat, _SECTOR, mini_table, b"\xff") if mini_table else _END
    mini_sectors = -(-len(mini_table) // _SECTOR)
    directory = b"".join(map(_row, entries))
    directory_start = _put(sectors, fat, _SECTOR, directory)
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * _SECTOR:
        fat_sectors += 1
    first = len(fat)
    fat += [_FAT] * fat_sectors
    table = b"".join(struct.pack("<I", n) for n in fat)
    sectors += table.ljust(fat_sectors * _SECTOR, b"\xff")
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0,
        fat_sectors, directory_start, 0, _CUTOFF, mini_start, mini_sectors, _END, 0, first,
    )  # fmt: skip
    more = b"".join(struct.pack("<I", first + n) for n in range(1, fat_sectors))
    return (header + more).ljust(_SECTOR, b"\xff") + bytes(sectors)


def _add(entries: list[_Entry], tree: Tree) -> int:
    """Add a storage's children, linked to the right in the order that MS-CFB asks for."""
    numbers = []
    for name in sorted(tree, key=lambda name: (len(name), name.upper())):
        content = tree[name]
        entry = _Entry(name, 2, content) if isinstance(content, bytes) else _Entry(name, 1)
        entries.append(entry)
        numbers.append(len(entries) - 1)
        if not isinstance(content, bytes):
            entry.child = _add(entries, content)
    for one, following in pairwise(numbers):
        entries[one].right = following
    return numbers[0] if numbers else _FREE


def _put(where: bytearray, table: list[int], unit: int, content: bytes, fill: bytes = b"\0") -> int:
    start = len(table)
    count = -(-len(content) // unit)
    table += [*range(start + 1, start + count), _END]
    where += content.ljust(count * unit, fill)
    return start


def _row(entry: _Entry) -> bytes:
    name = (entry.name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI8x8xIII", name, len(name), entry.kind, 1, _FREE, entry.right, entry.child,
        0, entry.start, entry.size, 0,
    )  # fmt: skip
