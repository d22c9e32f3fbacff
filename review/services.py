"""What the app works with, opened at its start and closed at its end."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pipeline.auditing import audit_of
from pipeline.batch import BACKGROUND, open_blobs, open_store, worker_pool
from pipeline.desk import Tools
from pipeline.home import Settings
from pipeline.intake import Intake
from pipeline.isolation.pool import Pool
from pipeline.packets import Packets
from pipeline.page_images import PageImages
from pipeline.reviewing import ReviewDesk
from pipeline.store.audit import Audit
from pipeline.store.cases import Cases
from pipeline.store.database import Database
from pipeline.store.documents import Documents
from pipeline.store.holds import Holds
from pipeline.store.listing import Listing
from pipeline.store.people import People
from pipeline.store.second_factor import SecondFactors
from pipeline.store.sign_ins import SignIns
from review.limits import Guesses
from review.news import News
from review.sso import SingleSignOn


@dataclass(frozen=True, slots=True)
class Services:
    """One installation at work. `setup_token` is good for making the first administrator."""

    settings: Settings
    database: Database
    pool: Pool
    review: ReviewDesk
    listing: Listing
    people: People
    intake: Intake
    images: PageImages
    tools: Tools
    setup_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    guesses: Guesses = field(default_factory=Guesses)
    news: News = field(default_factory=News)
    sso: SingleSignOn = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sso", SingleSignOn(self.settings))

    @property
    def factors(self) -> SecondFactors:
        return SecondFactors(self.database)

    @property
    def sign_ins(self) -> SignIns:
        return SignIns(self.database)

    @property
    def holds(self) -> Holds:
        return Holds(self.database)

    @property
    def audit(self) -> Audit:
        return audit_of(self.settings.home, self.database)

    @property
    def cases(self) -> Cases:
        return self.tools.cases

    @property
    def documents(self) -> Documents:
        return self.tools.documents

    @property
    def packets(self) -> Packets:
        return self.tools.packets


@contextmanager
def opened(settings: Settings) -> Iterator[Services]:
    """Open the store, start the workers and the intake; all of it ends with the block.

    Letters handed in are read by workers of their own: who opens a page or writes a letter waits
    for none of them.
    """
    with (
        open_store(settings) as database,
        worker_pool(settings, 1) as pool,
        worker_pool(settings, nice=BACKGROUND) as readers,
    ):
        packets = Packets(settings.packet_folder, pool, settings.clinic)
        blobs = open_blobs(settings)
        tools = Tools(Documents(database), Cases(database), blobs, packets, pool)
        intake = Intake(settings, replace(tools, pool=readers))
        review = ReviewDesk(database, settings.day)
        review.fill_queue()
        services = Services(
            settings, database, pool, review, Listing(database), People(database), intake,
            PageImages(database, blobs, pool), tools,
        )  # fmt: skip
        intake.start()
        try:
            yield services
        finally:
            intake.stop()
            packets.close()
