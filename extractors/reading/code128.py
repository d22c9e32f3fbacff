"""Code 128 bar codes in a page image (ISO/IEC 15417): OpenCV decodes only the codes of shops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

_WIDTHS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 "
    "112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 "
    "311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 "
    "112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 "
    "122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232"
)
PATTERNS: tuple[tuple[int, ...], ...] = tuple(tuple(map(int, each)) for each in _WIDTHS.split())
"""Modules of bar, space, bar, space, bar, space of the symbols 0 to 105; 11 modules each."""
STOP = (2, 3, 3, 1, 1, 1, 2)

_SYMBOLS = np.array(PATTERNS, dtype=np.float64)
_CODE_C, _CODE_B, _CODE_A, _FUNCTIONS = 99, 100, 101, frozenset({96, 97, 98, 102})
_START = {103: "A", 104: "B", 105: "C"}
_FAR = 2.4
"""Modules by which a symbol's six widths may differ in sum from its pattern."""

Dark = NDArray[np.bool_]


def read_code128(dark: Dark, every: int = 6) -> str | None:
    """The text of the first Code 128 found, along rows or down columns and from either side, in
    an image of True for ink; None where there is none whose check symbol is right."""
    for image in (dark, dark.T):
        for line in image[::every]:
            runs, inked = _runs(line)
            # a start, one symbol, the check symbol and the stop at the least
            if len(runs) < 25:
                continue
            for widths in (_from_bar(runs, inked), _from_bar(runs[::-1], inked[::-1])):
                if (found := _decoded(widths)) is not None:
                    return found
    return None


def _runs(line: Dark) -> tuple[NDArray[np.float64], Dark]:
    """Lengths of the runs of ink and of paper, and which are ink."""
    edges = np.flatnonzero(np.diff(line.astype(np.int8))) + 1
    bounds = np.concatenate(([0], edges, [line.size]))
    return np.diff(bounds).astype(np.float64), line[bounds[:-1]]


def _from_bar(runs: NDArray[np.float64], inked: Dark) -> NDArray[np.float64]:
    return runs if inked[0] else runs[1:]


def _decoded(runs: NDArray[np.float64]) -> str | None:
    for at in range(0, len(runs) - 24, 2):
        start = _symbol(runs[at : at + 6])
        if start in _START and (found := _text(list(_symbols(runs[at:])))) is not None:
            return found
    return None


def _symbol(widths: NDArray[np.float64]) -> int | None:
    module = widths.sum() / 11
    away = np.abs(_SYMBOLS - widths / module).sum(axis=1)
    best = int(away.argmin())
    return best if away[best] < _FAR else None


def _symbols(runs: NDArray[np.float64]) -> Iterator[int]:
    """Symbols from the start on, up to the stop; the stop itself is 106."""
    for at in range(0, len(runs) - 5, 6):
        widths = runs[at : at + 7]
        if len(widths) == 7:
            module = widths.sum() / 13
            if np.abs(np.array(STOP) - widths / module).sum() < _FAR:
                yield 106
                return
        symbol = _symbol(runs[at : at + 6])
        if symbol is None:
            return
        yield symbol


def _text(symbols: Sequence[int]) -> str | None:
    """The text of a start symbol, data, check symbol and stop; None unless the check is right."""
    if len(symbols) < 4 or symbols[-1] != 106:
        return None
    start, *data, check = symbols[:-1]
    if (start + sum(n * symbol for n, symbol in enumerate(data, 1))) % 103 != check:
        return None
    code, out = _START[start], []
    for symbol in data:
        if code == "C" and symbol < 100:
            out.append(f"{symbol:02d}")
        elif symbol == _CODE_A or (symbol == _CODE_B and code == "B"):
            code = "A"
        elif symbol == _CODE_B:
            code = "B"
        elif symbol == _CODE_C:
            code = "C"
        elif symbol not in _FUNCTIONS:
            low = symbol + 32 if symbol < 64 or code == "B" else symbol - 64
            out.append(chr(low))
    return "".join(out)
