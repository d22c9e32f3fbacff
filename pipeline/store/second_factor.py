"""The second factor: time-based codes (RFC 6238) of an authenticator app, and recovery codes that
stand in for it once each."""

from __future__ import annotations

import secrets
import time
from hmac import compare_digest

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from models.errors import UsageError
from pipeline.store.database import Database
from pipeline.store.people import WrongLogin, digest_of
from pipeline.store.review_tables import RecoveryRow, UserRow
from pipeline.store.schema import now

_SECONDS = 30
_AROUND = (0, -1, 1)
"""Steps about the present one whose codes are taken: clocks of telephones go a little wrong."""
_CODES = 10
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
ISSUER = "Denial Desk"


class WrongCode(WrongLogin):
    """A code that is not the app's now, or was used before."""

    kind = "wrong_code"


class SecondFactors:
    """The second factors of the users of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def is_set(self, user: str) -> bool:
        with self.database.reading() as session:
            row = session.get(UserRow, user)
            return row is not None and row.totp is not None

    def begin(self, user: str) -> str:
        """A new secret, base32; it holds once `confirm` was given a code of it."""
        import pyotp

        secret: str = pyotp.random_base32()
        with self.database.session() as session:
            row = session.get_one(UserRow, user)
            if row.totp is not None:
                raise UsageError("There is a second factor already", "Remove it first.")
            row.totp_next = secret
        return secret

    def confirm(self, user: str, code: str) -> list[str]:
        """Put the secret that was begun in force; returns the recovery codes, told only now.
        Raises WrongCode, UsageError."""
        with self.database.session() as session:
            row = session.get_one(UserRow, user)
            if row.totp_next is None:
                raise UsageError("No second factor is being set up", "Begin again.")
            step = _step_of(row.totp_next, code)
            if step is None:
                raise WrongCode("The code is wrong", "Wait for the next one and type that.")
            row.totp, row.totp_next, row.totp_step = row.totp_next, None, step
            return _new_codes(session, user)

    def check(self, user: str, code: str) -> None:
        """Take a code of the app, or a recovery code, once. Raises WrongCode."""
        given = "".join(code.split()).upper().replace("-", "")
        with self.database.session() as session:
            row = session.get(UserRow, user)
            if row is None or row.totp is None:
                raise WrongCode("The code is wrong", "Wait for the next one and type that.")
            step = _step_of(row.totp, given)
            if step is not None:
                # Compare and set: of two requests with the same code one is refused.
                taken = update(UserRow).where(UserRow.name == user, UserRow.totp_step < step)
                done = session.execute(taken.values(totp_step=step))
            else:
                unused = update(RecoveryRow).where(
                    RecoveryRow.user == user, RecoveryRow.hash == digest_of(given),
                    RecoveryRow.used_at.is_(None),
                )  # fmt: skip
                done = session.execute(unused.values(used_at=now()))
            if getattr(done, "rowcount", 0) != 1:
                raise WrongCode("The code is wrong", "Wait for the next one and type that.")

    def codes_left(self, user: str) -> int:
        wanted = select(func.count()).where(RecoveryRow.user == user, RecoveryRow.used_at.is_(None))
        with self.database.reading() as session:
            return int(session.execute(wanted).scalar_one())

    def remove(self, user: str) -> None:
        """Sign in with the password alone again: by the user, or by an administrator."""
        with self.database.session() as session:
            row = session.get(UserRow, user)
            if row is None:
                raise UsageError("There is no such user", "")
            row.totp = row.totp_next = None
            session.execute(delete(RecoveryRow).where(RecoveryRow.user == user))


def address_of(user: str, secret: str) -> str:
    """What the QR code holds: an `otpauth:` address."""
    import pyotp

    address: str = pyotp.TOTP(secret).provisioning_uri(name=user, issuer_name=ISSUER)
    return address


def _step_of(secret: str, code: str) -> int | None:
    """The time step whose code was given, None where it is none of those that are taken."""
    import pyotp

    totp = pyotp.TOTP(secret, interval=_SECONDS)
    given = "".join(code.split())
    present = int(time.time()) // _SECONDS
    for step in (present + by for by in _AROUND):
        if compare_digest(totp.at(step * _SECONDS).encode(), given.encode()):
            return step
    return None


def _new_codes(session: Session, user: str) -> list[str]:
    """Ten codes of 60 random bits; only their hashes are kept."""
    session.execute(delete(RecoveryRow).where(RecoveryRow.user == user))
    made = ["".join(secrets.choice(_ALPHABET) for _ in range(12)) for _ in range(_CODES)]
    session.add_all(RecoveryRow(user=user, hash=digest_of(code)) for code in made)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in made]
