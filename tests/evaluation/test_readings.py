"""Readings kept between measurements."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import readings
from models.document import Document

TEXT = b"Dear Member:\n\nWe have denied this request.\n"


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    read: list[str] = []
    real = readings.read_now

    def noted(data: bytes, name: str) -> tuple[Document, float]:
        read.append(name)
        return real(data, name)

    monkeypatch.setattr(readings, "read_now", noted)
    return read


def test_what_was_read_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = counted(monkeypatch)
    first, seconds = readings.kept_reading(TEXT, "a.txt", tmp_path)
    again, told = readings.kept_reading(TEXT, "b.txt", tmp_path)
    assert read == ["a.txt"]
    assert [page.text for page in first.pages] == [page.text for page in again.pages]
    assert told == seconds > 0


def test_another_way_of_reading_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = counted(monkeypatch)
    readings.kept_reading(TEXT, "a.txt", tmp_path)
    readings.kept_reading(TEXT, "a.txt", tmp_path, "without a second look")
    monkeypatch.setattr(readings, "code_digest", lambda: "other code")
    readings.kept_reading(TEXT, "a.txt", tmp_path)
    assert len(read) == 3


def test_a_reader_without_a_folder_keeps_nothing(tmp_path: Path) -> None:
    document, seconds = readings.reader(None)(TEXT, "a.txt")
    assert document.pages
    assert seconds > 0
    assert not list(tmp_path.iterdir())
