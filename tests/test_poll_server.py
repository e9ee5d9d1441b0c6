"""The poll's server, spoken to over HTTP as DESIGN's table says, and its store underneath."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import psutil
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from support.disks import full_disk
from support.polls import exchange

from lossviz.poll import desk, network, questions, store, web

ON_WINDOWS = sys.platform == "win32"


@contextlib.contextmanager
def running(db, **options):
    server = desk.start(db, **options)
    try:
        yield server
    finally:
        server.stop()
        assert server.process.returncode == 0 or ON_WINDOWS


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("poll") / "votes.sqlite3") as server:
        yield server


@pytest.fixture
def round_open(server):
    """The number of a fresh open round."""
    server.act("next")
    return server.act("open")["round"]


def ask(server, method, path, body=None, **headers):
    """Status, headers and content of one answer; JSON decoded."""
    return exchange(urlsplit(server.url), "/" + path, method, body, **headers)


def enter(server):
    """A new voter: what goes into the Cookie header."""
    return ask(server, "GET", "")[1]["Set-Cookie"].partition(";")[0]


def vote(server, cookie, number, choice, **headers):
    body = json.dumps({"round": number, "choice": choice})
    return ask(server, "POST", "vote", body, Cookie=cookie, **headers)[0]


def presenter(server):
    return {"Authorization": f"Bearer {server.token}"}


# The table, row by row


def test_the_page_sets_a_random_http_only_cookie_without_a_path(server):
    status, headers, content = ask(server, "GET", "")
    cookie = headers["Set-Cookie"]
    assert status == 200 and b"<main>" in content
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path" not in cookie
    assert enter(server) != enter(server)


def test_the_page_keeps_a_voter_who_has_a_cookie_and_replaces_a_forged_one(server):
    cookie = enter(server)
    assert "Set-Cookie" not in ask(server, "GET", "", Cookie=cookie)[1]
    assert "Set-Cookie" in ask(server, "GET", "", Cookie=cookie[:-1] + "x")[1]


def test_page_and_files_name_only_relative_addresses_and_carry_the_policy(server):
    content = ask(server, "GET", "")[2].decode()
    assert 'src="/' not in content and 'href="/' not in content and "http" not in content
    assert "style=" not in content and "<script>" not in content and "onclick" not in content
    for path in ("", "static/poll.js", "static/poll.css", "static/picture.svg"):
        status, headers, _ = ask(server, "GET", path)
        assert status == 200
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_state_has_the_named_fields_and_counts_only_once_shown(server, round_open):
    cookie, other = enter(server), enter(server)
    assert vote(server, cookie, round_open, 2) == 200
    state = ask(server, "GET", "state", Cookie=cookie)[2]
    assert set(state) == {"poll", "round", "status", "question", "options", "voted"}
    assert (state["poll"], state["round"], state["status"]) == ("entropy", round_open, "open")
    assert state["options"] == ["Box A", "Box B", "Both the same"] and state["voted"] == 2
    assert ask(server, "GET", "state", Cookie=other)[2]["voted"] is None
    assert ask(server, "GET", "state")[2]["voted"] is None
    server.act("show")
    assert ask(server, "GET", "state")[2]["counts"] == [0, 0, 1]
    server.act("next")
    assert "counts" not in ask(server, "GET", "state")[2]


def test_a_vote_is_answered_ok_and_is_then_on_disk(server, round_open):
    cookie = enter(server)
    body = json.dumps({"round": round_open, "choice": 1})
    status, _, content = ask(server, "POST", "vote", body, Cookie=cookie)
    assert (status, content) == (200, {"ok": True})
    with contextlib.closing(sqlite3.connect(server.db)) as rows:
        voter = cookie.partition("=")[2].partition(".")[0]
        found = rows.execute("SELECT round, choice FROM votes WHERE voter = ?", (voter,))
        assert found.fetchall() == [(round_open, 1)]


def test_a_changed_vote_replaces_the_first_and_counts_once(server, round_open):
    cookie = enter(server)
    for choice in (0, 1, 1, 2):
        assert vote(server, cookie, round_open, choice) == 200
    state = server.call("state")
    assert state["counts"] == [0, 0, 1] and state["voters"] == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[1, 0]",
        b'"text"',
        b"{}",
        b'{"round": 1}',
        b'{"choice": 0}',
        b"\xff\xfe",
        b"[" * 1024,
        b'{"round": NaN, "choice": 0}',
        '{"round": 1, "choice": 0}'.encode("utf-16"),
    ],
)
def test_what_is_not_a_vote_in_json_is_400(server, round_open, body):
    assert ask(server, "POST", "vote", body, Cookie=enter(server))[0] == 400
    assert server.call("state")["voters"] == 0


@pytest.mark.parametrize("choice", [-1, 3, 10**30, True, False, None, 0.0, 1.5, "0", [0], {}])
def test_a_choice_that_is_no_index_in_range_is_400(server, round_open, choice):
    assert vote(server, enter(server), round_open, choice) == 400
    assert server.call("state")["voters"] == 0


@pytest.mark.parametrize("number", [True, 1.0, "1", None, [1]])
def test_a_round_that_is_no_json_integer_is_400(server, round_open, number):
    assert vote(server, enter(server), number, 0) == 400


@pytest.mark.parametrize("number", [0, -1, 10**30, 999])
def test_a_round_that_is_not_the_open_one_is_409(server, round_open, number):
    assert vote(server, enter(server), number, 0) == 409
    assert server.call("state")["voters"] == 0


def test_a_vote_without_our_own_cookie_is_403(server, round_open):
    body = json.dumps({"round": round_open, "choice": 0})
    assert ask(server, "POST", "vote", body)[0] == 403
    name = enter(server).partition("=")[0]
    for forged in ("x", "x.", ".", "abc.0123456789abcdef0123456789abcdef", "é.é"):
        cookie = f"{name}={forged}".encode()
        assert ask(server, "POST", "vote", body, Cookie=cookie)[0] == 403
    assert server.call("state")["voters"] == 0


def test_a_foreign_origin_is_403_and_our_own_or_none_is_welcome(server, round_open):
    host = urlsplit(server.url).netloc
    name, port = host.split(":")
    for origin in (
        "null",
        "http://evil.example",
        f"http://{name}:{int(port) + 1}",
        f"http://{name}",
        f"http://{host}.evil.example",
        f"http://{host}/",
        f"ftp://{host}",
        f"http://[{host}",
        "",
    ):
        assert vote(server, enter(server), round_open, 0, Origin=origin) == 403, origin
    assert server.call("state")["voters"] == 0
    assert vote(server, enter(server), round_open, 0, Origin=f"http://{host}") == 200
    assert vote(server, enter(server), round_open, 0, Origin=f"https://{host.upper()}") == 200
    assert vote(server, enter(server), round_open, 0) == 200


def test_over_a_kilobyte_is_413_and_exactly_one_is_not(server, round_open):
    cookie = enter(server)
    body = json.dumps({"round": round_open, "choice": 0}).encode()
    assert ask(server, "POST", "vote", body.ljust(1024), Cookie=cookie)[0] == 200
    for size in (1025, 70_000, 5_000_000):
        assert ask(server, "POST", "vote", body.ljust(size), Cookie=cookie)[0] == 413
    chunks = iter([body, b" " * 600, b" " * 600])
    assert ask(server, "POST", "vote", chunks, Cookie=cookie)[0] == 413


def test_checks_run_in_the_order_413_403_400_409(server, round_open):
    server.act("close")
    cookie, evil = enter(server), {"Origin": "http://evil.example"}
    late = json.dumps({"round": round_open, "choice": 0}).encode()
    assert ask(server, "POST", "vote", b"{" * 1025, **evil)[0] == 413
    assert ask(server, "POST", "vote", b"{", Cookie=cookie, **evil)[0] == 403
    assert ask(server, "POST", "vote", b"{")[0] == 403
    assert ask(server, "POST", "vote", b"{", Cookie=cookie)[0] == 400
    assert vote(server, cookie, 999, 99) == 400
    assert ask(server, "POST", "vote", late, Cookie=cookie)[0] == 409


def test_presenter_calls_answer_the_new_state(server):
    number = server.act("next")["round"]
    state = server.call("state")
    assert (state["status"], state["counts"], state["voters"]) == ("closed", [0, 0, 0], 0)
    for _ in range(2):  # open, close and show are idempotent
        assert server.act("open")["status"] == "open"
    for _ in range(2):
        assert server.act("close")["status"] == "closed"
    for _ in range(2):
        assert server.act("show")["round"] == number
    assert server.act("next")["round"] == number + 1
    assert server.act("next")["round"] == number + 2


@pytest.mark.parametrize("call", ["open", "close", "show", "next", "state"])
def test_presenter_calls_without_the_token_are_401_and_change_nothing(server, round_open, call):
    before = server.call("state")
    method = "GET" if call == "state" else "POST"
    for bearer in (None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {server.token}",
                  server.token, f"Bearer {server.token}x", f"Bearer {server.token[:-1]}",
                  "Bearer é".encode()):  # fmt: skip
        headers = {} if bearer is None else {"Authorization": bearer}
        assert ask(server, method, f"presenter/{call}", **headers)[0] == 401
    assert server.call("state") == before


def test_other_paths_are_404_and_other_methods_405(server):
    for path in ("nowhere", "presenter", "presenter/stop", "presenter/", "static/", "static/..",
                 "static/../store.py", "static/%2e%2e/store.py", "static/nothing.js", "/state",
                 "static/poll.js/x", "votes.sqlite3"):  # fmt: skip
        assert ask(server, "GET", path, **presenter(server))[0] == 404, path
    for method, path in (("POST", ""), ("POST", "state"), ("GET", "vote"), ("DELETE", "vote"),
                         ("GET", "presenter/open"), ("POST", "presenter/state")):  # fmt: skip
        assert ask(server, method, path, **presenter(server))[0] == 405, (method, path)
    assert ask(server, "POST", "static/poll.js")[0] == 404


def test_head_is_a_get_without_content(server):
    status, headers, content = ask(server, "HEAD", "")
    assert status == 200 and content == b"" and int(headers["Content-Length"]) > 100


# Closing and voting at the same time


def test_a_vote_that_races_with_the_closing_is_counted_or_409_and_never_neither(server):
    for _ in range(8):
        server.act("next")
        number = server.act("open")["round"]
        cookies = [enter(server) for _ in range(12)]
        statuses = []

        def cast(cookie, number=number, statuses=statuses):
            statuses.append(vote(server, cookie, number, 0))

        crowd = [threading.Thread(target=cast, args=(cookie,)) for cookie in cookies]
        for thread in crowd[:6]:
            thread.start()
        closed = server.act("close")
        for thread in crowd[6:]:
            thread.start()
        for thread in crowd:
            thread.join()
        state = server.call("state")
        assert set(statuses) <= {200, 409} and len(statuses) == 12
        assert state["counts"][0] == state["voters"] == statuses.count(200)
        assert state == closed, "nothing is counted after the closing was answered"


def test_a_vote_behind_the_closing_in_the_same_group_is_not_counted(tmp_path):
    poll = questions.load("entropy")
    with contextlib.closing(store.Store(tmp_path / "db", poll)) as votes:
        done = []
        writer = store.Writer(votes, done.extend)
        for job in (
            store.Vote("a", 1, 0),
            "close",
            store.Vote("b", 1, 0),
            "open",
            store.Vote("a", 1, 1),
            store.Vote("a", 1, 2),
        ):
            writer.put(job, None)
        writer.start()
        writer.stop()
        assert [result for _, _, result in done if isinstance(result, bool)] == [
            True, False, True, True]  # fmt: skip
        assert votes.choices() == {"a": 2}


def test_a_disk_that_fails_is_told_and_not_counted(tmp_path):
    poll = questions.load("entropy")
    with contextlib.closing(store.Store(tmp_path / "db", poll)) as votes:
        votes._db.execute("PRAGMA query_only = 1")
        done = []
        writer = store.Writer(votes, done.extend)
        writer.put(store.Vote("a", 1, 0), None)
        writer.start()
        writer.stop()
        assert isinstance(done[0][2], sqlite3.OperationalError)
        assert votes.choices() == {}


# Presenter's calls that mean a round


def act(server, action, body):
    return ask(server, "POST", f"presenter/{action}", body, **presenter(server))


@pytest.mark.parametrize("action", ["open", "close", "show", "next"])
def test_a_call_that_means_another_round_is_409_and_changes_nothing(server, round_open, action):
    before = server.call("state")
    for stale in (round_open - 1, round_open + 1, 0, -1, 10**30):
        status, _, content = act(server, action, json.dumps({"round": stale}))
        assert status == 409 and f"in round {round_open}" in content["error"]
    assert server.call("state") == before
    with pytest.raises(desk.Refused, match=f"in round {round_open} by now"):
        server.act(action, round_open - 1)
    assert server.act(action, round_open)["round"] == round_open + (action == "next")


def test_next_pressed_twice_for_the_same_round_goes_on_once(server, round_open):
    body = json.dumps({"round": round_open})
    statuses = []
    crowd = [
        threading.Thread(target=lambda: statuses.append(act(server, "next", body)[0]))
        for _ in range(8)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 7
    assert server.call("state")["round"] == round_open + 1


@pytest.mark.parametrize("body", [b"", b"{}", b'{"other": 1}'])
def test_a_call_without_a_round_means_the_current_one(server, round_open, body):
    assert act(server, "next", body)[2]["round"] == round_open + 1


@pytest.mark.parametrize("body", [b"{", b"null", b"[1]", b'{"round": null}', b'{"round": true}',
                                  b'{"round": 1.0}', b'{"round": "1"}', b"\xff",
                                  b"[" * 1024])  # fmt: skip
def test_a_call_whose_body_names_no_round_is_400_and_a_long_one_413(server, round_open, body):
    before = server.call("state")
    assert act(server, "next", body)[0] == 400
    assert act(server, "next", body.ljust(1025))[0] == 413
    assert ask(server, "POST", "presenter/next", body)[0] == 401
    assert server.call("state") == before


# A disk that is full, or refuses


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process's files")
def test_a_full_disk_is_507_in_words_of_its_own_and_counts_nothing(tmp_path):
    with running(tmp_path / "a.db") as server:
        cookie = enter(server)
        assert vote(server, cookie, 1, 0) == 200
        before = server.call("state")
        with full_disk(server):
            body = json.dumps({"round": 1, "choice": 1})
            for voter in (cookie, enter(server)):
                status, _, content = ask(server, "POST", "vote", body, Cookie=voter)
                assert (status, content) == (
                    507, {"error": "not saved: the disk is full or refuses"})  # fmt: skip
            for action in ("close", "show", "next"):
                with pytest.raises(desk.Refused, match="not saved: the disk is full or refuses"):
                    server.act(action)
            assert server.call("state") == before and server.alive()
        assert vote(server, cookie, 1, 1) == 200
        assert server.act("close")["counts"] == [0, 1, 0]


def test_a_file_that_another_program_has_locked_is_said(tmp_path):
    with running(tmp_path / "a.db") as server:
        with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(desk.Refused, match="not saved: another program has locked"):
                server.act("close")
            other.execute("ROLLBACK")
        assert server.act("close")["counts"] == [0, 0, 0]


def test_polls_may_be_kept_below_the_home_folder(monkeypatch):
    for value in ("~/class", ""):
        monkeypatch.setenv("LOSSVIZ_POLLS", value)
        assert store.folder().parent == Path.home()


def test_an_action_that_failed_does_not_undo_one_that_did_not(tmp_path, monkeypatch):
    with contextlib.closing(store.Store(tmp_path / "db", questions.load("entropy"))) as votes:
        done, act = [], votes.act

        def fails_to_show(action, meant=None):
            if action == "show":
                raise sqlite3.OperationalError("database or disk is full")
            return act(action, meant)

        monkeypatch.setattr(votes, "act", fails_to_show)
        writer = store.Writer(votes, done.extend)
        for job in ("close", "show", ("next", 1), ("next", 1)):
            writer.put(job, None)
        writer.start()
        writer.stop()
        closed, failed, after, stale = [result for _, _, result in done]
        assert (closed.open, after.number, stale) == (False, 2, None)
        assert isinstance(failed, sqlite3.OperationalError)


def a_folder_called(name):
    def make(folder):
        (folder / "polls" / name).mkdir(parents=True)

    return make


@pytest.mark.skipif(ON_WINDOWS, reason="Windows words its errors otherwise")
@pytest.mark.parametrize(
    ("obstacle", "cause"),
    [
        (lambda folder: (folder / "polls").write_text(""), "kept in .*(exists|Not a directory)"),
        (a_folder_called("a.db.log"), "kept in .*Is a directory; set .*LOSSVIZ_POLLS"),
        (a_folder_called("a.db"), "cannot write .*a.db': Is a directory"),
        (a_folder_called("a.db.token"), "cannot write .*a.db.token': Is a directory"),
        (a_folder_called("a.db-lock"), "a.db-lock' cannot be written: unable to open"),
        (a_folder_called("a.db-wal"), "a.db' cannot be written: disk I/O error"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_by_its_cause(tmp_path, obstacle, cause):
    obstacle(tmp_path)
    with pytest.raises(ValueError, match=cause):
        desk.start(tmp_path / "polls" / "a.db")


@pytest.mark.parametrize(
    ("code", "seconds", "cause"),
    [
        ("pass", 20, "its log .* is empty; is the disk full"),
        ("import time; time.sleep(600)", 0.5, "no word from it in 0.5 s"),
        ("raise ValueError('so')", 20, "ValueError: so"),
    ],
)
def test_a_server_that_ends_before_its_first_word_is_told(
    tmp_path, monkeypatch, code, seconds, cause
):
    start = subprocess.Popen
    monkeypatch.setattr(desk, "START_SECONDS", seconds)
    monkeypatch.setattr(
        desk.subprocess,
        "Popen",
        lambda _, **options: start([sys.executable, "-c", code], **options),
    )
    with pytest.raises(ValueError, match=cause):
        desk.start(tmp_path / "a.db")


def test_a_process_that_cannot_be_started_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(desk.sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(ValueError, match=r"cannot be started: .*(No such file|cannot find)"):
        desk.start(tmp_path / "a.db")


def test_only_a_database_in_use_is_called_another_server_s(tmp_path, monkeypatch):
    class Full:
        def __init__(self, *_, **__):
            pass

        def execute(self, _):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

        def close(self):
            pass

    monkeypatch.setattr(store.sqlite3, "connect", Full)
    with pytest.raises(ValueError, match="cannot be written: database or disk is full"):
        store.Store(tmp_path / "db", questions.load("entropy"))


@pytest.mark.parametrize("body", [b"<h1>Hello</h1>", b"[]", b'"x"', b""])
@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_stranger_at_the_address_is_another_s_and_not_alive(tmp_path, status, body):
    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Stranger) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}/"
        server = desk.Server(url, tmp_path / "a.db", "token", 0)
        with pytest.raises(PermissionError, match="is another poll's"):
            server.call("state")
        assert not server.alive()
        other.shutdown()
    with pytest.raises(ConnectionRefusedError):
        server.call("state")


# Starting again


def test_the_same_database_resumes_round_votes_token_port_and_cookies(tmp_path):
    db = tmp_path / "votes.sqlite3"
    with running(db) as first:
        first.act("next")
        first.act("open")
        first.act("show")
        cookie = enter(first)
        assert vote(first, cookie, 2, 1) == 200
        before = first.call("state")
    with running(db) as second:
        assert (second.url, second.token) == (first.url, first.token)
        assert second.call("state") == before
        state = ask(second, "GET", "state", Cookie=cookie)[2]
        assert state["voted"] == 1 and state["counts"] == [0, 1, 0]
        assert vote(second, cookie, 2, 2) == 200
        assert second.call("state")["voters"] == 1


def test_the_start_line_is_one_json_line_and_nothing_else_is_printed(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "lossviz.poll", "--bind", "127.0.0.1", "--poll", "entropy_easy",
         "--db", str(tmp_path / "a.db"), "--token-file", str(tmp_path / "secret")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    said = json.loads(process.stdout.readline())
    assert set(said) == {"url", "db", "token_file"}
    assert said["db"] == str(tmp_path / "a.db") and said["token_file"] == str(tmp_path / "secret")
    server = desk.Server(said["url"], said["db"], (tmp_path / "secret").read_text().strip(), 0)
    assert server.call("state")["poll"] == "entropy_easy"
    process.terminate()
    rest, errors = process.communicate(timeout=10)
    assert (rest, errors) == ("", "")
    assert process.returncode == 0 or ON_WINDOWS


@pytest.mark.skipif(ON_WINDOWS, reason="Windows has no file modes")
def test_token_and_database_are_readable_by_their_owner_only(server):
    for name in ("", ".token", "-wal"):
        mode = stat.S_IMODE(os.stat(f"{server.db}{name}").st_mode)
        assert mode == 0o600, name


@pytest.mark.skipif(ON_WINDOWS, reason="Windows has no SIGTERM to catch: it ends the process")
def test_sigterm_closes_cleanly_and_folds_the_log_into_the_file(tmp_path):
    server = desk.start(tmp_path / "a.db")
    assert vote(server, enter(server), 1, 0) == 200
    os.kill(server.pid, signal.SIGTERM)
    assert server.process.wait(10) == 0
    assert not (tmp_path / "a.db-wal").exists()
    options, rounds = store.history(tmp_path / "a.db", "entropy")
    assert options == ["Box A", "Box B", "Both the same"]
    assert [(past.round, past.counts) for past in rounds] == [(1, [1, 0, 0])]


def test_it_ends_by_itself_when_nobody_asks_any_more(tmp_path):
    code = "import sys; from lossviz.poll.server import main; sys.exit(main(sys.argv[1:], 1.0))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--bind", "127.0.0.1", "--db", str(tmp_path / "a.db")],
        stdout=subprocess.PIPE, text=True)  # fmt: skip
    said = json.loads(process.stdout.readline())
    server = desk.Server(said["url"], said["db"], "wrong", 0)
    for _ in range(6):  # requests keep it alive, whatever they are
        time.sleep(0.4)
        with pytest.raises(PermissionError):
            server.call("state")
        assert process.poll() is None
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_second_server_on_the_same_database_is_refused(server):
    with pytest.raises(ValueError, match="another poll server is using"):
        desk.start(server.db)


def test_a_taken_port_and_a_foreign_file_are_told_in_a_sentence(tmp_path, server):
    port = urlsplit(server.url).port
    with pytest.raises(ValueError, match=f"cannot listen on '127.0.0.1', port {port}"):
        desk.start(tmp_path / "a.db", port=port)
    with pytest.raises(ValueError, match="port is 99999; give 0"):
        desk.start(tmp_path / "b.db", port=99999)
    (tmp_path / "notes.txt").write_text("these are my notes, not a database\n" * 50)
    with pytest.raises(ValueError, match="no poll's database"):
        desk.start(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text().startswith("these are my notes")
    with pytest.raises(ValueError, match="no poll is called 'nonsense'; give one of"):
        desk.start(tmp_path / "c.db", poll="nonsense")


def test_votes_on_other_options_are_not_mixed(tmp_path):
    poll = tmp_path / "mine.toml"
    poll.write_text('question = "Tea?"\noptions = ["yes", "no"]\n')
    with running(tmp_path / "a.db", poll=str(poll)) as server:
        assert server.call("state")["poll"] == "mine"
    poll.write_text('question = "Tea?"\noptions = ["no", "yes"]\n')
    with pytest.raises(ValueError, match="holds votes on 'mine' with the options"):
        desk.start(tmp_path / "a.db", poll=str(poll))
    with running(tmp_path / "a.db", poll="entropy") as server:  # two polls in one file are fine
        assert server.call("state")["poll"] == "entropy"


def test_a_running_server_is_found_by_its_database_alone(server, tmp_path):
    found = desk.find(server.db)
    assert (found.url, found.token, found.pid) == (server.url, server.token, server.pid)
    assert desk.find(tmp_path / "none") is None
    with running(tmp_path / "a.db") as other:
        assert desk.find(other.db).url == other.url
    assert desk.find(tmp_path / "a.db") is None


@pytest.mark.skipif(ON_WINDOWS, reason="Windows has no such limit")
def test_it_raises_its_own_open_file_limit(tmp_path):
    code = (
        "import resource, sys\n"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))\n"
        "from lossviz.poll.server import raise_file_limit\n"
        "raise_file_limit()\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], hard)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    now, hard = map(int, said.stdout.split())
    assert now == min(hard, 65_536) if hard > 0 else now == 65_536


# Requests that nobody should send


def raw(server, content, wait=5.0):
    """The bytes that come back for these bytes (an empty answer: the connection was closed)."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=wait) as link:
        with contextlib.suppress(OSError):
            link.sendall(content)
            link.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(OSError):
            while chunk := link.recv(65536):
                answer += chunk
    return answer


