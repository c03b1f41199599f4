"""Lines over time, as SVG takes them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

__all__ = ["line_of"]

_SECOND = timedelta(seconds=1)


def line_of(points: Sequence[tuple[datetime, float]], width: float, height: float) -> str:
    """Percentages over time as the points of a line in a box: 0 is its lower edge, 100 the upper.

    Each holds until the next was measured, so the line goes in steps.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> line_of([(noon, 50), (noon + _SECOND, 100)], 600, 60)
    '0.0,30.0 600.0,30.0 600.0,0.0'
    """
    first, last = points[0][0], points[-1][0]
    span = (last - first) / _SECOND or 1.0
    steps = []
    height_before = None
    for at, value in points:
        x, y = width * ((at - first) / _SECOND) / span, height * (1 - value / 100)
        if height_before not in {None, y}:
            steps.append(f"{x:.1f},{height_before:.1f}")
        steps.append(f"{x:.1f},{y:.1f}")
        height_before = y
    return " ".join(steps)
