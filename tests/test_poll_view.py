"""The notebook's view of a poll, its buttons pressed in this process, its server a real one."""

import base64
import csv
import errno
import html
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import weakref
from urllib.request import Request, urlopen

import ipywidgets as widgets
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from support.disks import full_disk

from lossviz import information
from lossviz.poll import desk, hands, network, poll, results, view, watch
from lossviz.poll.phones import Phones
from lossviz.poll.results import Tally

OPTIONS = ["Box A", "Box B", "Both the same"]


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    """A folder of its own, on a computer that phones can reach."""
    home = tmp_path / "polls"
    monkeypatch.setenv("LOSSVIZ_POLLS", str(home))
    monkeypatch.setattr(network, "why_no_phones", lambda: None)
    return home


@pytest.fixture
def shown():
    made = poll("entropy")
    yield made
    if made._server:
        made._server.stop()
    made.close()


def everything(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from everything(child)


def press(shown, name):
    (button,) = (
        w for w in everything(shown) if isinstance(w, widgets.Button) and w.description == name
    )
    button.click()


def mode(shown, name):
    (buttons,) = (w for w in everything(shown) if isinstance(w, widgets.ToggleButtons))
    buttons.value = name


def text(shown):
    return "\n".join(w.value for w in everything(shown) if isinstance(w, widgets.HTML))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def vote(url, *choices, number=1):
    """One new voter for each choice."""
    for choice in choices:
        with urlopen(url) as page:
            cookie = page.headers["Set-Cookie"].partition(";")[0]
        body = json.dumps({"round": number, "choice": choice}).encode()
        with urlopen(Request(url + "vote", body, {"Cookie": cookie})) as answer:
            assert answer.status == 200


def test_nothing_is_started_and_its_text_is_fixed(at_home, shown):
    assert not at_home.exists()
    data, _ = shown._repr_mimebundle_()
    assert data["text/plain"] == str(shown) == (
        "Class poll: You draw one ball without looking. "
        "Which box's colour has the higher entropy?\n"
        "  - Box A\n  - Box B\n  - Both the same"
    )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["Stop", "Open", "Close", "Show", "Next", "Resume the last", "Export CSV"]
)
def test_a_button_before_start_says_what_to_do(at_home, shown, name):
    press(shown, name)
    assert shown.status and not at_home.exists()


def test_a_whole_class_hour(at_home, shown):
    press(shown, "Start")
    assert shown.status == "The vote is open."
    url = shown._server.local
    assert f":{url.split(':')[2]}" in text(shown) and "<img" in text(shown)
    assert "QR code of http://" in text(shown) and "your own phone" in text(shown)
    vote(url, 0, 1, 1, 1)
    until(lambda: shown.voters == 4 and "<b>4</b> have voted" in text(shown))
    assert "<table" not in text(shown) and shown.newest() is None, "hidden until shown"
    press(shown, "Close")
    press(shown, "Show")
    assert shown.newest() == Tally("Round 1", (1, 3, 0))
    assert "Round 1, 4 votes" in text(shown) and "0.811 bits" in text(shown)
    press(shown, "Next")
    assert shown.voters == 0 and "Round 1, 4 votes" in text(shown)
    press(shown, "Open")
    vote(url, 0, 0, 0, 1, number=2)
    until(lambda: shown.voters == 4)
    assert "Round 2, 4 votes" not in text(shown)
    press(shown, "Show")
    first, second = np.array([1, 3]) / 4, np.array([3, 1]) / 4
    kl = float(information.kl_divergence(second, first))
    assert "Round 1, 4 votes" in text(shown) and "Round 2, 4 votes" in text(shown)
    assert "0.811 bits before, 0.811 after" in text(shown)
    assert f"KL(second‖first) = {kl:.3f} bits" in text(shown)
    press(shown, "Export CSV")
    rows = exported(shown)
    assert rows[0] == ["poll", "voters", "round", "option", "votes"]
    assert rows[1:3] == [["entropy", "phones", "Round 1", "Box A", "1"],
                         ["entropy", "phones", "Round 1", "Box B", "3"]]  # fmt: skip
    assert [row[4] for row in rows[4:]] == ["3", "1", "0"]
    db = shown._server.db
    press(shown, "Stop")
    assert str(db) in shown.status and db.is_file() and desk.find(db) is None
    assert "Round 2, 4 votes" in text(shown), "what was shown stays"


