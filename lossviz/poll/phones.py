"""The vote by phones: its server, its buttons, the way in. The third way beside those in `hands`.

The server is a process of its own (`desk` starts and finds it); one thread of this kernel watches
it (`watch`). Nothing is started until Start is pressed; whatever happens to this kernel, the vote
goes on, and the next view of the same poll finds it.
"""

import contextlib
import glob
import html
import sqlite3
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import ipywidgets as widgets
import segno

from . import desk, network, store, watch
from .causes import said
from .hands import Page, prose
from .questions import Poll
from .results import Tally

SAID = {
    "open": "Round {} is open.",
    "close": "Round {} is closed.",
    "show": "Round {} is shown, here and on the phones.",
    "next": "Round {} is ready: press Open when the class may vote.",
}
CUT_OFF = "This computer is on no network now: no phone finds it until it is back on one."
BACK = "This computer is on a network again."


class Phones:
    """The votes of phones: ``box`` on the page, ``tallies()``, and what the buttons do."""

    def __init__(self, poll: Poll, source: str | Poll, page: Page):
        self._poll, self._source, self._page = poll, source, page
        self.lock = threading.RLock()  # buttons and the watching thread both change what is shown
        self.server: desk.Server | None = None
        self.voters = 0  # in the current round
        self._ended: Path | None = None  # the votes of the server that ended
        self._past: list[store.Past] = []  # what a hub's service said of them last
        self._state: dict = {}
        self._acted = 0.0  # when a button last changed the state
        self._url = ""  # what the QR code says
        self._on_network = True  # at the last look
        self._make()

    def _make(self) -> None:
        button = self._page.button
        self.stop_button = button("Stop", self.stop, "End the vote; the votes are kept", "danger")
        self.start_button = button("Start", self.start, "Start a new vote", "primary")
        self.resume_button = button("Resume the last", self.resume, "Go on with the last vote")
        acts = {
            "Open": "Let them vote",
            "Close": "Take no more votes in this round",
            "Show": "Show the result, here and on the phones",
            "Next": "Go to a new round, closed and hidden",
        }
        self.act_buttons = [
            button(name, lambda name=name: self.act(name.lower()), text)
            for name, text in acts.items()
        ]
        self.address = widgets.Combobox(
            description="Address", options=(), ensure_option=False, continuous_update=False
        )
        self.address.observe(self._chose, "value")
        self.join, self.standing = prose(), prose()
        self.box = widgets.VBox(
            [
                widgets.HBox([self.start_button, self.resume_button, self.stop_button]),
                self.join,
                self.address,
                self.standing,
                widgets.HBox(self.act_buttons),
            ]
        )

    # ---- the buttons

    def start(self) -> None:
        """Start a vote on this question, unless one is running. Not where no phone could reach it.

        A class that votes on another question already gets this one on the same address.
        """
        if self._running() and self._is_asked():
            return self._page.say("The vote is running.")
        if (running := self._lecture()) is not None:
            return self._ask(running)
        if why := network.why_no_phones():
            return self._page.say(f"{why} Count hands instead, or simulate a class.")
        # A new file for each class, named by when it began.
        while (db := self._new_database()).exists():  # stopped and started within a second
            time.sleep(0.1)
        return self._run(db, "The vote is open.")

    def _ask(self, server: desk.Server) -> None:
        server.ask(self._poll)
        self._attach(server, "The class sees this question now, and its vote is open.")

    def _lecture(self) -> desk.Server | None:
        """Where the class votes already, on whatever question; or the room a hub has for it."""
        if self.server is not None and self.server.alive():
            return self.server
        if (service := desk.service()) is not None:
            return service
        return next(filter(None, map(desk.find, self._databases("*")[:3])), None)

    def _is_asked(self) -> bool:
        """Whether the class sees this question, and not another view's."""
        return self._state.get("poll") == self._poll.name

    def _new_database(self) -> Path:
        return store.folder() / f"{self._poll.name}-{time.strftime('%Y%m%d-%H%M%S')}.sqlite3"

    def resume(self) -> None:
        """Go on with the newest vote on this poll, in the round where it stopped."""
        if self._running():
            return self._page.say("The vote is running.")
        if desk.service() is not None:
            return self._page.say("Nothing to resume: the hub keeps a vote going until Stop.")
        if not (databases := self._databases(glob.escape(self._poll.name))):
            return self._page.say("There is no earlier vote on this question.")
        self._run(databases[0], "The vote goes on where it stopped.")
        return None if self._is_asked() else self._ask(self.server)

    def stop(self) -> None:
        """End the server. The votes are kept; a vote in which nobody voted leaves no file."""
        with self.lock:
            if self.server is None:
                kept = f" The last one's votes are kept in {self._ended}" if self._ended else ""
                return self._page.say(f"No vote is running.{kept}")
            server = self.server
            followers = watch.release(server)  # it does not end by itself
            try:
                server.stop()
            except BaseException:
                for each in followers:
                    watch.follow(server, each)
                raise
            self.server = None
            sentence = self._put_away(server.db)
            for each in followers:
                if each is not self:
                    each.lost("The vote was ended in another view of it.")
            return self._page.say(sentence)

    def act(self, action: str) -> None:
        """``open``, ``close``, ``show`` or ``next``, in the round that is shown."""
        with self.lock:
            if self.server is None:
                return self._page.say("Start a vote first.")
            if not self._is_asked():
                return self._page.say("The class sees another question now; Start asks this one.")
            if action == "next" and self._fresh():  # a second press, most likely
                return self._page.say(SAID["next"].format(self._state["round"]))
            try:
                state = self.server.act(action, self._state["round"])
            except desk.Refused:
                self._now(self.server.call("state"))  # another view went on, say
                raise
            self._now(state)
            return self._page.say(SAID[action].format(state["round"]))

    def _fresh(self) -> bool:
        """Whether nothing has happened in the current round yet."""
        if self._state["status"] != "closed" or self.voters:
            return False
        return not self.server.history(self._poll.name)[-1].shown

    # ---- the server

    def find(self) -> None:
        """Join a vote on this poll that runs already, whoever started it."""
        found = self._lecture()
        if found is not None and found.alive() and found.call("state")["poll"] == self._poll.name:
            self._attach(found, "A vote is running: found again.")

    def leave(self) -> None:
        """Let go of the server, which goes on."""
        with self.lock:
            if self.server is not None:
                watch.unfollow(self.server, self)
            self.server = None

    def _running(self) -> bool:
        return self.server is not None and self.server.alive()

    def _databases(self, name: str) -> list[Path]:
        """The files of the votes that began with a poll of such a name, the newest first."""
        stamp = "[0-9]" * 8 + "-" + "[0-9]" * 6
        found = store.folder().glob(f"{name}-{stamp}.sqlite3")
        return sorted(found, key=lambda path: path.stem[-15:], reverse=True)

    def _run(self, db: Path, sentence: str) -> None:
        self._attach(desk.find(db) or desk.start(db, self._source, bind=""), sentence)

    def _attach(self, server: desk.Server, sentence: str) -> None:
        with self.lock:
            state = server.call("state")
            self.leave()
            self.server, self._url = server, ""
            self._now(state)
            self._offer()
            self._page.say(sentence)
            self._page.refresh()
            watch.follow(server, self)

    def _now(self, state: dict) -> None:
        self._took(state)
        self._acted = time.monotonic()

    def _took(self, state: dict) -> None:
        self._state = state
        self.voters = state["voters"] if self._is_asked() else 0

    def _put_away(self, db: Path | None) -> str:
        """Tidy up after a server that ended; what to say of its votes."""
        self._ended = db
        if db is None:
            return "The vote has ended. The hub's service keeps its votes; Export CSV saves these."
        try:
            voted = store.voted(db)
        except (OSError, ValueError, sqlite3.Error) as error:  # when in doubt, all is kept
            return f"The vote has ended. The votes in {db} cannot be read now: {said(error)}"
        with contextlib.suppress(OSError):  # what cannot be removed does no harm
            if voted:
                for rest in ("-lock", ".log"):
                    Path(f"{db}{rest}").unlink(missing_ok=True)
                return f"The vote has ended. The votes are kept in {db}"
            self._ended = None
            for path in db.parent.glob(f"{glob.escape(db.name)}*"):
                path.unlink(missing_ok=True)
            db.parent.rmdir()  # where nothing else is kept
        return (
            f"The vote has ended. The votes are kept in {db}"
            if voted
            else ("The vote has ended. Nobody had voted.")
        )

    # ---- what the watching thread tells

    def took(self, state: dict, asked: float) -> None:
        """How the vote stands; what was asked before a button changed it is old."""
        with self.lock:
            if self.server is not None and asked > self._acted and state != self._state:
                self._took(state)
                self._page.refresh()

    def lost(self, sentence: str) -> None:
        """The server has ended without this view's doing."""
        with self.lock:
            if self.server is not None:
                db = self.server.db
                self._ended = db if db and db.is_file() else None
                self.server = None
                self._page.say(sentence)
                self._page.refresh()

    def look_around(self) -> None:
        """Follow this computer to another network."""
        with self.lock:
            if self.server is not None and self._offer():
                self._page.refresh()

    # ---- where phones find it

    def _offer(self) -> bool:
        """Offer the addresses that this computer has now; whether anything has changed.

        One of ours that is gone gives way to the first; what the instructor typed stays.
        """
        before = self.address.options
        if self.server.fixed:
            moved, self._url = self._url != self.server.url, self.server.url
            return moved
        there = tuple(network.reaching(self.server.bind))
        if self._url and bool(there) != self._on_network:
            self._page.say(BACK if there else CUT_OFF)
        self._on_network = bool(there)
        now = there or before or (urlsplit(self.server.url).hostname,)
        if now == before and self._url:
            return False
        self.address.options = now
        if self.address.value in (*before, "") and self.address.value not in now:
            self.address.value = now[0]  # _chose does the rest
        self._chose()
        return True

    def _chose(self, _=None) -> None:
        """An address was chosen or typed: show its code, or say why there is none."""
        with self.lock:
            if self.server is None or self.server.fixed:
                return
            if not self.address.value.strip():
                self.address.value = self.address.options[0]
                return
            port, address = urlsplit(self.server.url).port, self.address.value
            try:
                ours = address in self.address.options
                self._url = (network.http if ours else network.typed)(address, port)
            except ValueError as error:
                self._page.say(f"{error}. The code below still shows the last address.")
            self._page.refresh()

    # ---- what is shown

    def tallies(self, hidden_too: bool = False) -> list[Tally]:
        """The votes of the rounds that are shown, or of all of them, as the database has them."""
        if self.server is not None:
            self._past = self.server.history(self._poll.name)
        elif self._ended is not None:
            self._past = store.history(self._ended, self._poll.name)[1]
        return [
            Tally(f"Round {each.round}", tuple(each.counts))
            for each in self._past
            if each.shown or hidden_too
        ]

    def refresh(self) -> None:
        """Show the way in and how the vote stands, while one runs."""
        running = self.server is not None
        self.address.layout.display = None if running and not self.server.fixed else "none"
        self.join.value = self._invitation() if running else ""
        self.standing.value = self._how_it_stands() if running else ""

    def _invitation(self) -> str:
        """The QR code, and the same address in large type."""
        address = html.escape(self._url)
        code = segno.make(self._url, micro=False).svg_data_uri(scale=6, light="white")
        if self.server.db is None:
            keeper, until = "by the hub's service", "it ends with Stop."
        else:
            keeper = f"in <code>{html.escape(str(self.server.db))}</code>"
            until = "it ends with Stop, or after 30 minutes without any request."
        others = [a for a in self.address.options if a != self.address.value]
        also = f" (this computer has {html.escape(', '.join(others))} too)" if others else ""
        tried = (
            "Try it with your own phone before class; if the page does not open, count hands."
            if self.server.fixed
            else "Try it with your own phone before class, on the same Wi-Fi as this computer. If "
            "the page does not open, the network or this computer's firewall keeps phones out: "
            f"type another address below{also}, or count hands."
        )
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:24px;align-items:center">'
            f'<img src="{code}" alt="QR code of {address}" width="240" height="240">'
            '<div style="flex:1;min-width:20em">'
            f'<p style="font-size:2em;line-height:1.3;overflow-wrap:anywhere"><b>{address}</b></p>'
            f"<p>{tried}</p>"
            f"<p>The votes are kept {keeper}. The vote outlives this kernel; {until}"
            "</p></div></div>"
        )

    def _how_it_stands(self) -> str:
        """The round, whether it is open, and how many have voted."""
        if not self._is_asked():
            return "<p>The class sees another question now; <b>Start</b> asks this one.</p>"
        have = "has" if self.voters == 1 else "have"
        return (
            f'<p style="font-size:1.35em">Round {self._state["round"]}, {self._state["status"]}: '
            f"<b>{self.voters}</b> {have} voted.</p>"
        )
