"""Watches a running server for all views of it in this kernel: one thread, however many views.

It asks for the state four times a second, notes when the server is gone, and has the views look
now and then whether this computer's addresses have changed. It ends with its last view.
"""

import logging
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from . import desk

LOOK_SECONDS = 0.25  # between two looks at the votes
AWAY_SECONDS = 1.0  # between two looks while the server does not answer
GONE_SECONDS = 4.0  # a server where nobody has listened for so long has ended
MOVE_SECONDS = 2.0  # between two looks at this computer's addresses


class Follower(Protocol):
    """What is told how a vote goes. Each call may come on the watching thread."""

    def took(self, state: dict, asked: float) -> None:
        """The state that the server had after ``asked`` (time.monotonic)."""

    def look_around(self) -> None:
        """See whether this computer's addresses have changed."""

    def lost(self, sentence: str) -> None:
        """The server has ended; the sentence says how."""


class _Watch(threading.Thread):
    def __init__(self, server: desk.Server):
        super().__init__(name="poll-watch", daemon=True)
        self.server = server
        self.followers: weakref.WeakSet[Follower] = weakref.WeakSet()
        self.ended = threading.Event()

    def run(self) -> None:
        pause, refused, looked = LOOK_SECONDS, None, time.monotonic()
        while not self.ended.wait(pause):
            asked, pause = time.monotonic(), AWAY_SECONDS
            try:
                state = self.server.call("state")
            except PermissionError:
                return self._lose()  # another server listens at its address
            except (ConnectionError, desk.Refused) as error:
                nobody = isinstance(error, ConnectionRefusedError)
                refused = (refused or asked) if nobody else None
                if self._gone(refused):
                    return self._lose()
            else:
                pause, refused = LOOK_SECONDS, None
                self._tell(lambda each, state=state, asked=asked: each.took(state, asked))
            if asked - looked >= MOVE_SECONDS:
                looked = asked
                self._tell(lambda each: each.look_around())
            with _lock:
                _end_if_alone(self)
        return None

    def _gone(self, refused: float | None) -> bool:
        """Whether a server that does not answer has ended: our own child is asked, not guessed."""
        if self.server.process is not None:
            return self.server.process.poll() is not None
        return refused is not None and time.monotonic() - refused >= GONE_SECONDS

    def _lose(self) -> None:
        sentence = "The vote has ended by itself. Resume the last goes on with it."
        for each in release(self.server):
            _told(each, lambda each: each.lost(sentence))

    def _tell(self, what: Callable[[Follower], None]) -> None:
        with _lock:  # a view may join or leave on another thread
            followers = list(self.followers)
        for each in followers:
            if not self.ended.is_set():
                _told(each, what)


def _told(follower: Follower, what: Callable[[Follower], None]) -> None:
    """A view that fails does not keep the others from hearing."""
    try:
        what(follower)
    except Exception:
        logging.getLogger(__name__).exception("a view of the poll could not follow")


_watches: dict[tuple[Path | str, int], _Watch] = {}
_lock = threading.Lock()


def _key(server: desk.Server) -> tuple[Path | str, int]:
    return server.db or server.url, server.pid


def follow(server: desk.Server, follower: Follower) -> None:
    """Tell this view how the vote goes, until it unfollows or is gone. Holds it weakly."""
    key = _key(server)
    with _lock:
        if key not in _watches:
            _watches[key] = _Watch(server)
            _watches[key].start()
        _watches[key].followers.add(follower)


def unfollow(server: desk.Server, follower: Follower) -> None:
    """Tell it no more; the last one out ends the watch."""
    with _lock:
        watch = _watches.get(_key(server))
        if watch is not None:
            watch.followers.discard(follower)
            _end_if_alone(watch)


def _end_if_alone(watch: _Watch) -> None:
    """End a watch that nobody follows. To be called with the lock held."""
    if not watch.followers:
        watch.ended.set()
        _watches.pop(_key(watch.server), None)


def release(server: desk.Server) -> list[Follower]:
    """End the watch on this server at once; those that followed it."""
    with _lock:
        watch = _watches.pop(_key(server), None)
    if watch is None:
        return []
    watch.ended.set()
    return list(watch.followers)
