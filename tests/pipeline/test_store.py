"""Blobs, the database and the moves of a document."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postgres_server import postgres_server
from sqlalchemy import delete, update

from models.errors import Damaged, EmptyFile, NoAccess, SetupError, StoreError, TooLarge
from pipeline.store.blobs import BlobStore
from pipeline.store.cases import Cases, StoredCase, next_due
from pipeline.store.database import HEAD, Database, open_database
from pipeline.store.documents import Documents, Item, case_id
from pipeline.store.schema import CaseRow, Table
from pipeline.store.states import MOVES, State

MB = 1 << 20


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    (tmp_path / "blobs").mkdir()
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    yield opened
    opened.close()


def file(folder: Path, content: bytes, name: str = "a.pdf") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def leftovers(blobs: BlobStore) -> list[Path]:
    return list(blobs.root.glob(".incoming*"))


def test_a_blob_is_kept_under_the_hash_of_its_bytes_once(blobs: BlobStore, tmp_path: Path) -> None:
    content = b"letter" * 400_000
    first = blobs.put(file(tmp_path, content), 10 * MB)
    again = blobs.put(file(tmp_path, content, "b.pdf"), 10 * MB)
    assert first == again
    assert first.sha256 == hashlib.sha256(content).hexdigest()
    path = blobs.path(first.sha256)
    assert path.read_bytes() == content
    assert path.relative_to(blobs.root).parts[:2] == (first.sha256[:2], first.sha256[2:4])
    assert not leftovers(blobs)


def test_a_blob_cut_short_is_replaced(blobs: BlobStore, tmp_path: Path) -> None:
    stored = blobs.put(file(tmp_path, b"whole"), MB)
    blobs.path(stored.sha256).write_bytes(b"wh")
    blobs.put(file(tmp_path, b"whole"), MB)
    assert blobs.path(stored.sha256).read_bytes() == b"whole"


def test_files_that_cannot_be_stored_say_why_and_leave_nothing(
    blobs: BlobStore, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused = [
        (file(tmp_path, b""), EmptyFile),
        (file(tmp_path, b"x" * (MB + 1), "big"), TooLarge),
        (tmp_path / "gone", NoAccess),
        (tmp_path, NoAccess),
        (tmp_path / "pipe", NoAccess),
    ]
    for path, kind in refused:
        with pytest.raises(kind) as caught:
            blobs.put(path, MB)
        assert caught.value.mend
    assert not leftovers(blobs)


def test_a_full_disk_is_the_stores_trouble_and_not_the_files(
    blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="disk is full"):
        blobs.put(file(tmp_path, b"letter"), MB)
    assert not leftovers(blobs)


def test_the_migrations_make_the_tables_that_the_code_has(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with database.engine.connect() as connection:
        # The search table is SQLite's own kind, with tables of its own below it.
        mine = {"include_name": lambda name, kind, _: not str(name).startswith("case_words")}
        context = MigrationContext.configure(connection, opts=mine)
        assert compare_metadata(context, Table.metadata) == []
        assert context.get_current_revision() == HEAD
    config = Config()
    folder = Path(__file__).parents[2] / "pipeline" / "store" / "migrations"
    config.set_main_option("script_location", str(folder))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_many_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with ThreadPoolExecutor(6) as threads:
        opened = list(threads.map(lambda _: open_database(url), range(6)))
    for each in opened:
        with each.session() as session:
            assert session.connection().dialect.has_table(session.connection(), "cases")
        each.close()


def test_a_store_of_a_later_version_is_left_alone(database: Database, tmp_path: Path) -> None:
    from sqlalchemy import text

    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="another version"):
        open_database(f"sqlite:///{tmp_path / 'desk.db'}")


def test_a_folder_that_cannot_hold_the_database_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder of the database"):
        open_database(f"sqlite:///{tmp_path / 'missing' / 'desk.db'}")


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "postgresql://u@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_used_is_told_plainly(url: str) -> None:
    with pytest.raises((SetupError, StoreError)) as caught:
        open_database(url)
    assert caught.value.mend


def test_a_damaged_database_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_bytes(b"this is no database " * 100)
    with pytest.raises(StoreError, match="damaged"):
        open_database(f"sqlite:///{tmp_path / 'desk.db'}")


def received(documents: Documents, blobs: BlobStore, path: Path) -> tuple[Item, str]:
    _, (item,) = documents.new_run(path.parent, [path])
    stored = blobs.put(path, MB)
    documents.receive(item, stored)
    return item, stored.sha256


LETTER = {"pages": [1], "fields": {}}


def test_a_document_goes_its_way_once_however_many_try(
    database: Database, blobs: BlobStore, tmp_path: Path
) -> None:
    documents = Documents(database)
    _, sha256 = received(documents, blobs, file(tmp_path, b"letter"))
    start = threading.Barrier(8)

    def save(_: int) -> bool:
        start.wait()
        return documents.save_reading(sha256, b"body", 3, "text/plain", ())

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(save, range(8))) == 1
    assert documents.state(sha256) is State.READ
    with ThreadPoolExecutor(4) as threads:
        saved = threads.map(lambda _: documents.save_letters(sha256, [LETTER, LETTER]), range(4))
        assert sum(saved) == 1
    assert [case.id for case in Cases(database).of(sha256)] == [
        case_id(sha256, 0),
        case_id(sha256, 1),
    ]


def test_a_quarantined_document_is_received_afresh(
    database: Database, blobs: BlobStore, tmp_path: Path
) -> None:
    documents, path = Documents(database), file(tmp_path, b"letter")
    item, sha256 = received(documents, blobs, path)
    documents.save_reading(sha256, b"body", 1, "text/plain", ())
    documents.save_letters(sha256, [LETTER])
    documents.quarantine(sha256, State.EXTRACTED, Damaged("broken", "mend it"))
    (outcome,) = Cases(database).outcomes(run_of(database, item))
    assert outcome.error == ("damaged", "broken", "mend it")
    assert outcome.cases == ()
    received(documents, blobs, path)
    assert documents.state(sha256) is State.RECEIVED
    documents.save_reading(sha256, b"body", 1, "text/plain", ())
    assert documents.save_letters(sha256, [LETTER])
    assert len(Cases(database).of(sha256)) == 1


def run_of(database: Database, item: Item) -> str:
    from pipeline.store.schema import ItemRow

    with database.session() as session:
        return session.get_one(ItemRow, item.id).run_id


def test_a_move_that_is_none_is_a_fault_of_ours(
    database: Database, blobs: BlobStore, tmp_path: Path
) -> None:
    documents = Documents(database)
    _, sha256 = received(documents, blobs, file(tmp_path, b"letter"))
    with pytest.raises(ValueError, match="no move"):
        documents.quarantine(sha256, State.WRITTEN, Damaged("x"))
    assert not documents.written(sha256)
    assert documents.state(sha256) is State.RECEIVED


def test_every_state_leads_to_its_end() -> None:
    assert set(MOVES) == set(State)
    for state in State:
        seen, left = set(), [state]
        while left:
            here = left.pop()
            seen.add(here)
            left += MOVES[here] - seen
        assert State.WRITTEN in seen


def test_a_name_that_is_no_text_is_stored(
    database: Database, blobs: BlobStore, tmp_path: Path
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/fax\xff\xfe.txt"))
    try:
        path.write_bytes(b"letter")
    except OSError:
        pytest.skip("this file system wants UTF-8 names")
    documents = Documents(database)
    _, sha256 = received(documents, blobs, path)
    assert documents.source(sha256) == r"fax\xff\xfe.txt"


@given(st.binary(min_size=1, max_size=40), st.integers(0, 50))
def test_case_ids_are_short_steady_and_tell_nothing(content: bytes, ordinal: int) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    made = case_id(sha256, ordinal)
    assert made == case_id(sha256, ordinal)
    assert len(made) == 12
    assert set(made) <= set("0123456789abcdef")
    assert made != case_id(sha256, ordinal + 1)


def test_the_next_day_is_the_first_that_is_ours() -> None:
    def clock(kind: str, due: str | None, safe: str | None) -> dict[str, object]:
        return {"kind": kind, "due": due, "safe_due": safe, "step": "x"}

    clocks = [
        clock("plan", "2026-01-01", None),
        clock("ours", None, None),
        clock("ours", "2026-05-01", "2026-04-26"),
        clock("ours", "2026-04-30", None),
    ]
    found = next_due(clocks)
    assert found is not None
    assert found.isoformat() == "2026-04-26"
    assert next_due(clocks[:2]) is None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


def test_postgresql_serves_as_well(postgres: str, blobs: BlobStore, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: open_database(postgres), range(4)))
    documents, cases = Documents(opened[0]), Cases(opened[1])
    _, sha256 = received(documents, blobs, file(tmp_path, b"letter"))
    with ThreadPoolExecutor(8) as threads:
        saved = threads.map(
            lambda at: documents.save_reading(sha256, b"body", at, "text/plain", ()), range(8)
        )
        assert sum(saved) == 1
    letter = {"pages": [1], "fields": {"z": 1, "a": "\0"}}
    assert documents.save_letters(sha256, [letter])
    (case,) = cases.of(sha256)
    assert list(case.body["fields"]) == ["z", "a"]
    for each in opened:
        each.close()


_MARK = {
    "sketch": list(range(128)), "words": 200,
    "numbers": ["22078841", "8005550143", "98401", "44100"],
    "told": {"patient_name": "orencastellan", "letter_date": "20260914"},
}  # fmt: skip


def stored_letter(database: Database, folder: Path, number: int, mark: object) -> StoredCase:
    """The case of a letter with this fingerprint."""
    documents = Documents(database)
    _, (item,) = documents.new_run(folder, [folder / f"{number}.pdf"])
    content = file(folder, b"letter %d" % number, f"{number}.pdf")
    stored = BlobStore(folder).put(content, MB)
    documents.receive(item, stored)
    documents.save_reading(stored.sha256, b"", 1, "application/pdf", ())
    letter = {"pages": [1], "fields": {}, "fingerprint": mark}
    assert documents.save_letters(stored.sha256, [letter])
    (case,) = Cases(database).of(stored.sha256)
    assert "fingerprint" not in case.body
    return case


def test_a_letter_received_twice_is_told_and_kept(database: Database, tmp_path: Path) -> None:
    other = {**_MARK, "told": {"patient_name": "miravostrikova", "letter_date": "20260914"}}
    first, again, apart = (
        stored_letter(database, tmp_path, n, mark) for n, mark in enumerate((_MARK, _MARK, other))
    )
    assert [first.same_as, again.same_as, apart.same_as] == [None, first.id, None]


def test_a_letter_is_known_again_whoever_stored_it_and_no_longer_once_deleted(
    database: Database, tmp_path: Path
) -> None:
    elsewhere = open_database(str(database.engine.url))  # as another process has it
    unlike = {**_MARK, "sketch": list(range(1000, 1128))}
    assert stored_letter(database, tmp_path, 0, unlike).same_as is None
    first = stored_letter(elsewhere, tmp_path, 1, _MARK)
    assert stored_letter(database, tmp_path, 2, _MARK).same_as == first.id
    with elsewhere.session() as session:  # by a clock that was far behind
        session.execute(update(CaseRow).values(created_at=datetime(2001, 1, 1, tzinfo=UTC)))
    third = {**_MARK, "sketch": list(range(2000, 2128))}
    behind = stored_letter(elsewhere, tmp_path, 3, third)
    with elsewhere.session() as session:
        session.execute(
            update(CaseRow).where(CaseRow.id == behind.id)
            .values(created_at=datetime(2001, 1, 2, tzinfo=UTC))
        )  # fmt: skip
    assert stored_letter(database, tmp_path, 4, third).same_as == behind.id
    with elsewhere.session() as session:
        session.execute(delete(CaseRow))
    assert stored_letter(database, tmp_path, 5, _MARK).same_as is None
    elsewhere.close()


def test_the_queue_and_corrections_on_postgresql(postgres: str, tmp_path: Path) -> None:
    from review_bench import LETTER, TODAY, ReviewBench

    from pipeline.reviewing import Change, StaleVersion
    from pipeline.store.listing import Filters, Listing

    opened = open_database(postgres)
    bench = ReviewBench(tmp_path, opened)
    cases = bench.process(LETTER, LETTER.replace("Ocrevus (ocrelizumab)", "Kesimpta (ofatumumab)"))
    listing = Listing(opened)
    (first,) = listing.page(Filters(q="ocrev bram"), TODAY)
    assert first.case_id == cases[0]
    (second,) = listing.page(Filters(), TODAY, after=first.cursor)
    for sort in ("received", "confidence", "payer"):
        (one,) = listing.page(Filters(), TODAY, sort=sort, size=1)
        (other,) = listing.page(Filters(), TODAY, sort=sort, after=one.cursor)
        assert {one.case_id, other.case_id} == set(cases)
    seen = bench.review.case(cases[0]).version
    bench.review.set_fields(cases[0], seen, {"drug": Change("Briumvi")}, "ann")
    with pytest.raises(StaleVersion):
        bench.review.set_fields(cases[0], seen, {"drug": Change("Tysabri")}, "bob")
    assert listing.count(Filters(q="briumvi"), TODAY) == 1
    assert second.case_id in cases
    opened.close()
