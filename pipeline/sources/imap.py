"""An IMAP mailbox. Headers first, then only the mails that are new and wanted, one by one.

A mail's key is account, folder, UIDVALIDITY and UID. Fetching peeks: nothing is marked before
all that is in a mail is stored.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from imap_tools import MailBox
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError

from models.errors import NoAccess, TooLarge, UsageError
from pipeline.sources.base import Listed, Pieces, Seen, SourceDown, SourceRefused
from pipeline.sources.oauth import OAuthClient, access_token

_HEADERS = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])"
_AT_ONCE = 200
_LOOK_BACK = 500
"""UIDs below the greatest one seen that are asked for again: some servers show mails that came
at the same moment one after the other."""
_UID = re.compile(rb"UID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a mailbox is and what of it is wanted.

    `mark` is `seen`, `flagged`, `move` (to the folder `moved_to`) or `nothing`. `senders` are
    addresses or domains, empty for all; `subject` a pattern that must be found in the subject;
    `begin` the first day whose mails are looked at. `ca_file`: whom to trust besides the system.
    """

    host: str
    user: str
    port: int = 993
    folder: str = "INBOX"
    senders: tuple[str, ...] = ()
    subject: str = ""
    mark: str = "seen"
    moved_to: str = ""
    begin: date | None = None
    ca_file: str = ""
    timeout: float = 60.0

    def wants_sender(self, address: str) -> bool:
        """Whether a sender is on the list."""
        domain = address.rpartition("@")[2]
        return not self.senders or any(
            each.lower().lstrip("@") in (address, domain) for each in self.senders
        )


