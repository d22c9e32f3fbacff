"""Who may use the web app: users, their sessions and their tokens. Secrets are kept as hashes."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from models.errors import UsageError
from pipeline.store.database import Database
from pipeline.store.review_tables import SessionRow, TokenRow, UserRow, ViewRow
from pipeline.store.schema import now

if TYPE_CHECKING:
    from argon2 import PasswordHasher

IDLE = timedelta(hours=2)
"""A session ends after so long without a request,"""
LONGEST = timedelta(hours=12)
"""and after so long in any case."""
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
SHORTEST = 12
OURS = "denialdesk"
_LEAST_SCORE = 3
"""Of zxcvbn's 0 to 4: a hundred million guesses or more."""
_ESTIMATED = 72
"""Characters that it looks at; what is longer is not judged worse for its end."""
"""Characters of a password."""
_SEEN_EVERY = timedelta(minutes=1)
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,63}")


class Role(StrEnum):
    """What a user may do; each may do what those before it may."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class WrongLogin(UsageError):
    """Name and password do not go together, or were wrong too often."""

    kind = "wrong_login"


@dataclass(frozen=True, slots=True)
class Person:
    """Who makes a request. `csrf` is empty where a token spoke, which no other site can send."""

    name: str
    role: Role
    csrf: str = ""
    session: str = ""
    has_factor: bool = False
    """Whether more than a password vouches for them: a second factor, or a provider."""


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's least


def digest_of(secret: str) -> str:
    """What is kept of a random secret: those of 60 bits and more need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class People:
    """The users of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def any(self) -> bool:
        with self.database.reading() as session:
            return session.scalars(select(UserRow.name).limit(1)).first() is not None

    def is_of_provider(self, name: str) -> bool:
        """Whether a user signs in through a provider and has no password here."""
        with self.database.reading() as session:
            row = session.get(UserRow, name)
            return row is not None and row.subject is not None

    def end_others(self, name: str, but: str) -> None:
        """End the sessions of a user, apart from one."""
        mine = delete(SessionRow).where(SessionRow.user == name, SessionRow.id != but)
        with self.database.session() as session:
            session.execute(mine)

    def all(self) -> list[UserRow]:
        with self.database.reading() as session:
            return list(session.scalars(select(UserRow).order_by(UserRow.name)))

    def add(self, name: str, password: str, role: Role, only_first: bool = False) -> None:
        """Add a user. Raises UsageError in words for a person; with `only_first` also where
        there is a user already."""
        _check(name, password)
        with self.database.session() as session:
            if only_first and session.scalar(select(func.count()).select_from(UserRow)):
                raise UsageError("There is an administrator already", "Sign in instead.")
            if session.get(UserRow, name) is not None:
                raise UsageError("There is a user of this name", "Choose another name.")
            session.add(UserRow(name=name, role=role.value, password=_hasher().hash(password)))

    def change(self, name: str, role: Role | None = None, active: bool | None = None) -> None:
        """Change what a user may do. The last active administrator stays one."""
        with self.database.session() as session:
            row = session.get(UserRow, name)
            if row is None:
                raise UsageError("There is no such user", "")
            row.role = role.value if role else row.role
            row.active = active if active is not None else row.active
            session.flush()
            admins = select(func.count()).where(
                UserRow.role == Role.ADMINISTRATOR.value, UserRow.active.is_(True)
            )
            if not session.scalar(admins):
                raise UsageError("One active administrator must stay", "Make another one first.")
            if not row.active:
                session.execute(delete(SessionRow).where(SessionRow.user == name))

    def set_password(self, name: str, password: str, old: str | None = None) -> None:
        """Change a password; every session of the user ends."""
        _check(name, password)
        if old is not None:
            self.check_login(name, old)
        with self.database.session() as session:
            row = session.get(UserRow, name)
            if row is None:
                raise UsageError("There is no such user", "")
            if row.subject is not None:
                raise UsageError("This user signs in through the provider", "")
            row.password, row.failures, row.locked_until = _hasher().hash(password), 0, None
            session.execute(delete(SessionRow).where(SessionRow.user == name))

    # --- signing in --------------------------------------------------------------------------

    def check_login(self, name: str, password: str) -> None:
        """Raises WrongLogin, which does not tell whether the name is known."""
        from argon2.exceptions import InvalidHashError, VerificationError

        with self.database.reading() as session:
            row = session.get(UserRow, name)
            kept = row.password if row is not None and row.password else _nobody()
            locked = row is not None and row.locked_until is not None and row.locked_until > now()
            active = row is not None and row.active
            second = row is not None and row.totp is not None
        if locked:
            raise WrongLogin("Too many wrong passwords", "Wait 15 minutes and try again.")
        try:
            _hasher().verify(kept, password[:1024])
        except (VerificationError, InvalidHashError):
            self.failed(name)
            raise WrongLogin("Name or password is wrong", "") from None
        if not active:
            raise WrongLogin("Name or password is wrong", "")
        if not second:
            self.succeeded(name)

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name: whoever gives all that is asked for is its user."""
        with self.database.session() as session:
            session.execute(
                update(UserRow).where(UserRow.name == name).values(failures=0, locked_until=None)
            )

    def check_open(self, name: str) -> None:
        """Raises WrongLogin where a name is locked for a while, or not active."""
        with self.database.reading() as session:
            row = session.get(UserRow, name)
            if row is not None and row.locked_until is not None and row.locked_until > now():
                raise WrongLogin("Too many wrong passwords", "Wait 15 minutes and try again.")
            if row is None or not row.active:
                raise WrongLogin("Name or password is wrong", "")

    def failed(self, name: str) -> None:
        """Count a wrong password or code; too many in a row lock the name for a while."""
        with self.database.session() as session:
            row = session.get(UserRow, name)
            if row is None:
                return
            row.failures += 1
            if row.failures >= MOST_FAILURES:
                row.failures, row.locked_until = 0, now() + LOCKED_FOR

    def sign_in(self, name: str, password: str) -> str:
        """The cookie of a new session. Raises WrongLogin."""
        self.check_login(name, password)
        return self.open_session(name)

    def open_session(self, name: str) -> str:
        """The cookie of a new session of a user who has proved who they are."""
        cookie = secrets.token_urlsafe(32)
        with self.database.session() as session:
            session.execute(delete(SessionRow).where(SessionRow.created_at < now() - LONGEST))
            session.add(SessionRow(id=digest_of(cookie), user=name, csrf=secrets.token_urlsafe(24)))
        return cookie

    def sign_out(self, session_id: str) -> None:
        with self.database.session() as session:
            session.execute(delete(SessionRow).where(SessionRow.id == session_id))

    def of_cookie(self, cookie: str) -> Person | None:
        """Who a session belongs to, None where it is unknown or over."""
        with self.database.reading() as session:
            row = session.get(SessionRow, digest_of(cookie))
            user = session.get(UserRow, row.user) if row is not None else None
        moment = now()
        if row is None or user is None or not user.active:
            return None
        if moment - row.created_at > LONGEST or moment - row.seen_at > IDLE:
            return None
        if moment - row.seen_at > _SEEN_EVERY:
            with self.database.session() as session:
                seen = update(SessionRow).where(SessionRow.id == row.id)
                session.execute(seen.values(seen_at=moment))
        vouched = user.totp is not None or user.subject is not None
        return Person(user.name, Role(user.role), row.csrf, row.id, vouched)

    # --- single sign-on ----------------------------------------------------------------------

    def of_provider(self, subject: str, name: str, role: Role) -> str:
        """The user whom a provider vouches for, made at the first sign-in; the role is what the
        provider says each time. Raises UsageError where the name is another's, or not active.

        A user who was made here is never taken over by name: only a subject that is known is.
        """
        if not _NAME.fullmatch(name):
            raise UsageError("The provider gave no name that can be used", "Ask an administrator.")
        with self.database.session() as session:
            row = session.scalars(select(UserRow).where(UserRow.subject == subject)).first()
            if row is None:
                if session.get(UserRow, name) is not None:
                    raise UsageError(
                        "There is a user of this name who does not come from the provider",
                        "Ask an administrator.",
                    )
                session.add(UserRow(name=name, role=role.value, password="", subject=subject))
                return name
            if not row.active:
                raise UsageError("This account is not active", "Ask an administrator.")
            known, was = row.name, row.role
        if was != role.value:
            self.change(known, role)
        return known

    # --- tokens ------------------------------------------------------------------------------

    def make_token(self, user: str, label: str) -> str:
        """A new token for the API: the only time that it is told."""
        token = f"dd_{secrets.token_urlsafe(32)}"
        with self.database.session() as session:
            session.add(
                TokenRow(user=user, label=label.strip()[:64] or "token", hash=digest_of(token))
            )
        return token

    def tokens(self, user: str) -> list[TokenRow]:
        mine = select(TokenRow).where(TokenRow.user == user, TokenRow.revoked_at.is_(None))
        with self.database.reading() as session:
            return list(session.scalars(mine.order_by(TokenRow.id)))

    def revoke(self, user: str, token_id: int) -> None:
        with self.database.session() as session:
            mine = update(TokenRow).where(TokenRow.id == token_id, TokenRow.user == user)
            session.execute(mine.values(revoked_at=now()))

    def of_token(self, token: str) -> Person | None:
        """Who a token speaks for, None where it is unknown or revoked."""
        with self.database.reading() as session:
            known = select(TokenRow).where(
                TokenRow.hash == digest_of(token), TokenRow.revoked_at.is_(None)
            )
            row = session.scalars(known).first()
            user = session.get(UserRow, row.user) if row is not None else None
        if row is None or user is None or not user.active:
            return None
        if row.used_at is None or now() - row.used_at > _SEEN_EVERY:
            with self.database.session() as session:
                used = update(TokenRow).where(TokenRow.id == row.id)
                session.execute(used.values(used_at=now()))
        return Person(user.name, Role(user.role))

    # --- saved views -------------------------------------------------------------------------

    def views(self, user: str) -> list[ViewRow]:
        with self.database.reading() as session:
            mine = session.scalars(select(ViewRow).where(ViewRow.user == user)).all()
        return sorted(mine, key=lambda view: view.name)

    def save_view(self, user: str, name: str, query: str) -> None:
        with self.database.session() as session:
            for view in session.scalars(select(ViewRow).where(ViewRow.user == user)).all():
                if view.name == name[:64]:  # sealed names cannot be compared by the database
                    session.delete(view)
            session.add(ViewRow(user=user, name=name[:64], query=query[:1000]))

    def drop_view(self, user: str, view_id: int) -> None:
        with self.database.session() as session:
            session.execute(delete(ViewRow).where(ViewRow.user == user, ViewRow.id == view_id))


@cache
def _nobody() -> str:
    """A hash for names that nobody has, so that they take as long as others."""
    return _hasher().hash(secrets.token_urlsafe(16))


def _check(name: str, password: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            "A name is 2 to 64 small letters, digits, dots, dashes, and begins with a letter", ""
        )
    if len(password) < SHORTEST or name in password.casefold():
        raise UsageError(
            f"A password has at least {SHORTEST} characters and does not hold the name",
            "Four words that nobody would guess are a good one.",
        )
    if _is_guessed_first(name, password):
        raise UsageError(
            "This password is among those that are guessed first",
            "Four words that nobody would guess are a good one.",
        )


def _is_guessed_first(name: str, password: str) -> bool:
    """Whether a password is a common or leaked one, or made from one, from a walk over the
    keyboard, a date, a repetition, the user's name or the program's."""
    from zxcvbn import zxcvbn

    plain = "".join(c for c in password.casefold() if c.isalnum())
    if OURS in plain:
        return True
    known = [name, *re.split(r"[.\-_]", name), OURS, "denial", "appeal"]
    return bool(zxcvbn(password[:_ESTIMATED], user_inputs=known)["score"] < _LEAST_SCORE)