def alive_and_uncounted(server, number):
    state = server.call("state")
    return state["round"] == number and state["voters"] == 0 and not any(state["counts"])


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
# JSON that is no vote: a number in place, a round that is not open, or no numbers at all
BAD_VOTES = st.one_of(
    JSONS.map(json.dumps).map(str.encode),
    st.binary(max_size=1500),
    st.builds(lambda r, c: json.dumps({"round": r, "choice": c}).encode(), JSONS, JSONS),
    st.builds(
        lambda c: json.dumps({"round": 1, "choice": c}).encode(),
        st.integers().filter(lambda c: not 0 <= c <= 2),
    ),
)
NO_DELAY = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A server whose round 2 is closed: no vote at all can count."""
    with running(tmp_path_factory.mktemp("closed") / "votes.sqlite3") as server:
        server.act("next")
        yield server, enter(server)


@NO_DELAY
@given(body=BAD_VOTES)
def test_whatever_the_body_it_is_a_4xx_and_nothing_counts(closed, body):
    server, cookie = closed
    status, _, _ = ask(server, "POST", "vote", body, Cookie=cookie)
    assert status in (400, 409, 413)


@NO_DELAY
@given(origin=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_whatever_the_foreign_origin_it_is_403(closed, origin):
    server, cookie = closed
    assert vote(server, cookie, 2, 0, Origin=origin) == 403


@NO_DELAY
@given(
    token=st.text(
        st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60
    )
)
def test_whatever_the_forged_token_it_is_401(closed, token):
    server, _ = closed
    forged = f"Bearer {token}".encode("latin-1")
    assert ask(server, "POST", "presenter/open", Authorization=forged)[0] == 401


@NO_DELAY
@given(
    content=st.binary(max_size=300),
    start=st.sampled_from([b"", b"GET ", b"POST /vote HTTP/1.1\r\n"]),
)
def test_whatever_the_bytes_there_is_no_5xx(closed, content, start):
    answer = raw(closed[0], start + content)
    assert not answer or answer.split(b" ")[1][:1] in (b"2", b"4")


@NO_DELAY
@given(body=BAD_VOTES, options=st.integers(1, 9))
def test_read_vote_accepts_only_strict_integers_in_range(body, options):
    vote = web.read_vote(body, "me", options)
    if vote is not None:
        assert type(vote.round) is int and type(vote.choice) is int
        assert 0 <= vote.choice < options
        assert json.loads(body)["choice"] == vote.choice


def test_ten_thousand_bad_requests_count_nothing_and_leave_the_server_alive(tmp_path):
    with running(tmp_path / "a.db") as server:
        server.act("next")  # round 2
        server.act("next")  # round 3 is open: only what is right would count
        server.act("open")
        cookie, host = enter(server), urlsplit(server.url).netloc
        good = b'{"round": 3, "choice": 0}'

        def post(body, path="vote", **headers):
            lines = {"Host": host, "Content-Length": str(len(body)), **headers}
            head = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in lines.items())
            return f"POST /{path} HTTP/1.1\r\n{head}\r\n".encode() + body

        name = cookie.partition("=")[0]
        kinds = [
            (400, lambda i: post(b'{"round": 3, "choice": ' + str(i).encode(), Cookie=cookie)),
            (413, lambda i: post(good.ljust(1025 + i), Cookie=cookie)),
            (409, lambda i: post(b'{"round": %d, "choice": 0}' % (i % 3), Cookie=cookie)),
            (403, lambda i: post(good, Cookie=cookie, Origin=f"http://evil{i}.example")),
            (403, lambda i: post(good, Cookie=f"{name}=voter{i}.{i:032x}")),
            (401, lambda i: post(b"", "presenter/close", Authorization=f"Bearer forged{i}")),
            (400, lambda i: post(b'{"round": 3, "choice": %d}' % (3 + i), Cookie=cookie)),
            (400, lambda i: post(b'{"round": 3, "choice": %d}' % (-1 - i), Cookie=cookie)),
            (400, lambda i: post(b'{"round": 3, "choice": "%d"}' % (i % 3), Cookie=cookie)),
            (404, lambda i: post(good, f"vote/{i}", Cookie=cookie)),
        ]
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as link:
            answers = link.makefile("rb")
            for index in range(1000):
                link.sendall(b"".join(make(index) for _, make in kinds))  # pipelined
                for status, _ in kinds:
                    line = answers.readline()
                    assert line.startswith(b"HTTP/1.1 %d " % status), (status, line)
                    length = 0
                    while (field := answers.readline()) != b"\r\n":
                        if field.lower().startswith(b"content-length:"):
                            length = int(field.split(b":")[1])
                    answers.read(length)
        assert alive_and_uncounted(server, 3) and server.call("state")["status"] == "open"
        assert vote(server, cookie, 3, 0) == 200


# Where phones can go


def test_the_url_names_an_address_that_is_not_any():
    assert network.url("127.0.0.1", 80) == "http://127.0.0.1:80/"
    assert network.url("::1", 80) == "http://[::1]:80/"
    assert "0.0.0.0" not in network.url("0.0.0.0", 80)


@pytest.mark.parametrize(
    ("names", "word"),
    [({"BINDER_SERVICE_HOST": "x"}, "Binder"), ({"JUPYTERHUB_API_URL": "x"}, "hub")],
)
def test_binder_and_hubs_are_known_by_their_environment(monkeypatch, names, word):
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert word in network.why_no_phones()


def test_in_a_page_it_is_said_that_phones_cannot_reach_a_page(monkeypatch):
    monkeypatch.setattr(network.sys, "platform", "emscripten")
    assert "cannot reach a page" in network.why_no_phones()


def test_the_view_needs_no_tornado_which_a_page_does_not_have():
    code = "import sys; sys.modules['tornado'] = None; import lossviz.poll.view"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_computer_on_no_network_says_so(monkeypatch):
    for name in ("BINDER_SERVICE_HOST", "BINDER_REPO_URL", "JUPYTERHUB_API_URL",
                 "JUPYTERHUB_SERVICE_PREFIX"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(network, "addresses", lambda: ["192.168.1.7"])
    assert network.why_no_phones() is None
    monkeypatch.setattr(network, "addresses", lambda: [])
    assert "no network" in network.why_no_phones()
    assert all(network.unreachable(a) for a in ("127.0.0.1", "127.0.1.1", "fe80::1", "0.0.0.0"))


WIFI = {"wlan0": "192.168.1.23"}
INTERFACES = {
    "a VPN beside the Wi-Fi": ({"tun0": "10.8.0.2", **WIFI}, ["192.168.1.23", "10.8.0.2"]),
    "a tunnel without a name of its own": (
        {"Work": ("10.8.0.3", "pointopoint"), **WIFI}, ["192.168.1.23", "10.8.0.3"]),
    "a tunnel that is one address wide": (
        {"Work": ("10.8.0.4", "/32"), **WIFI}, ["192.168.1.23", "10.8.0.4"]),
    "a cable beside it": ({"eth0": "172.16.5.9", **WIFI}, ["172.16.5.9", "192.168.1.23"]),
    "a university's public addresses": (
        {"eth0": "141.2.3.4", **WIFI}, ["192.168.1.23", "141.2.3.4"]),
    "containers and virtual machines": (
        {"docker0": "172.17.0.1", "vEthernet (WSL)": "172.20.0.1", "virbr0": "10.9.0.1", **WIFI},
        ["192.168.1.23", "172.17.0.1", "172.20.0.1", "10.9.0.1"]),
    "virtual machines of Windows": (
        {"VirtualBox Host-Only Network": "192.168.56.1",
         "VMware Network Adapter VMnet8": "192.168.81.1", **WIFI},
        ["192.168.1.23", "192.168.56.1", "192.168.81.1"]),
    "IPv6 only": ({"wlan0": "2001:db8::5", "lo": "::1"}, ["2001:db8::5"]),
    "IPv6 first": ({"eth0": "fd00::2", **WIFI}, ["192.168.1.23", "fd00::2"]),
    "its own addresses": (
        {"eth0": "169.254.3.4", "eth1": "fe80::1%eth1", "tun0": "10.8.0.2"},
        ["10.8.0.2", "169.254.3.4"]),
    "a cable that is unplugged": ({"eth0": ("10.0.0.5", "down"), **WIFI}, ["192.168.1.23"]),
    "a laptop's own hotspot": ({"ap0": "10.42.0.1", "lo": "127.0.0.1"}, ["10.42.0.1"]),
    "none": ({"lo": "127.0.0.1"}, []),
}  # fmt: skip


@pytest.mark.parametrize(("interfaces", "offered"), INTERFACES.values(), ids=INTERFACES)
def test_every_address_is_offered_and_the_likeliest_comes_first(monkeypatch, interfaces, offered):
    entries, states = {}, {}
    for name, entry in interfaces.items():
        address, flag = (entry, "") if isinstance(entry, str) else entry
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        mask = "255.255.255.255" if flag == "/32" else "255.255.255.0"
        hardware = SimpleNamespace(family=-1, address="00:00:5e:00:53:01", netmask=None, ptp=None)
        entries[name] = [hardware, SimpleNamespace(
            family=family, address=address, netmask=mask, ptp=None)]  # fmt: skip
        states[name] = SimpleNamespace(isup=flag != "down", flags=f"up,{flag}")
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: entries)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: states)
    assert network.addresses() == offered
    first = offered[0] if offered else "127.0.0.1"
    assert network.url("", 80) == network.http(first, 80)
    assert (network.why_no_phones() is None) == bool(offered)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (" 192.168.1.23 ", "http://192.168.1.23:5000/"),
        ("http://192.168.1.23/", "http://192.168.1.23:5000/"),
        ("192.168.1.23:8080", "http://192.168.1.23:8080/"),
        ("HTTP://192.168.1.23", "http://192.168.1.23:5000/"),
        ("2001:db8::5", "http://[2001:db8::5]:5000/"),
        ("http://[2001:db8::5]:99/", "http://[2001:db8::5]:99/"),
        ("laptop.local", "http://laptop.local:5000/"),
        ("https://a-tunnel.example/poll/", "https://a-tunnel.example/poll/"),
    ],
)
def test_an_address_can_be_typed_as_people_type_it(text, url):
    assert network.typed(text, 5000) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "192.168.1",
        "a b",
        'x"y',
        "http://",
        "https://",
        "<b>",
        "[zz]",
        "ftp://192.168.1.23",
    ],
)
def test_what_is_no_address_is_told(text):
    with pytest.raises(ValueError, match="is no address; type one"):
        network.typed(text, 5000)


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "http://127.0.1.1:80/", "localhost", "0.0.0.0", "[::1]", "fe80::1%wlan0"]
)
def test_an_address_of_this_computer_alone_makes_no_code(text):
    with pytest.raises(ValueError, match="leads no phone here"):
        network.typed(text, 5000)


def test_a_server_that_listens_everywhere_answers_by_ipv4_and_ipv6(tmp_path):
    with running(tmp_path / "a.db", bind="") as server:
        port = urlsplit(server.url).port
        hosts = ["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"]
        for host in hosts:
            elsewhere = desk.Server(network.http(host, port), server.db, server.token, 0)
            assert elsewhere.call("state") == server.call("state")


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_every_commit_waits_for_the_disk(tmp_path):
    poll = questions.load("entropy")
    with contextlib.closing(store.Store(tmp_path / "db", poll)) as votes:
        assert votes._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert votes._db.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"
