"""Questions with options: predict before a slider wakes, recall at a notebook's end.

Here: `Question` and `Option` (data), `ask` (the widget); for instructors `start_awake` and `offer`.
Not here: what a question guards (an explorer sleeps until its question is answered), any lesson's
question. Where answers are kept is `answers`' business.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass

import traitlets

from lossviz.page import stock
from lossviz.page.answers import Kept
from lossviz.page.block import Block, prose
from lossviz.page.manners import Manners
from lossviz.page.words import to_html, wrap

LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Option:
    """One answer that a reader may give, and what it earns.

    `feedback` says why it is right or wrong; `misconception` names, in a short phrase, the
    confusion that leads to it. Texts may hold TeX between dollar signs and `code` in backticks.
    """

    text: str
    feedback: str
    right: bool = False
    misconception: str = ""


@dataclass(frozen=True)
class Question:
    """A question with two to eight options, exactly one of them right.

    ValueError unless every option has feedback, the options' texts differ, and only wrong ones
    name a misconception.
    """

    text: str
    options: tuple[Option, ...] | list[Option]

    def __post_init__(self):
        object.__setattr__(self, "options", tuple(self.options))
        if found := flaws(self):
            raise ValueError(f"options of the question {self.text!r}: {'; '.join(found)}")

    def __str__(self):
        lines = [wrap(self.text)]
        for letter, option in zip(LETTERS, self.options, strict=False):
            lines.append(wrap(option.text, f"  {letter}. ", "     "))
        return "\n".join(lines)


def flaws(question: Question) -> list[str]:
    """What is wrong with a question's form; nothing when it can be asked."""
    options, found = question.options, []
    if not question.text.strip():
        found.append("the question has no text")
    if not 2 <= len(options) <= len(LETTERS):
        found.append(f"there must be 2 to {len(LETTERS)} options, got {len(options)}")
    if (right := sum(option.right for option in options)) != 1:
        found.append(f"exactly one must be right, got {right}")
    if len({" ".join(option.text.split()) for option in options}) < len(options):
        found.append("their texts must differ")
    for letter, option in zip(LETTERS, options, strict=False):
        if not option.text.strip():
            found.append(f"option {letter} has no text")
        if not option.feedback.strip():
            found.append(f"option {letter} has no feedback")
        if option.right and option.misconception:
            found.append(f"option {letter} is right and names a misconception")
    return found


def ask(question: Question, keeps: bool = True) -> Asked:
    """Show a question; the widget's `done` says whether it is answered or skipped.

    An answer kept from another day is there again, unless the question `keeps` none.
    ValueError if `question` is not a `Question`.
    """
    if not isinstance(question, Question):
        raise ValueError(f"question must be a Question, got {question!r}")
    return Asked(question, keeps)


