"""At rest: with a key nothing of a letter is on the disk in the clear, and without it nothing is
to be had. Changing the key, shredding, backups."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres_server import postgres_server
from review_bench import LETTER, TODAY, ReviewBench
from sqlalchemy import text

from models.errors import SetupError, UsageError
from pipeline.batch import use_key
from pipeline.home import Home, Settings, load_settings
from pipeline.operations.backup import DamagedBackup, backup, restore
from pipeline.operations.purge import purge
from pipeline.operations.sealing_anew import PLAIN, seal_anew, sealed_columns, status
from pipeline.store import keys
from pipeline.store.blobs import BlobChanged, BlobStore
from pipeline.store.database import open_database
from pipeline.store.keys import KeySource, NoKey, Ring, new_key, parse_ring, write_ring
from pipeline.store.listing import Filters, Listing
from pipeline.store.people import People
from pipeline.store.sealed import Changed, SealedText, seal_text

MARKS = ("Bramwell", "MHP440218876", "7700412259", "Tomas Feld")


@pytest.fixture(autouse=True)
def _no_key_afterwards() -> Iterator[None]:
    yield
    keys.use(None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


def made(folder: Path, key: bool = True, url: str = "") -> Settings:
    home = Home(folder / "home").prepare()
    env = {"DENIALDESK_TODAY": TODAY.isoformat()}
    if url:
        env["DENIALDESK_DATABASE_URL"] = url
    if key:
        place = folder / "key"
        if not place.exists():
            write_ring(place, Ring((new_key(),)), new=True)
        env["DENIALDESK_KEY"] = f"file:{place}"
    settings = load_settings(home, env)
    use_key(settings)
    return settings


def filled(settings: Settings) -> ReviewBench:
    bench = ReviewBench(settings.home.root, open_database(settings.database_url))
    [case] = bench.process(LETTER)
    bench.review.note(case, "Bramwell called about 7700412259", "ann")
    for query in ("q=bramwell", "q=7700412259"):  # the second in place of the first
        People(bench.database).save_view("ann", "of Bramwell", query)
    return bench


def in_the_clear(folder: Path) -> set[str]:
    """The marks that are found in any file below a folder, apart from letters and packets."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and "out" not in path.parts and path.suffix != ".txt":
            data = path.read_bytes()
            found |= {mark for mark in MARKS if mark.encode() in data}
    return found


def test_without_a_key_it_is_as_it_was(tmp_path: Path) -> None:
    settings = made(tmp_path, key=False)
    bench = filled(settings)
    bench.database.close()
    assert in_the_clear(settings.home.root) >= {"Bramwell"}


def test_with_a_key_nothing_of_a_letter_is_on_the_disk(tmp_path: Path) -> None:
    settings = made(tmp_path)
    bench = filled(settings)
    [found] = bench.tools.cases.all()
    assert found.value("patient_name") == "Ilse Bramwell"
    assert [note.text for note in bench.review.notes(found.id)] == [
        "Bramwell called about 7700412259"
    ]
    assert bench.tools.blobs.read(found.sha256).decode() == LETTER
    [view] = People(bench.database).views("ann")
    assert (view.name, view.query) == ("of Bramwell", "q=7700412259")
    bench.database.close()
    assert in_the_clear(settings.home.root) == set()


def test_cases_are_found_by_words_and_their_beginnings(tmp_path: Path) -> None:
    bench = filled(made(tmp_path))
    listing = Listing(bench.database)
    for asked, count in {"bramwell": 1, "Bram": 1, "ilse bra": 1, "brams": 0, "440218876": 0,
                         "mhp4402": 1, "": 1}.items():  # fmt: skip
        assert listing.count(Filters(q=asked), TODAY) == count, asked


