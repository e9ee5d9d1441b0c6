"""Answers kept for the reader: there again in a new kernel, never lost, never in what is saved.

A new kernel is a new widget: nothing but the file carries an answer from one to the next. A kernel
that dies is a fork that is killed in the middle of its write.
"""

import json
import os
import stat
import subprocess
import sys
import types
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest
from support.disks import full_disk

from lossviz.explorer.live import explore
from lossviz.explorer.stage import Slider, scene
from lossviz.page import answers
from lossviz.page.answers import Kept, forget_all, keep, kept
from lossviz.page.questions import Option, Question, ask
from lossviz.teach import reviews
from lossviz.teach.checked import check
from lossviz.teach.derivations import Derivation
from lossviz.teach.exercises import Exercise
from lossviz.teach.reviews import DAYS, OpenQuestion, due, reflect, review
from lossviz.teach.stepper import spot
from lossviz.walk import NOTEBOOKS, lesson, reader
from lossviz.walk.nb01 import lesson as nb01

DAY = 86400
OPTIONS = [Option("this", "Yes.", right=True), Option("that", "No.", misconception="mixed up")]
QUESTION = Question("Which one?", OPTIONS)
OPEN = OpenQuestion("Why?", "Because.", ("a point", "another"), "09_kl_coin")
DOUBLE = Exercise("twice", "Double `x`.", lambda x: 2 * x, lambda rng: [(1.5,), (-0.3,)])


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Where answers are kept in this test; what went wrong before is no business of it."""
    path = tmp_path / "here" / "answers.jsonl"
    monkeypatch.setenv("LOSSVIZ_ANSWERS", str(path))
    monkeypatch.setattr(answers, "_troubles", {})
    return path


@pytest.fixture
def clock(monkeypatch):
    """`clock(days)` sets the clock to so many days after the start."""
    now = types.SimpleNamespace(time=lambda: 1_800_000_000)
    for module in (answers, reviews, reader):
        monkeypatch.setattr(module, "time", now)
    return lambda days: setattr(now, "time", lambda: int(1_800_000_000 + days * DAY))


def parts(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def said(block):
    """All that a block says on the page."""
    values = [getattr(part, "value", "") for part in parts(block)]
    return " ".join(value for value in values if isinstance(value, str))


def forget(block):
    (row,) = (part for part in parts(block) if isinstance(part, Kept) and part.children)
    row.children[0].click()


def choose(asked, index):
    asked._choice.index = index
    asked._answer.click()


@scene(x=Slider(0.0, 1.0, 0.5, 0.0, "x"))
def nothing(fig):
    """Nothing moves."""
    fig.subplots()
    return lambda x: "Nothing is to be seen here."


# --- There again --------------------------------------------------------------------------------


def test_a_prediction_is_there_again_with_its_feedback_and_awake_sliders(file):
    new = explore(nothing, question=QUESTION)
    assert new.asleep
    choose(new._question, 1)
    again = explore(nothing, question=QUESTION)
    assert not again.asleep and again._question._choice.index == 1
    assert "Misconception: mixed up" in said(again) and "Your first answer: B. that" in said(again)
    assert str(again) == str(new) == f"{QUESTION}\n{new.readout}", "a saved text tells the answer"
    assert len(file.read_text().splitlines()) == 1, "looking at an answer kept it again"
    forget(again)
    assert again.asleep and again._question.answer is None and "No." not in said(again)
    assert "Forgotten." in said(again) and explore(nothing, question=QUESTION).asleep


@pytest.mark.parametrize(
    ("text", "options", "answer"),
    [
        ("Which — ONE", OPTIONS, 1),  # other stops, other capitals: the same question
        ("Which one?", OPTIONS[::-1], 0),
        ("Which of them?", OPTIONS, None),
        ("Which one?", [OPTIONS[0], Option("that one", "No.")], None),
    ],
)
def test_a_question_is_the_same_by_its_words_and_an_answer_by_its_text(file, text, options, answer):
    choose(ask(QUESTION), 1)
    assert ask(Question(text, options)).answer == answer


def test_an_exercise_shows_its_last_grade_and_the_code_that_earned_it(file):
    def right(x):
        return x + x  # the reader's own way

    def empty(x): ...

    def wrong(x):
        return 3 * x

    assert check(right, DOUBLE).grade.kind == "right"
    assert "Kept from before" not in said(check(right, DOUBLE)), "it stands in the cell"
    assert len(file.read_text().splitlines()) == 1, "the same attempt was kept twice"
    for attempt in ("before", "after another attempt"):
        again = check(empty, DOUBLE)
        assert again.grade.kind == "not attempted" and "Not attempted" in str(again), attempt
        assert "✓ Right" in said(again) and "own way" in said(again), attempt
        assert again.attempted and "own way" not in str(again)
        check(wrong, DOUBLE)
    forget(again)
    assert "own way" not in said(again) + said(check(empty, DOUBLE))


def test_a_spotted_slip_is_there_again(file):
    derivation = next(
        held for held in vars(nb01).values() if isinstance(held, Derivation) and held.slips
    )
    slip = derivation.slips[0]
    spot(derivation, slip.name)._pick.index = slip.step - 1
    again = spot(derivation, slip.name)
    assert again._pick.index == slip.step - 1 and slip.why in said(again).replace("<code>", "`")
    forget(again)
    assert spot(derivation, slip.name)._pick.index is None


def test_an_open_answer_is_there_again_with_its_ticks(file):
    first = reflect(OPEN)
    first._own.value = "I <b>think</b> so."
    first._button.click()
    first._ticks[1].value = True
    again = reflect(OPEN)
    assert (
        again.rows
        == first.rows
        == [("09_kl_coin", "Why?", 1, first._own.value, "1 of 2 points", "")]
    )
    assert "A model answer" in said(again) and "I &lt;b&gt;think" in said(again)
    forget(again)
    assert again.rows == reflect(OPEN).rows == []


def test_a_review_goes_on_where_it_ended_and_comes_back_after_1_3_7_and_21_days(file, clock):
    one, two = (Question(text, OPTIONS) for text in ("One?", "Two?"))

    def sitting(*choices):
        made = review({"01_a": [one], "02_b": [two]})
        shown = []
        for choice in choices:
            shown.append(made.queue[0][1].text)
            options = made._asked.question.options  # in another order each time
            choose(made._asked, options.index(OPTIONS[choice]))
            made._next.click()
        return shown, made

    (first, missed), made = sitting(0, 1)
    assert {first, missed} == {"One?", "Two?"} and len(made.queue) == 1
    text, rows = str(made), made.rows
    shown, made = sitting(0)  # a new kernel: what was missed is asked again, and then all is known
    assert shown == [missed] and made.queue == [] and str(made) == text
    assert "That was all" in said(made) and "comes back in 1 day" in said(made)
    assert Counter(made.rows) == Counter([*rows, (*rows[1][:2], 2, "this", "right", "")])
    day = 0
    for days in (*DAYS, DAYS[-1]):
        clock(day := day + days - 0.01)
        assert sitting()[1].queue == [], f"asked before {days} days were over"
        clock(day := day + 0.02)
        assert {*sitting(0, 0)[0]} == {"One?", "Two?"}, f"not asked after {days} days"
    forget(sitting()[1])
    assert len(sitting()[1].queue) == 2 and sitting()[1].rows == []


def test_a_miss_takes_a_question_back_to_the_first_day():
    right, wrong = {"result": "right"}, {"result": "wrong"}
    assert due([]) == 0
    assert due([{"at": 5, **right}]) == 5 + DAY
    assert due([{"at": 5, **right}, {"at": 6, **right}]) == 5 + DAY, "crammed"
    assert due([{"at": 5, **right}, {"at": 9 * DAY, **right}]) == 12 * DAY
    assert due([{"at": 5, **right}, {"at": 6, **wrong}]) == 6
    assert due([{"at": 5, **right}, {"at": 9 * DAY, **wrong}, {"at": 9 * DAY, **right}]) == 10 * DAY


def test_the_map_of_the_walk_says_what_is_done_open_and_due_again(file, clock):
    made = reader.progress()
    text, rows = str(made), {name[:2]: reader.row(name) for name in NOTEBOOKS}
    assert rows["01"][1:4] == ["0 of 12", "0 of 3", ""], rows["01"]
    for name in ("01", "13"):
        for held in vars(lesson(name)).values():
            if isinstance(held, Question):
                choose(ask(held), 0)
    check(nb01.mse.solution, nb01.mse)
    for question, choice in zip(nb01.review, (0, 1, 2), strict=True):
        kind = "right" if question.options[choice].right else "wrong"
        keep("review", question.text, result=kind)
    known = sum(q.options[k].right for k, q in enumerate(nb01.review))
    asked = sum(isinstance(held, Question) for held in vars(nb01).values())
    assert reader.row("01")[1:3] == [f"{asked} of 12", "1 of 3"]
    again = reader.progress()
    assert "13 check yourself" in again._table.value and "1 of 1 ✓" in again._table.value
    assert str(again) == text, "a saved text tells what is done"
    clock(2)
    assert reader.row("01")[4] == "3 due again"
    clock(0)
    assert (f"{known} known, back in 1 day" in reader.row("01")[4]) == bool(known)
    again._button.click()
    assert file.exists(), "one press forgot all"
    again._button.click()
    assert not file.exists() and "Forgotten" in said(again)
    assert reader.row("01")[1] == "0 of 12"
    again._button.click()
    assert "Press once more" in said(again)


# --- The file -----------------------------------------------------------------------------------

DEATHS = """
import os, random, signal
from lossviz.page import answers