def exported(shown):
    (data,) = re.findall(r"csv;base64,([^\"]+)\">Save", text(shown))
    return list(csv.reader(io.StringIO(base64.b64decode(data).decode("utf-8-sig"))))


def test_start_twice_is_one_vote_and_stop_without_votes_leaves_no_file(at_home, shown):
    press(shown, "Start")
    pid = shown._server.pid
    press(shown, "Start")
    press(shown, "Resume the last")
    assert shown._server.pid == pid
    press(shown, "Stop")
    assert not at_home.exists()
    press(shown, "Stop")
    assert shown.status == "No vote is running."


def test_every_button_in_an_odd_order_answers(at_home, shown):
    names = ["Show", "Start", "Next", "Next", "Resume the last", "Export CSV", "Open", "Simulate",
             "Close", "Stop", "Open", "Start", "Show", "Stop", "Export CSV"]  # fmt: skip
    for name in names:
        begin = time.monotonic()
        press(shown, name)
        assert shown.status
        assert time.monotonic() - begin < 30
    assert shown._server is None and not at_home.exists()


def test_a_new_view_finds_the_running_vote_and_a_stopped_one_resumes(at_home, shown):
    press(shown, "Start")
    vote(shown._server.local, 2)
    server = shown._server
    shown.close()  # the kernel's restart
    again = poll("entropy")
    assert again.status.startswith("A vote is running") and again.voters == 1
    assert again._server.url == server.url
    press(again, "Stop")
    server.process.wait(10)
    third = poll("entropy")
    assert third._server is None
    press(third, "Resume the last")
    assert third._server.url == server.url and third.voters == 1
    press(third, "Stop")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups to end")
