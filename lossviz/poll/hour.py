"""The misconceptions of a class over all questions that it was asked, from the kept votes.

A vote's file holds the questions that were asked one after another on its address; the one that it
began with is in a TOML file beside it (`desk`), or its name says which one of the walk it is. No
widgets.
"""

import html
import re
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from . import bank, questions, store
from .questions import Poll

STAMPED = re.compile(r"(.+)-(\d{8})-\d{6}")  # a poll's name, and the day on which its vote began


@dataclass(frozen=True)
class Held:
    """A misconception: how many of how many chose it in the first vote, and in the last."""

    name: str
    poll: str
    first: tuple[int, int]
    last: tuple[int, int]

    @property
    def share(self) -> float:
        """The share of the first vote."""
        return self.first[0] / self.first[1]


def day_of(db: Path) -> str:
    """The day on which a vote began, as 20261126."""
    stamped = STAMPED.fullmatch(db.stem)
    return stamped[2] if stamped else f"{date.fromtimestamp(db.stat().st_mtime):%Y%m%d}"


def held(day: str = "", folder: Path | None = None) -> list[Held]:
    """The misconceptions of one day (as 20261126; the newest unless given), the commonest first.

    Files that cannot be read, and polls that name no misconception, are left out. ValueError where
    nothing was voted on that day.
    """
    votes = sorted((folder or store.folder()).glob("*.sqlite3"), key=lambda db: (day_of(db), db))
    day = day or (day_of(votes[-1]) if votes else "")
    if not (those := [db for db in votes if day_of(db) == day]):
        raise ValueError(
            f"no votes are kept {f'of {day} ' if day else ''}in {folder or store.folder()}"
        )
    found = [one for db in those for poll in _polls(db) for one in _of(db, poll)]
    return sorted(found, key=lambda one: -one.share)


def _polls(db: Path) -> list[Poll]:
    """The questions of this file whose texts are known, each once."""
    found = {}
    stamped = STAMPED.fullmatch(db.stem)
    with suppress(OSError, ValueError):
        beside = Path(f"{db}.toml")
        name = stamped[1] if stamped else db.stem
        poll = questions.load(beside) if beside.is_file() else bank.load(name)
        found[poll.name] = poll
    with suppress(ValueError, sqlite3.Error):
        found |= {poll.name: poll for poll in store.all_asked(db)}
    return list(found.values())


def _of(db: Path, poll: Poll) -> list[Held]:
    try:
        options, past = store.history(db, poll.name)
    except (OSError, ValueError, sqlite3.Error):
        return []
    rounds = [each.counts for each in past if sum(each.counts)]
    if not rounds or tuple(options) != poll.options:
        return []
    return [
        Held(named, poll.name, *((votes[k], sum(votes)) for votes in (rounds[0], rounds[-1])))
        for k, named in enumerate(poll.misconceptions)
        if named and any(votes[k] for votes in rounds)
    ]


def told(found: list[Held]) -> str:
    """A line for each misconception: its name, its share in both votes, its question."""
    lines = [f"{one.name.rstrip('.')}: {_counted(one)} ({one.poll})" for one in found]
    return "\n".join(lines or ["Nobody chose an option that names a misconception."])


def page(found: list[Held]) -> str:
    """The same as an HTML list."""
    if not found:
        return f"<p>{told(found)}</p>"
    return (
        "<ol>"
        + "".join(f"<li>{html.escape(line)}</li>" for line in told(found).split("\n"))
        + "</ol>"
    )


def _counted(one: Held) -> str:
    first = f"{one.first[0]} of {one.first[1]}"
    return first if one.first == one.last else f"{first}, then {one.last[0]} of {one.last[1]}"
