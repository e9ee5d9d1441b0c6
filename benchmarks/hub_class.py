"""What a class costs a JupyterHub: users who each run a notebook, then rest, then move a slider.

    python benchmarks/hub_class.py --users 20       hub and proxy as in `poll_hub.py`

Each user has a notebook server of their own, started by the hub, and a kernel that runs notebook 03
(`--notebook`) cell by cell. Said for one user: memory of server and kernel (PSS: what is shared is
counted once), processor seconds of a start and of Run All, processor time of the class at rest, and
of a slider moved by code, whose pictures are drawn as for a page that shows them.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
import time
import uuid
from pathlib import Path

import psutil
from poll_hub import ROOT, Hub, install
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

DRAG = """
import gc, time
from lossviz import Slider
from lossviz.explorer.live import Explorer
moved, name, slider = next(
    (e, name, p)
    for e in gc.get_objects()
    if isinstance(e, Explorer)
    for name, p in e._parameters.items()
    if isinstance(p, Slider) and p.count >= 20
)
moved.asleep = False
moved._wire._heard(None, {{"hello": 2.0}}, [])  # as its page does when it is seen
for n in range(int({seconds} / 0.03)):
    setattr(moved, name, slider.at(n % (slider.count + 1)))
    time.sleep(0.03)
"""


class User:
    """A user of the hub, their server and their kernel."""

    def __init__(self, hub: Hub, name: str):
        self.hub, self.name = hub, name
        hub.call(f"users/{name}")
        self.token = hub.call(f"users/{name}/tokens")["token"]

    async def connect(self) -> None:
        """Start a kernel and its connection."""
        address = f"{self.hub.url}/user/{self.name}/api/kernels"
        token = {"Authorization": f"token {self.token}"}
        answer = await AsyncHTTPClient().fetch(
            address, method="POST", headers=token, body="{}", request_timeout=60
        )
        kernel = json.loads(answer.body)["id"]
        socket = f"{address.replace('http:', 'ws:')}/{kernel}/channels"
        self.link = await websocket_connect(
            HTTPRequest(socket, headers=token), max_message_size=1 << 30
        )

    async def run(self, code: str) -> None:
        """Run this, until the kernel says that it is idle. RuntimeError where it fails."""
        number = uuid.uuid4().hex
        header = {
            "msg_id": number,
            "msg_type": "execute_request",
            "username": "",
            "session": number,
        }
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        await self.link.write_message(
            json.dumps(
                {
                    "header": {**header, "version": "5.3", "date": ""},
                    "parent_header": {}, "metadata": {"cellId": number}, "content": content,
                    "channel": "shell", "buffers": [],
                }
            )
        )  # fmt: skip
        while True:
            said = await self.link.read_message()
            if said is None:
                raise RuntimeError("the kernel's connection ended")
            if isinstance(said, bytes):  # pictures
                continue
            said = json.loads(said)
            if said["parent_header"].get("msg_id") != number:
                continue
            if said["msg_type"] == "error":
                raise RuntimeError("\n".join(said["content"]["traceback"]))
            if said["msg_type"] == "status" and said["content"]["execution_state"] == "idle":
                return


def processes(hub: Hub) -> dict[str, list[psutil.Process]]:
    """The users' servers and kernels."""
    found: dict[str, list[psutil.Process]] = {"server": [], "kernel": []}
    for child in psutil.Process(hub.process.pid).children(recursive=True):
        line = " ".join(child.cmdline())
        for name, word in (("server", "singleuser"), ("kernel", "ipykernel")):
            if word in line:
                found[name].append(child)
    return found


def spent(found: list[psutil.Process]) -> float:
    """Their processor seconds, all together."""
    return sum(sum(each.cpu_times()[:2]) for each in found)


def megabytes(found: list[psutil.Process]) -> float:
    """The PSS of one of them, the middle one."""
    return statistics.median(each.memory_full_info().pss for each in found) / 1e6


async def measure(hub: Hub, options: argparse.Namespace) -> None:
    """Let the class come, run, rest and move; print the figures."""
    (notebook,) = (ROOT / "notebooks").glob(f"{options.notebook}_*.ipynb")
    cells = [
        "".join(cell["source"])
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    users = [User(hub, f"user{n}") for n in range(options.users)]
    for user in users:
        hub.start(user.name)
    servers = processes(hub)["server"]
    each = len(servers)
    print(
        f"{each} servers: {megabytes(servers):.0f} MB, {spent(servers) / each:.1f} s to start one"
    )
    for user in users:
        await user.connect()
        for cell in cells:
            await user.run(cell)
    kernels = processes(hub)["kernel"]
    print(
        f"{len(kernels)} kernels after Run All of {notebook.stem}: {megabytes(kernels):.0f} MB, "
        f"{spent(kernels) / each:.1f} s for one; the server now {megabytes(servers):.0f} MB"
    )
    before = spent(kernels), spent(servers), time.monotonic()
    await asyncio.sleep(options.rest)
    wall = time.monotonic() - before[2]
    print(
        f"at rest, one user: kernel {100 * (spent(kernels) - before[0]) / wall / each:.2f} %, "
        f"server {100 * (spent(servers) - before[1]) / wall / each:.2f} % of a core"
    )
    before, some = spent(kernels), users[:3]
    for user in some:
        await user.run(DRAG.format(seconds=options.drag))
    share = (spent(kernels) - before) / options.drag / len(some)
    print(f"a slider moved 33 times a second: {100 * share:.0f} % of a core, its page at 2x")
    print(f"kernels after that: {megabytes(kernels[:3]):.0f} MB")


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="a folder for hub and proxy")
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--notebook", default="03")
    parser.add_argument("--rest", type=float, default=30, help="seconds at rest")
    parser.add_argument("--drag", type=float, default=10, help="seconds that a slider moves")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        install(folder.resolve(), "-r", str(ROOT / "requirements.txt"))
        hub = stack.enter_context(Hub(folder.resolve()))
        asyncio.run(measure(hub, options))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
