"""What `deploy/` holds: units that systemd takes, settings and commands that are there, and the
worker's unit run as its lines say."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from compose_spec import PyOptions
from desk_calls import clean_env
from postgres_server import postgres_server
from real_servers import free_port, until

from pipeline.cli import cli
from pipeline.home import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SETTINGS = {f"DENIALDESK_{name.upper()}" for name in Settings.__dataclass_fields__}


def lines(unit: Path, key: str) -> list[str]:
    return re.findall(rf"(?m)^{key}=(.*)$", unit.read_text())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    program = Path(sys.executable).parent / "denialdesk"
    copy = tmp_path / unit.name.replace("@", "@1")
    copy.write_text(unit.read_text().replace("/opt/denialdesk/.venv/bin/denialdesk", str(program)))
    done = subprocess.run([tool, "verify", str(copy)], capture_output=True, text=True, check=False)
    about_it = [line for line in done.stderr.splitlines() if "denialdesk" in line]
    assert (done.returncode, about_it) == (0, []), done.stderr


def commands() -> dict[str, list[str]]:
    found = {unit.name: shlex.split(lines(unit, "ExecStart")[0])[1:] for unit in UNITS}
    for name, service in COMPOSE["services"].items():
        if service["image"].startswith("denialdesk"):
            assert service["command"][0] == "denialdesk"
            found[name] = service["command"][1:]
    return found


@pytest.mark.parametrize("call", commands().values(), ids=commands())
def test_commands_are_there_with_their_options(call: list[str]) -> None:
    context = click.Context(cli)
    command = cli.get_command(context, call[0])
    assert command is not None
    filled = [word.replace("%i", "1") for word in call[1:]]
    with command.make_context(call[0], filled, parent=context, resilient_parsing=False) as made:
        assert made.params


def test_settings_are_there() -> None:
    named = {word.split("=")[0] for unit in UNITS for word in lines(unit, "Environment")}
    for service in COMPOSE["services"].values():
        if service["image"].startswith("denialdesk"):
            named |= set(service["environment"])
    ours = {name for name in named if name.startswith("DENIALDESK_")}
    assert ours
    assert ours <= SETTINGS


def test_compose_hangs_together() -> None:
    """Volumes and services that are named are there, and no password stands in the file."""
    services: dict[str, Any] = COMPOSE["services"]
    for service in services.values():
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in COMPOSE["volumes"]
        assert set(service.get("depends_on", {})) <= set(services)
    text = (DEPLOY / "compose.yaml").read_text()
    assert not re.findall(r"PASSWORD: (?!\$\{)", text)
    assert services["serve"]["environment"] == services["worker"]["environment"]
    as_asked = PyOptions()
    as_asked.apply_merge = True
    as_asked.from_yaml(text.replace("${DESK_DB_PASSWORD:?}", "x")).validate()
    for wrong in ("healthcheck:", "condition: service_healthy", "8450:8450", "interval: 5s"):
        with pytest.raises(ValueError, match=r"."):
            as_asked.from_yaml(text.replace(wrong, wrong[:-1] + "x" + wrong[-1])).validate()
    tool = shutil.which("docker")
    if tool and not subprocess.run([tool, "compose", "version"], capture_output=True,
                                   check=False).returncode:  # fmt: skip
        done = subprocess.run(
            [tool, "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "-q"],
            env={**os.environ, "DESK_DB_PASSWORD": "x"}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_the_workers_unit_runs_as_it_says(tmp_path: Path) -> None:
    """Its command and environment, with its folders elsewhere: it becomes well, and ends when it
    is told to as systemd does, in the time that it is given."""
    unit = DEPLOY / "denialdesk-worker@.service"
    port = free_port()
    places = {
        "/var/lib/denialdesk": f"{tmp_path}/lib", "/mnt/denialdesk": f"{tmp_path}/mnt",
        "%i": "1", "0.0.0.0:9101": f"127.0.0.1:{port}",
    }  # fmt: skip

    def placed(text: str) -> str:
        for old, new in places.items():
            text = text.replace(old, new)
        return text

    (tmp_path / "mnt").mkdir()
    environment = dict(placed(line).split("=", 1) for line in lines(unit, "Environment"))
    home = Path(environment["DENIALDESK_HOME"])
    home.mkdir(parents=True)  # StateDirectory
    call = shlex.split(placed(lines(unit, "ExecStart")[0]))[1:]
    with postgres_server() as url:
        env = clean_env(home, DENIALDESK_DATABASE_URL=url, **environment)
        worker = subprocess.Popen(
            [sys.executable, "-m", "pipeline", *call], env=env, stderr=subprocess.PIPE, text=True,
            umask=0o077,
        )  # fmt: skip
        try:
            until(lambda: worker.poll() is not None or _is_well(port), 240)
            assert worker.poll() is None, worker.communicate()[1]
            worker.send_signal(signal.SIGTERM)
            _, err = worker.communicate(timeout=int(lines(unit, "TimeoutStopSec")[0]))
            assert worker.returncode == 0, err
        finally:
            worker.kill()
    assert (tmp_path / "mnt" / "blobs").is_dir()
    assert (tmp_path / "mnt" / "packets").is_dir()


def _is_well(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