def test_the_end_of_the_kernel_with_its_group_does_not_end_the_vote(at_home):
    code = (
        "import os, signal\n"
        "from lossviz.poll import desk\n"
        f"print(desk.start({str(at_home / 'a.sqlite3')!r}).pid, flush=True)\n"
        "os.killpg(0, signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, start_new_session=True)
    server = desk.find(at_home / "a.sqlite3")
    assert server is not None
    server.stop()
    until(lambda: desk.find(at_home / "a.sqlite3") is None)


def test_a_server_that_ended_by_itself_is_told(shown):
    press(shown, "Start")
    shown._server.process.kill()
    until(lambda: "ended by itself" in shown.status)
    assert shown._server is None
    press(shown, "Resume the last")
    assert shown.status == "The vote goes on where it stopped."


def test_where_phones_cannot_reach_it_says_so_and_shows_no_code(at_home, monkeypatch):
    monkeypatch.setattr(network, "why_no_phones", lambda: "This notebook runs on Binder.")
    shown = poll("entropy")
    assert shown.status == (
        "This notebook runs on Binder. Count hands instead, or simulate a class."
    )
    press(shown, "Start")
    assert shown._server is None and "QR" not in text(shown) and not at_home.exists()
    assert shown._mode.value == view.HANDS


def test_hands_are_typed_in_and_compared(shown):
    mode(shown, view.HANDS)
    boxes = [w for w in everything(shown) if isinstance(w, widgets.BoundedIntText)]
    assert [box.description for box in boxes] == OPTIONS * 2
    for box, count in zip(boxes, (8, 8, 0), strict=False):
        box.value = count
    assert "First vote, 16 votes" in text(shown) and "1.000 bits" in text(shown)
    for box, count in zip(boxes[3:], (12, 0, 4), strict=False):
        box.value = count
    assert "Second vote, 16 votes" in text(shown)
    assert "KL(second‖first) = ∞: nobody chose “Both the same” (4 votes now) first" in text(shown)
    press(shown, "Export CSV")
    assert {row[1] for row in exported(shown)[1:]} == {"hands, counted"}
    mode(shown, view.PHONES)
    assert "Second vote" not in re.sub("<b>.*?</b>", "", text(shown)) and "Save" not in text(shown)


def test_a_simulated_class_says_that_it_is_one(shown):
    mode(shown, view.SIMULATED)
    assert "<table" not in text(shown)
    for _ in range(3):
        press(shown, "Simulate")
        assert "Simulated: nobody voted." in text(shown)
        assert "Simulated, first, 60 votes" in text(shown)
    press(shown, "Export CSV")
    assert {row[1] for row in exported(shown)[1:]} == {"simulated class"}


def test_own_questions_and_clear_errors(at_home):
    at_home.mkdir()
    path = at_home / "tea.toml"
    path.write_text('question = "Tea <b>?"\noptions = ["=yes", "<i>no"]\n')
    shown = poll(path)
    assert "Tea &lt;b&gt;?" in text(shown) and "<i>no" not in text(shown)
    assert "<details" not in text(shown)
    press(shown, "Start")
    vote(shown._server.local, 0)
    press(shown, "Show")
    until(lambda: shown.voters == 1)
    press(shown, "Export CSV")
    assert exported(shown)[1][3] == "'=yes"
    press(shown, "Stop")
    with pytest.raises(ValueError, match="no poll is called 'nonsense'"):
        poll("nonsense")


# The computer moves, or the instructor knows better


def code_of(shown):
    return re.search('QR code of ([^"]+)', text(shown))[1]


def move(monkeypatch, *addresses):
    monkeypatch.setattr(network, "addresses", lambda: list(addresses))


def test_what_the_computer_has_now_comes_first_in_a_view_that_finds_the_vote(monkeypatch, shown):
    move(monkeypatch, "192.168.1.23", "10.8.0.2")
    press(shown, "Start")
    port = shown._server.url.split(":")[-1].strip("/")
    assert code_of(shown) == f"http://192.168.1.23:{port}/"
    move(monkeypatch, "10.42.0.1")
    again = poll("entropy")
    assert again._address.options == ("10.42.0.1",)
    assert code_of(again) == f"http://10.42.0.1:{port}/"
    again.close()


@pytest.mark.parametrize("there", [("10.42.0.1",), ("2001:db8::5",), ("fd00::9", "10.9.9.9")])
def test_a_running_view_follows_the_computer_to_another_network(monkeypatch, shown, there):
    move(monkeypatch, "192.168.1.23")
    press(shown, "Start")
    port = shown._server.url.split(":")[-1].strip("/")
    move(monkeypatch)  # between two networks there is none: the last one stays
    shown.phones.look_around()
    assert code_of(shown) == f"http://192.168.1.23:{port}/"
    assert shown.status.startswith("This computer is on no network now")
    move(monkeypatch, *there)
    until(lambda: "192.168.1.23" not in text(shown))
    assert code_of(shown) == network.http(there[0], port)
    assert shown._address.options == there
    assert shown.status == "This computer is on a network again."


def test_one_more_network_does_not_change_a_code_that_works(monkeypatch, shown):
    move(monkeypatch, "192.168.1.23")
    press(shown, "Start")
    code = code_of(shown)
    move(monkeypatch, "172.16.5.9", "192.168.1.23")
    until(lambda: "172.16.5.9 too" in text(shown))
    assert code_of(shown) == code and len(shown._address.options) == 2
    shown._address.value = "172.16.5.9"
    assert code_of(shown) == code.replace("192.168.1.23", "172.16.5.9")


def test_a_typed_address_is_shown_and_kept_and_nonsense_is_told(monkeypatch, shown):
    move(monkeypatch, "192.168.1.23")
    press(shown, "Start")
    port = shown._server.url.split(":")[-1].strip("/")
    shown._address.value = "http://[2001:db8::7]/"
    assert code_of(shown) == f"http://[2001:db8::7]:{port}/"
    move(monkeypatch, "10.42.0.1")
    until(lambda: shown._address.options == ("10.42.0.1",))
    assert code_of(shown) == f"http://[2001:db8::7]:{port}/"
    shown._address.value = "192.168.1"
    assert "'192.168.1' is no address" in shown.status
    assert code_of(shown) == f"http://[2001:db8::7]:{port}/"
    shown._address.value = "https://tunnel.example/<b>"
    assert code_of(shown) == "https://tunnel.example/&lt;b&gt;"
    shown._address.value = ""
    assert code_of(shown) == f"http://10.42.0.1:{port}/"


def test_a_server_bound_to_one_address_is_offered_there_only(at_home, monkeypatch):
    move(monkeypatch, "192.168.1.23")
    server = desk.start(at_home / "entropy-20250101-120000.sqlite3", bind="127.0.0.1")
    shown = poll("entropy")
    assert shown._address.options == ("127.0.0.1",) and code_of(shown) == server.url
    press(shown, "Stop")
    shown.close()


# A vote that ends, and the one thread that notices


def watching():
    """The threads that go on watching; one that was ended may still wait for its last answer."""
    threads = [t for t in threading.enumerate() if t.name == "poll-watch"]
    return [thread for thread in threads if not thread.ended.is_set()]


def test_every_view_that_found_the_vote_says_that_it_ended(shown):
    press(shown, "Start")
    server, again = shown._server, poll("entropy")
    shown.close()  # what follows knows no child process, as after the kernel's restart
    again.close()
    again, third = poll("entropy"), poll("entropy")
    server.process.kill()
    server.process.wait()
    until(lambda: "ended by itself" in again.status and "ended by itself" in third.status)
    for each in (again, third):
        assert each._server is None and "QR code" not in text(each)
        each.close()
    until(lambda: not watching())


def test_another_server_at_its_address_is_the_end_too(shown):
    press(shown, "Start")
    server = shown._server
    again = poll("entropy")
    object.__setattr__(server, "token", "wrong" * 8)  # what another poll's server would refuse
    until(lambda: "ended by itself" in shown.status and "ended by itself" in again.status)
    again.close()
    server.process.kill()
    server.process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot halt a process")
def test_a_server_that_is_only_slow_has_not_ended_and_stop_says_so(monkeypatch, shown):
    monkeypatch.setattr(watch, "GONE_SECONDS", 0.5)
    stop = desk.Server.stop
    press(shown, "Start")
    server = shown._server
    again = poll("entropy")
    os.kill(server.pid, signal.SIGSTOP)
    try:
        monkeypatch.setattr(desk.Server, "stop", lambda self: stop(self, 0.2))
        time.sleep(5)
        assert shown._server and again._server
        press(shown, "Stop")
        assert "still runs after 0.2 s; press Stop again" in shown.status
        assert shown._server is server and len(watching()) == 1
    finally:
        os.kill(server.pid, signal.SIGCONT)
    monkeypatch.setattr(desk.Server, "stop", stop)
    press(shown, "Stop")
    assert shown._server is None and again._server is None
    assert again.status == "The vote was ended in another view of it."
    again.close()


def test_many_views_are_one_thread_and_four_questions_a_second(monkeypatch, shown):
    asked, call = [], desk.Server.call
    monkeypatch.setattr(
        desk.Server, "call", lambda self, *a, **k: (asked.append(a), call(self, *a, **k))[1]
    )
    press(shown, "Start")
    views = [poll("entropy") for _ in range(12)]
    assert len(watching()) == 1
    vote(shown._server.local, 1)
    until(lambda: all(view.voters == 1 for view in views))
    asked.clear()
    begin = time.monotonic()
    time.sleep(2)
    count, most = len(asked), (time.monotonic() - begin) / watch.LOOK_SECONDS + 1
    assert count <= most, "more than one thread asks"
    for each in views[:6]:
        each.close()
    assert len(watching()) == 1
    press(shown, "Stop")
    until(lambda: not watching())
    for each in views[6:]:
        assert each.status == "The vote was ended in another view of it."
        assert each._server is None
        each.close()


def test_a_view_that_closes_lets_go_at_once(shown):
    press(shown, "Start")
    server = shown._server
    (thread,) = watching()
    shown.close()
    thread.join(10)
    assert not watching() and server.alive()
    server.stop()


def test_a_view_that_fails_does_not_keep_the_others_from_hearing(monkeypatch, shown):
    press(shown, "Start")
    again = poll("entropy")

    def fails(*_):
        raise KeyError("a fault")

    monkeypatch.setattr(shown.phones, "took", fails)
    vote(shown._server.local, 1)
    until(lambda: again.voters == 1)
    monkeypatch.undo()
    again.close()


def test_a_view_that_joins_while_the_others_are_told_does_not_end_the_watch(monkeypatch):
    going_through, joined = threading.Event(), threading.Event()

    class Followers(weakref.WeakSet):
        def __iter__(self):
            for each in super().__iter__():
                going_through.set()
                joined.wait(0.3)
                yield each

    class Told:
        def __init__(self):
            self.heard = threading.Event()

        def took(self, state, asked):
            self.heard.set()

        def look_around(self):
            pass

        def lost(self, sentence):
            pass

    class Server:
        db, pid, process = "votes", 0, None

        def call(self, path):
            return {}

    monkeypatch.setattr(weakref, "WeakSet", Followers)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.01)
    server, first, second = Server(), Told(), Told()
    watch.follow(server, first)
    try:
        assert going_through.wait(20)
        watch.follow(server, second)
        joined.set()
        second.heard.clear()
        assert second.heard.wait(20), "the watch has ended"
    finally:
        watch.release(server)


