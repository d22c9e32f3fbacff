"""What commands share: the home option and the settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from pipeline.home import Settings, find_home, load_settings

F = TypeVar("F", bound=Callable[..., Any])
HOME_VARIABLE = "DENIALDESK_HOME"


def home_option(command: F) -> F:
    """`--home` after a command too; before it, it is the group's."""

    def keep(ctx: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            ctx.find_root().params["home"] = value
            name_home(ctx, value)

    return click.option(
        "--home", metavar="DIR", expose_value=False, callback=keep, help="Where all is kept."
    )(command)


def name_home(ctx: click.Context, home: str) -> None:
    """Tell the home to what reads the environment (users' own knowledge entries, also in worker
    processes), for as long as the call lasts."""
    before = os.environ.get(HOME_VARIABLE)
    os.environ[HOME_VARIABLE] = home

    def restore() -> None:
        if before is None:
            os.environ.pop(HOME_VARIABLE, None)
        else:
            os.environ[HOME_VARIABLE] = before

    ctx.find_root().call_on_close(restore)


def settings() -> Settings:
    """The settings of the home that the call names. Raises UsageError, SetupError."""
    root = click.get_current_context().find_root()
    return load_settings(find_home(root.params.get("home")))
