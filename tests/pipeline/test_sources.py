"""Which files a call names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from extractors.reading import kinds
from models.errors import UsageError
from pipeline.sources import LETTER_SUFFIXES, PACKETS_MARK, find_files


def names(paths: object) -> list[str]:
    return [path.name for path in paths]


def make(folder: Path, *files: str) -> Path:
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return folder


def test_folders_are_searched_in_a_steady_order_and_the_rest_is_counted(tmp_path: Path) -> None:
    make(tmp_path, "b.pdf", "a.TIF", "sub/c.txt", "gold.json", "x.json", ".hidden.pdf", ".d/e.pdf")
    found = find_files([tmp_path])
    assert names(found.files) == ["a.TIF", "b.pdf", "c.txt"]
    assert found.skipped == {".json": 2}


def test_a_file_named_outright_may_have_any_ending(tmp_path: Path) -> None:
    make(tmp_path, "notes.json")
    assert names(find_files([tmp_path / "notes.json"]).files) == ["notes.json"]


def test_a_file_named_twice_is_one(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf")
    assert names(find_files([tmp_path / "a.pdf", tmp_path]).files) == ["a.pdf"]


def test_our_own_packets_are_not_letters(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf", "old/letter.pdf", "out/letter.pdf", f"old/{PACKETS_MARK}")
    assert names(find_files([tmp_path], apart=[tmp_path / "out"]).files) == ["a.pdf"]


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    make(tmp_path, "sub/a.pdf")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "sub" / "gone.pdf").symlink_to(tmp_path / "nowhere.pdf")
    assert names(find_files([tmp_path]).files) == ["a.pdf"]


def test_a_scan_without_an_ending_is_found_and_a_pipe_is_not(tmp_path: Path) -> None:
    (tmp_path / "FAX0001").write_bytes(b"II*\x00....")
    (tmp_path / "LICENSE").write_text("words")
    os.mkfifo(tmp_path / "pipe.pdf")
    assert names(find_files([tmp_path]).files) == ["FAX0001"]


def test_a_folder_that_may_not_be_read_is_told_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "open/a.pdf", "shut/b.pdf")
    real = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = find_files([tmp_path])
    assert names(found.files) == ["a.pdf"]
    assert names(found.unreadable) == ["shut"]


def test_what_does_not_exist_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="spelled"):
        find_files([tmp_path / "nowhere"])


def test_every_ending_looked_for_is_one_that_can_be_read() -> None:
    known = {
        suffix for kind in vars(kinds).values() if isinstance(kind, kinds.Kind)
        for suffix in kind.suffixes
    }  # fmt: skip
    assert known >= LETTER_SUFFIXES
