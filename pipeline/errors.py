"""The one place that turns errors into exit codes and one-line messages.

0 all done · 1 the program itself failed · 2 the call is wrong · 3 some files were quarantined ·
130 interrupted.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from models.errors import DeskError

OK, FAILED, WRONG_CALL, QUARANTINED, INTERRUPTED = 0, 1, 2, 3, 130


def sentence(message: str, mend: str = "") -> str:
    """`message` and what mends it, as sentences."""
    parts = (part.strip().rstrip(".") for part in (message, mend))
    return " ".join(f"{_begun(part)}." for part in parts if part)


def _begun(words: str) -> str:
    """A capital at the start, unless the first word is a name of a file or a command."""
    first = words.partition(" ")[0]
    return words[:1].upper() + words[1:] if first.isalpha() and first.islower() else words


def run(main: Callable[[], object]) -> int:
    """Call the program; returns its exit code. Prints one line for whatever goes wrong."""
    try:
        code = main()
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.UsageError as wrong:
        with contextlib.suppress(BrokenPipeError):
            wrong.show(sys.stderr)
        return WRONG_CALL
    except click.ClickException as wrong:
        _say(wrong.format_message())
        return WRONG_CALL
    except (KeyboardInterrupt, click.Abort):
        _say("Interrupted.")
        return INTERRUPTED
    except DeskError as known:
        _say(sentence(known.message, known.mend))
        return known.exit_code
    except BrokenPipeError:
        # Who read our output has gone (`| head`); what is left to flush has nowhere to go.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        return OK
    except MemoryError:
        _say("Out of memory. Close other programs, or set DENIALDESK_WORKERS=1.")
        return FAILED
    except Exception as unforeseen:
        kept = _keep(unforeseen)
        where = f"Details are in {kept}" if kept else "No log could be written"
        _say(f"Denial Desk itself failed ({type(unforeseen).__name__}). {where}.")
        return FAILED


def _say(line: str) -> None:
    with contextlib.suppress(OSError):
        print(f"denialdesk: {line}", file=sys.stderr, flush=True)


def _keep(error: BaseException) -> Path | None:
    """Write where an unforeseen fault went through, without any value, to a file of its own."""
    from pipeline.home import find_home
    from pipeline.isolation.worker import frames_of

    context = click.get_current_context(silent=True)
    given = context.find_root().params.get("home") if context else None
    now = datetime.now(UTC)
    try:
        folder = find_home(given).logs
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"failure-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as out:
            out.write(f"{now.isoformat()}\n{frames_of(error)}\n")
    except (OSError, RuntimeError):
        return None
    return path
