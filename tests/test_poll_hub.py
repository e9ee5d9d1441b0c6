"""One address for a whole lecture, a proxy's prefix, and a room for each of a hub's users.

The hub here is a stand-in that knows three tokens; `benchmarks/poll_hub.py` uses a real one.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.polls import exchange

from lossviz.poll import desk, network, poll, questions, store
from lossviz.poll.questions import Picture, Poll

PNG = bytes.fromhex("89504e470d0a1a0a") + b"a picture"
OTHER = Poll("other", "Another question?", ("Yes", "No", "Perhaps", "Never"))
DRAWN = Poll("drawn", "With a picture?", ("A", "B"), picture=Picture(Path("p.png"), "A line.", PNG))
NO_BEARERS = [
    None, "", "Bearer", "Bearer x", "Bearer s", "Bearer ben-token", "token anna-token",
    "Bearer anna-token\tx", f"Bearer {'x' * 5000}",
]  # fmt: skip
NO_ROOMS = [
    "", "ben/", "ben/state", "%2e%2e/", "anna/../", "anna/static/../../store.py", "ended/",
    "anna%2f..%2fben/", "anna/votes.sqlite3", "../../hub/api/users",
]  # fmt: skip
TOKENS = {"anna-token": ("anna", "user"), "ben-token": ("ben", "user"), "s": ("anna", "service")}


def ask(url, method="GET", body=None, **headers):
    """Status, headers and content of one answer; JSON decoded; no redirect is followed."""
    address = urlsplit(url)
    path = address.path + (f"?{address.query}" if address.query else "")
    body = json.dumps(body) if isinstance(body, dict) else body
    return exchange(address, path, method, body, **headers)


def enter(url):
    return ask(url)[1]["Set-Cookie"].partition(";")[0]


def vote(url, cookie, number, choice):
    return ask(f"{url}vote", "POST", {"round": number, "choice": choice}, Cookie=cookie)[0]


@contextlib.contextmanager
def started(*options, **environment):
    """``python -m lossviz.poll`` with these options, and what it says first."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lossviz.poll", *map(str, options)],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    try:
        yield json.loads(process.stdout.readline()), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        process.stdout.close()


# One question after another


@pytest.fixture(scope="module")
def lecture(tmp_path_factory):
    server = desk.start(tmp_path_factory.mktemp("lecture") / "votes.sqlite3")
    yield server
    server.stop()


def test_another_question_on_the_same_address_takes_no_late_vote_for_the_one_before(lecture):
    url, cookie = lecture.url, enter(lecture.url)
    before = lecture.call("state")["round"]
    assert vote(url, cookie, before, 1) == 200
    state = lecture.ask(OTHER)
    assert (state["poll"], state["options"]) == ("other", list(OTHER.options))
    assert (state["status"], state["voters"], state["counts"]) == ("open", 0, [0, 0, 0, 0])
    assert state["round"] > before
    assert vote(url, cookie, before, 1) == 409, "chosen under the question before"
    assert vote(url, cookie, state["round"], 3) == 200
    assert ask(f"{url}state", Cookie=cookie)[2]["voted"] == 3
    assert [past.counts for past in lecture.history("entropy")] == [[0, 1, 0]]
    rounds = ask(f"{url}presenter/history?poll=entropy", Authorization=f"Bearer {lecture.token}")
    assert rounds[2]["rounds"] == [{"round": before, "shown": False, "counts": [0, 1, 0]}]


def test_a_picture_that_was_asked_with_is_named_in_the_state_and_served(lecture):
    lecture.ask(OTHER)
    state = ask(f"{lecture.url}state")[2]
    assert (state["picture"], state["alt"]) == (None, None)
    assert b"<img" not in ask(lecture.url)[2]
    lecture.ask(DRAWN)
    state = ask(f"{lecture.url}state")[2]
    assert state["picture"].startswith("static/picture.png?") and state["alt"] == "A line."
    status, headers, content = ask(f"{lecture.url}{state['picture']}")
    assert (status, headers["Content-Type"], content) == (200, "image/png", PNG)
    assert "sandbox" in headers["Content-Security-Policy"]
    assert b'alt="A line."' in ask(lecture.url)[2]


