"""Which rooms a server has, and who presents in each: one of its own, or one a teacher on a hub."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote, unquote

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from . import store
from .questions import Poll
from .room import Room
from .store import Store

KNOWN_SECONDS = 60  # so long the hub's word on who has a token is not asked again
MOST_KNOWN = 1000  # tokens
LONGEST_TOKEN = 500  # characters of the Authorization header


class Own:
    """One room, at the prefix itself; whoever has the token presents. Its end is the server's."""

    def __init__(self, room: Room, token: str, ended: Callable[[], None]):
        self.rooms = {"": room}
        self._bearer, self._ended = f"Bearer {token}".encode(), ended

    def place(self, path: str) -> tuple[str | None, str]:
        return "", path

    def presents(self, name: str, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._bearer)

    async def make(self, name: str, poll: Poll) -> Room:
        raise ValueError("this server has one room")

    async def end(self, name: str) -> None:
        self._ended()


class Hub:
    """A room for each of a hub's users, at their name; the hub says whose token a call carries.

    A vote that was not ended is there again after a restart. One that was ended moves to
    ``ended/``, unless nobody voted, and the next one begins a new file.
    """

    def __init__(self, api: str, folder: Path):
        self._api, self._folder = api.rstrip("/"), folder
        self._known: dict[bytes, tuple[float, str]] = {}
        self._changing = asyncio.Lock()
        self.rooms: dict[str, Room] = {}
        for path in sorted(folder.glob("*.sqlite3")):
            try:
                self._open(unquote(path.stem), Store(path))
            except ValueError as error:  # one damaged file is not every room's end
                logging.getLogger(__name__).error("%s", error)

    def place(self, path: str) -> tuple[str | None, str]:
        name, slash, rest = path[1:].partition("/")
        if not name:
            return None, ""
        if not slash:
            return None, f"./{name}/"
        return unquote(name), f"/{rest}"

    def _open(self, name: str, votes: Store) -> None:
        if votes.poll is None:  # its first question did not get to the disk
            return votes.close()
        self.rooms[name] = Room(votes)
        return None

    async def make(self, name: str, poll: Poll) -> Room:
        async with self._changing:
            if name not in self.rooms:
                votes = Store(self._folder / f"{quote(name, safe='')}.sqlite3")
                try:
                    votes.act(poll)
                except BaseException:
                    votes.close()
                    raise
                self._open(name, votes)
        return self.rooms[name]

    async def end(self, name: str) -> None:
        async with self._changing:
            if (room := self.rooms.pop(name, None)) is not None:
                await asyncio.to_thread(room.stop)
                self._put_away(room)

    def _put_away(self, room: Room) -> None:
        if store.voted(room.path):
            place = room.path.parent / "ended"
            place.mkdir(mode=0o700, exist_ok=True)
            stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09}"
            room.path.rename(place / f"{room.path.stem}-{stamp}.sqlite3")
        for rest in ("", "-lock", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{room.path}{rest}").unlink(missing_ok=True)

    def presents(self, name: str, given: str) -> Awaitable[bool]:
        return self._is(name, given)

    async def _is(self, name: str, given: str) -> bool:
        if not re.fullmatch(rf"Bearer [\x21-\x7e]{{1,{LONGEST_TOKEN}}}", given):
            return False
        key = hashlib.sha256(given.encode()).digest()
        asked, known = self._known.get(key, (float("-inf"), None))
        if time.monotonic() - asked > KNOWN_SECONDS:
            # A hub that restarts, or is slow: its last word stands.
            with contextlib.suppress(OSError, HTTPClientError):
                known = await self._ask(given)
            self._known.pop(key, None)
            if known is not None:
                while len(self._known) >= MOST_KNOWN:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = time.monotonic(), known
        return known is not None and hmac.compare_digest(known.encode(), name.encode())

    async def _ask(self, given: str) -> str | None:
        """The user whose token this is, None for nobody's; OSError where no hub answers."""
        answer = await AsyncHTTPClient().fetch(
            f"{self._api}/user",
            headers={"Authorization": given},
            raise_error=False,
            request_timeout=5,
            follow_redirects=False,
        )
        if answer.code >= 500:
            raise OSError(f"the hub answered {answer.code}")
        try:
            user = json.loads(answer.body) if answer.code == 200 else {}
        except ValueError:
            return None
        return user.get("name") if user.get("kind") == "user" else None
