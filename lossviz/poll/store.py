"""The votes on disk: one SQLite file, and one thread that writes it. Knows nothing of HTTP.

A vote counts once it is on disk, and not before: WAL with synchronous=FULL, so every COMMIT waits
for the disk. Votes that arrive within a few milliseconds share one COMMIT (group commit); without
it the disk's pace would be the class's. All writing passes through one queue, so a vote and the
closing of its round always have an order, and the open check and the write are one transaction.
"""

import contextlib
import json
import os
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from . import questions
from .questions import Poll

GROUP_SECONDS = 0.004  # how long a vote waits for company before its COMMIT

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS polls (
    poll TEXT PRIMARY KEY, question TEXT NOT NULL, options TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rounds (
    poll TEXT NOT NULL, round INTEGER NOT NULL, open INTEGER NOT NULL, shown INTEGER NOT NULL,
    PRIMARY KEY (poll, round)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS votes (
    poll TEXT NOT NULL, round INTEGER NOT NULL, voter TEXT NOT NULL, choice INTEGER NOT NULL,
    PRIMARY KEY (poll, round, voter)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (
    round INTEGER PRIMARY KEY, question TEXT NOT NULL, picture BLOB);
"""

# One statement for a whole group: sqlite3 gives up the interpreter lock once, not once a row.
_CAST = """
INSERT INTO votes (poll, round, voter, choice)
SELECT ?, ?, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?) WHERE true
ON CONFLICT (poll, round, voter) DO UPDATE SET choice = excluded.choice
"""

_ACTIONS = {
    "open": "UPDATE rounds SET open = 1 WHERE poll = ? AND round = ?",
    "close": "UPDATE rounds SET open = 0 WHERE poll = ? AND round = ?",
    "show": "UPDATE rounds SET shown = 1 WHERE poll = ? AND round = ?",
    "next": "INSERT INTO rounds (poll, round, open, shown) VALUES (?, ? + 1, 0, 0)",
}


@dataclass(frozen=True)
class Round:
    """Where the poll stands: the round's number, whether it takes votes, whether it is shown."""

    number: int
    open: bool
    shown: bool


@dataclass(frozen=True)
class Vote:
    """One voter's choice (an option's index) in one round."""

    voter: str
    round: int
    choice: int


Action = str | Poll  # open, close, show, next; or another question to ask
Job = Vote | Action | tuple[Action, int | None]  # … an action and the round that it means


class Store:
    """One poll in one database file. Opening it again resumes the poll where it stood.

    ``poll`` is the question that is current: the one that was asked last over HTTP, where there was
    one, else the one given. A file that is to begin with such a question is opened without any.

    Two servers on one file would each count only half the class in memory, so the second one is
    refused: a lock (an SQLite one, released by the system however the process ends) is held on a
    small file beside the database.
    """

    def __init__(self, path: str | Path, poll: Poll | None = None):
        self.path = Path(path).resolve()
        private_file(self.path)
        self._lock = _hold(self.path)
        try:
            self._db = sqlite3.connect(  # a locked file is said before the presenter's call ends
                self.path, timeout=2, isolation_level=None, check_same_thread=False
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            self.poll = self.asked() or poll
            if poll and self.poll is poll:
                self._resume(poll)
        except sqlite3.DatabaseError as error:
            self._lock.close()
            raise ValueError(f"db: {str(self.path)!r} {_trouble(error)}") from None
        except ValueError:
            self.close()
            raise

    def _resume(self, poll: Poll) -> None:
        with self._transaction():
            self._keep(poll)
            self._db.execute("INSERT OR IGNORE INTO rounds VALUES (?, 1, 1, 0)", (poll.name,))

    def _keep(self, poll: Poll) -> None:
        options = json.dumps(poll.options)
        self._db.execute(
            "INSERT OR IGNORE INTO polls VALUES (?, ?, ?)", (poll.name, poll.question, options)
        )
        (stored,) = self._db.execute("SELECT options FROM polls WHERE poll = ?", (poll.name,))
        if stored[0] != options:  # votes are indices: under other options they would mean others
            raise ValueError(
                f"db: {str(self.path)!r} holds votes on {poll.name!r} with the options "
                f"{stored[0]}, now they are {options}; stop that vote or give another file"
            )

    def asked(self) -> Poll | None:
        """The question that was asked last over HTTP, or None."""
        row = self._db.execute(
            "SELECT question, picture FROM asked ORDER BY round DESC LIMIT 1"
        ).fetchone()
        return row and questions.received(json.loads(row[0]), row[1])

    def _ask(self, poll: Poll) -> None:
        """A new round, open, whose number no earlier question had: a late vote is not for it."""
        self._keep(poll)
        (row,) = self._db.execute("SELECT coalesce(max(round), 0) + 1 FROM rounds")
        self._db.execute("INSERT INTO rounds VALUES (?, ?, 1, 0)", (poll.name, *row))
        drawn = poll.picture and poll.picture.content()
        self._db.execute(
            "INSERT INTO asked VALUES (?, ?, ?)", (*row, json.dumps(questions.table(poll)), drawn)
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def round(self) -> Round:
        """The current round."""
        (row,) = self._db.execute(
            "SELECT round, open, shown FROM rounds WHERE poll = ? ORDER BY round DESC LIMIT 1",
            (self.poll.name,),
        )
        return Round(row[0], bool(row[1]), bool(row[2]))

    def choices(self) -> dict[str, int]:
        """Each voter's choice in the current round."""
        return dict(
            self._db.execute(
                "SELECT voter, choice FROM votes WHERE poll = ? AND round = ?",
                (self.poll.name, self.round().number),
            )
        )

    def cast(self, votes: list[Vote]) -> list[bool]:
        """Put these votes on disk in one transaction; say of each whether its round was open."""
        with self._transaction():
            now = self.round()
            counted = [now.open and vote.round == now.number for vote in votes]
            rows = [
                (vote.voter, vote.choice) for vote, ok in zip(votes, counted, strict=True) if ok
            ]
            if rows:
                self._db.execute(_CAST, (self.poll.name, now.number, json.dumps(rows)))
        return counted

    def act(self, action: Action, meant: int | None = None) -> Round | None:
        """Do ``open``, ``close``, ``show`` or ``next``, or ask this poll; the round that follows.

        With the round that was ``meant``: None, and nothing done, where it is not the current one.
        """
        with self._transaction():
            number = self.poll and self.round().number
            if meant not in (None, number):
                return None
            if isinstance(action, str):
                self._db.execute(_ACTIONS[action], (self.poll.name, number))
            else:
                self._ask(action)
        if isinstance(action, Poll):
            self.poll = action
        return self.round()

    def remember(self, key: str, value: str) -> None:
        """Keep one fact (the port, the address) with the database."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def recall(self, key: str) -> str | None:
        """A fact that was remembered, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row and row[0]

    def secret(self) -> bytes:
        """The key that signs this database's voter cookies; made once."""
        if self.recall("secret") is None:
            self.remember("secret", secrets.token_hex(32))
        return bytes.fromhex(self.recall("secret"))

    def close(self) -> None:
        """Close the file (the last one out folds the WAL into it) and let others have it."""
        self._db.close()
        self._lock.close()


class Writer(threading.Thread):
    """The one thread that writes: takes what has queued up, commits it, then reports.

    A job is a :class:`Vote` or an action: its name, or its name and the round that it means. It
    comes with a ticket that means nothing here.
    ``deliver`` gets each group's ``(job, ticket, result)`` in the order in which they took effect.
    The result is True or False for a vote (False: its round was not open), the :class:`Round` for
    an action (None: it meant another round), or the exception that kept it off the disk.
    """

    def __init__(self, store: Store, deliver: Callable[[list[tuple]], None]):
        super().__init__(name="poll-writer", daemon=True)
        self._store, self._deliver = store, deliver
        self._jobs: queue.SimpleQueue = queue.SimpleQueue()

    def put(self, job: Job, ticket: object) -> None:
        """Queue a job; returns at once."""
        self._jobs.put((job, ticket))

    def stop(self) -> None:
        """Write what is queued, then end. Returns when it has ended."""
        self._jobs.put(None)
        self.join()

    def run(self) -> None:
        while (first := self._jobs.get()) is not None:
            time.sleep(GROUP_SECONDS)
            group, last = [first], False
            while not last and not self._jobs.empty():
                if (job := self._jobs.get()) is None:
                    last = True
                else:
                    group.append(job)
            for votes, jobs in groupby(group, key=lambda job: isinstance(job[0], Vote)):
                self._write(list(jobs), votes)
            if last:
                return

    def _write(self, jobs: list[tuple], votes: bool) -> None:
        if votes:
            try:
                results = self._store.cast([job for job, _ in jobs])
            except Exception as error:  # a full disk, say: nobody is told that the vote is in
                results = [error] * len(jobs)
        else:
            results = [self._act(job) for job, _ in jobs]
        self._deliver([(*job, result) for job, result in zip(jobs, results, strict=True)])

    def _act(self, job: Action | tuple[Action, int | None]) -> Round | Exception | None:
        """Each action is a transaction of its own, and fails on its own."""
        try:
            return self._store.act(*(job if isinstance(job, tuple) else (job,)))
        except Exception as error:
            return error


@dataclass(frozen=True)
class Past:
    """One round as the database has it: its number, whether it is shown, the votes for each."""

    round: int
    shown: bool
    counts: list[int]


def history(path: str | Path, poll: str) -> tuple[list[str], list[Past]]:
    """The options and every round's counts, read from the file while or after a server runs."""
    if not Path(path).is_file():
        raise ValueError(f"db: {str(path)!r} is not there")
    with contextlib.closing(sqlite3.connect(path, timeout=5)) as db:
        row = db.execute("SELECT options FROM polls WHERE poll = ?", (poll,)).fetchone()
        if row is None:
            raise ValueError(f"poll: {str(path)!r} holds no poll called {poll!r}")
        options = json.loads(row[0])
        rounds = db.execute("SELECT round, shown FROM rounds WHERE poll = ?", (poll,)).fetchall()
        past = {n: Past(n, bool(shown), [0] * len(options)) for n, shown in sorted(rounds)}
        for number, choice, count in db.execute(
            "SELECT round, choice, count(*) FROM votes WHERE poll = ? GROUP BY round, choice",
            (poll,),
        ):
            past[number].counts[choice] = count
    return options, list(past.values())


def all_asked(path: str | Path) -> list[Poll]:
    """Every question that was asked over HTTP in this file, in order."""
    with contextlib.closing(sqlite3.connect(path, timeout=5)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'asked'").fetchone():
            return []  # an older file
        rows = db.execute("SELECT question, picture FROM asked ORDER BY round").fetchall()
    return [questions.received(json.loads(text), picture) for text, picture in rows]


def voted(path: str | Path) -> bool:
    """Whether this file holds any vote."""
    with contextlib.closing(sqlite3.connect(path, timeout=5)) as db:
        return db.execute("SELECT 1 FROM votes LIMIT 1").fetchone() is not None


def recall(path: str | Path, key: str) -> str | None:
    """A fact that a server remembered in this database, or None."""
    if not Path(path).is_file():
        return None
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=5)) as db:
            row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    except sqlite3.DatabaseError:
        return None
    return row and row[0]


def folder() -> Path:
    """Where polls are kept unless told otherwise: LOSSVIZ_POLLS, or lossviz-polls at home."""
    return Path(os.environ.get("LOSSVIZ_POLLS") or Path.home() / "lossviz-polls").expanduser()


def private_file(path: Path) -> None:
    """Make the file if it is not there, so that only its owner can read it (not on Windows)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        os.chmod(path, 0o600)
    except OSError as error:
        raise ValueError(f"cannot write {str(path)!r}: {error.strerror}") from None


def _hold(path: Path) -> sqlite3.Connection:
    try:
        lock = sqlite3.connect(
            f"{path}-lock", timeout=0, isolation_level=None, check_same_thread=False
        )
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        raise ValueError(
            f"db: another poll server is using {str(path)!r}; stop it or give another file"
            if _code(error) == sqlite3.SQLITE_BUSY
            else f"db: {f'{path}-lock'!r} {_trouble(error)}"
        ) from None
    return lock


# What SQLite says where the disk, and not the file's content, is what is wrong.
_DISK = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
)


def _code(error: sqlite3.Error) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code and code & 0xFF  # without its details


def _trouble(error: sqlite3.Error) -> str:
    """What to say of a file that could not be used."""
    if _code(error) in _DISK:
        return f"cannot be written: {error}"
    return f"is no poll's database: {error}"
