"""The poll over HTTP: the page, the votes, the presenter's calls. Knows no SQL (see ``store``).

All paths are relative, so that the page works behind a proxy's prefix: one that the proxy strips,
or one that it leaves, which the site then knows. Whoever sends something
that is not expected gets a 4xx and changes nothing.

Built on Tornado's HTTP server without its web framework: measured with a thousand phones at once,
a vote costs 0.25 ms of one core this way and 0.35 ms with request handlers.
"""

import asyncio
import html
import json
import logging
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from http.client import responses
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
    format_timestamp,
    parse_cookie,
)

from . import store
from .questions import PICTURES, Poll, received
from .room import Room
from .store import Vote

LARGEST_VOTE = 1024  # bytes
LARGEST_QUESTION = 3_000_000  # its picture in base64 included
STATIC = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    **PICTURES,
}
JSON = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
POLICY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}


# A picture that is opened by itself is from whoever presents, and gets nothing of this site.
PICTURE_POLICY = {**POLICY, "Content-Security-Policy": "default-src 'none'; sandbox"}


class Lobby(Protocol):
    """Which rooms there are, and who presents in each."""

    rooms: dict[str, Room]

    def place(self, path: str) -> tuple[str | None, str]:
        """The room's name (None: no room's) and the path in it, from a path below the prefix."""

    def presents(self, name: str, given: str) -> bool | Awaitable[bool]:
        """Whether this Authorization header is the presenter's of that room."""

    async def make(self, name: str, poll: Poll) -> Room:
        """A new room, which asks this poll."""

    async def end(self, name: str) -> None:
        """End this room's vote; its votes are kept."""


class Site(HTTPServerConnectionDelegate):
    """What this server serves: the lobby's rooms, below a prefix that begins and ends with /."""

    def __init__(self, lobby: Lobby, prefix: str = "/"):
        self.lobby, self.prefix, self.touched = lobby, prefix, time.monotonic()
        self._shown: dict[Path, tuple[Poll, bytes, dict]] = {}

    def shown(self, room: Room) -> tuple[bytes, dict[str, tuple[str, bytes]]]:
        """The page of the question that this room asks now, and the files."""
        if room.path not in self._shown or self._shown[room.path][0] is not room.poll:
            self._shown[room.path] = room.poll, _page(room.poll), _files(room.poll)
        return self._shown[room.path][1:]

    def place(self, path: str) -> tuple[str | None, str]:
        """The room's name and the path in it; None and where to go, or "" where nothing is."""
        if path == self.prefix[:-1]:
            return None, self.prefix
        if not path.startswith(self.prefix):
            return None, ""
        return self.lobby.place(path[len(self.prefix) - 1 :])

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> "Exchange":
        return Exchange(self, request_conn)


