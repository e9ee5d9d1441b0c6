"""Answers kept for the reader alone: a line each in one file, which only grows.

The file is `.lossviz/answers.jsonl` in the folder where the kernel runs, beside the notebooks.
``LOSSVIZ_ANSWERS=off`` keeps nothing; any other value is the file's path. A line is ``{"at":
seconds since 1970, "kind": …, "of": the text that was answered, …}``; all else in it is text. What
the facts of a kind mean is known to what keeps them.

Nothing kept goes over the network, or into what a notebook saves as text or picture.
"""

from __future__ import annotations

import errno
import json
import os
import re
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import ipywidgets as widgets
from IPython import get_ipython

from lossviz.page import stock

_CREATE = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
_read: tuple[tuple | None, dict] = None, {}  # the file as it was last read, and what it held
_troubles: dict[str, bool] = {}  # what went wrong, and whether it is said


def file() -> Path | None:
    """Where answers are kept; None where they are not: told so, or outside a notebook."""
    told = os.environ.get("LOSSVIZ_ANSWERS", "")
    if told.lower() == "off" or not (told or get_ipython()):
        return None
    return Path(os.path.expanduser(told)) if told else _here() / ".lossviz" / "answers.jsonl"


@cache
def _here() -> Path:
    """The kernel's folder; one that it changes to later moves no file."""
    return Path(os.path.abspath(os.curdir))


def keep(kind: str, of: str, **facts: str) -> None:
    """Add a line, in one call of the system: it is there whole, whatever ends the kernel then."""
    if (path := file()) is None:
        return
    record = {"at": int(time.time()), "kind": kind, "of": of, **facts}
    line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, _CREATE, 0o600)
        try:
            if os.lseek(handle, 0, os.SEEK_END):  # the last line may be one that was cut short
                os.lseek(handle, -1, os.SEEK_END)
                line = line if os.read(handle, 1) == b"\n" else b"\n" + line
            if os.write(handle, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(handle)
    except OSError as error:
        _went_wrong(f"Answers cannot be kept: {error.strerror}.")


def kept(kind: str, of: str) -> list[dict]:
    """What is kept of this text, oldest first: it is known again by its letters and digits."""
    return list(_all().get((kind, _letters(of)), ()))


def forget_all() -> None:
    """Delete the file."""
    try:
        if path := file():
            path.unlink(missing_ok=True)
    except OSError as error:
        _went_wrong(f"The answers cannot be deleted: {error.strerror}.")


def trouble() -> str:
    """What went wrong with the keeping, if that is not said yet."""
    said = [sentence for sentence, told in _troubles.items() if not told]
    _troubles.update(dict.fromkeys(said, True))
    return " ".join(said)


def _went_wrong(sentence: str) -> None:
    _troubles.setdefault(sentence, False)


def _letters(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _all() -> dict[tuple[str, str], list[dict]]:
    global _read
    if (path := file()) is None:
        return {}
    try:
        found = path.stat()
        state = (path, found.st_ino, found.st_size, found.st_mtime_ns)
        if _read[0] != state:
            _read = state, _parsed(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        _went_wrong(f"The answers kept cannot be read: {error.strerror}.")
        return {}
    return _read[1]


def _parsed(content: bytes) -> dict[tuple[str, str], list[dict]]:
    found: dict[tuple[str, str], list[dict]] = {}
    for line in filter(None, map(bytes.strip, content.split(b"\n"))):
        try:
            record = json.loads(line)
            name = record.pop("kind"), _letters(record.pop("of"))
            wrong = [key for key in record if type(record[key]) is not (str, int)[key == "at"]]
            if wrong or "at" not in record or not isinstance(name[0], str):
                raise ValueError
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            _went_wrong("A damaged line among the answers kept is left out.")
            continue
        found[name] = [] if "forgotten" in record else [*found.get(name, ()), record]
    return found


class Kept(widgets.HBox):
    """A row under what a cell keeps: a button that forgets it, and what went wrong, said once.

    Empty while nothing is kept. `texts` are what was answered; `forgotten()` is called when the
    reader forgets them: no cell knows them any more, and `forget_all` deletes their lines.
    """

    def __init__(self, kind: str, texts: Sequence[str], forgotten: Callable[[], None]):
        self._kind, self._texts, self._forgotten = kind, texts, forgotten
        super().__init__(layout=stock.look())
        self._say("")

    def records(self) -> list[dict]:
        """What is kept, oldest first; of several texts, text by text."""
        return [record for text in self._texts for record in kept(self._kind, text)]

    def keep(self, of: str = "", **facts: str) -> None:
        """Keep these facts, of one of several texts."""
        if self._texts:
            keep(self._kind, of or self._texts[0], **facts)
            self._say("")

    def _say(self, otherwise: str) -> None:
        some, said = bool(self.records()), trouble() or otherwise
        if not self.children and (some or said):
            button = stock.Button(description="Forget", tooltip="Forget what is kept of this")
            button.on_click(lambda _: self._forget())
            self.children = [button, stock.HTML()]
            self.children[1].add_class("lossviz-feedback")  # read out
        if self.children:
            self.children[1].value = said

    def _forget(self) -> None:
        for text in self._texts:
            if kept(self._kind, text):
                keep(self._kind, text, forgotten="yes")
        self._forgotten()
        self._say("Forgotten.")