class Imap:
    """A mailbox, opened when it is first reached for. `secret` is the password, or, with
    `oauth`, the client's secret."""

    def __init__(
        self, box: Mailbox, secret: str, pieces: Pieces, oauth: OAuthClient | None = None
    ) -> None:
        self._box = box
        self._secret = secret
        self._pieces = pieces
        self._oauth = oauth
        self._open: MailBox | None = None
        self._validity = ""

    def new(self, seen: Seen, since: date | None = None) -> Iterator[Sequence[Listed]]:
        with self._explained():
            self._connected()
            prefix = self._prefix()
            uids = self._uids(seen, prefix, since)
        for at in range(0, len(uids), _AT_ONCE):
            some = uids[at : at + _AT_ONCE]
            with self._explained():
                yield self._listed(prefix, some)

    def fetch(self, key: str, place: Path, most_bytes: int) -> None:
        with self._explained():
            client = self._connected()
            prefix, uid = key.rsplit("|", 1)
            if f"{prefix}|" != self._prefix():
                raise NoAccess(
                    "The mailbox was rebuilt by its server and numbers its mails anew",
                    "The mail is seen again under its new number.",
                )
            parts = self._fetched(client, str(int(uid)), "(RFC822.SIZE)")
            size = next((int(m[1]) for p in parts if (m := _SIZE.search(p[0]))), 0)
            if size > most_bytes:
                raise TooLarge(
                    f"The mail has {size / 1e6:.0f} MB; at most {most_bytes / 1e6:.0f} are read",
                    "Raise DENIALDESK_FILE_MB, or have it sent in smaller mails.",
                )
            parts = self._fetched(client, str(int(uid)), "(BODY.PEEK[])")
        for _, content in parts:
            if content is not None:
                place.write_bytes(content)
                return
        raise NoAccess("The mail is no longer in the mailbox", "Move it back into the folder.")

    def acknowledge(self, key: str) -> None:
        mark = self._box.mark
        prefix, uid = key.rsplit("|", 1)
        with self._explained():
            self._connected()
            if mark == "nothing" or f"{prefix}|" != self._prefix() or self._open is None:
                return
            number = str(int(uid))
            if mark == "move":
                self._open.move(number, self._box.moved_to)
            else:
                self._open.flag(number, "\\Seen" if mark == "seen" else "\\Flagged", True)

    def close(self) -> None:
        if self._open is not None:
            with contextlib.suppress(Exception):
                self._open.logout()
            self._drop()

    def _drop(self) -> None:
        if self._open is not None:
            with contextlib.suppress(Exception):
                self._open.client.shutdown()
        self._open = None

    def _prefix(self) -> str:
        box = self._box
        return f"{box.user}@{box.host}|{box.folder}|{self._validity}|"

    def _connected(self) -> Any:
        if self._open is None:
            box = self._box
            context = ssl.create_default_context(cafile=box.ca_file or None)
            opened = MailBox(box.host, box.port, timeout=box.timeout, ssl_context=context)
            self._open = opened
            try:
                self._log_in(opened)
            except (imaplib.IMAP4.abort, MailboxFolderSelectError):
                raise
            except (imaplib.IMAP4.error, ImapToolsError) as refused:
                raise SourceRefused(
                    f"{box.host} refuses the login of {box.user}",
                    "See that the secret is right and that the account may use IMAP.",
                ) from refused
            # A move must be free of races with other programs: their UIDs stay theirs.
            status = opened.folder.status(box.folder, ["UIDVALIDITY"])
            self._validity = str(status["UIDVALIDITY"])
        return self._open.client

    def _log_in(self, opened: MailBox) -> None:
        box = self._box
        if self._oauth is not None:
            token = access_token(self._oauth, self._secret)
            opened.xoauth2(box.user, token, initial_folder=box.folder)
        else:
            opened.login(box.user, self._secret, initial_folder=box.folder)

    def _uids(self, seen: Seen, prefix: str, since: date | None) -> list[int]:
        """UIDs to look at, in their order; with `since` those that came then, seen or not."""
        last = seen.last(prefix)
        first = max(int(last.rsplit("|", 1)[1]) - _LOOK_BACK, 1) if last and not since else 1
        terms = ["UID", f"{first}:*"]
        day = since or self._box.begin
        if day is not None:
            terms += ["SINCE", f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"]
        client = self._connected()
        kind, data = client.uid("SEARCH", *terms)
        if kind != "OK":
            raise SourceDown("The mailbox cannot be searched", "It is tried again later.")
        numbers = sorted(int(word) for word in (data[0] or b"").split())
        numbers = [number for number in numbers if number >= first]
        if since is not None:
            return numbers
        known: set[str] = set()
        for at in range(0, len(numbers), 500):
            known |= seen.known([f"{prefix}{uid:010}" for uid in numbers[at : at + 500]])
        return [uid for uid in numbers if f"{prefix}{uid:010}" not in known]

    def _listed(self, prefix: str, uids: Sequence[int]) -> list[Listed]:
        parts = self._fetched(self._connected(), _ranges(uids), _HEADERS)
        found: dict[int, tuple[int, bytes]] = {}
        for about, content in parts:
            number, size = _UID.search(about), _SIZE.search(about)
            if number and size:
                found[int(number[1])] = (int(size[1]), content or b"")
        order = [uid for uid in uids if uid in found]
        told = self._pieces.envelopes([found[uid][1] for uid in order])
        listed = []
        for uid, (sender, subject) in zip(order, told, strict=True):
            rule = ""
            if not self._box.wants_sender(sender):
                rule = "sender"
            elif self._box.subject and not re.search(self._box.subject, subject, re.I):
                rule = "subject"
            key = f"{prefix}{uid:010}"
            listed.append(Listed(key, subject or "mail without a subject", found[uid][0], rule))
        return listed

    def _fetched(self, client: Any, uids: str, what: str) -> list[tuple[bytes, bytes | None]]:
        """(what the server says of a mail, its literal if any) for each mail of a FETCH."""
        kind, data = client.uid("FETCH", uids, what)
        if kind != "OK":
            raise SourceDown("The mailbox does not give its mails", "It is tried again later.")
        parts: list[tuple[bytes, bytes | None]] = []
        for item in data:
            if isinstance(item, tuple):
                parts.append((item[0], item[1]))
            elif isinstance(item, bytes):
                # What follows a literal may hold the rest of what was asked for.
                if parts and parts[-1][1] is not None and not item.lstrip()[:1].isdigit():
                    parts[-1] = (parts[-1][0] + b" " + item, parts[-1][1])
                else:
                    parts.append((item, None))
        return parts

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Faults of the network, of TLS and of the server, in plain words."""
        host = self._box.host
        try:
            yield
        except ssl.SSLCertVerificationError as odd:
            self._drop()
            raise SourceRefused(
                f"The certificate of {host} is not to be trusted ({odd.verify_message})",
                "Have it renewed; for a certificate of your own name its CA with --ca-file.",
            ) from odd
        except MailboxFolderSelectError as odd:
            self._drop()
            raise SourceRefused(
                f"{host} has no folder {self._box.folder} for {self._box.user}",
                "See that --folder is spelled as the server spells it.",
            ) from odd
        except (imaplib.IMAP4.abort, TimeoutError, socket.gaierror, ssl.SSLError, OSError) as gone:
            self._drop()
            raise SourceDown(
                f"The connection to {host} failed ({_why(gone)})",
                "See that the network and the mail server are up; it is tried again.",
            ) from gone
        except (imaplib.IMAP4.error, ImapToolsError) as odd:
            self._drop()
            raise SourceDown(
                f"{host} did not do as asked ({type(odd).__name__})", "It is tried again later."
            ) from odd


def _why(gone: BaseException) -> str:
    if isinstance(gone, TimeoutError):
        return "no answer in time"
    return (gone.strerror or type(gone).__name__) if isinstance(gone, OSError) else "cut off"


def _ranges(uids: Sequence[int]) -> str:
    """`1:3,7` for 1, 2, 3, 7."""
    spans: list[list[int]] = []
    for uid in uids:
        if spans and uid == spans[-1][1] + 1:
            spans[-1][1] = uid
        else:
            spans.append([uid, uid])
    return ",".join(f"{a}:{b}" if a != b else str(a) for a, b in spans)


def check_subject(pattern: str) -> str:
    """A subject filter that can be used. Raises UsageError."""
    try:
        re.compile(pattern)
    except re.error as odd:
        raise UsageError(
            f"--subject is no pattern ({odd.msg})", "Write words, or a regular expression."
        ) from odd
    return pattern
