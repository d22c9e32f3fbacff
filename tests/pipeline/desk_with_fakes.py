"""`denialdesk` with the quick worker calls of `fake_jobs`, for tests that start it as a user
does: python desk_with_fakes.py process ..."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from pipeline import batch, cli

    batch.JOBS = "fake_jobs"
    batch.PRELOAD = ("fake_jobs",)
    cli.main()
