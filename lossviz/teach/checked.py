"""`check`: an exercise on the page, with its grade, hints step by step, and the solution."""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable

from lossviz.page import stock
from lossviz.page.answers import Kept
from lossviz.page.block import Block, prose
from lossviz.page.manners import Manners
from lossviz.page.words import to_html, wrap
from lossviz.teach.exercises import Exercise
from lossviz.teach.grade import grade
from lossviz.teach.running import safely


def check(function: Callable, exercise: Exercise) -> Checked:
    """Grade the function that the reader wrote; show the result, hints, and the solution.

    ValueError if `exercise` is not an `Exercise`.
    """
    if not isinstance(exercise, Exercise):
        raise ValueError(f"exercise must be an Exercise, got {exercise!r}")
    return Checked(function, exercise)


_shown_hints: dict[Exercise, int] = {}  # a cell is run again and again: hints stay


class Checked(Block):
    """The result of a check, with hints step by step and, after an attempt, the solution."""

    def __init__(self, function: Callable, exercise: Exercise):
        self.exercise = exercise
        self.grade = grade(function, exercise)
        self._row = Kept("exercise", [exercise.task], self._forgotten)
        self._before = stock.HTML()
        self._before.add_class("lossviz-hints")
        self.attempted = self._compare_with_before(function)
        self._result = prose(to_html(self.grade.text), "lossviz-result")
        self._hints = prose("", "lossviz-hints")
        self._solution = stock.HTML()
        self._solution.add_class("lossviz-hints")
        self._hint = stock.Button(description="Hint")
        self._show = stock.Button(description="Solution", disabled=not self.attempted)
        self._hint.on_click(lambda _: self._give_hint())
        self._show.on_click(lambda _: self._give_solution())
        task = prose(to_html(exercise.task), "lossviz-title")
        buttons = [self._hint, self._show] if exercise.hints else [self._show]
        parts = [task, self._result, self._before, stock.HBox(buttons)]
        super().__init__([*parts, self._hints, self._solution, self._row, Manners()])
        self.add_class("lossviz-exercise")
        self._write_hints()

    def _compare_with_before(self, function) -> bool:
        """Keep an attempt with its code, or show the best of before; whether there is one."""
        records = self._row.records()
        if self.grade.kind != "not attempted":
            code = safely(lambda: inspect.getsource(function), "")
            now = {"result": self.grade.kind, "said": self.grade.text, "code": code}
            if not records or now.items() - records[-1].items():
                self._row.keep(**now)
            return True
        for record in sorted(records, key=lambda r: r.get("result") == "right")[-1:]:
            said, code = record.get("said", ""), html.escape(record.get("code", ""), quote=False)
            self._before.value = (
                f"Kept from before: {to_html(said)}<details><summary>The code that earned it"
                f"</summary><pre tabindex='0' aria-label='Your code'>{code}</pre></details>"
            )
        return bool(records)

    def _forgotten(self) -> None:
        self._before.value = ""

    def _give_hint(self) -> None:
        shown = _shown_hints.get(self.exercise, 0)
        _shown_hints[self.exercise] = min(shown + 1, len(self.exercise.hints))
        self._write_hints()

    def _write_hints(self) -> None:
        shown, hints = _shown_hints.get(self.exercise, 0), self.exercise.hints
        self._hints.value = "".join(
            f"<div><strong>Hint {i}:</strong> {to_html(hint)}</div>"
            for i, hint in enumerate(hints[:shown], 1)
        )
        self._hint.description = f"Hint {min(shown + 1, len(hints))} of {len(hints)}"
        self._hint.disabled = shown == len(hints)

    def _give_solution(self) -> None:
        if not self.attempted:
            self._solution.value = "Try first: the solution opens after an attempt."
            return
        code = html.escape(self.exercise.source(), quote=False)
        self._solution.value = f"<pre tabindex='0' aria-label='Solution'>{code}</pre>"

    def __str__(self):
        return f"{wrap(self.exercise.task)}\n{wrap(self.grade.text)}"
