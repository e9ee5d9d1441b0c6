"""A crowd, slow phones and a killed server: right whatever the load. Time is benchmarked apart."""

import contextlib
import importlib.util
import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from lossviz.poll import desk, server

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "poll_load.py"


@pytest.fixture(scope="module")
def load():
    """The benchmark's module: its voters are bare sockets."""
    spec = importlib.util.spec_from_file_location("poll_load", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server.raise_file_limit()
    return module


@pytest.fixture
def poll(tmp_path):
    running = desk.start(tmp_path / "votes.sqlite3")
    yield running
    running.stop()


def connected(room, count):
    stack = contextlib.ExitStack()
    return stack, [stack.enter_context(room.connect()) for _ in range(count)]


def test_three_hundred_at_once_from_one_address_are_each_counted_once(load, poll):
    room = load.Class(poll.url, 300)
    for choices in ([v % 3 for v in range(300)], [v % 2 for v in range(300)]):
        stack, links = connected(room, 300)
        with stack:
            requests = [room.vote(v, 1, choice) for v, choice in enumerate(choices)]
            results = load.burst(requests, links.__getitem__)
        assert [status for status, _ in results] == [200] * 300
        state = poll.call("state")
        assert state["counts"] == [choices.count(option) for option in range(3)]
        assert state["voters"] == 300


def test_a_burst_that_meets_the_closing_is_counted_to_the_last_acknowledged_vote(load, poll):
    room = load.Class(poll.url, 200)
    stack, links = connected(room, 200)
    with stack:

        def link(index):
            if index == 100:
                poll.act("close")
            return links[index]

        results = load.burst([room.vote(v, 1, 0) for v in range(200)], link)
    statuses = [status for status, _ in results]
    assert statuses[100:] == [409] * 100 and set(statuses) <= {200, 409}
    assert poll.call("state")["counts"] == [statuses.count(200), 0, 0]


def test_a_slow_phone_and_a_thousand_idle_ones_do_not_stop_the_others(load, poll):
    room = load.Class(poll.url, 20)
    stack, _ = connected(room, 1000)
    with stack, room.connect() as slow:
        request = room.vote(0, 1, 0)
        for byte in range(3):  # a byte a second, in its headers
            slow.sendall(request[byte : byte + 1])
            stack2, links = connected(room, 19)
            with stack2:
                requests = [room.vote(v, 1, byte) for v in range(1, 20)]
                results = load.burst(requests, links.__getitem__)
            assert [status for status, _ in results] == [200] * 19
            assert poll.call("state")["counts"][byte] == 19
            time.sleep(1)
        slow.sendall(request[3:-5])
        assert poll.call("state")["voters"] == 19
        slow.sendall(request[-5:])
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
    assert poll.call("state")["voters"] == 20


def test_phones_that_hang_up_in_mid_request_do_no_harm(load, poll):
    room = load.Class(poll.url, 30)
    for voter in range(30):
        with room.connect() as link:
            request = room.vote(voter, 1, 0)
            link.sendall(request if voter % 2 else request[:-4])
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    time.sleep(0.2)
    assert poll.call("state")["voters"] <= 15
    assert poll.process.poll() is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_in_mid_burst_no_acknowledged_vote_is_lost_and_none_doubled(load, tmp_path):
    found = load.kill(tmp_path / "votes.sqlite3", kills=6, voters=250)
    assert {name: found[name] for name in ("lost", "twice", "damaged", "not resumed")} == {
        "lost": 0, "twice": 0, "damaged": 0, "not resumed": 0}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_sigterm_in_mid_burst_answers_or_drops_but_never_loses(load, tmp_path):
    poll = desk.start(tmp_path / "votes.sqlite3")
    room = load.Class(poll.url, 200)
    stack, links = connected(room, 200)
    with stack:

        def link(index):
            if index == 150:
                os.kill(poll.pid, signal.SIGTERM)
            return links[index]

        results = load.burst([room.vote(v, 1, 1) for v in range(200)], link)
    assert poll.process.wait(10) == 0
    acknowledged = sum(status == 200 for status, _ in results)
    with pytest.raises(OSError):
        room.connect()
    again = desk.start(tmp_path / "votes.sqlite3")
    try:
        assert acknowledged <= again.call("state")["counts"][1] <= 200
    finally:
        again.stop()
