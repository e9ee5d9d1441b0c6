"""The notebook's view of a poll: ``poll("entropy")`` and an instructor's buttons.

Here: what is on the page, and that whatever goes wrong is said there. Not here: the three ways of
voting (`phones`, and two in `hands`), and what the numbers mean (`results`).
"""

import base64
import html
import sqlite3
import subprocess
from pathlib import Path

import ipywidgets as widgets
import traitlets

from lossviz.page.block import Block
from lossviz.page.manners import Manners
from lossviz.page.questions import Question
from lossviz.page.words import wrap

from . import desk, hour, network
from .bank import load
from .causes import said
from .hands import Hands, Simulated, prose
from .phones import Phones
from .questions import PICTURES, Poll
from .results import Tally, bars, sentences, to_csv

PHONES, HANDS, SIMULATED = "Phones", "Hands, counted", "Simulated class"

# What the world may do to a button; anything else is a fault of ours.
_EXPECTED = (OSError, ValueError, RuntimeError, sqlite3.Error, subprocess.SubprocessError)


def poll(asked: Question | str | Path = "entropy", explorer=None) -> "PollView":
    """A class poll on a `Question`, or on one that has a name or a TOML file.

    Names are those of the walk's questions (`"nb03.predict_sigma"`) and of the polls that ship with
    lossviz; ``python -m lossviz.poll --list`` shows them all. With an ``explorer`` its picture at
    the start values stands above the question. ValueError says what is wrong with what is asked.
    """
    made = load(asked, explorer)
    own = isinstance(asked, Question) or made.feedback or explorer  # no file holds it as it is
    return PollView(made, made if own else str(asked))


