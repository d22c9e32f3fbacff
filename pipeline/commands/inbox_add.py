"""`denialdesk inbox add folder | imap | mail | url`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from models.errors import UsageError
from pipeline.commands.common import home_option, settings
from pipeline.errors import sentence

F = TypeVar("F", bound=Callable[..., Any])
_STILL = click.option(
    "--still", default=5.0, show_default=True, metavar="SECONDS",
    help="A file is taken once its size and time have not changed for so long.",
)  # fmt: skip
_LEAVE = click.option(
    "--leave", is_flag=True, help="Leave files where they are (else they are moved to done/)."
)


def _common(command: F) -> F:
    """Name, schedule and reports: what every inbox has."""
    options = (
        click.option("--name", metavar="NAME", help="What to call it."),
        click.option("--cron", metavar="LINE", help="When to run it, as a cron line."),
        click.option("--every", metavar="TIME", help="How often to run it: 5m, 2h, 1d."),
        click.option(
            "--zone", default="UTC", show_default=True, metavar="ZONE",
            help="Time zone of --cron, like America/Chicago.",
        ),
        click.option(
            "--overlap", type=click.Choice(["skip", "wait"]), default="skip", show_default=True,
            help="What a run does while its predecessor is still at it.",
        ),
        click.option(
            "--webhook", metavar="URL",
            help="Post each report there, counts alone; a secret address as env:NAME or file:PATH.",
        ),
        click.option("--mail-to", metavar="ADDRESS", help="Mail each report there."),
        click.option(
            "--mail-by", metavar="HOST[:PORT]", help="The mail server for that (default localhost)."
        ),
        home_option,
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.group(epilog="Example: denialdesk inbox add folder /srv/fax --every 5m")
def add() -> None:
    """Add an inbox. It is looked into once at once, so that what is wrong is told now."""


@add.command(epilog="Example: denialdesk inbox add folder /srv/fax --name fax --every 5m")
@click.argument("path", metavar="FOLDER")
@_LEAVE
@_STILL
@_common
def folder(path: str, leave: bool, still: float, **common: Any) -> None:
    """A drop folder, also on a network share."""
    place = Path(path).expanduser().absolute()
    if not place.is_dir():
        raise UsageError(f"There is no folder {place}", "Make it, or see that its share is there.")
    _add("folder", place.name, {"path": str(place), "done": not leave, "still": still}, common)


@add.command(epilog="Example: denialdesk inbox add mail ~/Maildir --every 10m")
@click.argument("path", metavar="PATH")
@_LEAVE
@_STILL
@_common
def mail(path: str, leave: bool, still: float, **common: Any) -> None:
    """A mail file (.eml, .msg, mbox), a Maildir, or a folder of mail files."""
    place = Path(path).expanduser().absolute()
    if not place.exists():
        raise UsageError(f"There is no mail file or folder {place}", "See that it is right.")
    _add("mail", place.name, {"path": str(place), "done": not leave, "still": still}, common)


@add.command(
    epilog="Example: denialdesk inbox add imap mail.example.org denials@example.org "
    "--secret file:/etc/denialdesk/imap --every 5m"
)
@click.argument("host", metavar="HOST")
@click.argument("user", metavar="USER")
@click.option(
    "--secret",
    required=True,
    metavar="env:NAME|file:PATH|prefect:BLOCK",
    help="Where the password, or the OAuth client's secret, is to be found.",
)
@click.option("--port", default=993, show_default=True, help="TLS port.")
@click.option("--folder", "box", default="INBOX", show_default=True, help="Folder of the mailbox.")
@click.option(
    "--sender",
    "senders",
    multiple=True,
    metavar="ADDRESS|DOMAIN",
    help="Only mails from there (may be given more than once).",
)
@click.option("--subject", default="", metavar="PATTERN", help="Only mails with it in the subject.")
@click.option("--from", "begin", metavar="DATE", help="Only mails that came since that day.")
@click.option(
    "--mark",
    type=click.Choice(["seen", "flagged", "nothing"]),
    default="seen",
    show_default=True,
    help="How to mark a mail once all in it is stored.",
)
@click.option("--move-to", default="", metavar="FOLDER", help="Move it there instead.")
@click.option("--ca-file", default="", metavar="FILE", help="A certificate authority of your own.")
@click.option("--oauth-client", metavar="ID", help="Log in by XOAUTH2 as this client.")
@click.option("--oauth-tenant", metavar="TENANT", help="Microsoft 365 tenant.")
@click.option("--oauth-token-url", metavar="URL", help="Token address, where it is no Microsoft's.")
@click.option("--oauth-scope", metavar="SCOPE", help="Scope, where it is no Microsoft's.")
@_common
def imap(host: str, user: str, secret: str, port: int, box: str, senders: tuple[str, ...],
         subject: str, begin: str | None, mark: str, move_to: str, ca_file: str,
         oauth_client: str | None, oauth_tenant: str | None, oauth_token_url: str | None,
         oauth_scope: str | None, **common: Any) -> None:  # fmt: skip
    """An IMAP mailbox, over TLS, with a password or by OAuth2 (Microsoft 365)."""
    from pipeline.secrets import check_reference
    from pipeline.sources.imap import check_subject
    from pipeline.sources.oauth import MICROSOFT, MICROSOFT_SCOPE

    try:
        begin = date.fromisoformat(begin).isoformat() if begin else None
    except ValueError:
        raise UsageError(f"--from {begin} is no date", "Write one like 2026-09-14.") from None
    made: dict[str, Any] = {
        "mailbox": {
            "host": host, "user": user, "port": port, "folder": box, "senders": list(senders),
            "subject": check_subject(subject), "mark": "move" if move_to else mark,
            "moved_to": move_to, "begin": begin,
            "ca_file": str(Path(ca_file).expanduser().absolute()) if ca_file else "",
        },
        "secret": check_reference(secret),
    }  # fmt: skip
    if oauth_client:
        if not (oauth_tenant or oauth_token_url):
            raise UsageError("--oauth-client needs a tenant", "Give --oauth-tenant or a token URL.")
        made["oauth"] = {
            "client_id": oauth_client,
            "token_url": oauth_token_url or MICROSOFT.format(tenant=oauth_tenant),
            "scope": oauth_scope or MICROSOFT_SCOPE,
        }
    _add("imap", user.partition("@")[0], made, common)


@add.command(epilog="Example: denialdesk inbox add url s3://bucket/fax --done done --every 5m")
@click.argument("url", metavar="URL")
@click.option("--done", default="", metavar="PREFIX", help="Move stored files below it.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="For the file system, as fsspec names it (no secrets).",
)
@click.option(
    "--secret",
    default="",
    metavar="env:NAME|file:PATH|prefect:BLOCK",
    help="Where its secret is to be found.",
)
@click.option(
    "--secret-as",
    default="secret",
    show_default=True,
    metavar="NAME",
    help="The file system's option that the secret is for.",
)
@_common
def url(url: str, done: str, options: tuple[str, ...], secret: str, secret_as: str,
        **common: Any) -> None:  # fmt: skip
    """A storage URL (s3://, sftp://, az://), with the extra `denialdesk[url]`."""
    from pipeline.secrets import check_reference

    if urlsplit(url).password:
        raise UsageError("The URL holds a password", "Name it with --secret instead.")
    pairs = dict(option.partition("=")[::2] for option in options)
    made = {
        "url": url, "done": done, "options": pairs, "secret_as": secret_as,
        "secret": check_reference(secret) if secret else "",
    }  # fmt: skip
    _add("url", url.rstrip("/").rpartition("/")[2] or "storage", made, common)


def _add(kind: str, suggested: str, made: dict[str, Any], common: dict[str, Any]) -> None:
    from models.errors import DeskError
    from pipeline.batch import open_store
    from pipeline.schedules import make_schedule, spelled
    from pipeline.store.inboxes import Inboxes

    schedule = make_schedule(common["cron"], common["every"], common["zone"], common["overlap"])
    made["notify"] = _notify(common)
    with open_store(settings()) as database:
        inboxes = Inboxes(database)
        name = (common["name"] or suggested)[:64]
        inbox = inboxes.add(name, kind, made, schedule)
        click.echo(f"Inbox {inbox.name} is added: {kind}, {spelled(schedule)}.")
        try:
            _try_out(kind, made)
        except DeskError as trouble:
            inboxes.failing(inbox.id, trouble)
            click.echo(f"It cannot be used yet: {sentence(trouble.message, trouble.mend)}")
    if schedule:
        click.echo("`denialdesk serve` runs it on its schedule.")


def _try_out(kind: str, made: dict[str, Any]) -> None:
    """Reach for the inbox, as a run would, without looking at what is in it."""
    from pipeline.sources.opening import open_source

    source = open_source(kind, made, _NoPieces())
    try:
        next(iter(source.new(_AllSeen())), None)
    finally:
        source.close()


class _NoPieces:
    def envelopes(self, headers: Any) -> list[tuple[str, str]]:
        return [("", "") for _ in headers]


class _AllSeen:
    def known(self, keys: Any) -> set[str]:
        return set(keys)

    def last(self, prefix: str) -> str | None:
        return None


def _notify(common: dict[str, Any]) -> dict[str, Any]:
    from pipeline.secrets import check_reference

    made: dict[str, Any] = {}
    if common["webhook"]:
        made["webhook"] = common["webhook"]
        if not common["webhook"].startswith(("http://", "https://")):
            made["webhook"] = check_reference(common["webhook"])
    if common["mail_to"]:
        host, _, port = (common["mail_by"] or "localhost").partition(":")
        made["mail"] = {
            "to": common["mail_to"], "from": common["mail_to"], "host": host,
            "port": int(port) if port.isdigit() else 25,
        }  # fmt: skip
    return made