def test_without_its_key_nothing_is_to_be_had(tmp_path: Path) -> None:
    settings = made(tmp_path)
    bench = filled(settings)
    [case] = bench.tools.cases.all()
    keys.use(None)
    with pytest.raises(NoKey):
        bench.tools.cases.all()
    with pytest.raises(NoKey):
        bench.tools.blobs.read(case.sha256)
    write_ring(tmp_path / "other", Ring((new_key(),)))
    keys.use(KeySource(f"file:{tmp_path / 'other'}"))
    with pytest.raises(NoKey, match="which is not here"):
        bench.tools.cases.all()


def test_what_is_changed_on_the_disk_is_noticed(tmp_path: Path) -> None:
    bench = filled(made(tmp_path))
    [case] = bench.tools.cases.all()
    with bench.database.engine.begin() as connection:
        one = connection.execute(text("SELECT patient FROM reviews")).scalar_one()
        connection.execute(text("UPDATE documents SET source = :one"), {"one": one})
    with pytest.raises(Changed):  # a value in another column's place
        bench.tools.documents.source(case.sha256)
    path = bench.tools.blobs.path(case.sha256)
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    with pytest.raises(BlobChanged):
        bench.tools.blobs.read(case.sha256)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_key_is_introduced_and_changed_row_by_row(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres") if kind == "postgresql" else ""
    bench = filled(made(tmp_path, key=False, url=url))
    before = bench.tools.cases.all()
    settings = made(tmp_path, url=url)
    values, blobs = status(settings, bench.database)
    assert set(values) == set(blobs) == {PLAIN}
    listing = Listing(bench.database)
    assert listing.count(Filters(q="bram"), TODAY) == 1
    seal_anew(settings, bench.database, lambda what, count: None)
    ring = keys.ring()
    assert ring
    values, blobs = status(settings, bench.database)
    assert set(values) == set(blobs) == {ring.current.id}
    source = KeySource(settings.key)
    source.replace(Ring((*ring.keys, new_key())))

    def stop(what: str, count: int) -> None:
        if what == "case_events":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal_anew(settings, bench.database, stop)
    assert bench.tools.cases.all() == before  # both keys open
    assert listing.count(Filters(q="bram"), TODAY) == 1  # and find
    seal_anew(settings, bench.database, lambda what, count: None)
    newest = source.ring().current.id
    assert newest != ring.current.id
    values, blobs = status(settings, bench.database)
    assert set(values) == set(blobs) == {newest}
    source.replace(Ring((source.ring().current,)))
    assert bench.tools.cases.all() == before
    assert bench.tools.blobs.read(before[0].sha256).decode() == LETTER
    assert listing.count(Filters(q="bram ilse"), TODAY) == 1
    assert listing.count(Filters(q="bram nobody"), TODAY) == 0
    assert seal_anew(settings, bench.database, lambda what, count: None) == (0, 0)
    bench.database.close()


def test_deleting_shreds_the_key_of_a_blob(tmp_path: Path) -> None:
    settings = made(tmp_path)
    bench = filled(settings)
    [case] = bench.tools.cases.all()
    path = bench.tools.blobs.path(case.sha256)
    os.link(path, tmp_path / "undeleted")  # what is left of it on the disk
    purge(settings, bench.database, datetime.now(UTC) + timedelta(days=1))
    assert not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "undeleted").rename(path)
    with pytest.raises((BlobChanged, NoKey)):
        bench.tools.blobs.read(case.sha256)


