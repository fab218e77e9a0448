"""The timeline drawn as SVG, in a wide form and in one for a narrow screen; right to left where the language runs so.

No script, no inline style, no colour: every shape has a class and the style sheet decides, so that the picture follows
dark mode, print and forced colours. The words next to it on the page say all of it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from html import escape

from answerable.publication.timeline import Bar, Chart, Dot, Lane, Scale


@dataclass(frozen=True)
class Layout:
    """Where things go, in the picture's own units (CSS pixels at full size)."""

    name: str
    width: int
    left: int
    right: int
    names_aside: bool
    label_above: bool
    dot: int
    bar: int
    row: int
    letter: float
    ticks: int


WIDE = Layout("wide", 960, 150, 928, True, False, 11, 18, 25, 6.7, 9)
NARROW = Layout("narrow", 340, 14, 316, False, True, 10, 12, 36, 6.3, 4)


@dataclass(frozen=True)
class Words:
    """What the picture says besides names: title, description, caption of full length, first and last day, ticks."""

    title: str
    description: str
    full_length: str
    first: str
    as_of: str
    tick: Callable[[date, bool], str]


def draw(chart: Chart, words: Words, layout: Layout, *, rtl: bool = False) -> str:
    """The whole picture as one `svg` element, to be placed in a page whose style sheet is ours."""
    return _Drawing(chart, words, layout, rtl).svg()


