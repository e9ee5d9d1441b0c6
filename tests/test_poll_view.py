"""The notebook's view of a poll, its buttons pressed in this process, its server a real one."""

import base64
import csv
import io
import json
import os
import re
import subprocess
import sys
import time
from urllib.request import Request, urlopen

import ipywidgets as widgets
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lossviz import information
from lossviz.poll import desk, network, poll, results, view
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
    until(lambda: shown.voters == 4)
    assert "<b>4</b> have voted" in text(shown)
    assert "<table" not in text(shown), "hidden until shown"
    press(shown, "Close")
    press(shown, "Show")
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
