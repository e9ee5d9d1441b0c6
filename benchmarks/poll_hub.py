"""How much class the poll bears as a service of a JupyterHub, through the hub's own proxy.

    python benchmarks/poll_hub.py            installs hub and proxy in a temporary folder, and votes
    python benchmarks/poll_hub.py --keep DIR    installs there, or uses what is there already

Needs npm (for configurable-http-proxy) and the package index; nothing outside the folder changes.
200 voters and 1,000, each warm (its page has its connection open) and cold, while 100 pages poll
`state`. An anonymous phone is tried at every other door of the hub too. Exit code 1 where a figure
is missed or a door is open.
"""

import argparse
import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import poll_load
import psutil

from lossviz.poll import desk, server
from lossviz.poll.bank import load

WANTED = {200: 300, 1000: 1500}  # voters at once: p99 in ms
ROOT = Path(__file__).parents[1]
CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {admin!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{run}/home/{{username}}"
c.Spawner.args = ["--allow-root"]
c.Spawner.environment = {{
    "LOSSVIZ_POLL_URL": "http://127.0.0.1:{port}/services/poll/", "PYTHONPATH": {root!r}}}
c.JupyterHub.services = [
    {{"name": "poll", "url": "http://127.0.0.1:{service}",
      "command": [{python!r}, "-m", "lossviz.poll", "--hub-service", "--db=votes"],
      "environment": {{"PYTHONPATH": {root!r}}}}},
    {{"name": "bench", "api_token": {admin!r}}},
]
c.JupyterHub.load_roles = [
    {{"name": "bench", "services": ["bench"],
      "scopes": ["admin:users", "admin:servers", "tokens"]}},
]
"""


def install(folder: Path, *more: str) -> None:
    """The hub by pip, with what more its users need, its proxy by npm, unless they are there."""
    if not (folder / "hub" / "bin" / "jupyterhub").exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "hub"], check=True)
        pip = [folder / "hub" / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "jupyterhub", "jupyterlab", *more], cwd=ROOT, check=True)
    if not (folder / "npm" / "node_modules" / "configurable-http-proxy").exists():
        npm = ["npm", "install", "--silent", "--prefix", folder / "npm", "configurable-http-proxy"]
        subprocess.run(npm, check=True)


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in taken]


class Hub:
    """A real hub with the poll as its service, while the context lasts."""

    def __init__(self, folder: Path):
        self.folder, self.admin = folder, secrets.token_hex(32)
        self.run = Path(tempfile.mkdtemp(prefix="hub-"))
        ports = dict(zip(("port", "hub", "api", "service"), free_ports(4), strict=True))
        self.url = f"http://127.0.0.1:{ports['port']}"
        proxy = folder / "npm" / "node_modules" / ".bin" / "configurable-http-proxy"
        names = {"proxy": str(proxy), "admin": self.admin, "root": str(ROOT), "run": str(self.run)}
        config = CONFIG.format(**ports, **names, python=sys.executable)
        (self.run / "jupyterhub_config.py").write_text(config)

    def __enter__(self) -> "Hub":
        path = os.pathsep.join([str(self.folder / "hub" / "bin"), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path}
        environment.pop("PYTHONPATH", None)
        with (self.run / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [self.folder / "hub" / "bin" / "jupyterhub"],
                cwd=self.run, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        end = time.monotonic() + 120
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.run / "log").read_text()[-3000:])
            time.sleep(0.5)
        return self

    def __exit__(self, *_) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        shutil.rmtree(self.run)

    def ready(self) -> bool:
        """Whether the poll answers through the proxy, and the hub too."""
        try:
            with urllib.request.urlopen(f"{self.url}/hub/api/") as answer:
                answer.read()
            urllib.request.urlopen(f"{self.url}/services/poll/nobody/state").close()
        except urllib.error.HTTPError as error:
            return b"no vote is running" in error.read()
        except OSError:
            return False
        return False

    def call(self, path: str, body: dict | None = None, method: str = "POST") -> dict:
        """The hub's API, asked by whoever may do all."""
        request = urllib.request.Request(
            f"{self.url}/hub/api/{path}",
            None if method == "GET" else json.dumps(body or {}).encode(),
            {"Authorization": f"token {self.admin}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")

    def status(self, path: str, method: str = "GET", cookie: str = "") -> int:
        """What somebody who is not logged in gets; 0 where nobody answers."""
        address = urlsplit(self.url)
        link = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        try:
            link.request(method, path, headers={"Cookie": cookie} if cookie else {})
            return link.getresponse().status
        except OSError:
            return 0
        finally:
            link.close()

    def seconds(self) -> dict[str, float]:
        """CPU seconds that the proxy and the poll's service have spent."""
        spent = {}
        for child in psutil.Process(self.process.pid).children(recursive=True):
            line = " ".join(child.cmdline())
            for name, word in (("proxy", "configurable-http-proxy"), ("poll", "lossviz.poll")):
                if word in line:
                    spent[name] = sum(child.cpu_times()[:2])
        return spent

    def start(self, name: str) -> None:
        """Start this user's notebook server."""
        self.call(f"users/{name}/server")
        end = time.monotonic() + 120
        while not self.call(f"users/{name}", method="GET")["servers"].get("", {}).get("ready"):
            if time.monotonic() > end:
                raise RuntimeError((self.run / "log").read_text()[-3000:])
            time.sleep(0.5)

    def teacher(self, name: str) -> desk.Server:
        """This user's room, presented by a token of theirs."""
        self.call(f"users/{name}")
        token = self.call(f"users/{name}/tokens")["token"]
        return desk.Server(f"{self.url}/services/poll/{name}/", None, token, 0, fixed=True)


def doors(hub: Hub, name: str) -> bool:
    """Try what an anonymous phone could; whether all but the poll is shut."""
    poll, expected = f"/services/poll/{name}/", {200: [], 302: [], 401: [], 403: []}
    expected[200] = [("GET", poll), ("GET", f"{poll}state"), ("GET", f"{poll}static/poll.js")]
    expected[302] = [
        ("GET", poll[:-1]),
        ("GET", "/hub/home"),
        ("GET", f"/user/{name}/lab/tree/03.ipynb"),
    ]
    expected[302] += [("GET", f"/user/{name}/files/03.ipynb"), ("GET", "/hub/admin")]
    expected[401] = [("GET", f"{poll}presenter/state")]
    expected[401] += [
        ("POST", f"{poll}presenter/{call}") for call in ("ask", "end", "open", "next")
    ]
    expected[403] = [
        ("GET", "/hub/api/users"),
        ("GET", "/hub/api/user"),
        ("POST", "/hub/api/users/x"),
    ]
    expected[403] += [("GET", f"/user/{name}/api/kernels"), ("POST", f"/user/{name}/api/kernels")]
    expected[403] += [("GET", f"/user/{name}/api/contents")]
    shut = True
    with urllib.request.urlopen(f"{hub.url}{poll}") as page:
        cookie = page.headers["Set-Cookie"].partition(";")[0]
    for status, tries in expected.items():
        for method, path in tries:
            got = hub.status(path, method, cookie)
            print(f"  phone: {method} {path}: {got}{'' if got == status else f', not {status}'}")
            shut &= got == status
    return shut


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="a folder for hub and proxy")
    parser.add_argument("--bursts", type=int, default=5)
    parser.add_argument("--pages", type=int, default=100)
    options = parser.parse_args()
    server.raise_file_limit()
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        install(folder.resolve())
        hub = stack.enter_context(Hub(folder.resolve()))
        teacher = hub.teacher("anna")
        teacher.ask(load("entropy"))
        hub.start("anna")
        met = doors(hub, "anna")
        for voters, p99 in WANTED.items():
            state = max(p99, poll_load.WANTED["state p99 ms"])  # whoever only looks may wait longer
            wanted = {"p99 ms": p99, "votes/s": 0, "state p99 ms": state}
            teacher.act("next")
            teacher.act("open")  # a round of their own
            before = hub.seconds()
            met &= poll_load.load(teacher, voters, options.pages, options.bursts, 2.0, wanted)
            spent = {name: f"{now - before[name]:.1f}" for name, now in hub.seconds().items()}
            print(f"CPU seconds for {2 * options.bursts * voters} votes and the pages: {spent}")
        teacher.stop()
    print("all figures met" if met else "a figure is missed, or a door is open")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
