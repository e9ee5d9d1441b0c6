"""The picture of a derivation, a scene: each line as a curve beside the curve of the line above.

Left their values, right their shapes with the best place marked. Nothing is derived here.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
from matplotlib import rcParams
from matplotlib.ticker import MaxNLocator

from lossviz import style
from lossviz.explorer.stage import Scene, Slider, scene
from lossviz.page.words import number
from lossviz.teach.derivations import Derivation, Step
from lossviz.teach.relations import line_function

POINTS = 121  # of a curve
ABOVE = {"color": style.VERMILION, "linestyle": "--"}
HERE = {"color": style.BLUE, "linestyle": "-"}


class Curve:
    """A line's values along `over`, and its mark: where it is 0, lowest or highest.

    The mark is a zero where the line `above` is lowest or highest there (this line is its slope),
    else a minimum inside the range, else a maximum inside it, else a zero, else the lowest end.
    """

    def __init__(self, grid: np.ndarray, values: np.ndarray, above: Curve | None):
        self.values = np.where(np.isfinite(values), values, np.nan)
        finite = self.values[np.isfinite(self.values)]
        self.low, self.high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        self.scale = max(abs(self.low), abs(self.high))
        self.flat = self.high - self.low <= 1e-9 * self.scale
        self.kind, self.at = self._mark(grid, above)

    def _mark(self, grid, above) -> tuple[str, float]:
        if self.flat:
            return "flat", math.nan
        zero = self._zero(grid)
        if zero and above and abs(zero[1] - above.at) <= grid[1] - grid[0]:
            return zero
        inside = range(1, len(grid) - 1)
        for kind, values in (("lowest", self.values), ("highest", -self.values)):
            best = np.flatnonzero(values <= np.nanmin(values) + 1e-12 * self.scale)
            if best[0] in inside and best[-1] in inside:
                if len(best) > 1:  # a flat floor: its middle
                    return kind, float(grid[best].mean())
                return kind, vertex(grid, values, int(best[0]))
        return zero or ("lowest", float(grid[np.nanargmin(self.values)]))

    def _zero(self, grid) -> tuple[str, float] | None:
        """Where the values first cross 0, if they do."""
        signs = np.sign(self.values)
        crossing = np.flatnonzero(signs[:-1] * signs[1:] <= 0)
        if not (self.low < 0 < self.high and crossing.size):
            return None
        k = crossing[0]
        a, b = self.values[k], self.values[k + 1]
        at = grid[k] if a == b else grid[k] - a * (grid[k + 1] - grid[k]) / (b - a)
        return "0", float(at)

    @property
    def height(self) -> float:
        """How high the mark lies in the shape."""
        if self.kind in ("lowest", "highest"):
            return float(self.kind == "highest")
        return -self.low / (self.high - self.low)

    @property
    def shape(self) -> np.ndarray:
        """The values drawn to full height: 0 at the lowest, 1 at the highest."""
        if self.flat:
            return np.full_like(self.values, np.nan)
        return (self.values - self.low) / (self.high - self.low)


def vertex(grid, values, k: int) -> float:
    """Where the parabola through point k and its neighbours is lowest."""
    left, middle, right = values[k - 1 : k + 2]
    bend = left - 2 * middle + right
    if not (math.isfinite(bend) and bend > 0):
        return float(grid[k])
    return float(grid[k] + (grid[1] - grid[0]) * (left - right) / (2 * bend))


def ladder(value: float, unit: float) -> float:
    """The smallest of …, unit/10, unit, 10·unit, … that holds `value`: limits that stay put until
    a curve leaves them or becomes too small to see."""
    if value <= 0 or unit <= 0:
        return max(value, 0.0)
    return unit * 10.0 ** math.ceil(math.log10(value / unit) - 1e-9)


def picture(derivation: Derivation, steps: tuple[Step, ...], told: bool) -> Scene:
    """The scene: line number `line` beside the line above, over the derivation's `over`.

    With `told` the sentence says what the line does to the one above; without it, only numbers.
    """
    over, slider = derivation.over, derivation.sliders[derivation.over]
    if slider.log:
        grid = np.geomspace(slider.low, slider.high, POINTS)
    else:
        grid = np.linspace(slider.low, slider.high, POINTS)
    functions = [line_function(step.value) for step in steps]

    along = np.log10(grid) if slider.log else grid

    @lru_cache(maxsize=64)
    def curve(line: int, others: tuple) -> Curve:
        variables = {**derivation.given, **dict(others)}
        values = [functions[line - 1](**variables, **{over: float(x)}) for x in grid]
        above = curve(line - 1, others) if line > 1 and min(values) < 0 < max(values) else None
        return Curve(along, np.array(values), above)

    def curves(line: int, values: dict) -> list[Curve]:
        others = tuple((k, v) for k, v in values.items() if k != over)
        return [curve(k, others) for k in (line - 1, line) if k > 0]

    def where(c: Curve) -> float:
        return 10**c.at if slider.log else c.at

    @cache
    def unit(line: int) -> float:
        start = {name: s.value for name, s in derivation.sliders.items()}
        return 1.05 * max((c.scale for c in curves(line, start)), default=1.0) or 1.0

    def draw(fig):
        values_ax, shapes_ax = _axes(fig)
        for ax in (values_ax, shapes_ax):
            ax.set_xlabel(derivation.label(over))
            ax.set_xscale("log" if slider.log else "linear")
            ax.set_xlim(slider.low, slider.high)
        values_ax.set_title("Values", loc="center")
        values_ax.axhline(0, color=style.FAINT, linewidth=1.5)
        values_ax.yaxis.set_major_locator(MaxNLocator(5))
        shapes_ax.set_title("Shapes, each full height", loc="center")
        shapes_ax.set_yticks([])
        shapes_ax.set_ylim(-0.06, 1.06)
        thick, dot_size = rcParams["lines.linewidth"], rcParams["lines.markersize"]
        views = []
        for look, width, marker, size in (
            (ABOVE, 2.4 * thick, style.MARKERS[1], 2.0),
            (HERE, thick, style.MARKERS[0], 1.2),
        ):
            (values_line,) = values_ax.plot(grid, grid * np.nan, linewidth=width, **look)
            (shape_line,) = shapes_ax.plot(grid, grid * np.nan, linewidth=width, **look)
            best = shapes_ax.axvline(grid[0], linewidth=0.6 * width, **look)
            dot, mark = (
                ax.plot([], [], marker, color=look["color"], markersize=size * dot_size)[0]
                for ax in (values_ax, shapes_ax)
            )
            views.append((values_line, shape_line, best, dot, mark))
        (between,) = values_ax.plot([], [], color=style.INK, linewidth=0.7 * thick, linestyle="-")
        fig.legend(
            [views[0][0], views[1][0]],
            ["the line above", "this line"],
            loc="upper center",
            ncols=2,
            handlelength=3.2,
            borderaxespad=0.1,
        )

        def place(view, c, x, y):
            values_line, shape_line, best, dot, mark = view
            values_line.set_ydata(c.values)
            shape_line.set_ydata(c.shape)
            dot.set_data([x], [y])
            best.set_visible(not c.flat)
            mark.set_visible(not c.flat)
            if not c.flat:
                best.set_xdata([where(c)] * 2)
                mark.set_data([where(c)], [c.height])

        def update(line, **values):
            pair = curves(line, values)
            shown = [None, *pair] if line == 1 else pair
            top = ladder(max(c.high for c in pair), unit(line))
            low = min(c.low for c in pair)
            bottom = -ladder(max(-low, top / 10.5), unit(line)) if low < 0 else -0.04 * top
            if low < 0 and top <= 0:
                top = -0.04 * bottom
            if not top > bottom:  # lines that are 0 everywhere: any limits, but always the same
                bottom, top = -1.0, 1.0
            if values_ax.get_ylim() != (bottom, top):
                values_ax.set_ylim(bottom, top)
            x = values[over]
            variables = {**derivation.given, **values}
            numbers = [f(**variables) for f in functions[max(0, line - 2) : line]]
            ys = [None, *numbers] if line == 1 else numbers
            for view, c, y in zip(views, shown, ys, strict=True):
                for artist in view:
                    artist.set_visible(c is not None)
                if c is not None:
                    place(view, c, x, y)
            between.set_data([x] * len(numbers), numbers)
            return _sentence(line, values, numbers, pair)

        return update

    def _sentence(line, values, numbers, pair) -> str:
        tidy = [number(v, c.scale) for v, c in zip(numbers, pair, strict=True)]
        parts = [f"Line {line} of {len(steps)} at {derivation.at(values)}: {tidy[-1]}."]
        if line > 1 and told:
            said = derivation.words(line, {**derivation.given, **values})
            parts.append(f"Line {line - 1}: {tidy[0]}; {said}.")
        elif line > 1:
            a, b = numbers
            ratio = number(a / b) if b else "none"
            parts.append(f"Line {line - 1}: {tidy[0]}, so line {line - 1} − line {line} =")
            parts.append(f"{number(a - b, max(abs(a), abs(b)))}, line {line - 1} / line {line} =")
            parts.append(f"{ratio}.")
        parts.append(_marks(line, pair))
        return " ".join(parts)

    def _marks(line, pair) -> str:
        marks = [_mark(c) for c in pair]
        if len(pair) == 2 and marks[0] == marks[1]:
            return f"Both lines are {marks[1]}."
        said = [f"Line {line} is {marks[-1]}"]
        if len(pair) == 2:
            said.append(f"line {line - 1} is {marks[0]}")
        return ", ".join(said) + "."

    def _mark(c: Curve) -> str:
        if c.flat:
            return f"flat in {derivation.label(over)}"
        return f"{c.kind} at {derivation.label(over)} = {where(c):.4g}".replace("-", "−")

    draw.__doc__ = (
        f"{derivation.title}: the curve of one line beside the curve of the line above, over "
        f"{derivation.label(over)}; left their values, right their shapes with the best place."
    )
    draw.__name__ = draw.__qualname__ = "derivation"
    lines = Slider(1, len(steps), step=1, value=1, label="line")
    return scene(line=lines, **derivation.sliders)(draw)


def _axes(fig):
    """Two axes side by side, placed by the size of the text: tick labels come and go."""
    fig.set_layout_engine("none")
    width, height = fig.get_size_inches()
    em = rcParams["font.size"] / 72  # inches
    left, gap, right = 4.6 * em, 2.6 * em, 1.2 * em
    bottom, top = 3.2 * em, 3.3 * em
    across = (width - left - gap - right) / 2
    down = (height - bottom - top) / height
    return [
        fig.add_axes((x / width, bottom / height, across / width, down))
        for x in (left, left + across + gap)
    ]
