"""A derivation on the page: `step` shows it row by row, `spot` hides a slip in it.

The number of rows shown is one more parameter of the scene, so keys, reset, frames ahead and the
picture's text alternative come from the explorer. What the rows are and whether they hold is said
in `derivations`, how they are drawn in `curves`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import ipywidgets as widgets

from lossviz import style
from lossviz.explorer.live import Explorer
from lossviz.page import stock
from lossviz.page.answers import Kept
from lossviz.page.block import Output, prose, text_output
from lossviz.page.manners import Manners
from lossviz.page.words import number, to_html
from lossviz.teach.curves import picture
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.relations import line_function

ASKS = """Not every row follows from the row above. Which is the first wrong row? \
Values and sliders come with your first pick."""


def step(derivation: Derivation) -> Stepper:
    """Show a derivation: one row more at a time, its value, its curve beside the row above.

    ValueError if `derivation` is not a `Derivation`.
    """
    return Stepper(_a_derivation(derivation))


def spot(derivation: Derivation, slip: int | str = 1) -> Spot:
    """Show a derivation with a slip in it, for the reader to find; values come with the first pick.

    `slip` is its number among the derivation's slips, from 1, or its name, which gives it away.
    ValueError if `derivation` is not a `Derivation`, or has no such slip.
    """
    return Spot(_a_derivation(derivation), derivation.slip(slip))


def _a_derivation(derivation) -> Derivation:
    if not isinstance(derivation, Derivation):
        raise ValueError(f"derivation must be a Derivation, got {derivation!r}")
    return derivation


def beside(value: str, said: str = "") -> str:
    """What stands beside a row: its value, and what it does to the row above."""
    return (
        '<div style="line-height: 1.4; padding-top: 6px">'
        f"= <strong>{value}</strong><br>{to_html(said)}</div>"
    )


class _Lines(Explorer):
    """An explorer with the derivation's rows above its picture."""

    def __init__(self, derivation: Derivation, steps: tuple[Step, ...], told: bool):
        self._derivation, self._steps = derivation, steps
        self._rows: list[widgets.HBox] = []
        super().__init__(picture(derivation, steps, told))
        self._live = [stock.HTML(layout={"flex": "0 1 300px"}) for _ in steps]
        for k, (step, live_part) in enumerate(zip(steps, self._live, strict=True), 1):
            still = stock.HTMLMath(
                f"<div>({k})&ensp;$\\displaystyle {to_html(step.tex)}$</div>"
                f"<div>{to_html(step.reason)}</div>",
                layout={"flex": "1 1 300px", "min_width": "0", "overflow": "auto hidden"},
            )
            still.add_class("lossviz-formula")
            room = {"padding": "2px 8px", "width": "auto", "flex_flow": "row wrap"}
            row = widgets.HBox([still, live_part], layout=room)  # marked later: a layout of its own
            self._rows.append(row)
            self.keep(row)
        self._lines = stock.VBox(layout={"max_width": "900px", "overflow": "visible"})
        self._title = stock.HTML(f"<strong>{to_html(derivation.title)}</strong>")

    def _changed(self, change) -> None:
        super()._changed(change)
        self._tell()

    def _variables(self) -> dict:
        values = self.values
        del values["line"]
        return {**self._derivation.given, **values}

    def _tell(self) -> None:
        """Put the rows' values at the sliders beside the rows."""
        raise NotImplementedError

    def _mark_line(self) -> None:
        for k, row in enumerate(self._rows, 1):
            colour = style.BLUE if k == self.line else "transparent"
            row.layout.border_left = f"4px solid {colour}"

    def __str__(self):
        return self.text

    def _above(self) -> Output:
        lines = re.sub(
            r"^(\(\d+\)) (.+)$", r"\1 $\\displaystyle \2$", to_html(self.text), flags=re.M
        )
        return text_output(self.text, lines)