@dataclass
class _Drawing:
    chart: Chart
    words: Words
    layout: Layout
    rtl: bool
    shapes: list[str] = field(default_factory=list)
    top: float = 0.0

    def svg(self) -> str:
        layout, chart = self.layout, self.chart
        scale = Scale(chart.first, chart.window_end, layout.left, layout.right)
        baselines = self._plan_lanes()
        self._grid(scale, 22, self.top, chart.split)
        self._arrows(scale, baselines)
        for lane in chart.lanes:
            self._lane(lane, baselines[lane.code], scale)
        for lane in chart.lanes:
            self._dots(lane, baselines[lane.code], scale)
        if chart.split and chart.running:
            self._full_length()
        ids = f"tl-{layout.name}"
        direction = "rtl" if self.rtl else "ltr"
        return (
            f'<svg class="tl tl-{layout.name}" viewBox="0 0 {layout.width} {_n(self.top + 8)}" role="group" '
            f'direction="{direction}" aria-labelledby="{ids}-title {ids}-desc">'
            f'<title id="{ids}-title">{escape(self.words.title)}</title>'
            f'<desc id="{ids}-desc">{escape(self.words.description)}</desc>' + "\n".join(self.shapes) + "</svg>"
        )

    # Lanes.

    def _plan_lanes(self) -> dict[str, float]:
        """The height of each lane's line; leaves ``top`` below the last lane."""
        layout = self.layout
        baselines: dict[str, float] = {}
        self.top = 34
        for lane in self.chart.lanes:
            if not layout.names_aside:
                self.top += 34
            baselines[lane.code] = self.top + 24
            self.top += 48 + layout.row * len(self.chart.bars_of(lane.code)) + 8
        return baselines

    def _lane(self, lane: Lane, y: float, scale: Scale) -> None:
        layout = self.layout
        self._add(f'<path class="tl-lane" d="M{_n(self._x(scale.left))} {_n(y)}H{_n(self._x(scale.right))}"/>')
        name_x, name_y = (0.0, y + 5) if layout.names_aside else (float(layout.left), y - 37)
        for number, part in enumerate(_wrap(lane.name, 19) if layout.names_aside else [lane.name]):
            self._text("tl-name", name_x, name_y + 17 * number, part, tag=lane.tag)
        for number, bar in enumerate(self.chart.bars_of(lane.code)):
            self._bar(bar, y + 24 + layout.row * number, scale)

    def _dots(self, lane: Lane, y: float, scale: Scale) -> None:
        taken: list[tuple[float, float]] = []
        for dot in self.chart.dots_of(lane.code):
            x, level = scale.x(dot.day), y
            while any(abs(x - other) < 2 * self.layout.dot and level == at for other, at in taken):
                level -= 2 * self.layout.dot
            taken.append((x, level))
            self._dot(dot, x, level)

    def _dot(self, dot: Dot, x: float, y: float) -> None:
        radius = self.layout.dot
        self._add(
            f'<a href="{escape(dot.href)}" aria-label="{escape(dot.title)}"><title>{escape(dot.title)}</title>'
            f'<circle class="tl-dot" cx="{_n(self._x(x))}" cy="{_n(y)}" r="{radius}"/>'
            f'<text class="tl-in" direction="ltr" text-anchor="middle" x="{_n(self._x(x))}" y="{_n(y + 3.8)}">'
            f"{escape(dot.label)}</text></a>"
        )

    def _arrows(self, scale: Scale, baselines: dict[str, float]) -> None:
        """From each letter to the lanes of those it is addressed to."""
        for dot in self.chart.dots:
            for code in dot.to:
                if code == dot.lane or code not in baselines or dot.lane not in baselines:
                    continue
                start, end = baselines[dot.lane], baselines[code]
                step = 1 if end > start else -1
                x = self._x(scale.x(dot.day) + 3 * step)
                tip = end - 2 * step
                self._add(
                    f'<path class="tl-arrow" d="M{_n(x)} {_n(start + step * self.layout.dot)}V{_n(tip)}'
                    f'm-4 {-6 * step}l4 {6 * step}l4 {-6 * step}"/>'
                )

    # Silences.

    def _bar(self, bar: Bar, y: float, scale: Scale) -> None:
        layout = self.layout
        start = scale.x(bar.since)
        end = max(scale.x(bar.until or scale.last), start + 3)
        text_y = y - 4 if layout.label_above else y + layout.bar / 2 + 4.4
        if layout.label_above:
            y += 4
            text_y += 4
        shape = self._bar_shape(bar, start, end, y)
        length = len(bar.words) * layout.letter + 14
        if layout.label_above:
            at = start if start + length <= layout.width else max(4.0, layout.width - length)
            label = self._words("tl-label", at, text_y, bar.words)
        elif length < end - start:
            label = self._words("tl-on" if bar.until is None else "tl-label", start + 8, text_y, bar.words)
        elif end + 14 + length <= layout.width:
            label = self._words("tl-label", end + (18 if bar.until is None else 8), text_y, bar.words)
        else:
            label = self._words("tl-label", start - 8, text_y, bar.words, anchor="end")
        self._add(f'<a href="{escape(bar.href)}">{shape}{label}</a>')

    def _bar_shape(self, bar: Bar, start: float, end: float, y: float) -> str:
        height = self.layout.bar
        if bar.until is not None:
            left = min(self._x(start), self._x(end))
            place = f'x="{_n(left)}" y="{_n(y)}" width="{_n(end - start)}" height="{height}"'
            return f'<rect class="tl-ended" {place} rx="2"/>'
        outward = -1 if self.rtl else 1
        x0, x1 = self._x(start), self._x(end)
        tip = height / 2
        return (
            f'<path class="tl-runs" d="M{_n(x0)} {_n(y)}H{_n(x1)}l{_n(outward * tip)} {_n(tip)}'
            f'l{_n(-outward * tip)} {_n(tip)}H{_n(x0)}z"/>'
        )

    def _full_length(self) -> None:
        """Every running silence again, on a scale that reaches to the day of the picture."""
        layout, chart = self.layout, self.chart
        self._text("tl-name", 0.0 if layout.names_aside else layout.left, self.top + 34, self.words.full_length)
        top = self.top + 62
        scale = Scale(chart.first, chart.as_of, layout.left if not layout.names_aside else 8, layout.right)
        self.top = top + 20 + layout.row * len(chart.running)
        window = (scale.x(chart.first), scale.x(chart.window_end))
        left = min(self._x(window[0]), self._x(window[1]))
        self._add(
            f'<rect class="tl-window" x="{_n(left)}" y="{_n(top)}" width="{_n(window[1] - window[0])}" '
            f'height="{_n(self.top - top)}"/>'
        )
        self._grid(scale, top - 4, self.top, past=False)
        for number, bar in enumerate(chart.running):
            self._bar(bar, top + 14 + layout.row * number, scale)

    # What stands behind.

    def _grid(self, scale: Scale, top: float, bottom: float, past: bool) -> None:
        yearly = (scale.last - scale.first).days > 900
        room = len(self.words.tick(scale.last, yearly)) * self.layout.letter
        reserve = 0.0 if past else len(self.words.as_of) * self.layout.letter + 8
        last = scale.right - reserve - room / 2
        first = self.words.first if self.layout.names_aside else self.words.tick(scale.first, yearly)
        self._text("tl-tick", scale.left, top - 6, first)
        free = scale.left + len(first) * self.layout.letter + 8 + room / 2
        for day in scale.ticks(self.layout.ticks):
            x = scale.x(day)
            self._add(f'<path class="tl-grid" d="M{_n(self._x(x))} {_n(top)}V{_n(bottom)}"/>')
            if free <= x <= last:
                self._text("tl-tick", x, top - 6, self.words.tick(day, yearly), anchor="middle")
        if not past:
            self._add(f'<path class="tl-now" d="M{_n(self._x(scale.right))} {_n(top)}V{_n(bottom)}"/>')
            self._text("tl-tick", scale.right, top - 6, self.words.as_of, anchor="end")

    # The pen.

    def _x(self, x: float) -> float:
        return self.layout.width - x if self.rtl else x

    def _add(self, shape: str) -> None:
        self.shapes.append(shape)

    def _words(self, kind: str, x: float, y: float, words: str, anchor: str = "start", tag: str = "") -> str:
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        lang = f' lang="{escape(tag)}"' if tag else ""
        return f'<text class="{kind}"{lang}{place} x="{_n(self._x(x))}" y="{_n(y)}">{escape(words)}</text>'

    def _text(self, kind: str, x: float, y: float, words: str, *, anchor: str = "start", tag: str = "") -> None:
        self._add(self._words(kind, x, y, words, anchor, tag))


def _wrap(name: str, width: int) -> list[str]:
    """A name in lines of about ``width`` characters, broken between words."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def _n(value: float) -> str:
    """A coordinate with at most one decimal, the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")
