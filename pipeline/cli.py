"""`denialdesk`: the command line. Commands are imported only when they are called, so that
`denialdesk --help` is quick."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from types import MappingProxyType

import click

from pipeline import errors
from pipeline.isolation.limits import leave_no_core

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "process": ("process", "Denial letters in, cases and appeal packets out."),
        "extract": ("extract", "Read letters and print what they say as JSON."),
        "inbox": ("inbox", "Folders, mailboxes and other places where letters arrive."),
        "serve": ("review.serve", "Everything in one: web app, REST API, schedules and worker."),
        "worker": ("worker", "One more worker for an installation that is running."),
        "case": ("case", "List, show and export cases."),
        "letter": ("letter", "Write a case's letter packet again."),
        "deadlines": ("deadlines", "Every clock of a denial, with its arithmetic."),
        "guide": ("guide", "The appeal guide for a payer, a drug and a reason."),
        "knowledge": ("knowledge", "Check and look up the knowledge base."),
        "eval": ("evaluate", "Measure accuracy against labelled letters."),
        "backup": ("backup", "Write database and letters received into one file."),
        "restore": ("restore", "Restore a backup into an empty home."),
        "purge": ("purge", "Delete old letters, their cases and packets for good."),
        "keys": ("keys", "Seal letters at rest: make a key, change it."),
        "audit": ("audit", "Who looked at or changed which case: verify, export."),
        "doctor": ("doctor", "Say what is missing on this machine, and what mends it."),
    }
)
"""Command to (module of `pipeline.commands`, or of a package above, and its line in the help)."""


class _Commands(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, (module, _) in COMMANDS.items() if _is_there(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS or not _is_there(COMMANDS[cmd_name][0]):
            return None
        path = _path(COMMANDS[cmd_name][0])
        module = importlib.import_module(path)
        for name in (cmd_name, path.rpartition(".")[2], f"{cmd_name}_command", "command"):
            found = getattr(module, name, None)
            if isinstance(found, click.Command):
                return found
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _path(module: str) -> str:
    return module if "." in module else f"pipeline.commands.{module}"


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(_path(module)) is not None
    except ModuleNotFoundError:
        return False


def _print_version(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"denialdesk {version('denialdesk')}")
        ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: denialdesk process letters/ --out packets/",
)
@click.option(
    "--home",
    metavar="DIR",
    help="Where everything is kept (default: DENIALDESK_HOME, else this user's data folder).",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Print the version.",
)  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, home: str | None) -> None:
    """Denial Desk reads US health-insurance denial letters and drafts the appeal packet.

    All of it happens on this machine. Every command has --help with an example.
    """
    if home is not None:
        from pipeline.commands.common import name_home

        name_home(ctx, home)


def main() -> None:
    """The program."""
    leave_no_core()
    sys.exit(errors.run(lambda: cli(standalone_mode=False, prog_name="denialdesk")))


if __name__ == "__main__":
    main()
