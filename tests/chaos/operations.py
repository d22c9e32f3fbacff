"""The operations that are killed: what each does, as its command does it, and what must hold after
it was killed anywhere and run again.

Each works on a copy of a small home with letters in it; worker calls are the quick ones of
`fake_jobs`, in the same process.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import fake_jobs
from review_bench import LETTER
from sqlalchemy import func, select, text, update

from models.errors import UsageError
from pipeline.auditing import audit_of, note_call
from pipeline.batch import open_blobs, open_store, use_key
from pipeline.desk import Desk, Tools
from pipeline.home import Home, Settings, load_settings
from pipeline.isolation import jobs
from pipeline.operations.backup import backup, restore
from pipeline.operations.purge import purge
from pipeline.operations.sealing_anew import seal_anew, status
from pipeline.packets import Packets
from pipeline.reviewing import Change, ReviewDesk
from pipeline.store import keys
from pipeline.store.cases import Cases
from pipeline.store.database import HEAD, Database, open_database
from pipeline.store.documents import Documents
from pipeline.store.holds import Holds
from pipeline.store.keys import KeySource, Ring, new_key, write_ring
from pipeline.store.review_tables import CorrectionRow
from pipeline.store.schema import CaseRow, DocumentRow
from pipeline.store.states import State

TODAY = date(2026, 9, 21)
LETTERS = 4


class Pool:
    """The quick calls, or the real ones, in this process."""

    size = 1

    def __init__(self, real: bool = False) -> None:
        self._jobs: Any = jobs if real else fake_jobs

    def call(self, job: str, *given: Any, seconds: float, on_progress: Any = None) -> Any:
        return getattr(self._jobs, job)(*given)


class Nobody:
    def reading(self, item: int, done: int, total: int) -> None: ...

    def finished(self, item: int) -> None: ...


def settings_of(folder: Path) -> Settings:
    """The settings of a home in `folder`, sealed where there is a key."""
    env = {"DENIALDESK_TODAY": TODAY.isoformat()}
    if (folder / "key").exists():
        env["DENIALDESK_KEY"] = f"file:{folder / 'key'}"
    return load_settings(Home(folder / "home"), env)


def letters_of(folder: Path) -> list[Path]:
    return sorted((folder / "letters").glob("*.txt"))


def build(folder: Path, sealed: bool, done: bool, real: bool = False) -> None:
    """A home with letters, worked on if `done`; `real` ones, read and decided as ever."""
    (folder / "letters").mkdir(parents=True)
    for at in range(LETTERS):
        said = LETTER.replace("Bramwell", f"Bramwell{at}") if real else f"pages 1\npayer Plan {at}"
        (folder / "letters" / f"{at}.txt").write_text(said)
    if sealed:
        write_ring(folder / "key", Ring((new_key(),)), new=True)
    with open_store(settings_of(folder)):
        pass
    if done:
        process(folder, real)


def process(folder: Path, real: bool = False) -> None:
    settings = settings_of(folder)
    fake_jobs._notify[:] = [lambda *_: None]
    jobs._here.settings = {"limits": {}}
    pool: Any = Pool(real)
    with open_store(settings) as database:
        blobs = open_blobs(settings)
        blobs.sweep()
        packets = Packets(settings.packet_folder, pool)
        try:
            documents = Documents(database)
            run, items = documents.new_run(settings.packet_folder, letters_of(folder))
            note_call(settings.home, database, "letters.process", run=run, files=len(items))
            tools = Tools(documents, Cases(database), blobs, packets, pool)
            desk = Desk(tools, run, items, TODAY, Nobody(), 1 << 20, 30.0)
            for item in desk.items:
                for step in (desk.take_in, desk.read, desk.extract, desk.route, desk.write):
                    step(item)
            if desk.fatal:
                raise desk.fatal
            documents.finish_run(run)
        finally:
            packets.close()


def letter(folder: Path) -> None:
    settings = settings_of(folder)
    with open_store(settings) as database:
        packets = Packets(settings.packet_folder, Pool())  # type: ignore[arg-type]
        try:
            for case in Cases(database).all():
                note_call(settings.home, database, "packet.write", case.id)
                names = packets.write(case, TODAY, afresh=True)
                Cases(database).set_packet(case.id, names)
        finally:
            packets.close()


def case_set(folder: Path) -> None:
    """A person's value on each case, where it does not stand yet."""
    settings = settings_of(folder)
    with open_store(settings) as database:
        desk = ReviewDesk(database, settings.day)
        for case in Cases(database).all():
            if case.value("member_id") != "AB1234567":
                note_call(settings.home, database, "case.set", case.id)
                desk.set_fields(case.id, case.version, {"member_id": Change("AB1234567")}, "ann")


