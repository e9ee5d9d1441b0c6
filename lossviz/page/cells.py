"""Which cell of a notebook runs, what it made, and what closes when it runs again.

A block of ours registers itself while its cell runs; when the same cell runs again, all that it
made before is closed first. What a callback makes (a review's next question) belongs to no cell:
it closes with the block that holds it. Outside IPython nothing is followed and nothing closes.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Protocol


class Closable(Protocol):
    def close(self) -> None: ...


_made: dict[str, list[weakref.ref[Closable]]] = {}  # cell → what it made
_cell: str | None = None  # the cell that runs
_thread: int | None = None  # where it runs: callbacks may come on another thread meanwhile
_when_idle: list[Callable[[], None]] = []


def running() -> bool:
    """Whether a cell runs now."""
    return _cell is not None


def when_idle(callback: Callable[[], None]) -> None:
    """Have this called whenever a cell has ended."""
    _when_idle.append(callback)


def made(block: Closable) -> None:
    """Note that the running cell made this block, if one runs."""
    _watch()
    if _cell is not None and _thread == threading.get_ident():
        _made.setdefault(_cell, []).append(weakref.ref(block))


def _watch() -> None:
    """Follow which cell runs in this IPython shell, if there is one."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or getattr(shell, "_lossviz_watched", False):
        return
    shell._lossviz_watched = True
    shell.events.register("pre_run_cell", lambda info: _starts(_key(shell, info.raw_cell)))
    shell.events.register("post_run_cell", lambda *_: _ends())
    _starts(_key(shell, ""))  # this is called from within a cell


def _starts(cell: str) -> None:
    global _cell, _thread
    _cell, _thread = cell, threading.get_ident()
    for ref in _made.pop(cell, ()):
        if (block := ref()) is not None:
            block.close()


def _ends() -> None:
    global _cell
    _cell = None
    for callback in _when_idle:
        callback()


def _key(shell, source: str) -> str:
    """JupyterLab names its cells; elsewhere a cell is known by its text."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    source = source or (parent.get("content") or {}).get("code", "")
    return (parent.get("metadata") or {}).get("cellId") or source.strip()
