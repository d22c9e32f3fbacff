"""A desk with real letters in it, for tests of the review: read and decided in this process."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pipeline.desk import Desk, Tools
from pipeline.isolation import jobs
from pipeline.packets import Packets
from pipeline.reviewing import ReviewDesk
from pipeline.store.blobs import BlobStore
from pipeline.store.cases import Cases
from pipeline.store.database import Database
from pipeline.store.documents import Documents

TODAY = date(2026, 9, 21)
LETTER = """Meadowlark Health Plan
PO Box 4410, Dover, DE 19901
September 14, 2026

Notice of adverse benefit determination

Member: Ilse Bramwell
Member ID: MHP440218876
Claim number: 7700412259
Provider: Dr. Tomas Feld

Dear Ilse Bramwell,

We denied coverage of Ocrevus (ocrelizumab) 300 mg, HCPCS J2350, for multiple sclerosis
(ICD-10 G35). The request was denied because it is not medically necessary under our medical
policy MP-204. Your coverage is insured by Meadowlark Health Plan of Delaware.

You have the right to appeal within 180 days of receiving this letter. Mail your appeal to:
Appeals Department, PO Box 4412, Dover, DE 19901. Fax: 302-555-0148.
You may ask for an expedited appeal.
"""


class HerePool:
    """Runs the real worker calls in this very process."""

    size = 1

    def call(self, job: str, *arguments: Any, seconds: float, on_progress: Any = None) -> Any:
        return getattr(jobs, job)(*arguments)


class Silent:
    def reading(self, item: int, done: int, total: int) -> None: ...

    def finished(self, item: int) -> None: ...


class ReviewBench:
    """A store in a folder, with letters processed into it."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder, database
        (folder / "blobs").mkdir(exist_ok=True)
        jobs._here.settings = {"limits": {}}
        pool: Any = HerePool()
        self.tools = Tools(
            Documents(database), Cases(database), BlobStore(folder / "blobs"),
            Packets(folder / "out", pool), pool,
        )  # fmt: skip
        self.review = ReviewDesk(database, lambda: TODAY)

    def process(self, *texts: str) -> list[str]:
        """Ids of the cases that the letters made."""
        paths = []
        for at, text in enumerate(texts):
            path = self.folder / f"letter{at}.txt"
            path.write_text(text)
            paths.append(path)
        run, items = self.tools.documents.new_run(self.folder / "out", paths)
        desk = Desk(self.tools, run, items, TODAY, Silent(), 1 << 20, 30.0)
        for item in desk.items:
            for step in (desk.take_in, desk.read, desk.extract, desk.route, desk.write):
                step(item)
        assert desk.fatal is None
        return [case.id for outcome in self.tools.cases.outcomes(run) for case in outcome.cases]
