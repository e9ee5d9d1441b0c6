"""The server's process: its command line, sockets and files, its start and its end."""

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import secrets
import signal
import socket
import sqlite3
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from . import hour, lobby, network
from .bank import listed, load
from .causes import said
from .room import Room
from .store import Store, folder, private_file
from .web import Site

IDLE_SECONDS = 30 * 60  # without any request for so long, the server ends
QUIET_SECONDS = 300  # a connection on which nothing was asked for so long is closed
BACKLOG = 4096  # a whole class connects in the same second


def read_token(path: Path) -> str:
    """The presenter's token in this file; a new one where the file is new or empty."""
    private_file(path)
    token = path.read_text("utf-8", "replace").strip()
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
    if not 0 <= port <= 65_535:
        raise ValueError(f"port is {port}; give 0 (a free one) to 65535")
    last = store.recall("port") if port == 0 else None
    where = f"port {port}" if not last else f"port {last}, where the phones know this poll"
    # Everywhere is IPv4 and IPv6; where the second cannot be had (switched off), the first will do.
    for place in [bind, "0.0.0.0"] if bind == "" else [bind]:
        try:
            sockets = bind_sockets(int(last or port), place, backlog=BACKLOG)
            break
        except OSError as error:
            refused = f"cannot listen on {place!r}, {where}: {error}"
    else:
        raise ValueError(refused)
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
    """Run the server until SIGTERM, SIGINT, or ``idle_seconds`` without any request.

    A hub's service has no such limit.
    """
    stopped = asyncio.Event()
    if options.hub_service:
        await serve_hub(options, stopped)
    else:
        await serve_one(options, stopped, idle_seconds)


async def serve_one(options: argparse.Namespace, stopped: asyncio.Event, idle: float) -> None:
    """One room, whose presenter has the token file."""
    poll = load(options.poll)
    db = Path(options.db or folder() / f"{poll.name}.sqlite3").resolve()
    token_file = Path(options.token_file or f"{db}.token").resolve()
    token = read_token(token_file)
    with contextlib.closing(Store(db, poll)) as store:
        sockets = listen(options.bind, options.port, store)
        port = sockets[0].getsockname()[1]
        prefix = options.prefix
        url = options.url or network.url(options.bind, port) + prefix[1:]
        site = Site(lobby.Own(Room(store), token, stopped.set), prefix)
        server = _server(site, sockets)
        store.remember("url", url)
        store.remember("given_url", options.url or "")
        store.remember("bind", options.bind)
        store.remember("local", network.local(options.bind, port) + prefix[1:])
        store.remember("pid", str(os.getpid()))
        store.remember("token_file", str(token_file))
        print(json.dumps({"url": url, "db": str(db), "token_file": str(token_file)}), flush=True)
        await _until_stopped(site, stopped, idle)
        await _shut(server, site)


async def serve_hub(options: argparse.Namespace, stopped: asyncio.Event) -> None:
    """A room for each of a hub's users, as the hub's service: the hub says where, and who."""
    for name in ("JUPYTERHUB_API_URL", "JUPYTERHUB_SERVICE_URL"):
        if name not in os.environ:
            raise ValueError(
                f"hub-service: {name} is not set; let a hub start this, as its service"
            )
    place = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    keep = Path(options.db or folder() / "hub").expanduser().resolve()
    keep.mkdir(parents=True, exist_ok=True)
    rooms = lobby.Hub(os.environ["JUPYTERHUB_API_URL"], keep)
    site = Site(rooms, options.prefix)
    server = _server(site, bind_sockets(place.port, place.hostname, backlog=BACKLOG))
    print(json.dumps({"url": options.url or place.geturl(), "db": str(keep)}), flush=True)
    await _until_stopped(site, stopped, float("inf"))
    await _shut(server, site)


def _server(site: Site, sockets: list[socket.socket]) -> HTTPServer:
    server = HTTPServer(
        site,
        max_body_size=1 << 40,  # read and dropped: see Exchange
        idle_connection_timeout=QUIET_SECONDS,
    )
    server.add_sockets(sockets)
    return server


async def _shut(server: HTTPServer, site: Site) -> None:
    server.stop()
    for room in list(site.lobby.rooms.values()):
        await asyncio.to_thread(room.stop)  # what was queued is written and answered
    await asyncio.sleep(0.05)
    await server.close_all_connections()


async def _until_stopped(site: Site, stopped: asyncio.Event, idle_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stopped.set))
    while not stopped.is_set() and time.monotonic() - site.touched < idle_seconds:
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
    add("--poll", default="entropy", help="a poll's or a question's name, or a .toml file")
    add("--list", action="store_true", help="say which polls and questions there are, and end")
    add(
        "--misconceptions",
        nargs="?",
        const="",
        metavar="DAY",
        help="say what the class took for true on that day (20261126; the newest), and end",
    )
    add("--bind", default="", help="the address to listen on (default: all, IPv4 and IPv6)")
    parser.add_argument(
        "--port", type=int, default=0, help="0: the port of last time, or a free one"
    )
    parser.add_argument(
        "--db", help="the SQLite file (default: lossviz-polls/POLL.sqlite3 at home)"
    )
    add("--token-file", help="the presenter's token (default: DB.token)")
    add(
        "--prefix",
        type=_prefix,
        default=os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/"),
        help="the path under which a proxy shows this server without taking it off",
    )
    add(
        "--url",
        type=_url,
        default=os.environ.get("LOSSVIZ_POLL_URL"),
        help="the address that phones see, where it is not this computer's own",
    )
    add(
        "--hub-service",
        action="store_true",
        help="run as a JupyterHub service: a room for each user, kept in the folder DB",
    )
    return parser


def _prefix(text: str) -> str:
    return f"/{text.strip('/')}/".replace("//", "/")


def _url(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is no http:// or https:// address")
    return f"{text.rstrip('/')}/"


def main(arguments: list[str] | None = None, idle_seconds: float = IDLE_SECONDS) -> int:
    """Run the command line; 0 after a clean end, 2 with a sentence on stderr where it cannot."""
    options = parser().parse_args(arguments)
    if options.list:
        print(listed())
        return 0
    if options.misconceptions is not None:
        try:
            print(hour.told(hour.held(options.misconceptions)))
        except ValueError as error:
            print(said(error), file=sys.stderr)
            return 2
        return 0
    logging.getLogger("tornado.general").setLevel(logging.ERROR)  # not a line per bad request
    raise_file_limit()
    # A class that votes at once makes many objects that all live for a moment. Searching them for
    # cycles again and again took half the server's time.
    gc.freeze()
    gc.set_threshold(200_000)
    try:
        asyncio.run(serve(options, idle_seconds))
    except (ValueError, OSError, sqlite3.Error) as error:
        print(said(error), file=sys.stderr)
        return 2
    return 0
