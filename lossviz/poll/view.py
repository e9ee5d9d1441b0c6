"""The notebook's view of a poll: ``poll("entropy")`` and an instructor's buttons.

Here: the widget, and the thread that watches the server. Not here: the server, which is a process
of its own (`desk` starts and finds it), and what the numbers mean (`results`). Nothing is started
until Start is pressed; whatever happens to this kernel, the vote goes on, and the next view of the
same poll finds it.
"""

import base64
import contextlib
import html
import random
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import ipywidgets as widgets
import segno
import traitlets

from lossviz.page.block import Block
from lossviz.page.manners import Manners
from lossviz.page.words import wrap

from . import desk, network, store
from .questions import PICTURES, Poll, load
from .results import Tally, bars, sentences, to_csv
from .server import folder

LOOK_SECONDS = 0.25  # between two looks at the votes: at most five a second
GONE_SECONDS = 2.0  # between two looks while the server is away
CLASS_SIZE = 60  # of the simulated class
PHONES, HANDS, SIMULATED = "Phones", "Hands, counted", "Simulated class"


def poll(name: str | Path = "entropy") -> "PollView":
    """A class poll: one that ships with lossviz, by its name, or your own, by its TOML file.

    ValueError says what is wrong with the name or the file.
    """
    return PollView(load(name), str(name))


