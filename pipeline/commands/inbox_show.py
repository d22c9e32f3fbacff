"""`denialdesk inbox list`, `runs` and `messages`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.common import home_option, settings
from pipeline.errors import sentence

if TYPE_CHECKING:
    from pipeline.store.inbox_runs import InboxRun
    from pipeline.store.inboxes import Inbox, Message

_REPORT = (
    "seen", "new", "letters", "duplicates", "ignored", "failed", "cases", "quarantined",
    "deadlines_within_7_days", "pages", "seconds",
)  # fmt: skip


@click.command("list", epilog="Example: denialdesk inbox list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def list_command(as_json: bool) -> None:
    """All inboxes, their schedules, and what keeps one from being used."""
    from pipeline.batch import open_store
    from pipeline.store.inboxes import Inboxes

    with open_store(settings()) as database:
        found = Inboxes(database).all()
    if as_json:
        click.echo(json.dumps([_inbox_json(inbox) for inbox in found], indent=2))
        return
    if not found:
        click.echo("There are no inboxes yet: `denialdesk inbox add --help` shows how.")
    for inbox in found:
        click.echo(_inbox_line(inbox))


def _inbox_line(inbox: Inbox) -> str:
    from pipeline.schedules import spelled

    state = "failing" if inbox.error else "ok" if inbox.checked_at else "new"
    if inbox.paused:
        state = f"paused, {state}"
    when = inbox.checked_at.strftime("%Y-%m-%d %H:%M UTC") if inbox.checked_at else "never"
    line = f"{inbox.name}  {inbox.kind}  {spelled(inbox.schedule)}  {state}  last looked: {when}"
    if inbox.error:
        line += f"\n    {sentence(inbox.error[1], inbox.error[2])}"
    return line


def _inbox_json(inbox: Inbox) -> dict[str, Any]:
    return {
        "name": inbox.name,
        "id": inbox.id,
        "kind": inbox.kind,
        "settings": inbox.settings,
        "schedule": inbox.schedule,
        "paused": inbox.paused,
        "failures": inbox.failures,
        "error": inbox.error and inbox.error[1],
        "checked_at": inbox.checked_at.isoformat() if inbox.checked_at else None,
    }


@click.command(epilog="Example: denialdesk inbox runs fax --csv > runs.csv")
@click.argument("name", metavar="INBOX", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV.")
@click.option("--last", default=20, show_default=True, help="How many, the newest first.")
@home_option
def runs(name: str | None, as_json: bool, as_csv: bool, last: int) -> None:
    """The reports on runs: counts alone, no patient data."""
    from pipeline.batch import open_store
    from pipeline.notices import as_json as run_json
    from pipeline.store.inbox_runs import InboxRuns
    from pipeline.store.inboxes import Inboxes

    with open_store(settings()) as database:
        source = Inboxes(database).one(name).id if name else None
        found = InboxRuns(database).all(source, last)
    if as_json:
        click.echo(json.dumps([run_json(run) for run in found], indent=2))
    elif as_csv:
        click.echo(_csv(found), nl=False)
    else:
        for run in found:
            click.echo(spell_report(run))


def _csv(found: Sequence[InboxRun]) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["run", "inbox", "cause", "state", "started_at", *_REPORT, "error"])
    for run in found:
        report = run.report or {}
        told = [
            " ".join(f"{key}={count}" for key, count in sorted(report.get(name, {}).items()))
            if name == "cases"
            else report.get(name, "")
            for name in _REPORT
        ]
        error = run.error[1] if run.error else ""
        began = run.started_at.isoformat(timespec="seconds")
        rows.writerow([run.id, run.inbox, run.cause, run.state.value, began, *told, error])
    return out.getvalue()


def spell_report(run: InboxRun) -> str:
    """A run in one line."""
    head = f"{run.started_at:%Y-%m-%d %H:%M} {run.inbox} ({run.id})"
    if run.error:
        return f"{head}: failed. {sentence(run.error[1], run.error[2])}"
    if run.report is None:
        return f"{head}: {run.state}"
    report = run.report
    cases = ", ".join(f"{n} {route.replace('_', ' ')}" for route, n in report["cases"].items())
    told = f" Its report could not be sent ({run.told})." if run.told else ""
    return (
        f"{head}: {report['seen']} seen, {report['new']} new, {report['letters']} letters, "
        f"{report['duplicates']} duplicates, {report['ignored']} ignored, "
        f"{report['failed']} failed; cases: {cases or 'none'}; "
        f"{report['quarantined']} quarantined, {report['deadlines_within_7_days']} deadlines "
        f"within 7 days; {report['pages']} pages in {report['seconds']:g} s.{told}"
    )


@click.command(epilog="Example: denialdesk inbox messages fax --state failed")
@click.argument("name", metavar="INBOX", required=False)
@click.option("--state", type=click.Choice(["found", "stored", "ignored", "failed"]),
              help="Only those.")  # fmt: skip
@click.option("--last", default=100, show_default=True, help="How many, the newest first.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def messages(name: str | None, state: str | None, last: int, as_json: bool) -> None:
    """What was seen in inboxes, what became of it and why, and what was in it."""
    from pipeline.batch import open_store
    from pipeline.store.inboxes import Inboxes

    with open_store(settings()) as database:
        inboxes = Inboxes(database)
        source = inboxes.one(name).id if name else None
        found = inboxes.messages(source, state, last)
    if as_json:
        click.echo(json.dumps([_message_json(message) for message in found], indent=2))
        return
    for message in found:
        click.echo(_message_lines(message))


def _why(rule: str | None, error: tuple[str, str, str] | None) -> str:
    if error:
        return sentence(error[1], error[2])
    return _rule_words(rule) if rule else ""


def _rule_words(rule: str) -> str:
    from extractors.reading.unpack import rules
    from pipeline.sources.base import RULES

    return {**rules(), **RULES}.get(rule, rule)


def _message_lines(message: Message) -> str:
    why = _why(message.rule, message.error)
    lines = [f"{message.id}  {message.state}  {message.name}{f'  ({why})' if why else ''}"]
    for piece in message.pieces:
        error = None
        if piece.error_kind:
            error = (piece.error_kind, piece.error_message or "", piece.error_mend or "")
        why = _why(piece.rule, error)
        lines.append(f"    {piece.state}  {piece.name}{f'  ({why})' if why else ''}")
    return "\n".join(lines)


def _message_json(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "name": message.name,
        "size": message.size,
        "state": message.state.value,
        "reason": _why(message.rule, message.error) or None,
        "tries": message.tries,
        "first_seen": message.first_seen.isoformat(timespec="seconds"),
        "pieces": [
            {
                "name": piece.name,
                "state": piece.state,
                "sha256": piece.sha256,
                "reason": _why(piece.rule, None) or piece.error_message,
            }
            for piece in message.pieces
        ],
    }
