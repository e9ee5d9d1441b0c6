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
from urllib.parse import urlsplit

from . import store

START_SECONDS = 20  # a cold disk and a virus scanner included


@dataclass(frozen=True)
class Server:
    """A running server: its address for phones, its files, its process."""

    url: str
    db: Path
    token: str
    pid: int
    process: subprocess.Popen | None = None  # where it is our own child
    local: str | None = None  # its address on this computer, which no change of network moves

    def call(self, path: str, method: str = "GET", timeout: float = 3) -> dict:
        """A presenter's call (``state``, ``open``, …): the state that it answers.

        ConnectionError where no server answers, PermissionError where it is not this one.
        """
        address = urlsplit(self.local or self.url)
        # Never through a proxy from the environment: the poll is on this computer.
        link = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            link.request(method, f"/presenter/{path}", headers=headers)
            answer = link.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionError(f"the poll at {self.url} does not answer: {error}") from None
        finally:
            link.close()
        if answer.status != 200:
            raise PermissionError(f"the server at {self.url} is another poll's ({answer.status})")
        return json.loads(body)

    def act(self, action: str) -> dict:
        """``open``, ``close``, ``show`` or ``next``; the new state."""
        return self.call(action, "POST")

    def alive(self) -> bool:
        """Whether this server, and no other, answers at its address."""
        try:
            self.call("state")
        except (ConnectionError, PermissionError):
            return False
        return True

    def stop(self, timeout: float = 4) -> None:
        """End it. On Windows the process is ended at once: no acknowledged vote is lost by that."""
        if self.process is None and not self.alive():
            return  # the number may belong to another process by now
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        if self.process is not None:
            self.process.wait(timeout)
            return
        end = time.monotonic() + timeout
        while time.monotonic() < end and self.alive():
            time.sleep(0.05)


def start(db: str | Path, poll: str = "entropy", bind: str = "127.0.0.1", port: int = 0) -> Server:
    """Start ``python -m lossviz.poll``, on its own feet: it outlives the process that starts it.

    ValueError with the server's own sentence where it cannot start.
    """
    db = Path(db).resolve()
    db.parent.mkdir(parents=True, exist_ok=True)
    log = Path(f"{db}.log")
    command = [sys.executable, "-m", "lossviz.poll", "--poll", poll, "--db", str(db)]
    command += ["--bind", bind, "--port", str(port)]
    apart = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        if sys.platform == "win32"
        else {"start_new_session": True}  # the kernel's end ends its own group only
    )
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            **apart,
        )
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    with process.stdout:
        line = process.stdout.readline()
    watchdog.cancel()
    if not line:
        process.wait()
        said = log.read_text("utf-8", "replace").strip() or f"no word in {START_SECONDS} s"
        raise ValueError(f"the poll's server did not start: {said.splitlines()[-1]}")
    said = json.loads(line)
    token = Path(said["token_file"]).read_text("utf-8").strip()
    local = store.recall(db, "local")
    return Server(said["url"], Path(said["db"]), token, process.pid, process, local)


def find(db: str | Path) -> Server | None:
    """The server that runs on this database, whoever started it; None if none does."""
    facts = {key: store.recall(db, key) for key in ("url", "local", "pid", "token_file")}
    if None in facts.values():
        return None
    try:
        token = Path(facts["token_file"]).read_text("utf-8").strip()
    except OSError:
        return None
    pid, local = int(facts["pid"]), facts["local"]
    server = Server(facts["url"], Path(db).resolve(), token, pid, local=local)
    return server if server.alive() else None
