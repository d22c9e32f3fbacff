"""Where everything lives, and the settings: one directory, private to its owner.

HOME/
  denialdesk.toml   settings, all optional
  denialdesk.db     the database, unless DENIALDESK_DATABASE_URL names another
  blobs/ab/cd/...   files as received, by SHA-256
  packets/          letter packets, unless --out says otherwise
  logs/             what the program did: ids only, no patient data
  prefect/          Prefect's own files
  audit.anchor      the last line of the audit
  tmp/              scratch files of running commands
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from models.clinical import Clinic
from models.errors import SetupError, UsageError

PRIVATE_UMASK = 0o077
"""Letters name patients: directories are 0700 and files 0600, from the first byte on."""


@dataclass(frozen=True, slots=True)
class Home:
    """The directories of one installation."""

    root: Path

    @property
    def settings_file(self) -> Path:
        return self.root / "denialdesk.toml"

    @property
    def database_file(self) -> Path:
        return self.root / "denialdesk.db"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def packets(self) -> Path:
        return self.root / "packets"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def prefect(self) -> Path:
        return self.root / "prefect"

    @property
    def audit_anchor(self) -> Path:
        return self.root / "audit.anchor"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    def prepare(self) -> Home:
        """Make the directories and keep everything this process writes private.

        Raises SetupError where the home cannot be written.
        """
        os.umask(PRIVATE_UMASK)
        try:
            for each in (self.root, self.blobs, self.logs, self.prefect, self.tmp):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.chmod(0o700)
            probe = self.tmp / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as broken:
            raise SetupError(
                f"The home directory {self.root} cannot be written ({broken.strerror})",
                "Free some space or mend its permissions, or name another with --home DIR.",
            ) from broken
        return self


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set by `DENIALDESK_<NAME>` or by `name = value` in denialdesk.toml.

    `database_url`: SQLAlchemy URL; SQLite in the home unless set. `workers`: reader processes,
    0 for one a core. `file_mb`, `file_pages`, `file_seconds`, `page_seconds`, `memory_mb`: what
    one file may weigh and hold, how long all of it and one page may take, and the memory a
    worker may take for it. `worker_user`: who workers become where root started the program.
    `isolation`: `best` holds workers by what the system has, `required` opens no file where a
    protection lacks (docs/security.md).
    `key`: where the key is that letters are sealed with at rest: `file:/path` or `env:NAME`; they
    are not sealed unless set.
    `blobs_dir`, `packets_dir`: where letters received (a folder, or s3://bucket/prefix) and packets
    are kept, for machines that share them; in the home unless set. `prefect_api_url`: a Prefect
    server of the house; `denialdesk serve` starts its own unless set. `prefect_database_url`: where
    that one keeps its schedules.
    `public_url`: the address by which browsers reach the review desk, as https://desk.example.org;
    cookies are then for TLS alone. `second_factor`: `required` sends everyone who signs in with a
    password to set one up. `oidc_*`: single sign-on, see docs/security-web.md.
    `clinic_name`, `clinic_address`, `clinic_phone`, `clinic_fax`: the letterhead of every case
    whose own entries name no other.
    `today`: the day that deadlines are judged from, for repeatable runs; else the calendar's.
    """

    home: Home
    database_url: str
    workers: int = 0
    file_mb: int = 100
    file_pages: int = 500
    file_seconds: int = 1800
    page_seconds: int = 60
    memory_mb: int = 3000
    worker_user: str = "nobody"
    isolation: str = "best"
    key: str = ""
    today: str = ""
    clinic_name: str = ""
    clinic_address: str = ""
    clinic_phone: str = ""
    clinic_fax: str = ""
    blobs_dir: str = ""
    packets_dir: str = ""
    prefect_api_url: str = ""
    prefect_database_url: str = ""
    public_url: str = ""
    second_factor: str = "optional"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_scope: str = "openid profile email"
    oidc_name_claim: str = "preferred_username"
    oidc_groups_claim: str = "groups"
    oidc_roles: str = ""

    @property
    def worker_count(self) -> int:
        return self.workers or usable_cores()

    @property
    def clinic(self) -> Clinic:
        """The letterhead of this installation."""
        return Clinic(self.clinic_name, self.clinic_address, self.clinic_phone, self.clinic_fax)

    @property
    def over_tls(self) -> bool:
        """Whether browsers reach the review desk by TLS: a server before it speaks it."""
        return self.public_url.startswith("https://")

    @property
    def blob_folder(self) -> Path:
        """The folder of blobs; where these are elsewhere, the one that they are brought together
        in."""
        if not self.blobs_dir or self.blobs_url:
            return self.home.blobs
        return Path(self.blobs_dir).expanduser()

    @property
    def blobs_url(self) -> str:
        """`s3://bucket/prefix` where blobs are kept in S3, else empty."""
        return self.blobs_dir if self.blobs_dir.startswith("s3://") else ""

    @property
    def packet_folder(self) -> Path:
        return Path(self.packets_dir).expanduser() if self.packets_dir else self.home.packets

    def day(self) -> date:
        """The day to judge deadlines from."""
        return date.fromisoformat(self.today) if self.today else date.today()


def usable_cores() -> int:
    """Cores that this process may use (a container may have fewer than the machine)."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


def find_home(given: str | None, env: Mapping[str, str] = os.environ) -> Home:
    """`--home`, else DENIALDESK_HOME, else the platform's place for a program's data."""
    named = given or env.get("DENIALDESK_HOME")
    if named:
        return Home(Path(named).expanduser().absolute())
    from platformdirs import user_data_path

    return Home(user_data_path("denialdesk", appauthor=False))


def load_settings(home: Home, env: Mapping[str, str] = os.environ) -> Settings:
    """Settings of this home: the environment over denialdesk.toml over the defaults.

    Raises UsageError, naming the setting, where one is unknown or ill-typed.
    """
    known = {f.name: f.type for f in fields(Settings) if f.name != "home"}
    chosen: dict[str, Any] = {"database_url": f"sqlite:///{home.database_file}"}
    for name, value in _from_file(home.settings_file).items():
        if name not in known:
            raise UsageError(
                f"{home.settings_file} sets {name!r}, which is no setting",
                f"Known settings: {', '.join(known)}.",
            )
        chosen[name] = _typed(name, value, known[name], str(home.settings_file))
    for name, kind in known.items():
        value = env.get(f"DENIALDESK_{name.upper()}")
        if value:
            chosen[name] = _typed(name, value, kind, "the environment")
    return Settings(home, **chosen)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise UsageError(f"{path} is not valid TOML ({broken})", "Mend or remove it.") from broken
    except OSError as broken:
        raise SetupError(
            f"{path} cannot be read ({broken.strerror})", "Mend its permissions."
        ) from broken


def _typed(name: str, value: object, kind: object, where: str) -> object:
    if kind in (int, "int"):
        try:
            number = int(str(value))
        except ValueError:
            number = -1
        if number < 0:
            raise UsageError(f"{name} in {where} is not a whole number of 0 or more")
        return number
    if name == "isolation" and value not in ("best", "required"):
        raise UsageError(f"isolation in {where} is neither best nor required")
    if name == "today" and value:
        try:
            date.fromisoformat(str(value))
        except ValueError:
            raise UsageError(f"today in {where} is not a date like 2026-09-14") from None
    return str(value)
