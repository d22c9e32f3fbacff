"""The reliability diagram as SVG: what values say of themselves, and how often they are right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_SIDE, _LEFT, _TOP = 300.0, 52.0, 12.0
_BELOW = 44.0
_GREY, _LINE, _INK = "#e3e6e8", "#9aa3a9", "#1f6f54"
_LARGEST, _SMALLEST = 11.0, 3.0


def _x(share: float) -> str:
    return f"{_LEFT + share * _SIDE:.1f}"


def _y(share: float) -> str:
    return f"{_TOP + (1 - share) * _SIDE:.1f}"


def reliability_svg(bins: Iterable[Mapping[str, Any]]) -> str:
    """A dot for each bin of `figures.reliability`, its area by how many values it holds."""
    held = list(bins)
    most = max((one["count"] for one in held), default=1)
    wide, high = _LEFT + _SIDE + 16, _TOP + _SIDE + _BELOW
    parts = [
        f'<svg width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}" '
        'role="img" aria-label="Reliability diagram: confidence against the share that is right">'
    ]
    for tenth in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts += [
            f'<path d="M{_x(0)} {_y(tenth)}H{_x(1)}M{_x(tenth)} {_y(0)}V{_y(1)}" '
            f'stroke="{_GREY}" fill="none"/>',
            f'<text x="{_LEFT - 8:.1f}" y="{float(_y(tenth)) + 4:.1f}" text-anchor="end">'
            f"{tenth:.1f}</text>",
            f'<text x="{_x(tenth)}" y="{_TOP + _SIDE + 18:.1f}" text-anchor="middle">'
            f"{tenth:.1f}</text>",
        ]
    parts.append(
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="{_LINE}" stroke-dasharray="4 4"/>'
    )
    for one in held:
        size = max(_LARGEST * (one["count"] / most) ** 0.5, _SMALLEST)
        parts.append(
            f'<circle cx="{_x(one["confidence"])}" cy="{_y(one["accuracy"])}" r="{size:.1f}" '
            f'fill="{_INK}" fill-opacity="0.75"><title>{one["count"]} values, mean confidence '
            f"{one['confidence']:.2f}, {one['accuracy']:.0%} right</title></circle>"
        )
    middle = _LEFT + _SIDE / 2
    parts += [
        f'<text x="{middle:.1f}" y="{_TOP + _SIDE + 36:.1f}" text-anchor="middle">'
        "confidence</text>",
        f'<text transform="translate(14 {_TOP + _SIDE / 2:.1f}) rotate(-90)" '
        'text-anchor="middle">share that is right</text>',
        "</svg>",
    ]
    return "".join(parts)
