"""What a worker process gives up before it looks at a letter, for good and for all it starts.

| protection | what for | where |
| network | no socket can be made | Linux with seccomp |
| calls | no tracing, mounting, namespaces, kernel keys, ... | Linux with seccomp |
| files | only the program is read, only its own scratch folder written | Linux with Landlock |
| signals | no process outside can be signalled | Linux 6.12 and later |
| privileges | nothing it starts gains rights | Linux |
| user | a user of no rights, where root started the program | Linux |
| limits | memory, computing, size of a file, open files, processes | everywhere |
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import site
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from models.errors import SetupError
from pipeline.isolation import landlock, privileges, seccomp
from pipeline.isolation.limits import leave_no_core, limit_files

_SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/opt/homebrew",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/fonts", "/etc/localtime",
    "/etc/alternatives", "/etc/mime.types", "/etc/passwd", "/etc/nsswitch.conf",
    "/var/cache/fontconfig",
    "/proc", "/sys/devices/system/cpu", "/sys/fs/cgroup",
)  # fmt: skip
"""Programs, libraries and fonts, and what the C library and Tesseract look up."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/ptmx", "/dev/pts",
            "/dev/tty")  # fmt: skip

_OURS = ("models", "knowledge", "extractors", "letters", "pipeline")
_MORE_OF_A_PERSON = 2000
"""Processes and threads that a person's own user may have more than now: other programs of theirs
start some, too."""


@dataclass(frozen=True, slots=True)
class Protection:
    """One protection of this system: its name, whether it can hold here, and what to do."""

    name: str
    holds: bool
    told: str


def protections(user: str = "nobody") -> tuple[Protection, ...]:
    """What workers started by this process will be held by."""
    linux = sys.platform.startswith("linux")
    calls = seccomp.can_filter()
    version = landlock.version()
    found = [
        Protection("network", calls, "no sockets" if calls else "needs Linux with seccomp"),
        Protection(
            "files", bool(version),
            "only the program is read, only scratch written" if version
            else "needs Linux 5.13 or later with Landlock",
        ),
        Protection(
            "signals", version >= 6,
            "no signals to other processes" if version >= 6 else "needs Linux 6.12 or later",
        ),
        Protection("privileges", linux, "none gained" if linux else "needs Linux"),
    ]  # fmt: skip
    if privileges.is_root():
        found.append(_lower_user(user, calls and bool(version)))
    return tuple(found)


def _lower_user(user: str, strict: bool) -> Protection:
    """Root without its rights still owns what root owns; Landlock keeps it from that."""
    weaker = "root without its rights"
    if privileges.lower_user(user) is None:
        return Protection("user", False, f"{weaker}: there is no user {user}")
    if not privileges.can_become():
        return Protection("user", False, f"{weaker}: this container may not change users")
    return Protection("user", strict, f"{user} instead of root" if strict else weaker)


def refuse_weak(user: str) -> None:
    """Raises SetupError where a protection lacks without which a clinic may not want to open
    files of strangers. Signals are not among them: few systems know that one."""
    lacking = [p for p in protections(user) if not p.holds and p.name != "signals"]
    if lacking:
        named = "; ".join(f"{each.name}: {each.told}" for each in lacking)
        raise SetupError(
            f"Files cannot be opened as safely here as `isolation = required` asks ({named})",
            "Mend that, or set DENIALDESK_ISOLATION=best to go on without.",
        )


def confine(
    scratch: Path, shared: Sequence[Path], readable: Sequence[Path], user: str = "nobody"
) -> None:
    """Give up what this process does not need. It must have one thread only.

    `scratch` is its own folder and `shared` those that it has with other workers, the only ones
    that it can write afterwards; `readable` can be read besides the program itself.
    """
    limit_files()
    leave_no_core()
    with contextlib.suppress(OSError):  # where memory runs out, a worker goes before anyone else
        Path("/proc/self/oom_score_adj").write_text("1000")
    allowed: list[str | Path] = [*_SYSTEM, *program_folders(), *readable]
    strict = seccomp.can_filter() and landlock.version() > 0
    _change_user(user, strict, [scratch, *shared])
    seccomp.no_new_privileges()
    landlock.confine(allowed, [scratch, *shared], _DEVICES)
    seccomp.filter_calls()


def _change_user(name: str, strict: bool, folders: Sequence[Path]) -> None:
    if not privileges.is_root():
        limit_processes(os.getuid(), _MORE_OF_A_PERSON)
        return
    user = privileges.lower_user(name)
    if user is None or not strict or not privileges.can_become():
        privileges.drop_rights()
        return
    for folder in folders:
        os.chown(folder, user.uid, user.gid)
    privileges.become(user, keep_reading=True)
    limit_processes(user.uid)


def limit_processes(uid: int, more: int = 256) -> None:
    """Cap the processes and threads that this user may have: those that run, and `more`."""
    now = 0
    with contextlib.suppress(OSError):
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == uid:
                    now += sum(1 for _ in (entry / "task").iterdir())
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        most = now + more
        if hard == resource.RLIM_INFINITY or most <= hard:
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def program_folders() -> list[Path]:
    """Where the program, Python and its libraries lie."""
    found = [Path(sys.prefix), Path(sys.base_prefix)]
    if os.environ.get("TESSDATA_PREFIX"):
        found.append(Path(os.environ["TESSDATA_PREFIX"]))
    tesseract = shutil.which("tesseract")
    if tesseract:
        found.append(Path(tesseract).resolve())
    libraries = {Path(each) for each in (*site.getsitepackages(), site.getusersitepackages())}
    for entry in map(Path, sys.path):
        if entry in libraries or entry.suffix == ".zip" or entry.is_relative_to(sys.base_prefix):
            found.append(entry)
        elif entry.is_dir():
            # A folder of sources, which may hold a home with letters beside them: modules alone.
            found += [each.parent for each in entry.glob("*/__init__.py")]
            found += entry.glob("*.py")
    for name in _OURS:  # installed in place, they lie in no folder of the path
        spec = find_spec(name)
        found += map(Path, (spec.submodule_search_locations or ()) if spec else ())
    return found
