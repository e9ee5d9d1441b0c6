"""How much class the poll's server bears: a burst of voters, and SIGKILL in mid-burst.

    python benchmarks/poll_load.py                  1,000 voters at once, 200 pages polling `state`
    python benchmarks/poll_load.py --kills 100      and 100 times SIGKILL in mid-burst

The voters are bare asyncio protocols on loopback that send bytes made beforehand, so that the
server is what is measured; it shares the machine's cores with them. "cold": every voter opens a
connection for the vote; "warm": the voter's page has one open, as a page that polls has.
Exit code 1 where a figure is missed.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from lossviz.poll import desk, server

WANTED = {"p99 ms": 300, "votes/s": 2000, "state p99 ms": 500}


class Link(asyncio.Protocol):
    """One keep-alive connection: ``ask`` sends bytes and returns the status and the body."""

    def __init__(self):
        self.buffer, self.waiting = b"", None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        start = head.find(b"Content-Length: ") + 16
        if len(body) >= int(head[start : head.find(b"\r", start) % (len(head) + 1)]):
            self.buffer = b""
            if self.waiting and not self.waiting.done():
                self.waiting.set_result((int(head[9:12]), head, body))

    def connection_lost(self, error):
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(ConnectionError("the server is gone"))

    def ask(self, request: bytes) -> asyncio.Future:
        """The future of ``(status, head, body)``."""
        self.waiting = asyncio.get_running_loop().create_future()
        if self.transport.is_closing():
            self.waiting.set_exception(ConnectionError("the server is gone"))
        else:
            self.transport.write(request)
        return self.waiting


class Class:
    """Voters, each with a cookie, at one server."""

    def __init__(self, url: str):
        address = urlsplit(url)
        self.host, self.port = address.hostname, address.port
        self.cookies: list[str] = []

    async def link(self) -> Link:
        loop = asyncio.get_running_loop()
        _, link = await loop.create_connection(Link, self.host, self.port)
        return link

    def request(self, line: str, voter: int | None = None, body: bytes = b"") -> bytes:
        head = f"{line} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
        if voter is not None:
            head += f"Cookie: {self.cookies[voter]}\r\n"
        if body:
            head += f"Origin: http://{self.host}:{self.port}\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body

    def vote(self, voter: int, number: int, choice: int) -> bytes:
        """The bytes of one vote."""
        body = json.dumps({"round": number, "choice": choice}).encode()
        return self.request("POST /vote", voter, body)

    async def enter(self, voters: int) -> None:
        """Load the page once for each voter, for the cookie."""
        link = await self.link()
        for _ in range(voters):
            _, head, _ = await link.ask(self.request("GET /"))
            start = head.index(b"Set-Cookie: ") + 12
            self.cookies.append(head[start : head.index(b";", start)].decode())
        link.transport.close()

    async def burst(self, number: int, links: list[Link] | None = None) -> tuple[list, list[float]]:
        """All vote at once: ``(voter, choice)`` of each acknowledged vote, and all the seconds."""
        acknowledged, seconds = [], []

        async def cast(voter: int) -> None:
            choice = random.randrange(3)
            request = self.vote(voter, number, choice)
            begin = time.perf_counter()
            with contextlib.suppress(OSError):
                link = links[voter] if links else await self.link()
                status, _, _ = await link.ask(request)
                seconds.append(time.perf_counter() - begin)
                if status == 200:
                    acknowledged.append((voter, choice))
                if not links:
                    link.transport.close()

        await asyncio.gather(*(cast(voter) for voter in range(len(self.cookies))))
        return acknowledged, seconds

    async def watch(self, voter: int, pace: float, seconds: list[float]) -> None:
        """One page that polls `state`, every ``pace`` seconds ± a quarter, until cancelled."""
        link = await self.link()
        request = self.request("GET /state", voter)
        await asyncio.sleep(random.uniform(0, pace))
        while True:
            begin = time.perf_counter()
            status, _, _ = await link.ask(request)
            assert status == 200
            seconds.append(time.perf_counter() - begin)
            await asyncio.sleep(pace * random.uniform(0.75, 1.25))


def percentile(values: list[float], percent: float) -> float:
    """In milliseconds."""
    return 1000 * sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


async def load(poll: desk.Server, voters: int, pages: int, bursts: int, pace: float) -> bool:
    """Bursts of votes, cold and warm, while pages poll; print the figures; whether all are met."""
    room = Class(poll.url)
    await room.enter(voters)
    links = [await room.link() for _ in range(voters)]
    states: list[float] = []
    watchers = [asyncio.create_task(room.watch(v % voters, pace, states)) for v in range(pages)]
    await asyncio.sleep(pace)
    met = True
    for name in ("cold", "warm"):
        p50, p99, rate, errors = [], [], [], 0
        for _ in range(bursts):
            begin = time.perf_counter()
            votes, seconds = await room.burst(poll.call("state")["round"], links * (name == "warm"))
            rate.append(len(votes) / (time.perf_counter() - begin))
            p50.append(percentile(seconds, 50))
            p99.append(percentile(seconds, 99))
            errors += voters - len(votes)
            counted = poll.call("state")
            errors += abs(counted["voters"] - voters) + abs(sum(counted["counts"]) - voters)
            await asyncio.sleep(1)
        print(
            f"{name}: {voters} voters at once, {bursts} bursts: errors {errors}, "
            f"p50 {statistics.median(p50):.0f} ms, p99 {statistics.median(p99):.0f} ms "
            f"(worst {max(p99):.0f}), {statistics.median(rate):.0f} votes/s (worst {min(rate):.0f})"
        )
        met &= errors == 0 and statistics.median(p99) <= WANTED["p99 ms"]
        met &= statistics.median(rate) >= WANTED["votes/s"]
    for watcher in watchers:
        watcher.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    print(
        f"state: {pages} pages every {pace:g} s meanwhile: {len(states)} answers, "
        f"p50 {percentile(states, 50):.1f} ms, p99 {percentile(states, 99):.1f} ms"
    )
    return met and percentile(states, 99) < WANTED["state p99 ms"]


async def _killed_burst(poll: desk.Server, room: Class, delay: float) -> list:
    asyncio.get_running_loop().call_later(delay, os.kill, poll.pid, signal.SIGKILL)
    return (await room.burst(1))[0]


def kill(db: Path, kills: int, voters: int) -> dict[str, int]:
    """SIGKILL in mid-burst, again and again, each time the same command; what went wrong."""
    poll = desk.start(db)
    room = Class(poll.url)
    asyncio.run(room.enter(voters))
    last: dict[int, int] = {}
    wrong = {"lost": 0, "twice": 0, "damaged": 0, "not resumed": 0}
    partial = 0
    for _ in range(kills):
        votes = asyncio.run(_killed_burst(poll, room, random.uniform(0.01, 0.35) * voters / 1000))
        poll.process.wait()
        partial += 0 < len(votes) < voters
        before, poll = poll, desk.start(db)
        wrong["not resumed"] += (poll.url, poll.token) != (before.url, before.token)
        wrong["not resumed"] += poll.call("state")["status"] != "open"
        with contextlib.closing(sqlite3.connect(db)) as rows:
            wrong["damaged"] += rows.execute("PRAGMA integrity_check").fetchone() != ("ok",)
            stored = rows.execute("SELECT voter, choice FROM votes WHERE round = 1").fetchall()
        ids = [cookie.partition("=")[2].partition(".")[0] for cookie in room.cookies]
        wrong["twice"] += len(stored) - len({voter for voter, _ in stored})
        wrong["twice"] += poll.call("state")["voters"] != len(stored)
        kept, acknowledged = dict(stored), dict(votes)
        for voter in range(voters):
            # Not acknowledged and yet on disk is fine: the answer was what the kill cut off.
            if voter in acknowledged:
                wrong["lost"] += kept.get(ids[voter]) != acknowledged[voter]
            elif voter in last:
                wrong["lost"] += ids[voter] not in kept
        last |= acknowledged
    poll.stop()
    print(f"kill: {kills} SIGKILLs, {partial} of them with a burst half acknowledged: {wrong}")
    return {**wrong, "in mid-burst": partial}


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--voters", type=int, default=1000)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--bursts", type=int, default=5)
    parser.add_argument("--pace", type=float, default=2.0, help="seconds between a page's looks")
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    server.raise_file_limit()
    with tempfile.TemporaryDirectory() as folder:
        poll = desk.start(Path(folder) / "load.sqlite3")
        try:
            met = asyncio.run(
                load(poll, options.voters, options.pages, options.bursts, options.pace)
            )
        finally:
            poll.stop()
        if options.kills:
            wrong = kill(Path(folder) / "kill.sqlite3", options.kills, options.voters)
            met &= not any(wrong[name] for name in ("lost", "twice", "damaged", "not resumed"))
    print("all figures met" if met else "a figure is missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
