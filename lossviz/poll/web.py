"""The poll over HTTP: the page, the votes, the presenter's calls. Knows no SQL (see ``store``).

All paths are relative, so that the page works behind a proxy's prefix. Whoever sends something
that is not expected gets a 4xx and changes nothing.

Built on Tornado's HTTP server without its web framework: measured with a thousand phones at once,
a vote costs 0.25 ms of one core this way and 0.35 ms with request handlers.
"""

import hmac
import html
import json
import logging
import time
from collections.abc import Callable
from functools import lru_cache
from http.client import responses
from pathlib import Path

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

from .questions import PICTURES, Poll
from .room import Room
from .store import Vote

LARGEST_VOTE = 1024  # bytes
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


class Site(HTTPServerConnectionDelegate):
    """What this server serves: one room, its page and its files."""

    def __init__(self, room: Room):
        self.room = room
        self.page, self.files = _page(room.poll), _files(room.poll)

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> "Exchange":
        return Exchange(self, request_conn)


class Exchange(HTTPMessageDelegate):
    """One request and its answer.

    The body is read to its end, whatever its length, and at most 1 KiB of it is kept: so that the
    sender of a long one gets to read the 413 (Tornado's own limit answers 400, and hanging up at
    once would lose the answer on the way).
    """

    def __init__(self, site: Site, connection: HTTPConnection):
        self.site, self.room, self.connection = site, site.room, connection
        self.body, self.too_long = b"", False

    def headers_received(self, start_line: RequestStartLine, headers: HTTPHeaders) -> None:
        self.method, self.headers = start_line.method, headers
        self.path = start_line.path.partition("?")[0]

    def data_received(self, chunk: bytes) -> None:
        self.too_long = self.too_long or len(self.body) + len(chunk) > LARGEST_VOTE
        if not self.too_long:
            self.body += chunk

    def finish(self) -> None:
        self.room.touched = time.monotonic()
        method = "GET" if self.method == "HEAD" else self.method
        handler = ROUTES.get((method, self.path))
        if handler:
            handler(self)
        elif method == "GET" and self.path.startswith("/static/"):
            self.static(self.path.removeprefix("/static/"))
        else:
            known = any(path == self.path for _, path in ROUTES)
            self.error(405 if known else 404)

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
            )
        self.answer(200, headers | POLICY, self.site.page)

    def static(self, name: str) -> None:
        """``GET static/…``: all files are held in memory, so there is no path to climb."""
        if name not in self.site.files:
            return self.error(404)
        content_type, content = self.site.files[name]
        headers = {"Content-Type": content_type, "Cache-Control": "no-cache"}
        return self.answer(200, headers | POLICY, content)

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
        if self.is_presenter():
            self.json(200, self.room.state(self.voter(), presenter=True))

    def act(self) -> None:
        """``POST presenter/…``: open, close, show or next; the new state.

        A body ``{"round": n}`` says which round is meant, and another one is not touched: so that
        a call that comes twice takes effect once. 401, 413, 400 or 409, in this order.
        """
        if not self.is_presenter():
            return None
        if self.too_long:
            return self.error(413, f"a presenter's call has at most {LARGEST_VOTE} bytes")
        try:
            meant = read_meant(self.body)
        except ValueError:
            return self.error(400, 'send {"round": number}, or nothing')
        return self.room.submit((self.path.rpartition("/")[2], meant), self.acted)

    def acted(self, result: object) -> None:
        """The action is on disk, or meant another round (None), or the disk failed."""
        if isinstance(result, Exception):
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

    def is_presenter(self) -> bool:
        """Whether the presenter's token came along; answers 401 where it did not."""
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        if hmac.compare_digest(given, f"Bearer {self.room.token}".encode()):
            return True
        self.json(401, {"error": "no presenter token"}, {"WWW-Authenticate": "Bearer"})
        return False

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


def read_meant(body: bytes) -> int | None:
    """The round that a presenter's call means; None for one that names none. ValueError else."""
    try:
        content = json.loads(body.decode("utf-8")) if body else {}
    except RecursionError:
        content = None
    if not isinstance(content, dict) or type(content.get("round", 0)) is not int:
        raise ValueError(f"body is {body!r}; give a JSON object whose round is a whole number")
    return content.get("round")


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
    paths = {path.name: path for path in STATIC.iterdir() if path.suffix in TYPES}
    if poll.picture:
        paths[Path(poll.picture.url).name] = poll.picture.path
    return {name: (TYPES[path.suffix], path.read_bytes()) for name, path in paths.items()}
