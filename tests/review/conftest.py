"""An installation with letters in it and users of each role, and a client for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from review_bench import TODAY, HerePool
from starlette.testclient import TestClient
from web_calls import PASSWORD, Client

from pipeline.desk import Tools
from pipeline.home import Home, load_settings
from pipeline.intake import Intake
from pipeline.isolation import jobs
from pipeline.packets import Packets
from pipeline.page_images import PageImages
from pipeline.reviewing import ReviewDesk
from pipeline.store.blobs import BlobStore
from pipeline.store.cases import Cases
from pipeline.store.database import open_database
from pipeline.store.documents import Documents
from pipeline.store.listing import Listing
from pipeline.store.people import People, Role
from review.app import create_app
from review.services import Services


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """The services of a new installation; the worker calls are the real ones, in this process."""
    settings = load_settings(
        Home(tmp_path / "home").prepare(), {"DENIALDESK_TODAY": TODAY.isoformat()}
    )
    database = open_database(settings.database_url)
    jobs._here.settings = {"limits": {}}
    pool: Any = HerePool()
    blobs = BlobStore(settings.home.blobs)
    tools = Tools(
        Documents(database), Cases(database), blobs, Packets(settings.home.packets, pool), pool
    )
    intake = Intake(settings, tools)
    made = Services(
        settings, database, pool, ReviewDesk(database, settings.day), Listing(database),
        People(database), intake, PageImages(database, blobs, pool), tools,
    )  # fmt: skip
    for role in Role:
        made.people.add(f"{role.value[:3]}-user", PASSWORD, role)
    yield made
    intake.stop(wait=True)
    tools.packets.close()
    database.close()


@pytest.fixture
def client(services: Services) -> Client:
    """A signed-in browser's client for a role, or for nobody."""
    app = create_app(services.settings, services)

    def made(role: str) -> TestClient:
        browser = TestClient(app, base_url="http://desk.test", follow_redirects=False)
        if role:
            answer = browser.post(
                "/sign-in", data={"name": f"{role[:3]}-user", "password": PASSWORD}
            )
            assert answer.status_code == 303, answer.text
        return browser

    return made


@pytest.fixture
def api(services: Services) -> Client:
    """A program's client with a token of a role's user."""
    app = create_app(services.settings, services)

    def made(role: str) -> TestClient:
        token = services.people.make_token(f"{role[:3]}-user", "a test")
        headers = {"Authorization": f"Bearer {token}"}
        return TestClient(app, base_url="http://desk.test", headers=headers)

    return made
