"""The poll over HTTP: the page, the votes, the presenter's calls. Knows no SQL (see ``store``).

All paths are relative, so that the page works behind a proxy's prefix. Whoever sends something
this server does not expect gets a 4xx and changes nothing.
"""

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import html
import json
import logging
import os
import secrets
import signal
import socket
import sys
import time
from http.client import responses
from pathlib import Path

import tornado.httpserver
import tornado.netutil
import tornado.web

from . import network
from .questions import PICTURES, Poll, load
from .store import Round, Store, Vote, Writer, private_file

IDLE_SECONDS = 30 * 60  # without any request for so long, the server ends
LARGEST_VOTE = 1024  # bytes
BODY_SECONDS = 20  # a body that takes longer loses its connection
BACKLOG = 4096  # a whole class connects in the same second
STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", **PICTURES}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Type": "application/json; charset=utf-8",
}


def folder() -> Path:
    """Where polls are kept unless told otherwise: LOSSVIZ_POLLS, or lossviz-polls at home."""
    return Path(os.environ.get("LOSSVIZ_POLLS") or Path.home() / "lossviz-polls")


class Room:
    """The poll as it stands, in memory: what the handlers answer from.

    It follows the database, never leads it: a vote or an action shows here once it is on disk.
    """

    def __init__(self, poll: Poll, store: Store, token: str):
        self.poll, self.token = poll, token
        self.touched = time.monotonic()
        self._key = store.secret()
        self.cookie = "voter_" + hashlib.sha256(self._key).hexdigest()[:8]
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(store, self._deliver)
        self.page, self.files = page(poll), files(poll)
        self._enter(store.round(), store.choices())
        self._writer.start()

    def sign(self, voter: str) -> str:
        """What makes a voter cookie ours: none that we did not hand out counts."""
        return hmac.new(self._key, voter.encode(), "sha256").hexdigest()[:32]

    def _enter(self, now: Round, choices: dict[str, int]) -> None:
        self.now, self.choices = now, choices
        self.counts = [0] * len(self.poll.options)
        for choice in choices.values():
            self.counts[choice] += 1

    def submit(self, job: Vote | str) -> asyncio.Future:
        """Have a vote or an action put on disk; the result follows when it is there."""
        future = self._loop.create_future()
        self._writer.put(job, future)
        return future

    def stop(self) -> None:
        """Write what is queued and end the writing thread."""
        self._writer.stop()

    def _deliver(self, results: list[tuple]) -> None:
        self._loop.call_soon_threadsafe(self._took_effect, results)

    def _took_effect(self, results: list[tuple]) -> None:
        for job, future, result in results:
            if isinstance(result, Exception):
                future.set_exception(result)
                continue
            if isinstance(result, Round):
                self._enter(result, self.choices if result.number == self.now.number else {})
            elif result:
                self._count(job)
            future.set_result(result)

    def _count(self, vote: Vote) -> None:
        before = self.choices.get(vote.voter)
        if before is not None:
            self.counts[before] -= 1
        self.counts[vote.choice] += 1
        self.choices[vote.voter] = vote.choice

    def state(self, voter: str | None, presenter: bool = False) -> dict:
        """What a voter may know; with the counts and the number of voters for the presenter."""
        state = {
            "poll": self.poll.name,
            "round": self.now.number,
            "status": "open" if self.now.open else "closed",
            "question": self.poll.question,
            "options": self.poll.options,
            "voted": self.choices.get(voter),
        }
        if presenter or self.now.shown:
            state["counts"] = self.counts
        if presenter:
            state["voters"] = len(self.choices)
        return state


@tornado.web.stream_request_body
class Handler(tornado.web.RequestHandler):
    """What all answers share: the headers, JSON, and a body of which at most 1 KiB is kept.

    Bodies are streamed and the rest of a long one is read and dropped: so that its sender gets a
    413 (Tornado's own limit answers 400, and closing at once would lose the answer on the way).
    """

    room: Room

    def initialize(self, room: Room) -> None:
        self.room = room
        self.body, self.too_long = b"", False

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        self.room.touched = time.monotonic()

    def data_received(self, chunk: bytes) -> None:
        self.too_long = self.too_long or len(self.body) + len(chunk) > LARGEST_VOTE
        if not self.too_long:
            self.body += chunk

    def compute_etag(self) -> None:
        return None

    def write_error(self, status_code: int, **kwargs: object) -> None:
        self.answer({"error": responses.get(status_code, "Error")}, status_code)

    def answer(self, content: dict, status: int = 200) -> None:
        self.set_status(status)
        self.finish(json.dumps(content))

    def voter(self) -> str | None:
        """The voter whose signed cookie came along, or None."""
        voter, _, signature = self.get_cookie(self.room.cookie, "").partition(".")
        if voter and hmac.compare_digest(signature.encode(), self.room.sign(voter).encode()):
            return voter
        return None


