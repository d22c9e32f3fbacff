"""`denialdesk inbox`: the places where letters arrive, and their runs."""

from __future__ import annotations

import click

from pipeline.commands.common import home_option
from pipeline.commands.inbox_add import add
from pipeline.commands.inbox_show import list_command, messages, runs


@click.group(
    epilog="Example: denialdesk inbox add folder /srv/fax --every 5m   then: denialdesk serve"
)
def inbox() -> None:
    """Folders, mailboxes, mail files and storage that letters arrive in, each with its schedule."""


@inbox.command(epilog="Example: denialdesk inbox run fax")
@click.argument("name", metavar="INBOX")
@click.option("--since", metavar="DATE", help="Back-fill: also look at all that came since then.")
@click.option("--wait", is_flag=True, help="Wait for another run of it to end.")
@click.option("--collect-only", is_flag=True, help="Store what is new; workers do the rest.")
@home_option
def run(name: str, since: str | None, wait: bool, collect_only: bool) -> int:
    """Run an inbox now: store what is new, bring each letter to its end, print the report.

    Exit code: 0 all done, 3 some messages failed or letters are quarantined, 1 the inbox cannot
    be used, 2 the call is wrong.
    """
    from datetime import date

    from models.errors import UsageError
    from pipeline.commands.common import settings
    from pipeline.commands.inbox_show import spell_report
    from pipeline.errors import OK, QUARANTINED
    from pipeline.inbox_run import Wanted, run_inbox
    from pipeline.logs import open_log

    try:
        day = date.fromisoformat(since) if since else None
    except ValueError:
        raise UsageError(f"--since {since} is no date", "Write one like 2026-09-14.") from None
    chosen = settings()
    chosen.home.prepare()
    open_log(chosen.home.logs)
    cause = "back_fill" if day else "by_hand"
    done = run_inbox(chosen, Wanted(name, cause, day, wait, not collect_only))
    click.echo(spell_report(done))
    report = done.report or {}
    return QUARANTINED if report.get("failed") or report.get("quarantined") else OK


@inbox.command(epilog="Example: denialdesk inbox pause fax")
@click.argument("name", metavar="INBOX")
@home_option
def pause(name: str) -> None:
    """Stop an inbox's schedule. `inbox run` still runs it."""
    _set_paused(name, True)


@inbox.command(epilog="Example: denialdesk inbox resume fax")
@click.argument("name", metavar="INBOX")
@home_option
def resume(name: str) -> None:
    """Start an inbox's schedule again; runs missed meanwhile are caught up by one."""
    _set_paused(name, False)


def _set_paused(name: str, paused: bool) -> None:
    from pipeline.batch import open_store
    from pipeline.commands.common import settings
    from pipeline.store.inboxes import Inboxes

    with open_store(settings()) as database:
        inboxes = Inboxes(database)
        found = inboxes.one(name)
        inboxes.set_paused(found, paused)
    click.echo(f"Inbox {found.name} is {'paused' if paused else 'running on its schedule'}.")


@inbox.command(epilog="Example: denialdesk inbox remove fax")
@click.argument("name", metavar="INBOX")
@home_option
def remove(name: str) -> None:
    """Forget an inbox and what was seen in it. Its letters and cases stay; nothing in the inbox
    itself is touched."""
    from pipeline.batch import open_store
    from pipeline.commands.common import settings
    from pipeline.store.inboxes import Inboxes

    with open_store(settings()) as database:
        inboxes = Inboxes(database)
        found = inboxes.one(name)
        inboxes.remove(found)
    click.echo(f"Inbox {found.name} is removed. Its letters and cases stay.")


@inbox.command(
    epilog="Example: denialdesk inbox retry fax   or: denialdesk inbox retry --message 12"
)
@click.argument("name", metavar="INBOX", required=False)
@click.option("--message", "ids", type=int, multiple=True, help="This message alone (its number).")
@home_option
def retry(name: str | None, ids: tuple[int, ...]) -> None:
    """Look at failed messages again, and work on letters in quarantine again. With --message also
    at one that a rule ignored."""
    from pipeline.batch import open_store
    from pipeline.commands.common import settings
    from pipeline.store.inboxes import Inboxes

    with open_store(settings()) as database:
        inboxes = Inboxes(database)
        found = inboxes.one(name) if name else None
        count = inboxes.retry(found.id if found else None, ids)
    click.echo(f"{count} to be tried again at the next run.")


inbox.add_command(add)
inbox.add_command(list_command)
inbox.add_command(runs)
inbox.add_command(messages)