def deletion(folder: Path) -> None:
    """All letters but the first, which is young."""
    settings = settings_of(folder)
    with open_store(settings) as database:
        note_call(settings.home, database, "purge")
        purge(settings, database, datetime.now(UTC) - timedelta(days=30))


def make_old(folder: Path) -> None:
    with open_store(settings_of(folder)) as database, database.session() as session:
        young = min(session.scalars(select(DocumentRow.sha256)))
        long_ago = datetime(2020, 1, 2, tzinfo=UTC)
        session.execute(
            update(DocumentRow).where(DocumentRow.sha256 != young).values(received_at=long_ago)
        )


def rotation(folder: Path) -> None:
    settings = settings_of(folder)
    with open_store(settings) as database:
        note_call(settings.home, database, "keys.rotate")
        source = KeySource(settings.key)
        if len(source.ring().keys) == 1:
            source.replace(Ring((*source.ring().keys, new_key())))
        seal_anew(settings, database, lambda what, count: None)


def saving(folder: Path) -> None:
    settings = settings_of(folder)
    with open_store(settings) as database:
        note_call(settings.home, database, "backup")
        backup(settings, database, folder / "copy.zip")


def bringing_back(folder: Path) -> None:
    settings = settings_of(folder)
    try:
        restore(settings, folder / "copy.zip")
    except UsageError as there:
        if "already" not in there.message:
            raise


def empty_home(folder: Path) -> None:
    saving(folder)
    (folder / "home").rename(folder / "old-home")


def migration(folder: Path) -> None:
    settings = settings_of(folder)
    use_key(settings)
    open_database(settings.database_url).close()


def downgrade(folder: Path) -> None:
    """The tables of the first version with a review desk."""
    from alembic import command
    from alembic.config import Config

    import pipeline.store as store

    settings = settings_of(folder)
    database = open_database(settings.database_url)
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
        connection.commit()
    database.close()
    settings.home.audit_anchor.unlink(missing_ok=True)


def noting(folder: Path) -> None:
    settings = settings_of(folder)
    with open_store(settings) as database:
        for at in range(30):
            note_call(settings.home, database, "case.view", f"{at:012x}")


def holding(folder: Path) -> None:
    settings = settings_of(folder)
    with open_store(settings) as database:
        for case in Cases(database).all():
            note_call(settings.home, database, "case.hold", case.id)
            Holds(database).hold(case, "ann", "suit")


# --- what must hold ----------------------------------------------------------------------------


def whole(folder: Path, expected: int = LETTERS) -> Iterator[str]:
    """Faults of a home whose letters are all worked on: lost ones, doubled ones, broken ones."""
    settings = settings_of(folder)
    with open_store(settings) as database:
        yield from integrity(settings, database)
        with database.reading() as session:
            states = Counter(session.scalars(select(DocumentRow.state)))
            counts = Counter(session.scalars(select(CaseRow.sha256)))
        done = states[State.WRITTEN]
        if done < expected:
            yield f"lost: {expected - done} letters ({dict(states)})"
        if sum(states.values()) > expected or any(number > 1 for number in counts.values()):
            yield "doubled: a letter is there twice"
        packets = Packets(settings.packet_folder, Pool())  # type: ignore[arg-type]
        for case in Cases(database).all():
            if packets.is_missing(case):
                yield "lost: a packet"
        packets.close()


