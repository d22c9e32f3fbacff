"""Letter packets on disk: one folder a case, which appears whole or not at all.

A packet is made by a worker process, written, whole and flushed, into a staging folder beside its
place, and moved there in one step. Files that a person may have edited are never overwritten by
a batch: only what is missing is put back.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from models.clinical import Clinic, ClinicalFacts
from models.clinical_form import facts_out
from models.errors import SetupError
from pipeline.claims import Claim, claim_new
from pipeline.isolation.pool import Pool
from pipeline.sources import PACKETS_MARK
from pipeline.store.blobs import disk_fault, sync_folder
from pipeline.store.cases import StoredCase

_STAGING = ".denialdesk-staging-"
_SECONDS = 300.0
_PLAIN = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
"""A name of a packet's file: no way out of its folder."""


class Packets:
    """Packets of cases under the folder `out`, made if need be, with the practice's letterhead
    where a case's entries name no other. `close` when done.

    Raises SetupError where `out` cannot be written.
    """

    def __init__(self, out: Path, pool: Pool, clinic: Clinic = Clinic()) -> None:  # noqa: B008
        self.out = out
        self._pool = pool
        self._clinic = clinic
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / PACKETS_MARK).touch()
            self._staging: Claim = claim_new(out, _STAGING)
        except OSError as broken:
            raise SetupError(
                f"The folder {out} for packets cannot be written ({broken.strerror})",
                "Mend its permissions, or name another with --out DIR.",
            ) from broken

    def close(self) -> None:
        self._staging.release()

    def folder(self, case: StoredCase) -> Path:
        return self.out / case.id

    def is_missing(self, case: StoredCase) -> bool:
        """Whether a packet, or a file of it, is not there."""
        if case.packet is None:
            return True
        return any(not (self.out / name).exists() for name in case.packet)

    def write(
        self,
        case: StoredCase,
        today: date,
        afresh: bool = False,
        entries: ClinicalFacts | None = None,
    ) -> tuple[str, ...]:
        """Write a case's packet, with what a person entered for it; with `afresh`, over what is
        there. Returns its files' paths below `out`. Raises StoreError where the disk is full or
        cannot be written."""
        facts = (entries or ClinicalFacts()).on_paper_of(self._clinic)
        said = None if facts == ClinicalFacts() else facts_out(facts)
        stage = self._staging.path / case.id
        try:
            shutil.rmtree(stage, ignore_errors=True)
            stage.mkdir()
            files: dict[str, bytes] = self._pool.call(
                "write", case.body, case.id, today, said, seconds=_SECONDS
            )
            names = _put(files, stage, case.id)
            for name in names:
                _make_private(stage / name)
            for name in names:
                self._place(stage / name, self.out / name, afresh)
            shutil.rmtree(stage, ignore_errors=True)
        except OSError as broken:
            raise disk_fault(broken, f"The folder {self.out} for packets") from broken
        return tuple(names)

    def _place(self, made: Path, place: Path, afresh: bool) -> None:
        folder = place.parent
        if folder != self.out and not folder.exists():
            made.parent.replace(folder)  # the whole packet at once
            sync_folder(self.out)
        elif made.exists() and (afresh or not place.exists()):
            made.replace(place)


def _put(files: Mapping[str, bytes], stage: Path, case: str) -> list[str]:
    """Write a packet's files, whole and flushed, into the folder of its case below `stage`."""
    if not files:
        return []
    folder = stage / case
    folder.mkdir()
    names = []
    for name, content in sorted(files.items()):
        if not _PLAIN.fullmatch(name):
            raise ValueError("a worker gave an odd name")
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        names.append(f"{case}/{name}")
    sync_folder(folder)
    return names


def _make_private(path: Path) -> None:
    path.parent.chmod(0o700)
    path.chmod(0o600)
