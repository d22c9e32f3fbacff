"""`denialdesk serve` with the real program: Prefect's server, schedules, runs that overlap, secrets
in Prefect's blocks, Prefect's limit on inboxes at once. One test: the start is what takes long."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from desk_calls import clean_env
from real_servers import free_port, until

from pipeline.inbox_flow import LIMIT
from pipeline.prefect_env import for_client
from pipeline.store.database import Database, open_database
from pipeline.store.inbox_runs import InboxRuns
from pipeline.store.inboxes import Inboxes

LETTER = (
    "Example Health Plan\nMarch 3, 2026\nWe have denied your request for Ocrevus because it "
    "is not medically necessary.\nYou may appeal within 180 days.\n"
)
_LOOK = 0.3
NEVER = ("--cron", "0 0 1 1 *")


class PrefectApi:
    """Prefect's own API, as its pages call it."""

    def __init__(self, port: int) -> None:
        self._root = f"http://127.0.0.1:{port}/api"

    def __call__(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            self._root + path, method=method, data=data,
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for _ in range(20):
            try:
                with opener.open(asked, timeout=60) as answer:
                    text = answer.read()
                return json.loads(text) if text else None
            except urllib.error.HTTPError as busy:  # its database is: it asks to be called again
                if busy.code != 503:
                    raise
            except TimeoutError:  # the whole machine is; a question may be asked twice
                if method != "GET":
                    raise
            time.sleep(1)
        pytest.fail("Prefect's server stayed busy")

    def start(self, inbox: str, inbox_id: str) -> str:
        """Run a deployment; returns the run's id."""
        deployment = self("GET", f"/deployments/name/run_inbox/{inbox}")["id"]
        made = self("POST", f"/deployments/{deployment}/create_flow_run",
                    {"parameters": {"inbox_id": inbox_id, "cause": "by_hand"}})  # fmt: skip
        return str(made["id"])

    def state(self, run: str) -> tuple[str, str]:
        found = self("GET", f"/flow_runs/{run}")["state"]
        return found["type"], found["message"] or ""

    def ended(self, run: str) -> str:
        """What a run ended with."""
        until(lambda: self.state(run)[0] in ("COMPLETED", "FAILED", "CRASHED"), 240, _LOOK)
        return self.state(run)[1]


@pytest.mark.timeout(1200)
def test_serve_and_prefect(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "in"
    for name in ("in", "wait", "skip", "key"):
        (tmp_path / name).mkdir()
    (folder / "letter.txt").write_text(LETTER)
    prefect, operations = free_port(), free_port()
    program, env = [sys.executable, "-m", "pipeline"], clean_env(home)

    def call(*args: str, **more: str) -> str:
        done = subprocess.run(
            [*program, *args], env={**env, **more}, capture_output=True, text=True, check=False,
            timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    still = ("--still", "0.5")
    # Its first run catches up, at once; on a busy machine those of a closer schedule heap up.
    call("inbox", "add", "folder", str(folder), "--name", "fax", *still, "--every", "30s")
    for name in ("wait", "skip"):
        call("inbox", "add", "folder", str(tmp_path / name), "--name", name, *still, *NEVER,
             "--overlap", name)  # fmt: skip
    call("inbox", "add", "url", f"file://{tmp_path}/key", "--name", "key", *NEVER,
         "--secret", "prefect:fax-key")  # fmt: skip
    serving = subprocess.Popen(
        [*program, "serve", "--port", "0",
         "--prefect-port", str(prefect), "--operations-port", str(operations)],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    api = PrefectApi(prefect)
    database = open_database(f"sqlite:///{home / 'denialdesk.db'}")
    try:
        until(lambda: serving.poll() is not None or brought(database) == 1, 400, _LOOK)
        assert serving.poll() is None, serving.communicate()[1]
        health_and_metrics(operations)
        runs = api("POST", "/flow_runs/filter", {})
        assert any(run["auto_scheduled"] for run in runs)
        told = json.dumps(runs)
        assert "inbox_id" in told
        assert "letter.txt" not in told
        assert "Ocrevus" not in told
        call("inbox", "pause", "fax")
        runs_that_overlap(database, api)
        a_secret_in_a_block(home, database, api, prefect, call)
        a_limit_of_prefect(database, api)
    finally:
        database.close()
        serving.send_signal(signal.SIGTERM)
        _, err = serving.communicate(timeout=120)
    assert "Traceback" not in err
    until(lambda: is_free(prefect) and is_free(operations), 60)
    assert "paused" in call("inbox", "list")


def health_and_metrics(port: int) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
        assert json.load(answer)["status"] == "ok"
    with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        measured = answer.read().decode()
    assert "denialdesk_documents" in measured
    for stage in ("read", "extract", "route", "write"):
        assert f'denialdesk_stage_seconds_count{{stage="{stage}"}} 1.0' in measured


def runs_that_overlap(database: Database, api: PrefectApi) -> None:
    """While another run has an inbox, one by Prefect waits or is skipped, as it was chosen."""
    inboxes = Inboxes(database)
    ids = {name: inboxes.one(name).id for name in ("wait", "skip")}
    other = "elsewhere/owner-9|x"

    def held(done: bool) -> bool:
        for inbox in ids.values():
            assert inboxes.take(inbox, other)
        return done

    held(True)
    runs = {name: api.start(name, inbox) for name, inbox in ids.items()}
    until(lambda: held(api.state(runs["skip"])[0] == "COMPLETED"), 240, _LOOK)
    assert api.state(runs["skip"])[1] == "Skipped: another run of it is under way"
    begun = InboxRuns(database)
    until(
        lambda: held(any(run.state == "collecting" for run in begun.all(ids["wait"]))), 240, _LOOK
    )
    time.sleep(1.5)  # longer than it pauses between two tries to have the inbox
    assert api.state(runs["wait"])[0] == "RUNNING"
    inboxes.let_go(other)
    assert api.ended(runs["wait"]).startswith("Run ")


def a_secret_in_a_block(
    home: Path, database: Database, api: PrefectApi, port: int, call: Any
) -> None:
    """Lacking, it is a state of the inbox; made, the inbox is used, by hand as well."""
    inbox = Inboxes(database).one("key").id
    assert "setup" in api.ended(api.start("key", inbox))
    failing = Inboxes(database).one("key").error
    assert failing is not None
    assert "secret block fax-key" in failing[1]
    code = "from prefect.blocks.system import Secret; Secret(value='hunter2').save('fax-key')"
    client = {**clean_env(home), **for_client(home / "prefect" / "client", port)}
    subprocess.run([sys.executable, "-c", code], env=client, check=True, timeout=240)
    assert api.ended(api.start("key", inbox)).startswith("Run ")
    assert Inboxes(database).one("key").error is None
    call("inbox", "run", "key", DENIALDESK_PREFECT_API_URL=f"http://127.0.0.1:{port}/api")
    raw = b"".join(path.read_bytes() for path in home.glob("denialdesk.db*"))
    assert b"hunter2" not in raw


def a_limit_of_prefect(database: Database, api: PrefectApi) -> None:
    """Over the limit, a run waits for a place."""
    inbox = Inboxes(database).one("wait").id
    runs = InboxRuns(database)
    before = len(runs.all(inbox))
    assert api("GET", f"/v2/concurrency_limits/{LIMIT}")["limit"] == 8
    api("PATCH", f"/v2/concurrency_limits/{LIMIT}", {"limit": 1})
    api("POST", "/v2/concurrency_limits/increment", {"names": [LIMIT], "slots": 1})
    run = api.start("wait", inbox)
    until(lambda: api.state(run)[0] == "RUNNING", 240, _LOOK)
    time.sleep(2)
    assert api.state(run)[0] == "RUNNING"
    assert len(runs.all(inbox)) == before
    api("POST", "/v2/concurrency_limits/decrement", {"names": [LIMIT], "slots": 1})
    assert api.ended(run).startswith("Run ")
    assert len(runs.all(inbox)) == before + 1


def brought(database: Database) -> int:
    """How many letters finished runs brought."""
    return sum(run.report["letters"] for run in InboxRuns(database).all() if run.report)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