class Page(Handler):
    """``GET .``: the page, and a random voter cookie for whoever has none."""

    def get(self) -> None:
        if self.voter() is None:
            voter = secrets.token_urlsafe(16)
            # No path: the browser takes the page's own folder, also behind a proxy's prefix.
            self.set_cookie(
                self.room.cookie,
                f"{voter}.{self.room.sign(voter)}",
                path="",
                max_age=24 * 3600,
                httponly=True,
                samesite="Lax",
            )
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.room.page)


class State(Handler):
    """``GET state``: where the poll stands, for this voter."""

    def get(self) -> None:
        self.answer(self.room.state(self.voter()))


class CastVote(Handler):
    """``POST vote``: 200 once it is on disk; else 413, 403, 400 or 409, checked in this order."""

    async def post(self) -> None:
        if self.too_long:
            return self.answer({"error": f"a vote has at most {LARGEST_VOTE} bytes"}, 413)
        voter = self.voter()
        if voter is None:
            return self.answer({"error": "no voter cookie: load the page first"}, 403)
        if not same_origin(self.request.headers.get("Origin"), self.request.host):
            return self.answer({"error": "a vote from another origin"}, 403)
        vote = read_vote(self.body, voter, len(self.room.poll.options))
        if vote is None:
            return self.answer({"error": 'send {"round": number, "choice": index}'}, 400)
        if not await self.room.submit(vote):
            return self.answer({"error": f"round {vote.round} is not open"}, 409)
        return self.answer({"ok": True})


class Presenter(Handler):
    """``presenter/…``: for whoever bears the token."""

    def prepare(self) -> None:
        super().prepare()
        given = self.request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, f"Bearer {self.room.token}".encode()):
            self.set_header("WWW-Authenticate", "Bearer")
            self.answer({"error": "no presenter token"}, 401)

    async def get(self, call: str) -> None:
        if call != "state":
            raise tornado.web.HTTPError(405)
        self.answer(self.room.state(self.voter(), presenter=True))

    async def post(self, call: str) -> None:
        if call == "state":
            raise tornado.web.HTTPError(405)
        await self.room.submit(call)
        self.answer(self.room.state(self.voter(), presenter=True))


class Static(Handler):
    """``GET static/…``: script, style and pictures, all held in memory: no path to climb."""

    def get(self, name: str) -> None:
        if name not in self.room.files:
            raise tornado.web.HTTPError(404)
        content_type, content = self.room.files[name]
        self.set_header("Content-Type", content_type)
        self.set_header("Cache-Control", "no-cache")
        self.finish(content)


class Nowhere(Handler):
    """Any other path."""

    def prepare(self) -> None:
        super().prepare()
        raise tornado.web.HTTPError(404)


def same_origin(origin: str | None, host: str) -> bool:
    """Whether a request with this Origin header may vote at this Host. None (no header) may."""
    return origin is None or origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())


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


def application(room: Room) -> tornado.web.Application:
    """The paths and who answers them."""
    routes = [
        (r"/", Page),
        (r"/state", State),
        (r"/vote", CastVote),
        (r"/presenter/(open|close|show|next|state)", Presenter),
        (r"/static/([^/]+)", Static),
    ]
    return tornado.web.Application(
        [(path, handler, {"room": room}) for path, handler in routes],
        default_handler_class=Nowhere,
        default_handler_args={"room": room},
        log_function=lambda handler: None,
    )


def page(poll: Poll) -> bytes:
    """The voters' page with this poll's picture, if it has one; the script fills in the rest."""
    picture = poll.picture
    image = picture and f'<img src="{picture.url}" alt="{html.escape(picture.alt)}">'
    return (
        (STATIC / "index.html").read_text("utf-8").replace("<!-- picture -->", image or "").encode()
    )