write, chance, whole, path = os.write, random.Random(19), 0, os.environ["LOSSVIZ_ANSWERS"]
for n in range(1000):
    if n % 200 == 0:  # a new file: to read one of a thousand a thousand times takes long
        os.environ["LOSSVIZ_ANSWERS"], whole = f"{path}{n // 200}", 0
    cut = chance.choice([0, 1, 10, 60, 10_000])
    if (child := os.fork()) == 0:
        def dies(handle, line):
            write(handle, line[:cut])
            os.kill(os.getpid(), signal.SIGKILL)
        os.write = dies
        answers.keep("question", f"number {n}", answer="σ" * (n % 40))
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    whole += cut == 10_000
    held = answers._all()  # what the next kernel reads
    assert len(held) == whole, (n, cut, len(held), whole)
    assert cut < 10_000 or answers.kept("question", f"number {n}")[0]["answer"] == "σ" * (n % 40)
answers.keep("question", "the last", answer="here")
assert answers.kept("question", "the last") and len(answers._all()) == whole + 1
"""

TOGETHER = """
import os
from lossviz.page import answers

children = []
for name in "ab":
    if not (child := os.fork()):
        for n in range(400):
            answers.keep("question", f"{name} {n}", answer="x" * 900)
        os._exit(0)
    children.append(child)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