# What a button cannot do


FAILURES = {
    "a full disk": (OSError(errno.ENOSPC, "No space left on device", "/votes/a"),
                    "/votes/a: No space left on device"),
    "no right": (PermissionError(errno.EACCES, "Permission denied", "/votes"),
                 "/votes: Permission denied"),
    "SQLite": (sqlite3.OperationalError("database or disk is full"),
               "the votes' file cannot be used: database or disk is full"),
    "the server's no": (desk.Refused("not saved: the disk is full or refuses"),
                        "not saved: the disk is full or refuses"),
    "no server": (ConnectionError("the poll does not answer"), "the poll does not answer"),
    "time": (subprocess.TimeoutExpired("python", 4), "TimeoutExpired: Command 'python' timed out"),
    "no memory": (MemoryError(), "MemoryError"),
    "a fault of ours": (KeyError("round"), "KeyError: 'round'"),
}  # fmt: skip
METHODS = {"Start": "start", "Resume the last": "resume", "Stop": "stop", "Open": "act",
           "Close": "act", "Show": "act", "Next": "act"}  # fmt: skip


@pytest.mark.parametrize(("error", "cause"), FAILURES.values(), ids=FAILURES)
def test_every_failure_of_every_button_is_said_by_its_cause(monkeypatch, error, cause):
    def fails(*_, **__):
        raise error

    for method in set(METHODS.values()):
        monkeypatch.setattr(Phones, method, fails)
    monkeypatch.setattr(view.PollView, "export", fails)
    monkeypatch.setattr(hands.Simulated, "_simulate", fails)
    shown = poll("entropy")
    for name in [*METHODS, "Export CSV", "Simulate"]:
        shown.say("")
        press(shown, name)
        assert cause in shown.status, name
        assert html.escape(cause) in text(shown)
    shown.close()


