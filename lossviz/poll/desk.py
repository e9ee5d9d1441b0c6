"""The presenter's desk: starts, finds, asks and stops a poll's server, which is another process.

Everything here works from any process that can read the token file: the notebook's kernel, that
kernel after a restart, a test. Knows no widget.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from . import store
from .causes import said
from .questions import Poll, sent, write

START_SECONDS = 20  # a cold disk and a virus scanner included


class Refused(RuntimeError):
    """The server answered that it did not do it; the text is its own sentence."""


@dataclass(frozen=True)
class Server:
    """A running server: its address for phones, its files, its process.

    A hub's service has neither files nor a process here: ``db`` is None, ``pid`` 0.
    """

    url: str
    db: Path | None
    token: str
    pid: int
    process: subprocess.Popen | None = None  # where it is our own child
    local: str | None = None  # its address on this computer, which no change of network moves
    bind: str = ""  # where it listens: everywhere, or on one address only
    fixed: bool = False  # whether its address was given, not found on this computer

    def call(
        self, path: str, method: str = "GET", body: dict | None = None, timeout: float = 3
    ) -> dict:
        """A presenter's call (``state``, ``open``, …): the state that it answers.

        ConnectionError where no server answers (ConnectionRefusedError: nobody listens there),
        PermissionError where it is not this one, Refused where it did not do it.
        """
        address = urlsplit(self.local or self.url)
        # Never through a proxy from the environment: the poll is on this computer, or on its hub.
        https = address.scheme == "https"
        connection = http.client.HTTPSConnection if https else http.client.HTTPConnection
        link = connection(address.hostname, address.port, timeout=timeout)
        headers = {"Authorization": f"Bearer {self.token}"}
        place = f"{address.path.rstrip('/')}/presenter/{path}"
        try:
            link.request(method, place, None if body is None else json.dumps(body), headers)
            answer = link.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            nobody = isinstance(error, ConnectionRefusedError)
            kind = ConnectionRefusedError if nobody else ConnectionError
            raise kind(f"the poll at {self.url} does not answer: {said(error)}") from None
        finally:
            link.close()
        try:
            content = json.loads(content)
        except ValueError:
            content = None
        # A poll's server speaks JSON.
        if answer.status in (401, 404) or not isinstance(content, dict):
            raise PermissionError(f"the server at {self.url} is another poll's ({answer.status})")
        if answer.status != 200:
            raise Refused(str(content.get("error") or f"the server answered {answer.status}"))
        return content

    def act(self, action: str, meant: int | None = None) -> dict:
        """``open``, ``close``, ``show`` or ``next``; the new state.

        Refused, and nothing changed, where ``meant`` is not the current round.
        """
        return self.call(action, "POST", None if meant is None else {"round": meant})

    def ask(self, poll: Poll) -> dict:
        """Put this question to the class on the same address, in a new round; the new state."""
        return self.call("ask", "POST", sent(poll), timeout=10)

    def history(self, poll: str) -> list[store.Past]:
        """Every round of the question of that name."""
        if self.db is not None:
            return store.history(self.db, poll)[1]
        rounds = self.call(f"history?{urlencode({'poll': poll})}")["rounds"]
        return [store.Past(each["round"], each["shown"], each["counts"]) for each in rounds]

    def alive(self) -> bool:
        """Whether this server, and no other, answers at its address."""
        try:
            self.call("state")
        except (ConnectionError, PermissionError):
            return False
        except Refused:
            return True
        return True

    def stop(self, timeout: float = 10) -> None:
        """End it. On Windows the process is ended at once: no acknowledged vote is lost by that.

        A hub's service goes on, without this vote. TimeoutError where it still runs after
        ``timeout`` seconds.
        """
        if self.db is None:
            self.call("end", "POST")
            return
        if self.process is None and not self.alive():
            return  # the number may belong to another process by now
        pid = self.pid
        if self.process is None:  # it may have been started again meanwhile
            pid = int(store.recall(self.db, "pid") or pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + timeout
        while self.process.poll() is None if self.process is not None else self.alive():
            if time.monotonic() > end:
                raise TimeoutError(
                    f"the poll's server (process {self.pid}) was told to end, and still runs after "
                    f"{timeout:g} s; press Stop again in a moment"
                )
            time.sleep(0.05)


def start(
    db: str | Path, poll: str | Poll = "entropy", bind: str = "127.0.0.1", port: int = 0
) -> Server:
    """Start ``python -m lossviz.poll``, on its own feet: it outlives the process that starts it.

    A ``Poll`` that no file holds is written beside the votes.
    ValueError with the server's own sentence where it cannot start.
    """
    db = Path(db).resolve()
    log = Path(f"{db}.log")
    try:
        db.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(poll, Poll):
            poll = write(poll, Path(f"{db}.toml"))
        errors = log.open("wb")
    except OSError as error:
        raise ValueError(
            f"the votes cannot be kept in {str(db.parent)!r}: {error.strerror}; set the "
            "environment variable LOSSVIZ_POLLS to a folder that can be written"
        ) from None
    command = [sys.executable, "-m", "lossviz.poll", f"--poll={poll}", f"--db={db}"]
    command += [f"--bind={bind}", f"--port={port}", "--prefix=/"]
    apart = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        if sys.platform == "win32"
        else {"start_new_session": True}  # the kernel's end ends its own group only
    )
    with errors:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                **apart,
            )
        except OSError as error:
            raise ValueError(f"the poll's server cannot be started: {said(error)}") from None
    late = threading.Event()
    watchdog = threading.Timer(START_SECONDS, lambda: (late.set(), process.kill()))
    watchdog.start()
    with process.stdout:
        line = process.stdout.readline()
    watchdog.cancel()
    if not line:
        process.wait()
        raise ValueError(f"the poll's server did not start: {_why_not(log, late.is_set())}")
    told = json.loads(line)
    token = Path(told["token_file"]).read_text("utf-8").strip()
    local, fixed = store.recall(db, "local"), bool(store.recall(db, "given_url"))
    return Server(told["url"], Path(told["db"]), token, process.pid, process, local, bind, fixed)


def service() -> Server | None:
    """This user's room at the hub's poll service, where LOSSVIZ_POLL_URL names one; else None.

    The kernel's own token for the hub says who presents.
    """
    names = ("LOSSVIZ_POLL_URL", "JUPYTERHUB_USER", "JUPYTERHUB_API_TOKEN")
    url, user, token = (os.environ.get(name) for name in names)
    if not (url and user and token):
        return None
    return Server(f"{url.rstrip('/')}/{quote(user, safe='@~')}/", None, token, 0, fixed=True)


def _why_not(log: Path, late: bool) -> str:
    """What is known of a start that failed: the last line that the server wrote, if it could."""
    try:
        lines = log.read_text("utf-8", "replace").split("\n")
    except OSError as error:
        lines = [said(error)]
    if written := [line for line in lines if line.strip()]:
        return written[-1]
    if late:
        return f"no word from it in {START_SECONDS} s"
    return f"it ended without a word, and its log {log} is empty; is the disk full?"


def find(db: str | Path) -> Server | None:
    """The server that runs on this database, whoever started it; None if none does."""
    facts = {key: store.recall(db, key) for key in ("url", "local", "pid", "token_file")}
    if None in facts.values():
        return None
    try:
        token = Path(facts["token_file"]).read_text("utf-8").strip()
    except OSError:
        return None
    pid, local, bind = int(facts["pid"]), facts["local"], store.recall(db, "bind") or ""
    fixed = bool(store.recall(db, "given_url"))
    server = Server(facts["url"], Path(db).resolve(), token, pid, None, local, bind, fixed)
    return server if server.alive() else None
