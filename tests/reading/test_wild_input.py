"""Whatever comes in is read, or refused in words of ours: mails, texts, labels, knowledge."""

from __future__ import annotations

import contextlib
import json
import string
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.reading import Limits, read_document
from extractors.reading.mail import envelope
from extractors.reading.unpack import unpack
from knowledge.check import check
from models.errors import DeskError, KnowledgeError, Unreadable, UsageError
from pipeline.evaluate.labels import find_labelled
from pipeline.facts_file import read_facts

LIMITS = Limits(workers=1, page_seconds=5, file_seconds=10, max_pages=20)
_HEADS = ("Subject", "From", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
          "Content-Disposition", "X", "To")  # fmt: skip
_VALUES = (
    "multipart/mixed; boundary=b", "multipart/alternative; boundary=b", "text/plain; charset=x",
    "text/html", "message/rfc822", "application/ms-tnef", "base64", "quoted-printable", "8bit",
    "attachment; filename*=utf-8''%ff", "=?utf-8?b?/w==?=", "=?x?q?=ff?=", "<a@b>, \xff", "1.0", "",
)  # fmt: skip
_LINES = ("--b", "--b--", "", "=", "=3D=FF", "AAAA", "<p>x", "We denied it.", "\x00", "\xff\xfe")

heads = st.lists(
    st.tuples(st.sampled_from(_HEADS), st.sampled_from(_VALUES) | st.text(max_size=30)), max_size=6
)
bodies = st.lists(st.sampled_from(_LINES) | st.sampled_from(_HEADS), max_size=25)


def mail_of(said: list[tuple[str, str]], lines: list[str]) -> bytes:
    top = "\n".join(f"{name}: {value}" for name, value in said)
    return f"{top}\n\n{chr(10).join(lines)}".encode("latin-1", "replace")


@settings(max_examples=150)
@given(heads, bodies)
def test_mails(said: list[tuple[str, str]], lines: list[str]) -> None:
    data = mail_of(said, lines)
    with contextlib.suppress(Unreadable):
        assert len(list(unpack(data, "x.eml", LIMITS))) <= LIMITS.max_parts + 2
    sender, subject = envelope(data)
    assert isinstance(sender, str)
    assert isinstance(subject, str)


@settings(max_examples=60)
@given(heads, bodies)
def test_mails_as_letters(said: list[tuple[str, str]], lines: list[str]) -> None:
    with contextlib.suppress(Unreadable):
        read_document(mail_of(said, lines), "x.eml", LIMITS)


STARTS = (b"", b"%PDF-1.7\n", b"II*\0", b"MM\0*", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\3\4",
          b"{\\rtf1", b"<html>", b"GIF89a", b"BM", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
          b"\x78\x9f\x3e\x22", b"RIFF....WEBP", b"\xff\xfe", b"From: a\n\n")  # fmt: skip


@settings(max_examples=150)
@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_files_of_every_beginning(start: bytes, rest: bytes) -> None:
    with contextlib.suppress(Unreadable):
        read_document(start + rest, "x", LIMITS)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(("letters", "about", "accept", "payer", "damage", "letter_date", "x")),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=120)
@given(values)
def test_labels(tmp_path_factory: pytest.TempPathFactory, said: Any) -> None:
    folder = tmp_path_factory.mktemp("gold")
    (folder / "a.txt").write_text("x")
    (folder / "a.json").write_text(json.dumps(said))
    with contextlib.suppress(UsageError):
        find_labelled(folder)


def test_labels_that_are_no_json(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    for said in (b"", b"\xff\xfe", b"[" * 100_000, b"nul", b'{"letters": 3}', b'{"about": []}'):
        (tmp_path / "a.json").write_bytes(said)
        with contextlib.suppress(UsageError):
            find_labelled(tmp_path)


keys = st.sampled_from(
    ("payers", "drugs", "classes", "codes", "categories", "defaults", "id", "name", "aliases",
     "source", "as_of", "confidence", "class", "law", "category", "x")
)  # fmt: skip
plain = st.one_of(
    st.integers().map(str), st.booleans().map(lambda b: str(b).lower()), st.just("2026-11-22"),
    st.text(string.ascii_letters + " ", max_size=8).map(json.dumps), st.just("[]"), st.just("[1]"),
    st.just('["a"]'), st.just("{}"), st.just("[[1]]"),
)  # fmt: skip
lines = st.one_of(
    st.tuples(keys, plain).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    keys.map(lambda key: f"[[{key}]]"),
    keys.map(lambda key: f"[{key}]"),
    st.text(max_size=10),
)


@settings(max_examples=40)
@given(st.lists(lines, max_size=8))
def test_knowledge_of_users(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> None:
    folder = tmp_path_factory.mktemp("knowledge")
    (folder / "mine.toml").write_text("\n".join(said), encoding="utf-8")
    with contextlib.suppress(KnowledgeError):
        check((folder,), date(2026, 11, 22))


@pytest.mark.parametrize(
    "said", ["payers = [1]", 'defaults = 3\n[[payers]]\nid = "x"', "payers = [[1]]", "[payers]"]
)
def test_knowledge_that_is_no_list_of_entries(tmp_path: Path, said: str) -> None:
    (tmp_path / "mine.toml").write_text(said)
    assert any("no list" in str(one) or "no table" in str(one)
               for one in check((tmp_path,), date(2026, 11, 22)))  # fmt: skip


@settings(max_examples=120)
@given(st.lists(lines, max_size=8) | st.binary(max_size=60))
def test_files_of_facts(tmp_path_factory: pytest.TempPathFactory, said: list[str] | bytes) -> None:
    path = tmp_path_factory.mktemp("facts") / "facts.toml"
    path.write_bytes(said if isinstance(said, bytes) else "\n".join(said).encode())
    with contextlib.suppress(DeskError):
        read_facts(path)