@pytest.mark.parametrize("where", ["start", "the folder", "no home"])
def test_a_folder_that_cannot_be_written_is_said(at_home, monkeypatch, shown, where):
    if where == "start":
        at_home.write_text("in the way")
        cause = "LOSSVIZ_POLLS"
    elif where == "the folder":
        monkeypatch.setenv("LOSSVIZ_POLLS", str(at_home / "a" / "b"))
        at_home.write_text("in the way")
        cause = "LOSSVIZ_POLLS"
    else:
        monkeypatch.delenv("LOSSVIZ_POLLS")
        monkeypatch.setattr(view.Path, "home", no_home)
        cause = "home directory"
    press(shown, "Start")
    assert cause in shown.status and shown._server is None


def no_home():
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process's files")
def test_while_the_disk_is_full_each_act_says_so_and_changes_nothing(shown):
    press(shown, "Start")
    vote(shown._server.local, 1)
    until(lambda: shown.voters == 1)
    with full_disk(shown._server):
        for name in ("Close", "Show", "Next", "Open"):
            shown.say("")
            press(shown, name)
            if name != "Open":  # it is open already: nothing has to be written
                assert shown.status == "not saved: the disk is full or refuses", name
        assert "Round 1, open" in text(shown) and "<b>1</b> has voted" in text(shown)
    press(shown, "Close")
    assert shown.status == "Round 1 is closed."


def test_votes_that_were_moved_away_are_told_and_the_buttons_go_on(at_home, shown):
    press(shown, "Start")
    vote(shown._server.local, 0)
    press(shown, "Show")
    shown._server.db.rename(at_home / "elsewhere")
    press(shown, "Next")
    assert "cannot be read: db: " in text(shown)
    press(shown, "Stop")
    assert shown.status.startswith("The vote has ended. The votes in")
    assert "cannot be read now" in shown.status and (at_home / "elsewhere").is_file()


# Pressed twice, and pressed in two places


def test_next_pressed_again_before_anything_happened_stays_in_the_round(shown):
    press(shown, "Start")
    for _ in range(4):
        press(shown, "Next")
        assert shown.status == "Round 2 is ready: press Open when the class may vote."
    press(shown, "Open")
    press(shown, "Next")
    assert shown.status.startswith("Round 3 is ready")
    press(shown, "Show")  # shown: something has happened in it
    press(shown, "Next")
    assert shown.status.startswith("Round 4 is ready")