class Stepper(_Lines):
    """A derivation that is revealed row by row."""

    def __init__(self, derivation: Derivation):
        super().__init__(derivation, derivation.steps, told=True)
        self.text = str(derivation)
        last = len(derivation.steps)
        buttons = []
        for label, icon, move in (
            ("Back", "arrow-up", lambda: max(1, self.line - 1)),
            ("Next row", "arrow-down", lambda: min(last, self.line + 1)),
            ("Show all", "list-ol", lambda: last),
        ):
            button = stock.Button(description=label, icon=icon)
            button.on_click(lambda _, move=move: setattr(self, "line", move()))
            buttons.append(button)
        bar = stock.HBox(buttons)
        self.children = [self._title, bar, self._lines, *self.children]
        self._tell()

    def _tell(self) -> None:
        derivation, variables = self._derivation, self._variables()
        for k in range(1, self.line + 1):
            value = derivation.tidy(derivation.steps[k - 1], variables)
            said = derivation.words(k, variables)
            self._live[k - 1].value = beside(value, said)
        self._mark_line()
        shown = self._rows[: self.line]
        if len(self._lines.children) != len(shown):
            self._lines.children = shown


class Spot(_Lines):
    """A derivation with one wrong row, for the reader to find."""

    def __init__(self, derivation: Derivation, slip: WrongLine):
        steps = derivation.with_slip(slip)
        self._slip = slip
        super().__init__(derivation, steps, told=False)
        self.text = f"{derivation.text(steps, told=False)}\n{ASKS}"
        self._pick = stock.RadioButtons(
            options=[f"row {k}" for k in range(1, len(steps) + 1)], value=None
        )
        self._pick.orientation = "horizontal"
        self._feedback = prose("", "lossviz-feedback")
        title = prose(to_html(ASKS), "lossviz-title")
        self._row = Kept("spot", [f"{derivation.title}: {slip.name}"], self._forgotten)
        asked = [title, self._pick, self._feedback, self._row, Manners()]
        question = stock.VBox(asked)
        question.add_class("lossviz-question")
        self._lines.children = self._rows
        self.children = [self._title, self._lines, question, *self.children]
        for record in self._row.records()[-1:]:
            line = record.get("line")
            self._pick.value = line if line in self._pick.options else None
        self._pick.observe(lambda _: self._picked(), "index")
        self._tell()

    def _tell(self) -> None:
        """Values, sliders and feedback, once a row is picked: a jump in them tells the slip."""
        variables, picked = self._variables(), self._pick.index
        for step, part in zip(self._steps, self._live, strict=True):
            part.value = "" if picked is None else beside(self._derivation.tidy(step, variables))
        self._mark_line()
        self._feedback.value = "" if picked is None else to_html(self.feedback(picked + 1))
        self.asleep = picked is None

    def _picked(self) -> None:
        if self._pick.index is not None:
            right = self._pick.index + 1 == self._slip.step
            self._row.keep(line=self._pick.value, result="right" if right else "wrong")
        self._tell()

    def _forgotten(self) -> None:
        self.reset()
        self._pick.value = None

    def feedback(self, picked: int) -> str:
        return verdict(self._derivation, self._slip, picked, self._variables())


def verdict(derivation: Derivation, slip: WrongLine, picked: int, variables: Mapping) -> str:
    """What to say to a reader who looks for this slip and picked this row, at these values."""
    wrong = derivation.wrong(picked, derivation.with_slip(slip), variables)
    at = f"at {derivation.at(variables)}"
    if picked == slip.step:
        proof = f"{at} {wrong}" if wrong else f"{at} the numbers agree by luck: move a slider"
        return f"Yes, row {picked} is wrong: {proof}. This is “{slip.name}”: {slip.why}"
    if wrong:
        said = f"Row {picked} does not follow from row {picked - 1} as it stands ({wrong}), but "
        return f"{said}the slip came earlier: which row fails first?"
    if picked == 1:
        value = number(line_function(derivation.steps[0].value)(**variables))
        return f"Row 1 holds: {at} it is {value}, and so it is when computed another way."
    return f"Row {picked} holds: {at} it is what it claims ({derivation.words(picked, variables)})."