class PollView(Block):
    """The question, the way to vote, the buttons, the bars.

    ``status`` is the last sentence it said; ``voters`` how many have voted in this round.
    """

    status = traitlets.Unicode(help="what happened last, in a sentence")
    voters = traitlets.Int(0, help="how many have voted in the current round")

    def __init__(self, poll: Poll, source: str):
        super().__init__()
        self.poll = poll
        self._source = source
        self._lock = threading.RLock()
        self._server: desk.Server | None = None
        self._ended: Path | None = None  # the votes of the server that was stopped
        self._state: dict = {}
        self._hands = _Hands(poll, self._refresh)
        self._simulated = _Simulated(poll, self._refresh)
        self._make()
        found = next(filter(None, map(desk.find, self._databases()[:3])), None)
        if found is not None:
            self._attach(found, "A vote is running: found again.")

    # ---- what is on the page

    def _make(self) -> None:
        self._stop = self._button("Stop", self.stop, "End the vote; the votes are kept", "danger")
        self._start = self._button("Start", self.start, "Start a new vote", "primary")
        self._resume = self._button("Resume the last", self.resume, "Go on with the last vote")
        acts = {
            "Open": "Let them vote",
            "Close": "Take no more votes in this round",
            "Show": "Show the result, here and on the phones",
            "Next": "Go to a new round, closed and hidden",
        }
        self._acts = [
            self._button(name, lambda name=name: self.act(name.lower()), text)
            for name, text in acts.items()
        ]
        self._export = self._button("Export CSV", self.export, "Save the counts as a CSV file")
        self._address = widgets.Dropdown(
            description="Address", options=[], layout=widgets.Layout(display="none")
        )
        self._address.observe(self._refresh, "value")
        self._join, self._standing, self._results = _html(), _html(), _html()
        self._answer, self._file = _html(), _html()
        self._said = _html()
        self._said.add_class("lossviz-feedback")  # read out when it changes
        unreachable = network.why_no_phones()
        self._mode = widgets.ToggleButtons(
            options=[PHONES, HANDS, SIMULATED],
            value=HANDS if unreachable else PHONES,
            description="Votes by",
        )
        self._mode.observe(self._switched, "value")
        self._phones = widgets.VBox(
            [
                widgets.HBox([self._start, self._resume, self._stop]),
                self._join,
                self._address,
                self._standing,
                widgets.HBox(self._acts),
            ]
        )
        self.children = [
            _html(_asked(self.poll)),
            self._mode,
            self._phones,
            self._hands.box,
            self._simulated.box,
            self._said,
            self._results,
            self._answer,
            self._export,
            self._file,
            Manners(),
        ]
        self.add_class("lossviz-question")
        self._say(unreachable and f"{unreachable} Count hands instead, or simulate a class.")
        self._refresh()

    def _button(self, name: str, press, tip: str, style: str = "") -> widgets.Button:
        button = widgets.Button(description=name, tooltip=tip, button_style=style)
        button.on_click(lambda _: self._pressed(press))
        return button

    def _pressed(self, press) -> None:
        """Do what a button does; what cannot be done is said, not raised."""
        with self._lock:
            try:
                press()
            except (ConnectionError, PermissionError, ValueError) as error:
                self._say(str(error))
            self._refresh()

    def _say(self, sentence: str | None) -> None:
        self.status = sentence or ""
        self._said.value = f'<p style="margin:4px 0">{html.escape(self.status)}</p>'

    # ---- the buttons

    def start(self) -> None:
        """Start a new vote, unless one is running. Not where no phone could reach it."""
        if self._running():
            return self._say("The vote is running.")
        if why := network.why_no_phones():
            return self._say(f"{why} Count hands instead, or simulate a class.")
        # A new file for each class, named by when it began.
        begun = time.strftime("%Y%m%d-%H%M%S")
        return self._run(folder() / f"{self.poll.name}-{begun}.sqlite3", "The vote is open.")

    def resume(self) -> None:
        """Go on with the newest vote on this poll, in the round where it stopped."""
        if self._running():
            return self._say("The vote is running.")
        if not self._databases():
            return self._say("There is no earlier vote on this question.")
        return self._run(self._databases()[0], "The vote goes on where it stopped.")

    def stop(self) -> None:
        """End the server. The votes are kept; a vote in which nobody voted leaves no file."""
        if self._server is None:
            return self._say("No vote is running.")
        server, self._server = self._server, None
        server.stop()
        if any(sum(past.counts) for past in store.history(server.db, self.poll.name)[1]):
            self._ended = server.db
            for rest in ("-lock", ".log"):
                Path(f"{server.db}{rest}").unlink(missing_ok=True)
            return self._say(f"The vote has ended. The votes are kept in {server.db}")
        for path in server.db.parent.glob(f"{server.db.name}*"):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            server.db.parent.rmdir()  # where nothing else is kept
        return self._say("The vote has ended. Nobody had voted.")

    def act(self, action: str) -> None:
        """``open``, ``close``, ``show`` or ``next``."""
        if self._server is None:
            return self._say("Start a vote first.")
        self._took(self._server.act(action))
        number = self._state["round"]
        self._say(
            {
                "open": f"Round {number} is open.",
                "close": f"Round {number} is closed.",
                "show": f"Round {number} is shown, here and on the phones.",
                "next": f"Round {number} is ready: press Open when the class may vote.",
            }[action]
        )
        return None

    def export(self) -> None:
        """Offer the counts of every round as a CSV file to save."""
        kind, tallies = self._mode.value, self._tallies(hidden_too=True)
        if not any(tally.total for tally in tallies):
            self._file.value = ""
            return self._say("There is nothing to export yet.")
        text = to_csv(self.poll.name, kind.lower(), list(self.poll.options), tallies)
        data = base64.b64encode(text.encode("utf-8-sig")).decode()  # spreadsheets want the mark
        href = f"data:text/csv;base64,{data}"
        name = f"{self.poll.name}.csv"
        self._file.value = (
            f'<a download="{name}" style="text-decoration:underline" href="{href}">Save {name}</a>'
        )
        return self._say(f"Ready: follow the link to save {name}.")

    # ---- the server

    def _running(self) -> bool:
        return self._server is not None and self._server.alive()

    def _databases(self) -> list[Path]:
        """The files of this poll's votes, the newest first."""
        name = self.poll.name
        stamp = "[0-9]" * 8 + "-" + "[0-9]" * 6
        return sorted(folder().glob(f"{name}-{stamp}.sqlite3"), reverse=True)

    def _run(self, db: Path, sentence: str) -> None:
        self._attach(desk.find(db) or desk.start(db, self._source, bind="0.0.0.0"), sentence)

    def _attach(self, server: desk.Server, sentence: str) -> None:
        with self._lock:
            self._server = server
            self._took(server.call("state"))
            here = [urlsplit(server.url).hostname, *network.addresses()]
            self._address.options = list(dict.fromkeys(here))
            self._address.index = 0
            self._say(sentence)
            self._refresh()
        threading.Thread(target=self._watch, args=(server,), daemon=True).start()

    def _watch(self, server: desk.Server) -> None:
        """Follow the votes until the view lets go of this server."""
        pause = LOOK_SECONDS
        while self._server is server:
            time.sleep(pause)
            state, pause = None, GONE_SECONDS
            try:
                state, pause = server.call("state"), LOOK_SECONDS
            except PermissionError:
                self._lost(server)
                return
            except ConnectionError:
                if server.process is not None and server.process.poll() is not None:
                    self._lost(server)
                    return
            with self._lock:
                if self._server is server and state is not None and state != self._state:
                    self._took(state)
                    self._refresh()

    def _lost(self, server: desk.Server) -> None:
        with self._lock:
            if self._server is server:
                self._server = None
                self._say("The vote has ended by itself. Resume the last goes on with it.")
                self._refresh()

    def _took(self, state: dict) -> None:
        self._state = state
        self.voters = state["voters"]

    # ---- what is shown

    def _switched(self, _) -> None:
        self._file.value = ""  # it held the other way's votes
        self._refresh()

    def _refresh(self, _=None) -> None:
        with self._lock:
            mode = self._mode.value
            boxes = {PHONES: self._phones, HANDS: self._hands.box, SIMULATED: self._simulated.box}
            for name, box in boxes.items():
                box.layout.display = None if name == mode else "none"
            several = self._server is not None and len(self._address.options) > 1
            self._address.layout.display = None if several else "none"
            self._join.value = self._invitation() if self._server else ""
            self._standing.value = self._how_it_stands() if self._server else ""
            tallies = self._tallies()
            label = "<strong>Simulated: nobody voted.</strong>" if mode == SIMULATED else ""
            shown = any(tally.total for tally in tallies)
            told = "".join(
                f"<p>{html.escape(sentence)}</p>"
                for sentence in sentences(list(self.poll.options), tallies)
            )
            table = bars(list(self.poll.options), tallies)
            self._results.value = f"{label}{table}{told}" if shown else ""
            self._answer.value = self._why() if shown else ""

    def _tallies(self, hidden_too: bool = False) -> list[Tally]:
        if self._mode.value == HANDS:
            return self._hands.tallies()
        if self._mode.value == SIMULATED:
            return self._simulated.tallies()
        db = self._server.db if self._server else self._ended
        if db is None:
            return []
        past = store.history(db, self.poll.name)[1]
        return [
            Tally(f"Round {each.round}", tuple(each.counts))
            for each in past
            if each.shown or hidden_too
        ]

    def _invitation(self) -> str:
        """The QR code, and the same address in large type."""
        port = urlsplit(self._server.url).port
        address = f"http://{self._address.value}:{port}/"
        code = segno.make(address, micro=False).svg_data_uri(scale=6, light="white")
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:24px;align-items:center">'
            f'<img src="{code}" alt="QR code of {address}" width="240" height="240">'
            '<div style="flex:1;min-width:20em">'
            f'<p style="font-size:2em;line-height:1.3;overflow-wrap:anywhere"><b>{address}</b></p>'
            "<p>Try it with your own phone before class, on the same Wi-Fi as this computer. If "
            "the page does not open, the network or this computer's firewall keeps phones out: "
            "choose another address, if one is offered below, or count hands.</p>"
            f"<p>The votes are kept in <code>{html.escape(str(self._server.db))}</code>. The vote "
            "outlives this kernel; it ends with Stop, or after 30 minutes without any request."
            "</p></div></div>"
        )

    def _how_it_stands(self) -> str:
        """The round, whether it is open, and how many have voted."""
        have = "has" if self.voters == 1 else "have"
        return (
            f'<p style="font-size:1.35em">Round {self._state["round"]}, {self._state["status"]}: '
            f"<b>{self.voters}</b> {have} voted.</p>"
        )

    def _why(self) -> str:
        """The answer, folded away until the instructor opens it."""
        if self.poll.answer is None:
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
        self._server = None
        super().close()


