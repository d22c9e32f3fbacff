"""What a file may cost. Readers refuse early, before they spend the memory or the time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from models.errors import TimedOut, TooLarge


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps for one file.

    Sizes are in bytes, times in seconds, `max_side` and `max_pixels` in pixels of one page
    image as received. `workers` pages are read at once; `nesting` is how deep mail may lie in
    mail; `max_parts` how many attachments are opened.
    """

    max_bytes: int = 100 * 1024 * 1024
    max_pages: int = 500
    max_pixels: int = 150_000_000
    max_side: int = 40_000
    max_unpacked: int = 200 * 1024 * 1024
    max_characters: int = 2_000_000
    page_seconds: float = 60.0
    file_seconds: float = 1800.0
    workers: int = field(default_factory=_cores)
    nesting: int = 3
    max_parts: int = 50


OnPage = Callable[[int, int], None]
"""Called with the number of pages read so far and the number expected."""


class Budget:
    """What one file has spent so far of its `Limits`, and the warnings it has earned."""

    def __init__(self, limits: Limits, on_page: OnPage | None = None) -> None:
        self.limits = limits
        self._on_page = on_page
        self._expected = 0
        self._read = 0
        self.warnings: list[str] = []
        self._pages = 0
        self._ends = time.monotonic() + limits.file_seconds

    def warn(self, text: str) -> None:
        """Note something a person should know; the same words once."""
        if text not in self.warnings:
            self.warnings.append(text)

    @property
    def spent(self) -> bool:
        """Whether the file has had its time."""
        return time.monotonic() >= self._ends

    def page_seconds(self) -> float:
        """Seconds the next page may take. Raises TimedOut when the file has had its time."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimedOut(
                f"the file took longer than {self.limits.file_seconds:.0f} seconds to read",
                "Split it into smaller files, or raise the time allowed for a file",
            )
        return min(left, self.limits.page_seconds)

    def expect_pages(self, count: int) -> None:
        """Refuse a file that announces more pages than are allowed. Raises TooLarge."""
        if self._pages + count > self.limits.max_pages:
            raise TooLarge(
                f"the file has {self._pages + count:,} pages; "
                f"at most {self.limits.max_pages:,} are read",
                "Split it into one file a letter and send those",
            )
        self._expected = max(self._expected, self._pages + count)

    def page_read(self) -> None:
        """Tell who asked that one more page is read."""
        self._read += 1
        if self._on_page is not None:
            self._on_page(self._read, max(self._expected, self._read))

    def add_page(self) -> None:
        """Count a page as it is made. Raises TooLarge."""
        self.expect_pages(1)
        self._pages += 1

    def check_picture(self, width: int, height: int) -> None:
        """Refuse a page image that would not fit in memory. Raises TooLarge."""
        limits = self.limits
        if width * height > limits.max_pixels or max(width, height) > limits.max_side:
            raise TooLarge(
                f"a page image is {width:,} x {height:,} pixels",
                "Scan it again at 300 dpi or less",
            )