print(len(answers._all()), answers.trouble())
"""


def python(code, file):
    env = {**os.environ, "LOSSVIZ_ANSWERS": str(file)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes that die are forks")
def test_a_thousand_kernels_that_die_while_they_write_lose_no_earlier_answer(file):
    python(DEATHS, file)
    *_, last, end = Path(f"{file}4").read_bytes().split(b"\n")
    assert json.loads(last)["of"] == "the last" and end == b""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes that write at once are forks")
def test_two_kernels_that_write_at_once_lose_nothing(file):
    assert python(TOGETHER, file) == "800"


def test_the_file_is_the_readers_alone_and_lies_beside_the_notebooks(file, tmp_path, monkeypatch):
    keep("question", "a")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 or sys.platform == "win32"
    monkeypatch.setenv("LOSSVIZ_ANSWERS", "")
    assert answers.file() is None, "a script keeps answers"
    monkeypatch.setattr(answers, "get_ipython", lambda: object())
    here = Path.cwd()
    assert answers.file() == here / ".lossviz" / "answers.jsonl"
    monkeypatch.chdir(tmp_path)
    assert answers.file() == here / ".lossviz" / "answers.jsonl", "it moved with the kernel"
    for word in ("off", "OFF"):
        monkeypatch.setenv("LOSSVIZ_ANSWERS", word)
        assert answers.file() is None


def test_nothing_is_kept_where_it_is_off(file, monkeypatch):
    monkeypatch.setenv("LOSSVIZ_ANSWERS", "off")
    asked = ask(QUESTION)
    choose(asked, 1)
    assert ask(QUESTION).answer is None and not any(
        part.children for part in parts(asked) if isinstance(part, Kept)
    )
    assert not file.exists() and "Nothing is kept" in said(reader.progress())


DAMAGE = [
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"kind": "question", "of": "Which one?", "answer": "this"}',
    b'{"at": "1", "kind": "question", "of": "Which one?", "answer": "this"}',
    b'{"at": 1, "kind": "question", "of": "Which one?", "answer": ["this"]}',
    b'{"at": 1, "kind": [], "of": "Which one?", "answer": "this"}',
    b'{"at": 1, "kind": "question", "of": 3, "answer": "this"}',
    b'{"at": 1e99, "kind": "question", "of": "Which one?", "answer": "this"}',
]


@pytest.mark.parametrize("line", DAMAGE, ids=lambda line: line[:60].decode("latin-1"))
def test_a_damaged_line_costs_that_line_and_is_said_once(file, line):
    choose(ask(QUESTION), 1)
    file.write_bytes(line + b"\n" + file.read_bytes() + line)
    first, second = ask(QUESTION), ask(QUESTION)
    assert first.answer == second.answer == 1
    assert "damaged line" in said(first) and "damaged line" not in said(second)
    keep("question", "after the damage")
    assert kept("question", "after the damage")


def test_facts_of_another_version_are_left_alone(file):
    for kind, of in (
        ("question", QUESTION.text), ("exercise", DOUBLE.task), ("open", OPEN.text),
        ("review", QUESTION.text), ("spot", "unknown"),
    ):  # fmt: skip
        keep(kind, of, stranger="yes")
    assert ask(QUESTION).answer is None and reflect(OPEN).rows == []
    assert review({"01_a": [QUESTION]}).rows[0][3:] == ("", "", "")
    check(lambda x: ..., DOUBLE)


def a_full_disk(file):
    return full_disk(types.SimpleNamespace(pid=os.getpid()))


def a_file_for_a_folder(file):
    file.parent.write_text("in the way")


def a_folder_for_a_file(file):
    file.mkdir(parents=True)


def a_place_that_cannot_be_written(file):
    os.environ["LOSSVIZ_ANSWERS"] = "/proc/here/answers.jsonl"  # not by root either


@pytest.mark.parametrize(
    "trouble",
    [a_full_disk, a_file_for_a_folder, a_folder_for_a_file, a_place_that_cannot_be_written],
)
def test_what_cannot_be_kept_costs_nothing_else_and_is_said_once(file, trouble):
    made = trouble(file)
    with made or nullcontext():
        first, second = ask(QUESTION), ask(QUESTION)
        choose(first, 0)
        choose(second, 1)
    assert (first.answer, second.answer) == (0, 1) and "✓ right" in said(first)
    assert "Answers cannot be kept: " in said(first), said(first)
    assert "cannot" not in said(second)


def test_all_can_be_forgotten_where_nothing_is_kept(file):
    forget_all()
    assert not file.exists() and answers.trouble() == ""


def test_no_two_questions_of_the_walk_are_taken_for_one():
    found = Counter(
        (kind, answers._letters(text))
        for name in NOTEBOOKS
        for kind, texts in reader.items(name).items()
        for text in texts
    )
    assert found.total() > 300
    assert [name for name, count in found.items() if count > 1] == []
