"""Places on a page, in PDF points (1/72 inch) from the top left of the upright page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: `x0 <= x1` to the right, `top <= bottom` downwards."""

    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)

    @property
    def middle(self) -> tuple[float, float]:
        """Centre as (x, y)."""
        return (self.x0 + self.x1) / 2, (self.top + self.bottom) / 2

    @staticmethod
    def around(boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all of `boxes` (at least one)."""
        held = tuple(boxes)
        if not held:
            raise ValueError("a box around nothing")
        return Box(
            min(b.x0 for b in held),
            min(b.top for b in held),
            max(b.x1 for b in held),
            max(b.bottom for b in held),
        )

    def intersection(self, other: Box) -> float:
        """Area shared with `other`, in square points."""
        wide = min(self.x1, other.x1) - max(self.x0, other.x0)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(wide, 0.0) * max(high, 0.0)

    def iou(self, other: Box) -> float:
        """Intersection over union with `other`, 0 to 1."""
        shared = self.intersection(other)
        union = self.area + other.area - shared
        return shared / union if union > 0 else 0.0

    def rows_overlap(self, other: Box) -> float:
        """How much of the lower-height box's height both share vertically, 0 to 1."""
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        least = min(self.height, other.height)
        return max(shared, 0.0) / least if least > 0 else 0.0

    def columns_overlap(self, other: Box) -> float:
        """How much of the narrower box's width both share horizontally, 0 to 1."""
        shared = min(self.x1, other.x1) - max(self.x0, other.x0)
        least = min(self.width, other.width)
        return max(shared, 0.0) / least if least > 0 else 0.0

    def as_list(self) -> list[float]:
        """`[x0, top, x1, bottom]`, rounded to a tenth of a point, as the contract prints it."""
        return [round(self.x0, 1), round(self.top, 1), round(self.x1, 1), round(self.bottom, 1)]