class Exchange(HTTPMessageDelegate):
    """One request and its answer.

    The body is read to its end, whatever its length, and at most 1 KiB of it is kept (a presenter's
    question may be longer): so that the sender of a long one gets to read the 413 (Tornado's own
    limit answers 400, and hanging up at once would lose the answer on the way).
    """

    def __init__(self, site: Site, connection: HTTPConnection):
        self.site, self.connection = site, connection
        self.body, self.too_long, self.longest, self.presents = b"", False, LARGEST_VOTE, False

    def headers_received(
        self, start_line: RequestStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        self.method, self.headers = start_line.method, headers
        path, _, self.query = start_line.path.partition("?")
        self.name, self.path = self.site.place(path)
        self.room = self.site.lobby.rooms.get(self.name)
        # Known before the body is read, since a stranger's is not kept.
        return self.identify() if self.path.startswith("/presenter/") else None

    def data_received(self, chunk: bytes) -> None:
        self.too_long = self.too_long or len(self.body) + len(chunk) > self.longest
        if not self.too_long:
            self.body += chunk

    def finish(self) -> None:
        self.site.touched = time.monotonic()
        method = "GET" if self.method == "HEAD" else self.method
        handler = ROUTES.get((method, self.path))
        if self.name is None:
            if self.path:  # without its final slash, the page's own addresses would be its parent's
                return self.answer(302, {"Location": self.path}, b"")
            return self.error(404)
        if handler and self.path.startswith("/presenter/"):
            if not self.presents:
                challenge = {"WWW-Authenticate": "Bearer"}
                return self.json(401, {"error": "no presenter token"}, challenge)
            if self.room is None and handler is not Exchange.ask:
                return self.error(404, "no vote is running here")
        elif self.room is None:
            return self.error(404, "no vote is running here")
        if handler:
            handler(self)
        elif method == "GET" and self.path.startswith("/static/"):
            self.static(self.path.removeprefix("/static/"))
        else:
            known = any(path == self.path for _, path in ROUTES)
            self.error(405 if known else 404)
        return None

    def on_connection_close(self) -> None:
        pass  # a vote that is under way is written all the same; there is nobody to tell

    # What is served

    def page(self) -> None:
        """``GET .``: the page, and a random voter cookie for whoever has none."""
        headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        if self.voter() is None:
            # No path: the browser takes the page's own folder, also behind a proxy's prefix.
            headers["Set-Cookie"] = (
                f"{self.room.cookie}={self.room.new_voter()}; Max-Age=86400; HttpOnly; SameSite=Lax"
                + ("; Secure" if self.is_https() else "")
            )
        self.answer(200, headers | POLICY, self.site.shown(self.room)[0])

    def static(self, name: str) -> None:
        """``GET static/…``: all files are held in memory, so there is no path to climb."""
        files = self.site.shown(self.room)[1]
        if name not in files:
            return self.error(404)
        content_type, content = files[name]
        headers = {"Content-Type": content_type, "Cache-Control": "no-cache"}
        policy = PICTURE_POLICY if name.startswith("picture.") else POLICY
        return self.answer(200, headers | policy, content)

    def state(self) -> None:
        """``GET state``: where the poll stands, for this voter."""
        self.json(200, self.room.state(self.voter()))

    def vote(self) -> None:
        """``POST vote``: 200 once it is on disk; else 413, 403, 400 or 409, in this order."""
        if self.too_long:
            return self.error(413, f"a vote has at most {LARGEST_VOTE} bytes")
        voter = self.voter()
        if voter is None:
            return self.error(403, "no voter cookie: load the page first")
        if not same_origin(self.headers.get("Origin"), self.headers.get("Host", "")):
            return self.error(403, "a vote from another origin")
        vote = read_vote(self.body, voter, len(self.room.poll.options))
        if vote is None:
            return self.error(400, 'send {"round": number, "choice": index}')
        return self.room.submit(vote, self.voted)

    def voted(self, result: object) -> None:
        """The vote is on disk (True), or its round was not open (False), or the disk failed."""
        if result is True:
            self.json(200, {"ok": True})
        elif result is False:
            self.error(409, "that round is not open")
        else:
            self.failed(result)

    def presenter_state(self) -> None:
        """``GET presenter/state``: the same with counts and voters; 401 without the token."""
        self.json(200, self.room.state(self.voter(), presenter=True))

    def act(self) -> None:
        """``POST presenter/…``: open, close, show or next; the new state.

        A body ``{"round": n}`` says which round is meant, and another one is not touched: so that
        a call that comes twice takes effect once. 401, 413, 400 or 409, in this order.
        """
        if self.too_long:
            return self.error(413, f"a presenter's call has at most {LARGEST_VOTE} bytes")
        try:
            meant, _ = read_meant(self.body)
        except ValueError:
            return self.error(400, 'send {"round": number}, or nothing')
        return self.room.submit((self.path.rpartition("/")[2], meant), self.acted)

    def ask(self) -> None:
        """``POST presenter/ask``: another question on the same address, in a new round, open.

        The body is a poll's table, the picture's content in base64, and may mean a round as above.
        401, 413, 400 or 409, in this order.
        """
        if self.too_long:
            return self.error(413, f"a question has at most {LARGEST_QUESTION} bytes")
        try:
            meant, table = read_meant(self.body)
            poll = received(table)
        except ValueError as error:
            return self.error(400, str(error))
        if self.room is None:
            return self.later(self.begin(poll))
        return self.room.submit((poll, meant), self.acted)

    async def begin(self, poll: Poll) -> None:
        """Ask the first question in a room that is not there yet."""
        try:
            self.room = await self.site.lobby.make(self.name, poll)
        except (ValueError, OSError) as error:
            return self.failed(error)
        return self.json(200, self.room.state(None, presenter=True))

    def history(self) -> None:
        """``GET presenter/history?poll=NAME``: a question's rounds; without a name, this one's."""
        name = parse_qs(self.query).get("poll", [self.room.poll.name])[0]
        try:
            options, rounds = store.history(self.room.path, name)
        except ValueError:  # not asked here
            options, rounds = [], []
        rounds = [{"round": r.round, "shown": r.shown, "counts": r.counts} for r in rounds]
        return self.json(200, {"poll": name, "options": options, "rounds": rounds})

    def end(self) -> None:
        """``POST presenter/end``: the vote is over; what was counted is kept. The last state."""
        state = self.room.state(None, presenter=True)

        async def end() -> None:
            await self.site.lobby.end(self.name)
            self.json(200, state)

        self.later(end())

    def later(self, answer: Awaitable[None]) -> None:
        """Answer when this is done."""
        self.task = asyncio.ensure_future(answer)

    def acted(self, result: object) -> None:
        """The action is on disk, or meant another round (None), or the disk failed."""
        if isinstance(result, ValueError):
            self.error(409, str(result))
        elif isinstance(result, Exception):
            self.failed(result)
        elif result is None:
            self.error(409, f"the poll is in round {self.room.now.number} by now")
        else:
            self.json(200, self.room.state(self.voter(), presenter=True))

    # Who asks

    def voter(self) -> str | None:
        """The voter whose signed cookie came along, or None."""
        cookies = parse_cookie(self.headers.get("Cookie", ""))
        return self.room.voter(cookies.get(self.room.cookie, ""))

    def is_https(self) -> bool:
        """Whether the phone's own end of the connection is encrypted, as a proxy says."""
        said = self.headers.get("X-Forwarded-Proto", "")
        return said.partition(",")[0].strip().lower() == "https"

    def identify(self) -> Awaitable[None] | None:
        """Find out whether it is the presenter who asks; at once where nobody need be asked."""
        known = self.site.lobby.presents(self.name, self.headers.get("Authorization", ""))
        if isinstance(known, bool):
            return self.identified(known)

        async def identify() -> None:
            self.identified(await known)

        return identify()

    def identified(self, presents: bool) -> None:
        self.presents = presents
        if presents and self.path == "/presenter/ask":
            self.longest = LARGEST_QUESTION

    # How it is answered

    def failed(self, error: object) -> None:
        """The disk did not take it: said plainly, logged, and nothing is counted."""
        logging.getLogger(__name__).error("not written: %s", error)
        locked = "locked" in str(error)
        cause = "another program has locked the file" if locked else "the disk is full or refuses"
        self.error(507, f"not saved: {cause}")

    def error(self, status: int, sentence: str | None = None) -> None:
        self.json(status, {"error": sentence or responses[status]})

    def json(self, status: int, content: dict, headers: dict[str, str] | None = None) -> None:
        self.answer(status, JSON | (headers or {}), json.dumps(content).encode())

    def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        fields = HTTPHeaders(headers)
        fields["Content-Length"] = str(len(content))
        fields["X-Content-Type-Options"] = "nosniff"
        fields["Date"] = _date(int(time.time()))
        line = ResponseStartLine("HTTP/1.1", status, responses[status])
        self.connection.write_headers(line, fields, b"" if self.method == "HEAD" else content)
        self.connection.finish()


ROUTES: dict[tuple[str, str], Callable[[Exchange], None]] = {
    ("GET", "/"): Exchange.page,
    ("GET", "/state"): Exchange.state,
    ("POST", "/vote"): Exchange.vote,
    ("GET", "/presenter/state"): Exchange.presenter_state,
    ("GET", "/presenter/history"): Exchange.history,
    ("POST", "/presenter/ask"): Exchange.ask,
    ("POST", "/presenter/end"): Exchange.end,
    ("POST", "/presenter/open"): Exchange.act,
    ("POST", "/presenter/close"): Exchange.act,
    ("POST", "/presenter/show"): Exchange.act,
    ("POST", "/presenter/next"): Exchange.act,
}


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return format_timestamp(second)


def same_origin(origin: str | None, host: str) -> bool:
    """Whether a request with this Origin header may vote at this Host. None (no header) may."""
    return origin is None or origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())