class _Hands:
    """Hands that the instructor counted, typed in: two rounds, an option a line."""

    def __init__(self, poll: Poll, changed):
        self._boxes = [[_count(option) for option in poll.options] for _ in range(2)]
        columns = [
            widgets.VBox([_html(f"<b>Hands, {name}</b>"), *boxes])
            for name, boxes in zip(("first vote", "second vote"), self._boxes, strict=True)
        ]
        for box in (box for boxes in self._boxes for box in boxes):
            box.observe(changed, "value")
        self.box = widgets.HBox(columns)

    def tallies(self) -> list[Tally]:
        """The votes that were typed in; the second once it has any."""
        counts = [tuple(box.value for box in boxes) for boxes in self._boxes]
        first, second = (
            Tally(name, count)
            for name, count in zip(("First vote", "Second vote"), counts, strict=True)
        )
        return [first, second] if second.total else [first]


class _Simulated:
    """A class that does not exist: opinions spread at first, gathered after a discussion."""

    def __init__(self, poll: Poll, changed):
        self._poll, self._changed, self._made = poll, changed, []
        button = widgets.Button(description="Simulate", tooltip="Make up the votes of a class")
        button.on_click(lambda _: self._simulate())
        note = _html(f"<p>Made-up votes of {CLASS_SIZE} made-up students, for trying this out.</p>")
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
        self._changed()

    def tallies(self) -> list[Tally]:
        """The made-up votes; none before the button was pressed."""
        return self._made


def _count(option: str) -> widgets.BoundedIntText:
    box = widgets.BoundedIntText(value=0, min=0, max=999, description=option)
    box.style.description_width = "16em"
    box.layout.width = "25em"
    return box


def _html(text: str = "") -> widgets.HTML:
    return widgets.HTML(text, layout=widgets.Layout(width="auto"))


def _asked(poll: Poll) -> str:
    """The question as the class sees it: picture, text, lettered options."""
    picture = poll.picture
    image = ""
    if picture:
        data = base64.b64encode(picture.path.read_bytes()).decode()
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
