"""Which cell of a notebook runs, what it made, and what closes when it runs again.

A block of ours registers itself while its cell runs; when the same cell runs again, all that it
made before is closed first. What a callback makes (a review's next question) belongs to no cell:
it closes with the block that holds it. Outside IPython nothing is followed and nothing closes.

The same cell is: the same id in the same notebook. JupyterLab sends the cell's id along, but two
notebooks may share a kernel, and a copied notebook has the ids of the first. What a message says
of its origin is a session id, one for each connection of a page to the kernel: a reloaded page has
a new one, as a second notebook has. So each page says which notebook its session shows
(`block`); where none says it, a session stands for itself.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Protocol


class Closable(Protocol):
    def close(self) -> None: ...


_made: dict[str, list[tuple[str, weakref.ref[Closable]]]] = {}  # id → sessions, what they made
_notebooks: dict[str, str] = {}  # session → the notebook that it shows
_cell: tuple[str, str] | None = None  # session and id of the cell that runs
_thread: int | None = None  # where it runs: callbacks may come on another thread meanwhile
_when_idle: list[Callable[[], None]] = []


def running() -> bool:
    """Whether a cell runs now."""
    return _cell is not None


def when_idle(callback: Callable) -> Callable:
    """Have this called whenever a cell has ended."""
    _when_idle.append(callback)
    return callback


def made(block: Closable) -> None:
    """Note that the running cell made this block, if one runs."""
    _watch()
    if _cell is not None and _thread == threading.get_ident():
        session, name = _cell
        _made.setdefault(name, []).append((session, weakref.ref(block)))


def shows(session: str, notebook: str) -> None:
    """Note that the page with this session id shows the notebook at this path."""
    _notebooks[session] = notebook


def _watch() -> None:
    """Follow which cell runs in this IPython shell, if there is one."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or getattr(shell, "_lossviz_watched", False):
        return
    shell._lossviz_watched = True
    shell.events.register("pre_run_cell", lambda info: _starts(*_key(shell, info.raw_cell)))
    shell.events.register("post_run_cell", lambda *_: _ends())
    _starts(*_key(shell, ""))  # this is called from within a cell


def _starts(name: str, session: str = "") -> None:
    """A cell starts: close what it made before, and leave what its namesakes made."""
    global _cell, _thread
    _cell, _thread = (session, name), threading.get_ident()
    here = _notebooks.get(session, session)
    before = [made for made in _made.pop(name, ()) if made[1]() is not None]
    if theirs := [made for made in before if _notebooks.get(made[0], made[0]) != here]:
        _made[name] = theirs
    for made in before:
        if made not in theirs and (block := made[1]()) is not None:
            block.close()


def _ends() -> None:
    global _cell
    _cell = None
    for callback in _when_idle:
        callback()


def _key(shell, source: str) -> tuple[str, str]:
    """The cell's id, or its text where it has none, and the session that runs it."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    source = source or (parent.get("content") or {}).get("code", "")
    name = (parent.get("metadata") or {}).get("cellId") or source.strip()
    return name, (parent.get("header") or {}).get("session", "")
