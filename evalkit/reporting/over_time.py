"""A small picture of one outcome's estimates, period by period."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import escape

from evalkit.reporting.numbers import interval, number

WIDTH, HEIGHT = 320, 190
NOT_YET = "mäts senare"
_LEFT, _TOP, _BOTTOM = 8, 14, 156
_PILOT, _INK, _MUTED, _BAND = "#b3541e", "#18262b", "#4c5c62", "#e4ecec"


@dataclass(frozen=True, slots=True)
class Shown:
    """A released estimate in the unit and with the decimals that the reader sees."""

    estimate: float
    low: float
    high: float
    relevant: float
    unit: str
    decimals: int

    @property
    def text(self) -> str:
        """The estimate alone, as `−0,45`."""
        return number(self.estimate, self.decimals)

    @property
    def texts(self) -> dict[str, str]:
        """The estimate and its interval's ends, each alone."""
        low, high = (number(end, self.decimals) for end in (self.low, self.high))
        return {"estimate": self.text, "low": low, "high": high}

    @property
    def sentence(self) -> str:
        """The estimate with unit and interval."""
        return f"{self.text} {self.unit} ({interval(self.low, self.high, self.decimals)})"


@dataclass(frozen=True, slots=True)
class Point:
    """One period in the picture; `shown` is None where nothing could be measured.

    `settled` is False for the wash-in period, whose mark is hollow.
    """

    name: str
    shown: Shown | None
    settled: bool


def draw(points: Sequence[Point]) -> tuple[str, str]:
    """Return the picture as SVG, and its text alternative."""
    measured = [point.shown for point in points if point.shown]
    ends = [0.0, *(end for one in measured for end in (one.low, one.high))]
    relevant = max((one.relevant for one in measured), default=0.0)
    low, high = min(*ends, -relevant), max(*ends, relevant)
    scale = (_BOTTOM - _TOP) / ((high - low) or 1)

    def y(value: float) -> float:
        return round(_TOP + (high - value) * scale, 1)

    step = (WIDTH - 2 * _LEFT) / max(len(points), 1)
    marks = "".join(_mark(point, _LEFT + (i + 0.45) * step, y) for i, point in enumerate(points))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'style="font-family:DejaVu Sans,Verdana,sans-serif;font-size:13px">'
        f'<rect x="{_LEFT}" y="{y(relevant)}" width="{WIDTH - 2 * _LEFT}" '
        f'height="{round(y(-relevant) - y(relevant), 1)}" fill="{_BAND}"/>'
        f'<path d="M{_LEFT} {y(0)}H{WIDTH - _LEFT}" stroke="{_INK}"/>{marks}</svg>'
    )
    return svg, _alt(points, measured)


def _mark(point: Point, x: float, y: Callable[[float], float]) -> str:
    middle = f'x="{x:.1f}" text-anchor="middle"'
    name = f'<text {middle} y="{HEIGHT - 8}" fill="{_INK}">{escape(point.name)}</text>'
    if not point.shown:
        return f'{name}<text {middle} y="{y(0) - 8:.1f}" fill="{_MUTED}">{NOT_YET}</text>'
    shown = point.shown
    return (
        f'{name}<path d="M{x:.1f} {y(shown.high)}V{y(shown.low)}" stroke="{_PILOT}" '
        f'stroke-width="2"/><circle cx="{x:.1f}" cy="{y(shown.estimate)}" r="5" '
        f'fill="{_PILOT if point.settled else "#fff"}" stroke="{_PILOT}" stroke-width="2"/>'
        f'<text x="{x + 10:.1f}" y="{_beside(y(shown.estimate), y(0)):.1f}" fill="{_INK}">'
        f"{shown.text}</text>"
    )


def _beside(dot: float, zero: float) -> float:
    """Return the baseline of a label level with its dot, but off the line at zero."""
    return zero - 6 if abs(dot - zero) < 11 else dot + 4.5


def _alt(points: Sequence[Point], measured: Sequence[Shown]) -> str:
    said = [
        f"{point.name}: {point.shown.sentence if point.shown else NOT_YET}." for point in points
    ]
    band = [
        f"Det grå bandet är skillnader under den minsta relevanta, "
        f"{number(one.relevant, one.decimals)} {one.unit}."
        for one in measured[:1]
    ]
    return " ".join(["Skillnad mot det väntade per period, med osäkerhet.", *said, *band])
