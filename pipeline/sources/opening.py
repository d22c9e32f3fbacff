"""From an inbox's stored settings to the source that empties it. The table of kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline.secrets import resolve
from pipeline.sources.base import Pieces, Source

Settings = Mapping[str, Any]


def _folder(settings: Settings, _pieces: Pieces) -> Source:
    from pipeline.sources.folder import Folder

    return Folder(Path(settings["path"]), settings["done"], settings["still"])


def _mail(settings: Settings, _pieces: Pieces) -> Source:
    from pipeline.sources.mailfiles import open_mail_files

    return open_mail_files(Path(settings["path"]), settings["done"], settings["still"])


def _imap(settings: Settings, pieces: Pieces) -> Source:
    from pipeline.sources.imap import Imap, Mailbox
    from pipeline.sources.oauth import OAuthClient

    box = dict(settings["mailbox"])
    box["senders"] = tuple(box.get("senders", ()))
    box["begin"] = date.fromisoformat(box["begin"]) if box.get("begin") else None
    oauth = settings.get("oauth")
    client = OAuthClient(**oauth) if oauth else None
    return Imap(Mailbox(**box), resolve(settings["secret"]), pieces, client)


def _url(settings: Settings, _pieces: Pieces) -> Source:
    from pipeline.sources.url import Url

    secret = resolve(settings["secret"]) if settings.get("secret") else ""
    return Url(
        settings["url"], settings["done"], settings.get("options"), secret,
        settings.get("secret_as", ""),
    )  # fmt: skip


KINDS: Mapping[str, Callable[[Settings, Pieces], Source]] = MappingProxyType(
    {"folder": _folder, "imap": _imap, "mail": _mail, "url": _url}
)


def open_source(kind: str, settings: Settings, pieces: Pieces) -> Source:
    """The source of a kind. Raises SourceDown, SourceRefused, SetupError."""
    return KINDS[kind](settings, pieces)
