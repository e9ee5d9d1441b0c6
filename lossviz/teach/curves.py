"""The picture of a derivation, a scene: each row as a curve beside the curve of the row above.

Left their values, right their shapes with the best place marked. Nothing is derived here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache, partial

import numpy as np
from matplotlib import rcParams
from matplotlib.ticker import MaxNLocator
from scipy.optimize import brentq, minimize_scalar

from lossviz import style
from lossviz.explorer.stage import Scene, Slider, scene
from lossviz.page.words import minus, number
from lossviz.teach.derivations import Derivation, Step
from lossviz.teach.relations import line_function

POINTS = 121  # of a curve
ABOVE = {"color": style.VERMILION, "linestyle": "--"}
HERE = {"color": style.BLUE, "linestyle": "-"}


class Curve:
    """A row's values along `over`, and its mark: where it is 0, lowest or highest.

    The mark is a zero where the row `above` is lowest or highest there (this row is its slope),
    else a minimum inside the range, else a maximum inside it, else a zero, else the lowest end.
    """

    def __init__(self, function: Callable, grid: np.ndarray, above: Callable[[], Curve] | None):
        values = np.array([function(x) for x in grid])
        self.values = np.where(np.isfinite(values), values, np.nan)
        finite = self.values[np.isfinite(self.values)]
        self.low, self.high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        self.scale = max(abs(self.low), abs(self.high))
        self.flat = self.high - self.low <= 1e-9 * self.scale
        self.kind, self.at = self._mark(function, grid, above)

    def _mark(self, function, grid, above) -> tuple[str, float]:
        if self.flat:
            return "flat", math.nan
        zero = self._zero(function, grid)
        if zero and above and abs(np.diff(np.searchsorted(grid, (zero[1], above().at)))) <= 1:
            return zero
        inside = range(1, len(grid) - 1)
        for kind, sign in (("lowest", 1), ("highest", -1)):
            values = sign * self.values
            best = np.flatnonzero(values <= np.nanmin(values) + 1e-12 * self.scale)
            if best[0] in inside and best[-1] in inside:
                if len(best) > 1:  # a flat floor: its middle
                    return kind, float(grid[best].mean())
                signed = lambda x, sign=sign: sign * function(x)  # noqa: E731
                return kind, lowest(signed, *grid[best[0] - 1 :][:3])
        return zero or ("lowest", float(grid[np.nanargmin(self.values)]))

    def _zero(self, function, grid) -> tuple[str, float] | None:
        """Where the values first cross 0, if they do."""
        signs = np.sign(self.values)
        crossing = np.flatnonzero(signs[:-1] * signs[1:] <= 0)
        if not (self.low < 0 < self.high and crossing.size):
            return None
        return "0", float(brentq(function, *grid[crossing[0] :][:2]))

    @property
    def height(self) -> float:
        """How high the mark lies in the shape."""
        if self.kind != "0":
            return float(self.kind == "highest")
        return -self.low / (self.high - self.low)

    @property
    def shape(self) -> np.ndarray:
        """The values drawn to full height: 0 at the lowest, 1 at the highest."""
        if self.flat:
            return np.full_like(self.values, np.nan)
        return (self.values - self.low) / (self.high - self.low)


def lowest(row: Callable, left: float, middle: float, right: float) -> float:
    """Where a row is lowest: between left and right, the middle unless a place beats it."""
    found = minimize_scalar(row, bounds=(left, right), options={"xatol": 1e-9 * (right - left)})
    best = float(found.x if found.fun < row(middle) else middle)
    return 0.0 if abs(best) < 1e-6 * (right - left) else best  # dust of the search


def ladder(value: float, unit: float) -> float:
    """The smallest of …, unit/√10, unit, √10·unit, … that holds `value`: limits that stay put until
    a curve leaves them or fills less than a third of them."""
    if value <= 0 or unit <= 0:
        return max(value, 0.0)
    return unit * 10.0 ** (math.ceil(2 * math.log10(value / unit) - 1e-9) / 2)


class Curves:
    """The rows of a derivation as curves over its `over`, at given values of the other sliders."""

    def __init__(self, derivation: Derivation, steps: tuple[Step, ...]):
        self.derivation, self.functions = derivation, [line_function(s.value) for s in steps]
        self.slider = derivation.sliders[derivation.over]
        spaced = np.geomspace if self.slider.log else np.linspace
        self.grid = spaced(self.slider.low, self.slider.high, POINTS)
        self._curve = lru_cache(maxsize=64)(self._computed)
        self._unit = cache(self._largest_at_start)

    def pair(self, line: int, values: dict) -> list[Curve]:
        """The row above and this row; row one has none above."""
        others = tuple((k, v) for k, v in values.items() if k != self.derivation.over)
        return [self._curve(k, others) for k in (line - 1, line) if k > 0]

    def _computed(self, line: int, others: tuple) -> Curve:
        variables, over = {**self.derivation.given, **dict(others)}, self.derivation.over
        row = self.functions[line - 1]
        above = partial(self._curve, line - 1, others) if line > 1 else None
        return Curve(lambda x: row(**variables, **{over: float(x)}), self.grid, above)

    def numbers(self, line: int, values: dict) -> list[float]:
        """The values of the row above and of this row where the sliders stand."""
        variables = {**self.derivation.given, **values}
        return [f(**variables) for f in self.functions[max(0, line - 2) : line]]

    def _largest_at_start(self, line: int) -> float:
        start = {name: s.value for name, s in self.derivation.sliders.items()}
        return 1.05 * max((c.scale for c in self.pair(line, start)), default=1.0) or 1.0

    def limits(self, line: int, pair: list[Curve]) -> tuple[float, float]:
        """From where to where the values are drawn."""
        unit = self._unit(line)
        top = ladder(max(c.high for c in pair), unit)
        low = min(c.low for c in pair)
        bottom = -ladder(max(-low, top / 10.5), unit) if low < 0 else -0.04 * top
        if low < 0 and top <= 0:
            top = -0.04 * bottom
        # rows that are 0 everywhere: any limits, but always the same
        return (bottom, top) if top > bottom else (-1.0, 1.0)

    # ---- in words
    def sentence(self, line: int, values: dict, told: bool) -> str:
        """The values, what the row does to the one above (if `told`), and where each is best."""
        pair, numbers = self.pair(line, values), self.numbers(line, values)
        tidy = [number(v, c.scale) for v, c in zip(numbers, pair, strict=True)]
        at = self.derivation.at(values)
        parts = [f"Row {line} of {len(self.functions)} at {at}: {tidy[-1]}."]
        if line > 1 and told:
            said = self.derivation.words(line, {**self.derivation.given, **values})
            parts.append(f"Row {line - 1}: {tidy[0]}; {said}.")
        elif line > 1:
            a, b = numbers
            gap, ratio = number(a - b, max(abs(a), abs(b))), number(a / b) if b else "none"
            parts.append(f"Row {line - 1}: {tidy[0]}, so row {line - 1} − row {line} = {gap},")
            parts.append(f"row {line - 1} / row {line} = {ratio}.")
        return " ".join([*parts, self._marks(line, pair)])

    def _marks(self, line: int, pair: list[Curve]) -> str:
        *above, here = map(self._mark, pair)
        if above == [here]:
            return f"Both rows are {here}."
        said = [f"Row {line} is {here}", *(f"row {line - 1} is {m}" for m in above)]
        return f"{', '.join(said)}."

    def _mark(self, c: Curve) -> str:
        label = self.derivation.label(self.derivation.over)
        if c.flat:
            return f"flat in {label}"
        return minus(f"{c.kind} at {label} = {c.at:.4g}")


class View:
    """What is drawn of one curve: its values, its shape, where it is best, and where we are."""

    def __init__(self, axes, grid: np.ndarray, width: float, marker: str, size: float, look: dict):
        self.values, self.shape = (
            ax.plot(grid, grid * np.nan, linewidth=width, **look)[0] for ax in axes
        )
        self.best = axes[1].axvline(grid[0], linewidth=0.6 * width, **look)
        self.dot, self.mark = (
            ax.plot([], [], marker, c=look["color"], ms=size, clip_on=False)[0] for ax in axes
        )

    def show(self, curve: Curve, best: float, x: float, y: float) -> None:
        """The curve with its best place (NaN: it has none), and the point (x, y)."""
        self.values.set_ydata(curve.values)
        self.shape.set_ydata(curve.shape)
        self.dot.set_data([x], [y])
        self.best.set_xdata([best] * 2)
        self.mark.set_data([best], [curve.height])
        self.set_visible(True)

    def set_visible(self, visible: bool) -> None:
        for artist in (self.values, self.shape, self.best, self.dot, self.mark):
            artist.set_visible(visible)


def picture(derivation: Derivation, steps: tuple[Step, ...], told: bool) -> Scene:
    """The scene: row number `line` beside the row above, over the derivation's `over`.

    With `told` the sentence says what the row does to the one above; without it, only numbers.
    """
    curves = Curves(derivation, steps)

    def draw(fig):
        axes = values_ax, _ = _axes(fig, over, curves.slider)
        thick, size = rcParams["lines.linewidth"], rcParams["lines.markersize"]
        above = View(axes, curves.grid, 2.4 * thick, style.MARKERS[1], 2.0 * size, ABOVE)
        here = View(axes, curves.grid, thick, style.MARKERS[0], 1.2 * size, HERE)
        (between,) = values_ax.plot([], [], color=style.INK, linewidth=0.7 * thick, linestyle="-")
        lines, names = [above.values, here.values], ["the row above", "this row"]
        fig.legend(lines, names, loc="upper center", ncols=2, handlelength=3.2, borderaxespad=0.1)

        def update(line, **values):
            pair, numbers = curves.pair(line, values), curves.numbers(line, values)
            x = values[derivation.over]
            limits = curves.limits(line, pair)
            if values_ax.get_ylim() != limits:
                values_ax.set_ylim(limits)
            for view, c, y in zip((here, above), pair[::-1], numbers[::-1], strict=False):
                view.show(c, c.at, x, y)
            if line == 1:
                above.set_visible(False)
            between.set_data([x] * len(numbers), numbers)
            return curves.sentence(line, values, told)

        return update

    over = derivation.label(derivation.over)
    draw.__doc__ = (
        f"{derivation.title}: the curve of one row beside the curve of the row above, over "
        f"{over}; left their values, right their shapes with the best place."
    )
    draw.__name__ = draw.__qualname__ = "derivation"
    lines = Slider(1, len(steps), step=1, value=1, label="row")
    return scene(line=lines, **derivation.sliders)(draw)


def _axes(fig, label: str, slider: Slider):
    """Two axes side by side, placed by the size of the text: tick labels come and go."""
    fig.set_layout_engine("none")
    width, height = fig.get_size_inches()
    em = rcParams["font.size"] / 72  # inches
    left, gap, right = 4.6 * em, 2.6 * em, 1.2 * em
    bottom, top = 3.2 * em, 3.3 * em
    across = (width - left - gap - right) / 2
    down = (height - bottom - top) / height
    values_ax, shapes_ax = axes = [
        fig.add_axes((x / width, bottom / height, across / width, down))
        for x in (left, left + across + gap)
    ]
    for ax in axes:
        ax.set_xlabel(label)
        ax.set_xscale("log" if slider.log else "linear")
        ax.set_xlim(slider.low, slider.high)
    values_ax.set_title("Values", loc="center")
    values_ax.axhline(0, color=style.FAINT, linewidth=1.5)
    values_ax.yaxis.set_major_locator(MaxNLocator(5))
    values_ax.ticklabel_format(axis="y", scilimits=(-3, 5))  # longer ones would be cut off
    shapes_ax.set_title("Shapes, each full height", loc="center")
    shapes_ax.set_yticks([])
    shapes_ax.set_ylim(-0.06, 1.06)
    return axes
