"""One call of `denialdesk process`: everything is started at once, and all of it is ended.

While Prefect's server comes up (some seconds), the worker processes warm up, files are taken in
and the first pages are read: the flow's tasks later find that work done.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.errors import DeskError, SetupError
from pipeline.auditing import note_call
from pipeline.claims import claim_new
from pipeline.desk import Desk, Tools, TryAgain, Watcher
from pipeline.home import Settings
from pipeline.isolation.confine import refuse_weak
from pipeline.isolation.pool import Pool
from pipeline.isolation.worker import Orders
from pipeline.logs import fault, log
from pipeline.packets import Packets
from pipeline.prefect_server import PrefectServer
from pipeline.secrets import check_reference
from pipeline.store import keys
from pipeline.store.blobs import BlobStore
from pipeline.store.cases import Cases, Outcome
from pipeline.store.database import Database, open_database
from pipeline.store.documents import Documents

JOBS = "pipeline.isolation.jobs"
PRELOAD: tuple[str, ...] = ("pipeline.isolation.preload",)
"""What workers do, and what they share. Tests put others in their place."""
GRACE = 120.0
"""Seconds beyond a file's own limit after which its worker is killed: the reader, which keeps
the limit itself and can say more, is to be first."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of a batch: its id and one outcome a file."""

    run: str
    out: Path
    outcomes: tuple[Outcome, ...]


BACKGROUND = 10
"""How `nice` workers are that read letters beside the web app."""


@contextmanager
def worker_pool(
    settings: Settings, size: int | None = None, tmp: Path | None = None, nice: int = 0
) -> Iterator[Pool]:
    """A pool of workers for these settings, with a scratch folder of its own under `tmp`, else
    in the home. `nice` workers leave the processor to whoever waits for an answer."""
    if settings.isolation == "required":
        refuse_weak(settings.worker_user)
    scratch = claim_new(tmp or settings.home.tmp, "denialdesk-run-")
    orders = worker_orders(settings, scratch.path, nice)
    pool = Pool(size or settings.worker_count, orders, PRELOAD)
    try:
        with pool:
            yield pool
    finally:
        scratch.release()


def worker_orders(settings: Settings, scratch: Path, nice: int = 0) -> Orders:
    """What workers of these settings are told, with `scratch` as their folder."""
    return Orders(
        jobs=JOBS,
        scratch=str(scratch),
        memory_mb=settings.memory_mb,
        cpu_seconds=settings.file_seconds * settings.worker_count + GRACE,
        readable=(str(settings.home.root / "knowledge"),),
        user=settings.worker_user,
        settings={
            "limits": {
                "max_bytes": settings.file_mb << 20,
                "max_pages": settings.file_pages,
                "page_seconds": float(settings.page_seconds),
                "file_seconds": float(settings.file_seconds),
                "workers": settings.worker_count,
            },
            "slots": str(scratch / "shared"),
            "cores": settings.worker_count,
            "nice": nice,
        },
    )


@contextmanager
def open_store(settings: Settings) -> Iterator[Database]:
    """The store of a home: directories made, database open and migrated."""
    settings.home.prepare()
    use_key(settings)
    if settings.blobs_dir and not settings.blobs_url:
        _make_shared(settings.blob_folder)
    database = open_database(settings.database_url)
    try:
        yield database
    finally:
        database.close()


def open_blobs(settings: Settings) -> BlobStore:
    """The blobs of these settings: in a folder, or in S3. Raises SetupError."""
    if not settings.blobs_url:
        return BlobStore(settings.blob_folder)
    from pipeline.store.s3_blobs import S3Place

    return BlobStore(settings.blob_folder, S3Place(settings.blobs_url))


def use_key(settings: Settings) -> None:
    """Seal with the key of this installation from now on. Raises SetupError where it is named and
    cannot be had."""
    if not settings.key:
        keys.use(None)
        return
    source = keys.KeySource(check_reference(settings.key))
    source.ring()
    keys.use(source)


def _make_shared(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as broken:
        raise SetupError(
            f"The folder {folder} for letters received cannot be made ({broken.strerror})",
            "See that the share is mounted, or mend DENIALDESK_BLOBS_DIR.",
        ) from broken


def _read_knowledge() -> None:
    """Read every entry once, so that a malformed one refuses the start and costs no letter."""
    from knowledge import categories, codes, drugs, law, payers

    for read in (
        payers.payers, drugs.drugs, drugs.drug_classes, drugs.all_particulars,
        categories.categories, categories.reasons, codes.codes, law.regimes, law.all_citations,
    ):  # fmt: skip
        read()


class BatchRun:
    """A batch under way. `run` blocks until it is done; `stop`, from another thread or a signal
    handler, ends it within moments, and what was done is kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = contextlib.ExitStack()
        self._flow_runs = threading.Event()
        self._desk: Desk | None = None

    def run(self, paths: Sequence[Path], out: Path, watcher: Watcher) -> Batch:
        """Process files. Raises the DeskError that stopped the whole batch, if one did."""
        settings = self._settings
        _read_knowledge()
        with self._stack as stack:
            database = stack.enter_context(open_store(settings))
            pool = stack.enter_context(worker_pool(settings))
            server = PrefectServer(settings.home.prefect, settings.home.logs)
            stack.callback(server.stop)
            server.settle()  # before any thread looks at files
            packets = Packets(out, pool, settings.clinic)
            stack.callback(packets.close)
            blobs = open_blobs(settings)
            blobs.sweep()
            documents, cases = Documents(database), Cases(database)
            run, items = documents.new_run(out, paths)
            note_call(settings.home, database, "letters.process", run=run, files=len(items))
            log("batch begins", run=run, files=len(items))
            desk = self._desk = Desk(
                Tools(documents, cases, blobs, packets, pool),
                run,
                items,
                settings.day(),
                watcher,
                settings.file_mb << 20,
                settings.file_seconds + GRACE,
            )
            self._work(desk, server)
            if desk.fatal:
                raise desk.fatal
            documents.finish_run(run)
            log("batch ends", run=run)
            return Batch(run, out, tuple(cases.outcomes(run)))

    def stop(self) -> None:
        """End the batch now; `run` then returns or raises soon after."""
        if self._desk is not None:
            self._desk.stopping = True
            self._desk.tools.pool.stop()

    def _work(self, desk: Desk, server: PrefectServer) -> None:
        items = iter(desk.items)  # shared: each file is one thread's
        early = [
            threading.Thread(target=self._head_start, args=(desk, items), daemon=True)
            for _ in range(desk.tools.pool.size)
        ]
        for thread in early:
            thread.start()
        from pipeline.flow import run_batch  # imports Prefect, which is settled by now

        server.start()
        server.wait(unless=lambda: desk.over)
        self._flow_runs.set()
        if desk.over:
            return
        try:
            run_batch(desk, desk.tools.pool.size + 2)
        except DeskError:
            raise
        except Exception as broken:
            if not desk.over:
                fault("flow", broken, run=desk.run)
        left = desk.unfinished()
        if left and not desk.over:
            raise SetupError(
                f"Prefect stopped before {left} of the files were done",
                "What was done is kept: run the same command again.",
            )

    def _head_start(self, desk: Desk, items: Iterator[int]) -> None:
        """Take in all files, and read what can be read before the flow begins."""
        for item in items:
            # A passing fault is left to the flow's task, which tries again.
            with contextlib.suppress(TryAgain):
                desk.take_in(item)
                if not self._flow_runs.is_set():
                    desk.read(item)
            if desk.over:
                return
