"""A derivation on the page: its picture (a scene), the stepper and spot the slip (explorers).

The number of lines shown is one more parameter of the scene, so keys, reset, frames ahead and the
picture's text alternative come from `live`. What the lines are and whether they hold is said in
`derivations`; nothing is computed here but where to draw.
"""

from __future__ import annotations

import math
import weakref
from functools import cache, lru_cache

import ipywidgets as widgets
import numpy as np
from matplotlib import rcParams
from matplotlib.ticker import MaxNLocator

from lossviz import live, style
from lossviz.derivations import Derivation, Step, WrongLine, line_function, number
from lossviz.live import Explorer
from lossviz.questions import Manners, to_html
from lossviz.stage import Scene, Slider, scene

POINTS = 121  # of a curve
ABOVE = {"color": style.VERMILION, "linestyle": "--"}
HERE = {"color": style.BLUE, "linestyle": "-"}


# ---- the picture
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


# ---- the widgets
def _beside(value: str, said: str = "") -> str:
    """What stands beside a line: its value, and what it does to the line above."""
    return (
        '<div style="line-height: 1.4; padding-top: 6px">'
        f"= <strong>{value}</strong><br>{to_html(said)}</div>"
    )


class _Lines(Explorer):
    """An explorer with the derivation's lines above its picture."""

    def __init__(self, derivation: Derivation, steps: tuple[Step, ...], told: bool):
        self._derivation, self._steps = derivation, steps
        self._rows: list[widgets.HBox] = []
        super().__init__(picture(derivation, steps, told))
        self._live = [widgets.HTML(layout={"flex": "0 0 36%"}) for _ in steps]
        for k, (step, live_part) in enumerate(zip(steps, self._live, strict=True), 1):
            still = widgets.HTMLMath(
                f"<div>({k})&ensp;$\\displaystyle {to_html(step.tex)}$</div>"
                f"<div>{to_html(step.reason)}</div>",
                layout={"flex": "1 1 auto", "width": "0", "overflow": "auto hidden"},
            )
            row = widgets.HBox([still, live_part], layout={"padding": "2px 8px", "width": "auto"})
            self._rows.append(row)
            self._owned += [still, live_part, row]
        self._lines = widgets.VBox(layout={"max_width": "900px", "overflow": "visible"})
        self._title = widgets.HTML(f"<strong>{to_html(derivation.title)}</strong>")
        self._owned += [self._lines, self._title]

    @classmethod
    def in_cell(cls, *arguments):
        """Make one that closes when its cell runs again, as `explore` does."""
        live._watch()
        made = cls(*arguments)
        live._of_cell.setdefault(live._cell, []).append(weakref.ref(made))
        return made

    def _changed(self, change) -> None:
        super()._changed(change)
        self._tell()

    def _variables(self) -> dict:
        values = self.values
        del values["line"]
        return {**self._derivation.given, **values}

    def _tell(self) -> None:
        """Put the lines' values at the sliders beside the lines."""
        raise NotImplementedError

    def _mark_line(self) -> None:
        for k, row in enumerate(self._rows, 1):
            colour = style.BLUE if k == self.line else "transparent"
            row.layout.border_left = f"4px solid {colour}"

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": self.text}, metadata


class Stepper(_Lines):
    """A derivation that is revealed line by line."""

    def __init__(self, derivation: Derivation):
        super().__init__(derivation, derivation.steps, told=True)
        self.text = str(derivation)
        last = len(derivation.steps)
        buttons = []
        for label, icon, move in (
            ("Back", "arrow-up", lambda: max(1, self.line - 1)),
            ("Next line", "arrow-down", lambda: min(last, self.line + 1)),
            ("Show all", "list-ol", lambda: last),
        ):
            button = widgets.Button(description=label, icon=icon)
            button.on_click(lambda _, move=move: setattr(self, "line", move()))
            buttons.append(button)
        bar = widgets.HBox(buttons)
        self._owned += [*buttons, bar]
        self.children = [self._title, bar, self._lines, *self.children]
        self._tell()

    def _tell(self) -> None:
        derivation, variables = self._derivation, self._variables()
        for k in range(1, self.line + 1):
            value = derivation.tidy(derivation.steps[k - 1], variables)
            said = derivation.words(k, variables)
            self._live[k - 1].value = _beside(value, said)
        self._mark_line()
        shown = self._rows[: self.line]
        if len(self._lines.children) != len(shown):
            self._lines.children = shown


class Spot(_Lines):
    """A derivation with one wrong line, for the reader to find."""

    def __init__(self, derivation: Derivation, slip: WrongLine):
        steps = derivation.with_slip(slip)
        self._slip = slip
        super().__init__(derivation, steps, told=False)
        self._ask = "Not every line follows from the line above. Which is the first wrong line?"
        self.text = f"{derivation.text(steps, relations=False)}\n{self._ask}"
        self._pick = widgets.RadioButtons(
            options=[f"line {k}" for k in range(1, len(steps) + 1)], value=None
        )
        self._pick.orientation = "horizontal"
        self._feedback = widgets.HTMLMath()
        title = widgets.HTMLMath(to_html(self._ask))
        title.add_class("lossviz-title")
        self._feedback.add_class("lossviz-feedback")
        asked = [title, self._pick, self._feedback, Manners()]
        question = widgets.VBox(asked)
        question.add_class("lossviz-question")
        self._owned += [*asked, question]
        self._lines.children = self._rows
        self.children = [self._title, self._lines, question, *self.children]
        self._pick.observe(lambda _: self._answer(), "index")
        self._tell()

    def _tell(self) -> None:
        variables = self._variables()
        for step, part in zip(self._steps, self._live, strict=True):
            value = self._derivation.tidy(step, variables)
            part.value = _beside(value)
        self._mark_line()
        if hasattr(self, "_feedback"):
            self._answer()

    def _answer(self) -> None:
        if self._pick.index is None:
            return
        self._feedback.value = to_html(self.feedback(self._pick.index + 1))

    def feedback(self, picked: int) -> str:
        """What to say to the reader who picked this line, with the numbers at the sliders."""
        derivation, slip, variables = self._derivation, self._slip, self._variables()
        wrong = derivation.wrong(picked, self._steps, variables)
        at = f"at {derivation.at(variables)}"
        if picked == slip.step:
            proof = f"{at} {wrong}" if wrong else f"{at} the numbers agree by luck: move a slider"
            return f"Yes, line {picked} is wrong: {proof}. This is “{slip.name}”: {slip.why}"
        if wrong:
            return (
                f"Line {picked} does not follow from line {picked - 1} as it stands ({wrong}), but "
                "the slip came earlier: which line fails first?"
            )
        if picked == 1:
            value = number(line_function(self._steps[0].value)(**variables))
            return f"Line 1 holds: {at} it is {value}, and so it is when computed another way."
        words = derivation.words(picked, variables)
        return f"Line {picked} holds: {at} it is what it claims ({words})."