def test_a_question_that_is_none_changes_nothing(lecture):
    before = lecture.ask(OTHER)
    bearer = {"Authorization": f"Bearer {lecture.token}"}
    whole = questions.sent(DRAWN)
    for body, status in [
        (b"{", 400), (b"[]", 400), ({}, 400), ({**whole, "options": ["A"]}, 400),
        ({**whole, "name": "../up"}, 400), ({**whole, "other": 1}, 400),
        ({key: whole[key] for key in whole if key != "name"}, 400),
        ({**whole, "picture": {"file": "/etc/passwd.png", "alt": "A file of the server."}}, 400),
        ({**whole, "picture": {"file": "p.html", "alt": "No picture.", "content": ""}}, 400),
        ({**whole, "picture": "x.png"}, 400), ({**whole, "picture": None, "round": True}, 400),
        ({**whole, "round": before["round"] - 1}, 409),
        ({**questions.sent(OTHER), "options": ["Yes", "No"]}, 409),  # votes are indices
        (b" " * 3_000_001, 413),
    ]:  # fmt: skip
        assert ask(f"{lecture.url}presenter/ask", "POST", body, **bearer)[0] == status, body
        assert lecture.call("state") == before
    for call in ("ask", "end", "history"):
        method = "GET" if call == "history" else "POST"
        assert ask(f"{lecture.url}presenter/{call}", method, b" " * 5000)[0] == 401
    assert lecture.call("state") == before


def test_after_a_kill_it_goes_on_with_the_question_it_had(tmp_path):
    server = desk.start(tmp_path / "votes.sqlite3")
    number = server.ask(DRAWN)["round"]
    assert vote(server.url, enter(server.url), number, 1) == 200
    server.process.kill()
    server.process.wait()
    again = desk.start(tmp_path / "votes.sqlite3")
    try:
        state = again.call("state")
        assert (state["poll"], state["round"], state["counts"]) == ("drawn", number, [0, 1])
        assert ask(f"{again.url}{state['picture']}")[2] == PNG
    finally:
        assert (
            ask(f"{again.url}presenter/end", "POST", Authorization=f"Bearer {again.token}")[0]
            == 200
        )
        assert again.process.wait(20) == 0, "the presenter's end is the server's"
        again.process.stdout.close()


# Behind a proxy


def test_behind_a_prefix_all_is_below_it_and_the_address_without_its_slash_leads_there(tmp_path):
    options = ["--bind=127.0.0.1", f"--db={tmp_path / 'votes.sqlite3'}"]
    given = {"LOSSVIZ_POLL_URL": "https://school.example/class/poll"}
    with started(*options, JUPYTERHUB_SERVICE_PREFIX="/class/poll/", **given) as (said, _):
        server = desk.find(said["db"])
        assert server.fixed and said["url"] == server.url == "https://school.example/class/poll/"
        local = server.local
        assert urlsplit(local).path == "/class/poll/"
        for path in ("", "state", "static/poll.js"):
            assert ask(local + path)[0] == 200, path
        root = local.removesuffix("/class/poll/")
        for path in ("/", "/state", "/class/", "/class/pollstate", "/other/poll/state"):
            assert ask(root + path)[0] == 404, path
        status, headers, _ = ask(f"{root}/class/poll")
        assert (status, headers["Location"]) == (302, "/class/poll/")
        for forwarded, secure in (("https", True), ("https,http", True), ("http", False)):
            cookie = ask(local, X_Forwarded_Proto=forwarded)[1]["Set-Cookie"]
            assert ("Secure" in cookie) == secure, forwarded
        assert "Secure" not in ask(local)[1]["Set-Cookie"]


# A hub's service


