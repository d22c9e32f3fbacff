"""Whole command lines that are killed: the program as a user starts it, with its worker processes
and Prefect's server, from its first import to its exit. What must hold after is `operations`'."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from desk_calls import clean_env, command
from operations import (
    TODAY,
    downgrade,
    empty_home,
    integrity,
    make_old,
    settings_of,
    was_brought_back,
    was_deleted,
    was_migrated,
    was_rotated,
    was_saved,
    whole,
)

from pipeline.batch import open_store
from pipeline.store.inboxes import Inboxes

PLACE = "one"
"""The name of the folder that runs are in: an inbox knows it by its whole path."""


@dataclass(frozen=True)
class CommandLine:
    """`words` with `{}` for the run's folder. `over`: what it says, with exit code 2, where the
    killed run had done everything already."""

    name: str
    words: tuple[str, ...]
    after: Callable[[Path], Iterator[str]]
    before: Callable[[Path], None] = lambda _folder: None
    done: bool = True
    sealed: tuple[bool, ...] = (True,)
    over: str = ""
    checked_at_once: bool = True
    """Whether all must be whole right after the kill, too."""


def with_inbox(folder: Path) -> None:
    path = str(folder.parent / PLACE / "letters")
    with open_store(settings_of(folder)) as database:
        Inboxes(database).add("fax", "folder", {"path": path, "done": "", "still": 0.0}, None)


def unharmed(folder: Path) -> Iterator[str]:
    yield from whole(folder)
    settings = settings_of(folder)
    with open_store(settings) as database:
        yield from integrity(settings, database)


COMMANDS = (
    CommandLine("process", ("process", "{}/letters", "--out", "{}/home/packets"), whole,
                done=False, sealed=(False, True)),
    CommandLine("inbox run", ("inbox", "run", "fax"), whole, with_inbox, done=False),
    CommandLine("purge", ("purge", "--older-than", "30d", "--yes"), was_deleted, make_old),
    CommandLine("keys rotate", ("keys", "rotate"), was_rotated),
    CommandLine("backup", ("backup", "{}/copy.zip"), was_saved, over="exists already"),
    CommandLine("restore", ("restore", "{}/copy.zip"), was_brought_back, empty_home,
                over="already", checked_at_once=False),
    CommandLine("case list (migration)", ("case", "list"), was_migrated, downgrade,
                sealed=(False, True)),
    CommandLine("audit export", ("audit", "export"), unharmed),
    CommandLine("case export", ("case", "export", "{}/cases.csv"), unharmed),
)  # fmt: skip


def start(line: CommandLine, folder: Path) -> subprocess.Popen[bytes]:
    """The program with the quick calls of its workers, in a session of its own."""
    env = {"DENIALDESK_TODAY": TODAY.isoformat(), "DENIALDESK_WORKERS": "1"}
    if (folder / "key").exists():
        env["DENIALDESK_KEY"] = f"file:{folder / 'key'}"
    words = [word.replace("{}", str(folder)) for word in line.words]
    with (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(
            [*command(), *words], env=clean_env(folder / "home", **env), cwd=folder,
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip


def to_its_end(line: CommandLine, folder: Path) -> list[str]:
    """Run it; returns its fault, if any."""
    running = start(line, folder)
    code = running.wait(300)
    said = (folder / "said.txt").read_text(errors="replace")
    if code in (0, 3) or (line.over and line.over in said):
        return []
    return [f"fault: {line.name} ended with {code}: {said[-200:]}"]