def read_meant(body: bytes) -> tuple[int | None, dict]:
    """The round that a presenter's call means, None for one that names none; and all the rest.

    ValueError where it is no such call.
    """
    try:
        content = json.loads(body.decode("utf-8")) if body else {}
    except RecursionError:
        content = None
    if not isinstance(content, dict) or type(content.get("round", 0)) is not int:
        begin = body[:80]
        raise ValueError(f"body is {begin!r}; give a JSON object whose round is a whole number")
    return content.pop("round", None), content


def read_vote(body: bytes, voter: str, options: int) -> Vote | None:
    """The vote in a request's body, or None where it is not one."""
    try:
        content = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    number, choice = content.get("round"), content.get("choice")
    # type(...) is int: in Python True is an int too, in JSON it is none
    if type(number) is not int or type(choice) is not int or not 0 <= choice < options:
        return None
    return Vote(voter, number, choice)


def _page(poll: Poll) -> bytes:
    """The voters' page with this poll's picture, if it has one; the script fills in the rest."""
    picture = poll.picture
    image = picture and f'<img src="{picture.url}" alt="{html.escape(picture.alt)}">'
    return (
        (STATIC / "index.html").read_text("utf-8").replace("<!-- picture -->", image or "").encode()
    )


def _files(poll: Poll) -> dict[str, tuple[str, bytes]]:
    """What ``static/…`` serves: name → (content type, content)."""
    held = {
        path.name: (path, path.read_bytes()) for path in STATIC.iterdir() if path.suffix in TYPES
    }
    if poll.picture:
        name = Path(poll.picture.url.partition("?")[0]).name
        held[name] = poll.picture.path, poll.picture.content()
    return {name: (TYPES[path.suffix], content) for name, (path, content) in held.items()}
