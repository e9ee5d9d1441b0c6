"""Votes without phones: hands that were counted, and a class that does not exist.

Each has what the vote by phones (`phones`) has too: a ``box`` on the page, and ``tallies()``.
"""

import random
from collections.abc import Callable
from typing import Protocol

import ipywidgets as widgets

from .questions import Poll
from .results import Tally

CLASS_SIZE = 60  # of the simulated class


class Page(Protocol):
    """What a way of voting needs of the view that it stands in."""

    def button(
        self, name: str, press: Callable[[], None], tip: str, style: str = ""
    ) -> widgets.Button: ...

    def say(self, sentence: str | None) -> None: ...

    def refresh(self, _=None) -> None: ...


class Hands:
    """Hands that the instructor counted, typed in: two rounds, an option a line."""

    def __init__(self, poll: Poll, page: Page):
        self._boxes = [[_count(option) for option in poll.options] for _ in range(2)]
        columns = [
            widgets.VBox([prose(f"<b>Hands, {name}</b>"), *boxes])
            for name, boxes in zip(("first vote", "second vote"), self._boxes, strict=True)
        ]
        for box in (box for boxes in self._boxes for box in boxes):
            box.observe(page.refresh, "value")
        self.box = widgets.HBox(columns)

    def tallies(self) -> list[Tally]:
        """The votes that were typed in; the second once it has any."""
        counts = [tuple(box.value for box in boxes) for boxes in self._boxes]
        first, second = (
            Tally(name, count)
            for name, count in zip(("First vote", "Second vote"), counts, strict=True)
        )
        return [first, second] if second.total else [first]


class Simulated:
    """A class that does not exist: opinions spread at first, gathered after a discussion."""

    def __init__(self, poll: Poll, page: Page):
        self._poll, self._made = poll, []
        button = page.button("Simulate", self._simulate, "Make up the votes of a class")
        note = prose(f"<p>Made-up votes of {CLASS_SIZE} made-up students, for trying this out.</p>")
        self.box = widgets.VBox([note, button])

    def _simulate(self) -> None:
        count = len(self._poll.options)
        answer = self._poll.options.index(self._poll.answer or self._poll.options[0])
        leaning = [random.gammavariate(2, 1) for _ in range(count)]
        first = random.choices(range(count), leaning, k=CLASS_SIZE)
        second = [answer if random.random() < 0.6 else choice for choice in first]
        self._made = [
            Tally(name, tuple(votes.count(option) for option in range(count)))
            for name, votes in (("Simulated, first", first), ("Simulated, second", second))
        ]

    def tallies(self) -> list[Tally]:
        """The made-up votes; none before the button was pressed."""
        return self._made


def _count(option: str) -> widgets.BoundedIntText:
    box = widgets.BoundedIntText(value=0, min=0, max=999, description=option)
    box.style.description_width = "16em"
    box.layout.width, box.layout.max_width = "25em", "100%"
    return box


def prose(text: str = "") -> widgets.HTML:
    """A text on the page, as HTML, as wide as it may be."""
    return widgets.HTML(text, layout=widgets.Layout(width="auto"))
