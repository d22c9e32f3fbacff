"""A run's report by mail or webhook: counts, the inbox's name and the run's id, nothing else.

Settings of an inbox: `{"webhook": URL, or where it is named}` and `{"mail": {"to", "from", "host",
"port", "user", "secret", "starttls"}}`. What cannot be sent is noted with the run and never stops
anything.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from models.errors import DeskError
from pipeline.home import Settings
from pipeline.logs import log
from pipeline.outgoing import check_host
from pipeline.secrets import resolve
from pipeline.store.database import Database
from pipeline.store.inbox_runs import InboxRun, InboxRuns
from pipeline.store.inboxes import Inboxes

_SECONDS = 30


def send_report(_settings: Settings, database: Database, run_id: str) -> None:
    """Send the report of a closed run, where its inbox asks for it."""
    runs = InboxRuns(database)
    run = runs.one(run_id)
    wanted = Inboxes(database).one(run.source_id).settings.get("notify") or {}
    if not wanted or not _is_news(run):
        return
    trouble = []
    for how, send in (("webhook", _post), ("mail", _mail)):
        if wanted.get(how):
            try:
                send(wanted[how], run)
            except (OSError, ValueError, DeskError, smtplib.SMTPException) as broken:
                told = _told(broken)
                trouble.append(f"{how}: {told}")
    log("report sent", run=run.id, failed=len(trouble))
    runs.note_told(run.id, "; ".join(trouble))


def _told(broken: Exception) -> str:
    """Why something was not sent, without what a server said of its content."""
    if isinstance(broken, DeskError):
        return broken.message
    return str(broken) if isinstance(broken, ValueError) else type(broken).__name__


def as_json(run: InboxRun) -> dict[str, Any]:
    """A run as it is exported and posted."""
    return {
        "run": run.id,
        "inbox": run.inbox,
        "cause": run.cause,
        "state": run.state.value,
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "finished_at": run.finished_at.isoformat(timespec="seconds") if run.finished_at else None,
        "report": run.report,
        "error": dict(zip(("kind", "message", "mend"), run.error, strict=True))
        if run.error
        else None,
    }


def _is_news(run: InboxRun) -> bool:
    """A look that found nothing is stored, but nobody is told."""
    return bool(run.report and run.report["new"])


def _post(url: str, run: InboxRun) -> None:
    import httpx

    if not url.startswith(("http://", "https://")):
        url = resolve(url)
    try:
        named = httpx.URL(url)
        # Asked by the address that was checked, under the name that was given: a name that means
        # another machine by now does not lead there.
        with httpx.Client(timeout=_SECONDS) as client:
            answer = client.post(
                named.copy_with(host=check_host(named.host)), json=as_json(run),
                headers={"Host": named.netloc.decode("ascii")},
                extensions={"sni_hostname": named.host},
            )  # fmt: skip
    except (httpx.HTTPError, httpx.InvalidURL) as broken:
        raise ValueError(type(broken).__name__) from broken
    if answer.status_code >= 400:
        raise ValueError(f"HTTP {answer.status_code}")


def _mail(wanted: Mapping[str, Any], run: InboxRun) -> None:
    message = EmailMessage()
    message["From"], message["To"] = wanted["from"], wanted["to"]
    report = run.report or {}
    message["Subject"] = f"Denial Desk: {run.inbox}, {report.get('letters', 0)} letters"
    message.set_content(json.dumps(as_json(run), indent=2) + "\n")
    with smtplib.SMTP(wanted["host"], int(wanted.get("port", 25)), timeout=_SECONDS) as server:
        if wanted.get("starttls"):
            server.starttls(context=ssl.create_default_context())
        if wanted.get("user"):
            server.login(wanted["user"], resolve(wanted["secret"]))
        server.send_message(message)