class Asked(Block):
    """A question on the page. The first answer is kept; further tries only earn their feedback."""

    done = traitlets.Bool(False, help="whether the question is answered or skipped")
    answer = traitlets.Int(None, allow_none=True, help="index of the first answer, or None")
    note = traitlets.Unicode(help="what waits for the answer; shown until it is given")
    explorer: Block | None = None  # what waits for the answer

    def __init__(self, question: Question, keeps: bool = True):
        self.question = question
        self._plain = not any(set("$`") & set(o.text) for o in question.options)
        self._choice = stock.RadioButtons(options=self._labels(), value=None)
        self._choice.orientation = "vertical" if self._plain else "horizontal"
        self._answer = stock.Button(description="Answer", button_style="primary")
        self._skip = stock.Button(description="Skip")
        self._note = prose("", "lossviz-note")
        self._kept = prose("", "lossviz-kept")
        self._feedback = prose("", "lossviz-feedback")
        self._answer.on_click(lambda _: self._answered())
        self._skip.on_click(lambda _: self._skipped())
        buttons = stock.HBox([self._answer, self._skip, self._note])
        parts = [prose(to_html(question.text), "lossviz-title")]
        if not self._plain:
            parts.append(prose(self._listed(), "lossviz-text"))
        self._row = Kept("question", [question.text] if keeps else [], self._forgotten)
        parts += [self._choice, buttons, self._kept, self._feedback, self._row]
        super().__init__([*parts, Manners()])
        self.add_class("lossviz-question")
        _living.add(self)
        for record in self._row.records()[-1:]:  # an option that is worded anew is open again
            texts = [option.text for option in question.options]
            if (text := record.get("answer")) in texts:
                self._choice.index = texts.index(text)
                self.take(self._choice.index)
        if _awake:
            self.wake()
        for label, make in _offered.items():
            self._offer(label, make)

    def _labels(self) -> list[str]:
        """Radio labels hold plain text only: options with TeX or code are listed above them."""
        pairs = zip(LETTERS, self.question.options, strict=False)
        return [f"{x}. {o.text}" if self._plain else x for x, o in pairs]

    def _listed(self) -> str:
        pairs = zip(LETTERS, self.question.options, strict=False)
        return "".join(f"<div>{x}. {to_html(o.text)}</div>" for x, o in pairs)

    def _answered(self) -> None:
        index = self._choice.index
        if index is None:
            self._feedback.value = "Choose an option first."
            return
        if self.answer is None:
            self._row.keep(answer=self.question.options[index].text)
        self.take(index)

    def take(self, index: int, whose: str = "Your first answer") -> None:
        """Take an option for the answer, and say what it earns; the first one stays."""
        self._feedback.value = feedback(self.question.options[index], LETTERS[index])
        if self.answer is None:
            self.answer = index
            text = to_html(self.question.options[index].text)
            self._kept.value = f"{whose}: {LETTERS[index]}. {text}"
        self.wake()

    def _offer(self, label: str, make: Callable[[Asked], Block]) -> None:
        """One more button; what `make` makes of the question opens beneath it, once."""
        button, place = stock.Button(description=label), stock.VBox()

        def pressed(_):
            if not place.children:
                place.children = [make(self)]

        button.on_click(pressed)
        self.children = [*self.children, button, place]

    def _forgotten(self) -> None:
        """Be as new: what waited for the answer waits again."""
        self._choice.value = self.answer = None
        self._kept.value = self._feedback.value = ""
        self.done = self._skip.disabled = False
        if _awake:
            self.wake()

    def _skipped(self) -> None:
        if not self.done:
            self._feedback.value = "Skipped. You can still answer."
            self.wake()

    def wake(self) -> None:
        """Let go of whatever waits for the answer; the question stays open to answers."""
        self.done = True
        self._skip.disabled = True

    @traitlets.observe("done", "note")
    def _note_changed(self, _) -> None:
        self._note.value = "" if self.done else to_html(self.note)

    def __str__(self):
        return str(self.question)


_awake = False
_offered: dict[str, Callable[[Asked], Block]] = {}
_living: weakref.WeakSet[Asked] = weakref.WeakSet()


def start_awake(on: bool = True) -> None:
    """For instructors: nothing waits for an answer, neither what is shown already nor later.

    The questions stay and can be answered. ``start_awake(False)``: questions asked from now on
    keep their pictures asleep again.
    """
    global _awake
    _awake = bool(on)
    if on:
        for asked in list(_living):
            asked.wake()


def offer(label: str, make: Callable[[Asked], Block]) -> None:
    """For instructors: one more button under every question, shown already or later.

    What it opens is `make(asked)`.
    """
    if label not in _offered:
        for asked in [asked for asked in _living if asked.comm]:
            asked._offer(label, make)
    _offered[label] = make


def feedback(option: Option, letter: str) -> str:
    """What an answer earns, as HTML: right or not, the misconception's name, the reason."""
    verdict = f"<strong>{letter}: {'✓ right.' if option.right else '✗ not this one.'}</strong>"
    named = f" <em>Misconception: {to_html(option.misconception)}.</em>"
    tail = "" if option.right else " Try another option."
    middle = named.replace("..</em>", ".</em>") if option.misconception else ""
    return f"{verdict}{middle} {to_html(option.feedback)}{tail}"