def test_a_backup_is_sealed_and_restored_with_its_key(tmp_path: Path) -> None:
    settings = made(tmp_path)
    bench = filled(settings)
    [case] = bench.tools.cases.all()
    target = tmp_path / "b.zip"
    backup(settings, bench.database, target)
    bench.database.close()
    data = target.read_bytes()
    assert data.startswith(b"DDBACK1")
    assert not any(mark.encode() in data for mark in MARKS)
    env = {"DENIALDESK_KEY": settings.key}
    for name, odd in {
        "cut": data[:-20], "changed": data[:5000] + bytes([data[5000] ^ 1]) + data[5001:],
        "longer": data + b"x",
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(odd)
        with pytest.raises(DamagedBackup):
            restore(load_settings(Home(tmp_path / f"h-{name}"), env), tmp_path / name)
    with pytest.raises(NoKey):
        restore(load_settings(Home(tmp_path / "keyless"), {}), target)
    again = load_settings(Home(tmp_path / "again"), env)
    assert restore(again, target) == {"blobs": 1, "documents": 1}
    assert in_the_clear(again.home.root) == set()
    assert BlobStore(again.home.blobs).read(case.sha256).decode() == LETTER


def test_a_blob_is_sealed_once_and_read_as_it_came(tmp_path: Path) -> None:
    made(tmp_path)
    store = BlobStore(tmp_path / "blobs")
    store.root.mkdir()
    for data in (b"x", b"DDBLOB1\n" + b"y" * 200, os.urandom(3 << 20)):
        stored = store.put_bytes(data)
        assert store.put_bytes(data) == stored
        assert store.key_of(stored.sha256)
        assert store.read(stored.sha256) == data
    keys.use(None)
    odd = store.put_bytes(b"DDBLOB1\n" + b"z" * 200)  # from outside, where there is no key
    assert store.read(odd.sha256) == b"DDBLOB1\n" + b"z" * 200


def test_a_name_from_outside_does_not_pass_for_something_sealed() -> None:
    kind = SealedText("documents.source")
    for name in ("sealed:00:AAAA", "plain:x", "letter.pdf", "deleted"):
        dialect = sqlite_dialect()
        assert kind.process_result_value(kind.process_bind_param(name, dialect), dialect) == name


def sqlite_dialect() -> object:
    from sqlalchemy.dialects import sqlite

    return sqlite.dialect()


def test_a_key_file_is_private_whole_and_never_overwritten(tmp_path: Path) -> None:
    place = tmp_path / "key"
    write_ring(place, Ring((new_key(), new_key())), new=True)
    assert place.stat().st_mode & 0o777 == 0o600
    assert len(parse_ring(place.read_text()).keys) == 2
    with pytest.raises(UsageError, match="never overwritten"):
        write_ring(place, Ring((new_key(),)), new=True)
    place.chmod(0o644)
    with pytest.raises(SetupError, match="may be read by others"):
        KeySource(f"file:{place}").ring()
    for odd in ("", "# nothing", "00 AA", "zz " + "A" * 44, place.read_text() * 2):
        with pytest.raises(SetupError) as caught:
            parse_ring(odd)
        assert "AAAA" not in str(caught.value)


def test_every_identifying_column_is_sealed() -> None:
    """Texts and values of a letter, by name: a new column is to be sealed, or named here with why
    it is not."""
    sealed = {f"{table.name}.{c.name}" for table, columns in sealed_columns() for c in columns}
    assert sealed >= {
        "documents.source", "readings.body", "cases.body", "entries.body", "reviews.patient",
        "corrections.value", "notes.text", "case_events.detail", "messages.name", "pieces.name",
        "page_images.image", "items.path", "saved_views.name", "saved_views.query", "holds.reason",
    }  # fmt: skip


def test_the_time_of_a_row_stays_when_its_key_changes(tmp_path: Path) -> None:
    settings = made(tmp_path, key=False)
    bench = filled(settings)
    place = settings.home.database_file

    def times() -> list[tuple[str, ...]]:
        with sqlite3.connect(place) as read:
            found = read.execute(
                "SELECT changed_at FROM documents UNION ALL SELECT changed_at FROM cases "
                "UNION ALL SELECT changed_at FROM reviews"
            ).fetchall()
        read.close()
        return found

    before = times()
    seal_anew(made(tmp_path), bench.database, lambda what, count: None)
    assert times() == before
    assert seal_text("deleted", "x") == "deleted"
