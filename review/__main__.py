"""`python -m review`: the same as `denialdesk review`, as another program's child."""

from __future__ import annotations

import sys

from pipeline import errors
from pipeline.cli import cli

if __name__ == "__main__":
    call = ["review", *sys.argv[1:]]
    sys.exit(errors.run(lambda: cli(call, standalone_mode=False, prog_name="denialdesk")))