@pytest.fixture(scope="module")
def hub():
    """A stand-in for a hub: who has which token."""
    asked = []

    class Api(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            known = self.path == "/hub/api/user" and TOKENS.get(token)
            self.send_response(200 if known else 403)
            self.end_headers()
            self.wfile.write(
                json.dumps(dict(zip(("name", "kind"), known or (), strict=False))).encode()
            )

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hub/api", asked
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def serving(hub, folder, port):
    environment = {
        "JUPYTERHUB_API_URL": hub[0],
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/poll/",
    }
    with started("--hub-service", f"--db={folder}", **environment) as (said, process):
        yield f"{said['url'].rstrip('/')}/services/poll/", process


@pytest.fixture
def teacher(monkeypatch):
    """Make this process the kernel of a user's notebook on the hub."""

    def become(name, url):
        monkeypatch.setenv("LOSSVIZ_POLL_URL", url)
        monkeypatch.setenv("JUPYTERHUB_USER", name)
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", f"{name}-token")
        monkeypatch.setenv("JUPYTERHUB_API_URL", "http://hub/api")
        return desk.service()

    return become


def free_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def test_on_a_hub_each_user_has_a_room_and_a_phone_gets_nothing_but_the_poll(
    hub, teacher, tmp_path
):
    port = free_port()
    with serving(hub, tmp_path, port) as (url, _):
        anna = teacher("anna", url)
        assert ask(f"{url}anna/")[0] == 404 and not list(tmp_path.glob("*")), "nobody asked yet"
        number = anna.ask(OTHER)["round"]
        cookie = enter(f"{url}anna/")
        assert vote(f"{url}anna/", cookie, number, 2) == 200
        status, headers, _ = ask(f"{url}anna")
        assert (status, headers["Location"]) == (302, "./anna/")
        # A phone: no token, or anything that it may find.
        for bearer in NO_BEARERS:
            headers = {} if bearer is None else {"Authorization": bearer}
            for call in ("state", "history", "ask", "end", "open", "next"):
                method = "GET" if call in ("state", "history") else "POST"
                status = ask(f"{url}anna/presenter/{call}", method, **headers)[0]
                assert status == 401, (bearer, call)
        for path in NO_ROOMS:
            assert ask(url + path)[0] == 404, path
        known = {"poll", "round", "status", "question", "options", "voted", "picture", "alt"}
        assert set(ask(f"{url}anna/state")[2]) == known
        assert anna.call("state")["voters"] == 1
        before = len(hub[1])
        for _ in range(5):
            anna.call("state")
        assert len(hub[1]) == before, "the hub is not asked again for each call"
        ben = teacher("ben", url)
        ben.ask(DRAWN)
        assert ben.call("state")["poll"] == "drawn" and anna.call("state")["poll"] == "other"
    (tmp_path / "damaged.sqlite3").write_bytes(b"no database" * 100)
    with serving(hub, tmp_path, port):  # after a restart
        state = anna.call("state")
        assert (state["poll"], state["round"], state["counts"]) == ("other", number, [0, 0, 1, 0])
        assert ask(f"{url}anna/state", Cookie=cookie)[2]["voted"] == 2
        ben.stop()
        anna.stop()
        assert not anna.alive() and ask(f"{url}anna/")[0] == 404
        (kept,) = (tmp_path / "ended").iterdir()
        assert kept.name.startswith("anna-"), "nobody voted in the other"
        assert store.history(kept, "other")[1][0].counts == [0, 0, 1, 0]
        assert anna.ask(DRAWN)["round"] == 1, "the next one begins anew"


def test_a_notebook_on_a_hub_asks_one_question_after_another_in_its_room(hub, teacher, tmp_path):
    with serving(hub, tmp_path, free_port()) as (url, _):
        teacher("anna", url)
        assert network.why_no_phones() is None
        first, second = poll("entropy"), poll("nb03.predict_sigma")
        first.start()
        assert "open" in first.status and f">{url}anna/<" in first._join.value, first.status
        cookie = enter(f"{url}anna/")
        assert vote(f"{url}anna/", cookie, 1, 0) == 200
        first.act("show")
        second.start()
        assert "sees this question now" in second.status, second.status
        with pytest.raises(desk.Refused, match="round 2 by now"):
            first.act("close")
        first.act("close")
        assert "another question" in first.status, first.status
        assert second._server.call("state")["status"] == "open"
        assert [tally.counts for tally in first.phones.tallies()] == [(1, 0, 0)]
        found = poll("nb03.predict_sigma")
        assert "found again" in found.status
        second.stop()
        assert "has ended" in second.status and second._server is None
        assert [tally.counts for tally in first.phones.tallies(True)] == [(1, 0, 0)]
        for view in (first, second, found):
            view.close()


def test_without_a_service_the_administrator_is_named(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_API_URL", "http://hub/api")
    monkeypatch.delenv("LOSSVIZ_POLL_URL", raising=False)
    assert "ask your administrator" in network.why_no_phones()


def test_a_service_that_no_hub_started_says_so(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-m", "lossviz.poll", "--hub-service", f"--db={tmp_path}"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert answer.returncode == 2 and "JUPYTERHUB_API_URL is not set" in answer.stderr