def files(poll: Poll) -> dict[str, tuple[str, bytes]]:
    """What ``static/…`` serves: name → (content type, content)."""
    paths = {path.name: path for path in STATIC.iterdir() if path.suffix in TYPES}
    if poll.picture:
        paths[Path(poll.picture.url).name] = poll.picture.path
    return {name: (TYPES[path.suffix], path.read_bytes()) for name, path in paths.items()}


def read_token(path: Path) -> str:
    """The presenter's token in this file; a new one where the file is new or empty."""
    private_file(path)
    token = path.read_text("utf-8").strip()
    if not token:
        token = secrets.token_urlsafe(32)
        path.write_text(token + "\n", "utf-8")
    if len(token) < 16 or not token.isascii() or not token.isprintable():
        raise ValueError(
            f"token-file: {str(path)!r} holds no token; give another file or delete it"
        )
    return token


def listen(bind: str, port: int, store: Store) -> list[socket.socket]:
    """Sockets on that port; with 0 the port of last time (the phones know it), or a free one."""
    last = store.recall("port") if port == 0 else None
    try:
        sockets = tornado.netutil.bind_sockets(int(last or port), bind, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        where = f"port {port}" if not last else f"port {last}, where the phones know this poll"
        raise ValueError(f"cannot listen on {bind!r}, {where}: {error}") from None
    store.remember("port", str(sockets[0].getsockname()[1]))
    return sockets


def raise_file_limit() -> None:
    """Allow as many open files as the system lets us: every phone is one. (Windows: no limit.)"""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def serve(options: argparse.Namespace, idle_seconds: float = IDLE_SECONDS) -> None:
    """Run the server until SIGTERM, SIGINT, or ``idle_seconds`` without any request."""
    poll = load(options.poll)
    db = Path(options.db or folder() / f"{poll.name}.sqlite3").resolve()
    token_file = Path(options.token_file or f"{db}.token").resolve()
    token = read_token(token_file)
    with contextlib.closing(Store(db, poll)) as store:
        sockets = listen(options.bind, options.port, store)
        url = network.url(options.bind, sockets[0].getsockname()[1])
        room = Room(poll, store, token)
        server = tornado.httpserver.HTTPServer(
            application(room),
            max_body_size=1 << 40,  # read and dropped: see Handler
            body_timeout=BODY_SECONDS,
            idle_connection_timeout=300,
        )
        server.add_sockets(sockets)
        store.remember("url", url)
        store.remember("pid", str(os.getpid()))
        store.remember("token_file", str(token_file))
        print(json.dumps({"url": url, "db": str(db), "token_file": str(token_file)}), flush=True)
        await _until_stopped(room, idle_seconds)
        server.stop()
        await asyncio.to_thread(room.stop)  # what was queued is written and answered
        await asyncio.sleep(0.05)
        await server.close_all_connections()


async def _until_stopped(room: Room, idle_seconds: float) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stopped.set))
    while not stopped.is_set() and time.monotonic() - room.touched < idle_seconds:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), min(1.0, idle_seconds))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m lossviz.poll",
        description="A class poll: phones vote in their browser, no accounts, no internet. "
        "Started again with the same database it goes on where it stood.",
    )
    add = parser.add_argument
    add("--poll", default="entropy", help="a poll's name, or a .toml file")
    add("--bind", default="0.0.0.0", help="the address to listen on (0.0.0.0: all)")
    parser.add_argument(
        "--port", type=int, default=0, help="0: the port of last time, or a free one"
    )
    parser.add_argument(
        "--db", help="the SQLite file (default: lossviz-polls/POLL.sqlite3 at home)"
    )
    add("--token-file", help="the presenter's token (default: DB.token)")
    return parser


def main(arguments: list[str] | None = None, idle_seconds: float = IDLE_SECONDS) -> int:
    """Run the command line; 0 after a clean end, 2 with a sentence on stderr where it cannot."""
    options = parser().parse_args(arguments)
    logging.getLogger("tornado.general").setLevel(logging.ERROR)  # not a line per bad request
    raise_file_limit()
    try:
        asyncio.run(serve(options, idle_seconds))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