@pytest.mark.parametrize("name", ["Next", "Close", "Show", "Open"])
def test_a_view_that_shows_an_old_round_does_nothing_and_then_shows_the_new(
    monkeypatch, shown, name
):
    press(shown, "Start")
    again = poll("entropy")
    monkeypatch.setattr(Phones, "took", lambda *_: None)  # the news has not come yet
    press(shown, "Next")
    press(again, name)
    assert again.status == "the poll is in round 2 by now"
    assert "Round 2, closed" in text(again)
    state = shown._server.call("state")
    assert (state["round"], state["status"]) == (2, "closed")
    again.close()


def test_stop_pressed_twice_still_says_where_the_votes_are(shown):
    press(shown, "Start")
    vote(shown._server.local, 1)
    db = shown._server.db
    for _ in range(2):
        press(shown, "Stop")
        assert shown.status.endswith(f"votes are kept in {db}")


def test_the_ending_of_a_poll_s_file_may_be_in_capitals(tmp_path):
    path = tmp_path / "TEA.TOML"
    path.write_text('question = "Tea?"\r\noptions = ["yes", "no"]\r\n')
    assert view.load(path).question == "Tea?"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names")
@pytest.mark.parametrize("name", ["tea [3]", "[3]", "tea*", "what?", "[!a]", '"<b>&', "-x", "é ü"])
def test_a_poll_may_have_any_name_that_a_file_may_have(at_home, tmp_path, name):
    path = tmp_path / f"{name}.toml"
    path.write_text('question = "Tea?"\noptions = ["yes", "no"]\n', "utf-8-sig")
    (tmp_path / "polls").mkdir()
    other = tmp_path / "polls" / "tea 3-20250101-120000.sqlite3"
    other.write_text("another poll's")
    shown = poll(path)
    press(shown, "Start")
    assert shown.status == "The vote is open."
    again = poll(path)
    assert again.status == "A vote is running: found again."
    vote(shown._server.local, 0)
    press(shown, "Close")
    press(shown, "Show")
    press(shown, "Export CSV")
    assert html.escape(f'download="{name}.csv', quote=False) in text(shown) or '"' in name
    press(shown, "Stop")
    press(shown, "Resume the last")
    assert shown.status == "The vote goes on where it stopped." and shown.voters == 1
    press(shown, "Stop")
    shown.close()
    again.close()
    fresh = poll(path)
    press(fresh, "Start")
    press(fresh, "Stop")
    assert fresh.status == "The vote has ended. Nobody had voted."
    assert other.is_file()
    fresh.close()


# What the numbers say


def test_one_round_and_no_votes():
    assert results.sentences(OPTIONS, []) == []
    assert results.sentences(OPTIONS, [Tally("Round 1", (0, 0, 0))]) == ["Round 1: no votes yet."]
    said = results.sentences(OPTIONS, [Tally("Round 1", (5, 0, 0))])
    assert said == [
        "The class's own entropy: 0.000 bits (0 when all agree, at most log₂ 3 = 1.585)."
    ]
    rounds = [Tally("Round 1", (1, 0, 0)), Tally("Round 2", (0, 0, 0))]
    assert results.sentences(OPTIONS, rounds) == ["Round 2: no votes yet."]


COUNTS = st.lists(st.integers(0, 300), min_size=3, max_size=3).filter(any).map(tuple)


@settings(derandomize=True, deadline=None)
@given(first=COUNTS, second=COUNTS)
def test_divergence_is_infinite_exactly_where_an_option_is_new(first, second):
    said = results.sentences(OPTIONS, [Tally("1", first), Tally("2", second)])[1]
    new = [o for o, a, b in zip(OPTIONS, first, second, strict=True) if b and not a]
    assert ("∞" in said) == bool(new)
    assert all(f"“{option}”" in said for option in new)
    if not new:
        p, q = np.array(second) / sum(second), np.array(first) / sum(first)
        terms = [a * np.log2(a / b) for a, b in zip(p, q, strict=True) if a]
        assert f"= {abs(sum(terms)):.3f} bits" in said


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "|"])
def test_no_cell_of_the_csv_is_a_formula(start):
    options = [f"{start}HYPERLINK(1)", "plain"]
    text = results.to_csv("p", "phones", options, [Tally("Round 1", (1, 2))])
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][3] == f"'{start}HYPERLINK(1)" and rows[2][3] == "plain"


def test_the_view_imports_no_pyplot_and_poll_no_server_unasked():
    code = (
        "import sys, lossviz.poll; print([m for m in ('tornado', 'sqlite3') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]", os.linesep + said.stderr
    code = "import sys, lossviz.poll.view; print('matplotlib.pyplot' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
