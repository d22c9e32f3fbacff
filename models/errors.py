"""The error tree. Each error says in plain words what is wrong and what the user can do.

DeskError
├── UsageError            the call is wrong (exit 2)
├── SetupError            something on this machine is missing or broken (exit 1)
├── StoreError            the database or the file store cannot be used (exit 1)
├── KnowledgeError        a knowledge entry is missing or malformed (exit 1)
├── UnsourcedStatement    a letter asserts what nothing supports: it is not written (exit 1)
└── Unreadable            one file cannot be read: it is quarantined (exit 3)
    ├── EmptyFile
    ├── WrongType
    ├── Damaged
    ├── Locked
    ├── TooLarge
    ├── TimedOut
    ├── NoAccess
    └── NoText

`message` never holds words of a letter: it may be printed, logged and stored.
"""

from __future__ import annotations

from typing import ClassVar


class DeskError(Exception):
    """Base of all errors that a user may see. `mend` says what to do about it."""

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    passing: ClassVar[bool] = False
    """Whether trying again later may help."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message, mend)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message}. {self.mend}".rstrip() if self.mend else self.message


class UsageError(DeskError):
    kind = "usage"
    exit_code = 2


class SetupError(DeskError):
    kind = "setup"


class StoreError(DeskError):
    kind = "store"


class KnowledgeError(DeskError):
    kind = "knowledge"


class UnsourcedStatement(DeskError):
    kind = "unsourced"


class Unreadable(DeskError):
    """A file that cannot be read; the others go on."""

    kind = "unreadable"
    exit_code = 3


class EmptyFile(Unreadable):
    kind = "empty"


class WrongType(Unreadable):
    kind = "wrong_type"


class Damaged(Unreadable):
    kind = "damaged"


class Locked(Unreadable):
    kind = "password"


class TooLarge(Unreadable):
    kind = "too_large"


class TimedOut(Unreadable):
    kind = "timed_out"


class NoAccess(Unreadable):
    kind = "no_access"


class NoText(Unreadable):
    kind = "no_text"
