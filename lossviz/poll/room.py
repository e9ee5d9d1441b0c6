"""The poll as it stands, in memory: what the answers are made of. Knows no SQL and no HTTP."""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from .questions import Poll
from .store import Job, Round, Store, Vote, Writer


class Room:
    """The poll as it stands, in memory: what the handlers answer from.

    It follows the database, never leads it: a vote or an action shows here once it is on disk.
    """

    def __init__(self, store: Store):
        self.poll, self.path, self._store = store.poll, store.path, store
        self.asked = store.asked() is not None  # over HTTP: other than the page's own question
        self.touched = time.monotonic()
        self._key = store.secret()
        self.cookie = "voter_" + hashlib.sha256(self._key).hexdigest()[:8]
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(store, self._deliver)
        self._enter(store.round(), store.choices())
        self._writer.start()

    def new_voter(self) -> str:
        """A cookie's value for a new voter: a random name, signed."""
        voter = secrets.token_urlsafe(16)
        return f"{voter}.{self._sign(voter)}"

    def voter(self, cookie: str) -> str | None:
        """The voter in a cookie's value; None for one that we did not hand out."""
        voter, _, signature = cookie.partition(".")
        if voter and hmac.compare_digest(signature.encode(), self._sign(voter).encode()):
            return voter
        return None

    def _sign(self, voter: str) -> str:
        return hmac.digest(self._key, voter.encode("utf-8", "replace"), "sha256").hex()[:32]

    def _enter(self, now: Round, choices: dict[str, int]) -> None:
        self.now, self.choices = now, choices
        self.counts = [0] * len(self.poll.options)
        for choice in choices.values():
            self.counts[choice] += 1

    def submit(self, job: Job, done: Callable[[object], None]) -> None:
        """Have a vote or an action put on disk; ``done(result)`` when it is there.

        The result is the Writer's: True, False, the new Round, None, or the exception that
        prevented it.
        """
        self._writer.put(job, done)

    def stop(self) -> None:
        """Write what is queued, end the writing thread and close the file."""
        self._writer.stop()
        self._store.close()

    def _deliver(self, results: list[tuple]) -> None:
        self._loop.call_soon_threadsafe(self._took_effect, results)

    def _took_effect(self, results: list[tuple]) -> None:
        for job, done, result in results:
            if isinstance(result, Round):
                if isinstance(action := job[0] if isinstance(job, tuple) else job, Poll):
                    self.poll, self.asked = action, True
                self._enter(result, self.choices if result.number == self.now.number else {})
            elif result is True:
                self._count(job)
            done(result)

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
        if self.asked:
            picture = self.poll.picture
            state |= {"picture": picture and picture.url, "alt": picture and picture.alt}
        if presenter or self.now.shown:
            state["counts"] = self.counts
        if presenter:
            state["voters"] = len(self.choices)
        return state