class PollView(Block):
    """The question, the way to vote, the buttons, the bars.

    ``status`` is the last sentence it said; ``voters`` how many have voted in this round.
    """

    status = traitlets.Unicode(help="what happened last, in a sentence")
    voters = traitlets.Int(0, help="how many have voted in the current round")

    def __init__(self, poll: Poll, source: str | Poll):
        super().__init__()
        self.poll = poll
        self._said, self._results, self._answer, self._file = prose(), prose(), prose(), prose()
        self._hour = prose()
        self._said.add_class("lossviz-feedback")  # read out when it changes
        self.phones = Phones(poll, source, self)
        self._ways = {
            PHONES: self.phones,
            HANDS: Hands(poll, self),
            SIMULATED: Simulated(poll, self),
        }
        self._start, self._acts = self.phones.start_button, self.phones.act_buttons
        self._address, self._join = self.phones.address, self.phones.join
        self._standing = self.phones.standing
        self.start, self.resume, self.stop = (
            self.phones.start, self.phones.resume, self.phones.stop)  # fmt: skip
        self.act = self.phones.act
        self._lay_out()
        unreachable = network.why_no_phones()
        self._mode.value = HANDS if unreachable else PHONES
        self._mode.observe(self._switched, "value")
        self.say(unreachable and f"{unreachable} Count hands instead, or simulate a class.")
        self._pressed(self.phones.find)

    @property
    def _server(self) -> desk.Server | None:
        return self.phones.server

    def _lay_out(self) -> None:
        self._mode = widgets.ToggleButtons(options=list(self._ways), description="Votes by")
        export = self.button("Export CSV", self.export, "Save the counts as a CSV file")
        hour_button = self.button(
            "Misconceptions", self.misconceptions, "The class's, over all questions of the day"
        )
        self.children = [
            prose(_asked(self.poll)),
            self._mode,
            *(way.box for way in self._ways.values()),
            self._said,
            self._results,
            self._answer,
            widgets.HBox([export, hour_button]),
            self._file,
            self._hour,
            Manners(),
        ]
        self.add_class("lossviz-question")

    # ---- what the ways of voting ask of their page

    def button(self, name: str, press, tip: str, style: str = "") -> widgets.Button:
        """A button; what goes wrong when it is pressed is said on the page."""
        button = widgets.Button(description=name, tooltip=tip, button_style=style)
        button.on_click(lambda _: self._pressed(press))
        return button

    def say(self, sentence: str | None) -> None:
        """Put this sentence under the buttons."""
        self.status = sentence or ""
        self._said.value = f'<p style="margin:4px 0">{html.escape(self.status)}</p>'

    def refresh(self, _=None) -> None:
        """Show how everything stands."""
        with self.phones.lock:
            for name, way in self._ways.items():
                way.box.layout.display = None if name == self._mode.value else "none"
            self.phones.refresh()
            self._show_results()
            self.voters = self.phones.voters

    # ---- pressed

    def _pressed(self, press) -> None:
        """Do what a button does; what cannot be done is said."""
        with self.phones.lock:
            try:
                press()
            except Exception as error:
                self.say(said(error))
                if not isinstance(error, _EXPECTED):
                    raise  # said, and left for whoever looks after this code
            finally:
                self.refresh()

    def _switched(self, _) -> None:
        self._file.value = ""  # it held the other way's votes
        self.refresh()

    def export(self) -> None:
        """Offer the counts of every round as a CSV file to save."""
        kind = self._mode.value
        tallies = self.phones.tallies(True) if kind == PHONES else self._ways[kind].tallies()
        if not any(tally.total for tally in tallies):
            self._file.value = ""
            return self.say("There is nothing to export yet.")
        text = to_csv(self.poll.name, kind.lower(), list(self.poll.options), tallies)
        data = base64.b64encode(text.encode("utf-8-sig")).decode()  # spreadsheets want the mark
        href = f"data:text/csv;base64,{data}"
        name = html.escape(f"{self.poll.name}.csv")
        self._file.value = (
            f'<a download="{name}" style="text-decoration:underline" href="{href}">Save {name}</a>'
        )
        return self.say(f"Ready: follow the link to save {self.poll.name}.csv.")

    def misconceptions(self) -> None:
        """Show the class's misconceptions over all questions of the day, or hide them again."""
        self._hour.value = "" if self._hour.value else hour.page(hour.held())
        return self.say(
            self._hour.value
            and "Below: what the class took for true, over all questions of the day."
        )

    # ---- what is shown

    def newest(self) -> Tally | None:
        """The newest votes that are shown; None while there are none."""
        tallies = [tally for tally in self._ways[self._mode.value].tallies() if tally.total]
        return tallies[-1] if tallies else None

    def _show_results(self) -> None:
        mode, options, trouble = self._mode.value, list(self.poll.options), ""
        try:
            tallies: list[Tally] = self._ways[mode].tallies()
        except _EXPECTED as error:  # its file was moved away, say
            tallies, trouble = [], f"<p>The votes cannot be read: {html.escape(said(error))}</p>"
        shown = any(tally.total for tally in tallies)
        label = "<strong>Simulated: nobody voted.</strong>" if mode == SIMULATED else ""
        told = "".join(f"<p>{html.escape(text)}</p>" for text in sentences(options, tallies))
        self._results.value = (
            f"{label}{bars(options, tallies, _beside(self.poll))}{told}" if shown else trouble
        )
        self._answer.value = self._why() if shown else ""

    def _why(self) -> str:
        """The answer, folded away until the instructor opens it."""
        if self.poll.answer is None or self.poll.feedback:  # said beside the bars
            return ""
        text = html.escape(f"{self.poll.answer}. {self.poll.why or ''}")
        return f"<details><summary>The answer, and why</summary><p>{text}</p></details>"

    # ---- the page without a kernel

    def __str__(self) -> str:
        lines = [wrap(f"Class poll: {self.poll.question}")]
        lines += [wrap(option, "  - ", "    ") for option in self.poll.options]
        return "\n".join(lines)

    def close(self) -> None:
        """Close the view. The server, if one runs, goes on: Stop ends it."""
        self.phones.leave()
        super().close()


def _beside(poll: Poll) -> list[str]:
    """What each option earns, folded away: a class that votes again shall not see it yet."""
    said = []
    for index, feedback in enumerate(poll.feedback):
        right = poll.options[index] == poll.answer
        named = poll.misconceptions[index] if poll.misconceptions else ""
        named = f"<em>Misconception: {html.escape(named.rstrip('.'))}.</em> " if named else ""
        verdict = "<strong>✓ right.</strong> " if right else ""
        text = f"{verdict}{named}{html.escape(feedback)}"
        said.append(f"<details><summary>Why, or why not</summary>{text}</details>")
    return said


def _asked(poll: Poll) -> str:
    """The question as the class sees it: picture, text, lettered options."""
    picture = poll.picture
    image = ""
    if picture:
        data = base64.b64encode(picture.content()).decode()
        image = (
            f'<img src="data:{PICTURES[picture.path.suffix]};base64,{data}" '
            f'alt="{html.escape(picture.alt)}" style="max-width:100%;max-height:420px">'
        )
    options = "".join(f"<li>{html.escape(option)}</li>" for option in poll.options)
    return (
        f'<p style="font-size:1.35em"><b>{html.escape(poll.question)}</b></p>'
        '<div style="display:flex;flex-wrap:wrap;gap:24px;align-items:center">'
        f'{image}<ul style="font-size:1.35em;line-height:1.6">{options}</ul></div>'
    )