def integrity(settings: Settings, database: Database) -> Iterator[str]:
    """What must hold at any moment, also between the kill and the next run."""
    if broken := audit_of(settings.home, database).verify():
        yield f"audit: {broken[0]}"
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect() as connection:
            told = connection.execute(text("PRAGMA integrity_check")).scalar_one()
        if told != "ok":
            yield f"database: {told}"
    blobs = open_blobs(settings)
    with database.reading() as session:
        named = session.scalars(select(DocumentRow.sha256)).all()
    for sha256 in named:
        try:
            blobs.read(sha256)
        except Exception as odd:
            yield f"lost: a blob ({type(odd).__name__})"


def was_set(folder: Path) -> Iterator[str]:
    yield from whole(folder)
    with open_store(settings_of(folder)) as database:
        if any(case.value("member_id") != "AB1234567" for case in Cases(database).all()):
            yield "lost: a person's value"
        with database.reading() as session:
            count = session.execute(select(func.count()).select_from(CorrectionRow)).scalar_one()
        if count != LETTERS:
            yield f"doubled: {count} corrections of {LETTERS}"


def was_deleted(folder: Path) -> Iterator[str]:
    yield from whole(folder, 1)
    settings = settings_of(folder)
    left = [p for p in settings.blob_folder.rglob("*") if p.is_file() and len(p.name) == 64]
    if len(left) != 1:
        yield f"deleted letters left {len(left) - 1} files"
    if len([p for p in settings.packet_folder.iterdir() if len(p.name) == 12]) != 1:
        yield "deleted letters left packets"


def was_rotated(folder: Path) -> Iterator[str]:
    yield from whole(folder)
    settings = settings_of(folder)
    with open_store(settings) as database:
        values, blobs = status(settings, database)
        ring = keys.ring()
        assert ring
        if {*values, *blobs} != {ring.current.id}:
            yield f"not sealed with the new key: {dict(values)}, {dict(blobs)}"


def was_saved(folder: Path) -> Iterator[str]:
    yield from whole(folder)
    if left := [p.name for p in folder.iterdir() if p.name.startswith(".copy")]:
        yield from () if len(left) <= 1 else ["backups half-made are left"]
    (folder / "home").rename(folder / "old-home")
    bringing_back(folder)
    process(folder)  # packets are not in a backup
    yield from whole(folder)


def was_brought_back(folder: Path) -> Iterator[str]:
    process(folder)
    yield from whole(folder)


def was_migrated(folder: Path) -> Iterator[str]:
    yield from whole(folder)
    with sqlite3.connect(settings_of(folder).home.database_file) as read:
        if read.execute("SELECT version_num FROM alembic_version").fetchone() != (HEAD,):
            yield "not migrated"
    read.close()


def was_noted(folder: Path) -> Iterator[str]:
    yield from whole(folder)
    settings = settings_of(folder)
    with open_store(settings) as database:
        if audit_of(settings.home, database).count() < 30:
            yield "lost: lines of the audit"


def was_held(folder: Path) -> Iterator[str]:
    yield from whole(folder)
    with open_store(settings_of(folder)) as database:
        if len(Holds(database).all()) != LETTERS:
            yield "lost: a hold"


@dataclass(frozen=True)
class Operation:
    """`before` makes the home ready for it; `after` tells what does not hold once it was killed
    and run again."""

    name: str
    act: Callable[[Path], None]
    after: Callable[[Path], Iterator[str]]
    before: Callable[[Path], None] = lambda _folder: None
    done: bool = True
    """Whether it works on letters that are already worked on."""
    real: bool = False
    """Whether it needs letters that were really read."""
    sealed: tuple[bool, ...] = (False, True)


OPERATIONS = (
    Operation("process", process, whole, done=False),
    Operation("letter", letter, whole),
    Operation("case set", case_set, was_set, real=True),
    Operation("purge", deletion, was_deleted, make_old),
    Operation("keys rotate", rotation, was_rotated, sealed=(True,)),
    Operation("backup", saving, was_saved),
    Operation("restore", bringing_back, was_brought_back, empty_home),
    Operation("migration", migration, was_migrated, downgrade),
    Operation("audit", noting, was_noted),
    Operation("case hold", holding, was_held),
)


def faults(found: Iterator[str]) -> str:
    return json.dumps(list(found))
