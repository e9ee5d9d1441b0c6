"""Questions: what a reader can do to one, what is kept, and every question of the lessons."""

import importlib
import json
import re
from dataclasses import fields, is_dataclass
from itertools import groupby
from pathlib import Path

import pytest
from support.lessons import found_in_lessons

from lossviz.explorer.live import explore
from lossviz.explorer.stage import Slider, scene
from lossviz.page.questions import Option, Question, ask, flaws, start_awake
from lossviz.page.words import WIDTH

TEXT = "Which of these is a density?"
OPTIONS = (
    Option("A curve with area 1", "Area 1 is what makes it one.", right=True),
    Option("A curve below 1", "It may exceed 1: only its area is bounded.", misconception="p ≤ 1"),
    Option("Any curve", "A negative one is none."),
)
QUESTION = Question(TEXT, OPTIONS)


@pytest.fixture(autouse=True)
def asleep_again():
    yield
    start_awake(False)


@pytest.fixture
def asked():
    asked = ask(QUESTION)
    yield asked
    asked.close()


@scene(x=Slider(0.0, 1.0, 0.5, 0.0, "x"))
def dot(fig):
    """A dot that moves."""
    (point,) = fig.subplots().plot([0], [0], "o")

    def update(x):
        point.set_xdata([x])
        return f"The point is at {x:.2f}, no further."

    return update


def choose(asked, index):
    asked._choice.index = index
    asked._answer.click()


def shown(asked):
    return asked._feedback.value


def test_a_wrong_answer_names_the_misconception_and_gives_its_own_reason(asked):
    choose(asked, 1)
    assert (asked.done, asked.answer) == (True, 1)
    assert "✗" in shown(asked) and "Misconception: p ≤ 1." in shown(asked)
    assert OPTIONS[1].feedback in shown(asked) and "Try another" in shown(asked)


def test_the_first_answer_stays_whatever_is_tried_next(asked):
    choose(asked, 1)
    choose(asked, 0)
    choose(asked, 2)
    choose(asked, 0)
    assert asked.answer == 1
    assert asked._kept.value == "Your first answer: B. A curve below 1"
    assert "✓" in shown(asked) and "Misconception" not in shown(asked)
    assert OPTIONS[0].feedback in shown(asked) and "Try another" not in shown(asked)


def test_an_empty_answer_asks_for_a_choice_and_wakes_nothing(asked):
    asked._answer.click()
    assert not asked.done and asked.answer is None and "Choose" in shown(asked)


def test_skipping_is_done_without_an_answer_and_gives_nothing_away(asked):
    asked._skip.click()
    assert asked.done and asked.answer is None
    assert all(option.feedback not in shown(asked) for option in OPTIONS)
    choose(asked, 2)
    assert asked.answer == 2


def test_skipping_after_an_answer_changes_nothing(asked):
    choose(asked, 1)
    before = shown(asked), asked._kept.value
    asked._skip.click()
    assert (shown(asked), asked._kept.value) == before and asked.answer == 1


def test_the_text_is_the_question_and_its_options_before_and_after(asked):
    text = "Which of these is a density?\n  A. A curve with area 1\n  B. A curve below 1\n"
    text += "  C. Any curve"
    for _ in range(2):
        data, _metadata = asked._repr_mimebundle_()
        assert data["text/plain"] == str(asked) == str(QUESTION) == text
        choose(asked, 1)
    assert "application/vnd.jupyter.widget-view+json" in data


def test_long_texts_wrap_in_the_text_form():
    options = [Option("word " * 40, "f", right=True), Option("other", "f")]
    lines = str(Question("long " * 60, options)).splitlines()
    assert max(map(len, lines)) <= WIDTH and len(lines) > 5


def test_options_with_tex_or_code_are_listed_and_picked_by_letter():
    asked = ask(Question("?", [Option("$x<1$", "f", right=True), Option("`np.log` & co", "f")]))
    listed = next(c for c in asked.children if "<div>A." in getattr(c, "value", ""))
    assert asked._choice.options == ("A", "B")
    assert "$x&lt;1$" in listed.value and "<code>np.log</code> &amp; co" in listed.value
    asked.close()


GOOD = [Option("a", "f", right=True), Option("b", "g")]
BAD = {
    "exactly one must be right, got 0": [Option("a", "f"), Option("b", "g")],
    "exactly one must be right, got 2": [Option("a", "f", True), Option("b", "g", True)],
    "texts must differ": [*GOOD, Option("b ", "h")],
    "B has no feedback": [GOOD[0], Option("b", " ")],
    "C has no text": [*GOOD, Option("", "h")],
    "2 to 8 options, got 1": GOOD[:1],
    "A is right and names": [Option("a", "f", True, "p ≤ 1"), GOOD[1]],
}


@pytest.mark.parametrize("words", BAD)
def test_a_question_that_cannot_be_asked_is_refused(words):
    with pytest.raises(ValueError, match=words):
        Question("What?", BAD[words])


def test_only_questions_are_asked():
    with pytest.raises(ValueError, match="must be a Question, got 'What"):
        ask("What?")
    with pytest.raises(ValueError, match="no text"):
        Question(" ", GOOD)


# --- A question that guards a picture


def sliders_disabled(explorer):
    return {control.disabled for control in explorer._wire.picture.controls}


@pytest.mark.parametrize("how", ["answer", "skip"])
def test_a_picture_sleeps_until_its_question_is_answered_or_skipped(how):
    explorer = explore(dot, question=QUESTION)
    asked = explorer.children[0]
    assert explorer.asleep and sliders_disabled(explorer) == {True}
    explorer.x = 0.5  # messages still come through
    asked._answer.click()  # nothing chosen
    assert explorer.asleep
    if how == "answer":
        choose(asked, 2)
    else:
        asked._skip.click()
    assert not explorer.asleep and sliders_disabled(explorer) == {False}
    assert asked in explorer.children
    explorer.close()


def test_the_pictures_text_carries_the_question():
    explorer = explore(dot, question=QUESTION)
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"] == f"{QUESTION}\n{explorer.readout}"
    explorer.close()


def test_one_call_wakes_what_is_asked_already_and_what_comes_later():
    before = explore(dot, question=QUESTION)
    start_awake()
    after = explore(dot, question=QUESTION)
    for explorer in (before, after):
        assert not explorer.asleep and sliders_disabled(explorer) == {False}
        assert TEXT in str(explorer.children[0])
        choose(explorer.children[0], 1)  # the question can still be put to a class
        assert explorer.children[0].answer == 1
        explorer.close()
    start_awake(False)
    later = ask(QUESTION)
    assert not later.done
    later.close()


def test_closing_the_picture_closes_every_part_of_the_question():
    from support.open_widgets import open_widgets

    before = open_widgets()
    explore(dot, question=QUESTION).close()
    assert open_widgets() == before


# --- The questions of the lessons

FOUND = found_in_lessons(Question)


@pytest.mark.parametrize("name", FOUND)
def test_every_question_of_the_lessons_can_be_asked(name):
    question = FOUND[name]
    assert flaws(question) == []
    feedback = [option.feedback for option in question.options]
    assert len(set(feedback)) == len(feedback), "each option earns feedback of its own"


BOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def asked_in(book):
    """The questions that a notebook's cells ask, in its order; a review mixes its own."""
    cells = json.loads(book.read_text(encoding="utf-8"))["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    names = re.findall(r"\bnb\d\d\.\w+(?:\[\d\])?", code)
    return [FOUND[name] for name in dict.fromkeys(names) if name in FOUND]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name[:2])
def test_neither_place_nor_length_gives_the_right_option_away(book):
    """At most 40 % of a notebook's right options have one letter, or are the longest."""
    asked = asked_in(book)
    letters = "".join("ABCDEFGH"[[o.right for o in q.options].index(True)] for q in asked)
    assert asked, f"no question found in {book.name}"
    most = len(asked) * 2 // 5 or 1
    assert max(map(letters.count, letters)) <= most, letters
    assert max(len([*run]) for _, run in groupby(letters)) <= 3, letters
    longest = []
    for question in asked:
        right, *others = sorted(question.options, key=lambda option: not option.right)
        if all(len(option.text) < len(right.text) for option in others):
            longest.append(question.text[:60])
    assert len(longest) <= most, longest


def test_the_only_decimal_is_the_right_one_in_at_most_half_of_the_questions():
    lone = []
    for question in FOUND.values():
        decimal = [option.right for option in question.options if re.search(r"\d\.\d", option.text)]
        lone += decimal if len(decimal) == 1 else []
    assert sum(lone) <= len(lone) / 2, f"{sum(lone)} of {len(lone)}"


# --- What stands in a lesson's texts


def texts(item, seen=None):
    """Every text in what a lesson holds: in its dataclasses, lists and tables."""
    seen = set() if seen is None else seen
    if isinstance(item, str):
        yield item
    elif id(item) not in seen:
        seen.add(id(item))
        if isinstance(item, dict):
            item = list(item.values())
        elif is_dataclass(item) and not isinstance(item, type):
            item = [getattr(item, field.name) for field in fields(item)]
        for each in item if isinstance(item, (list, tuple)) else ():
            yield from texts(each, seen)


def starred(text):
    """What stands between stars of emphasis, outside `code` and TeX: no page shows it slanted."""
    plain = re.sub(r"`[^`]*`|\$[^$]*\$|\\[^ ]*", "", text)
    return re.findall(r"(?<![\w*^)\]}])\*{1,2}(?=[^\s*)])[^*]+?(?<=\S)\*{1,2}(?!\w)", plain)


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name[:2])
def test_no_star_of_emphasis_reaches_a_reader(book):
    """Questions, hints, slips and reasons go to pages, phones, paper and plain text as they are."""
    lesson = importlib.import_module(f"lossviz.walk.nb{book.name[:2]}.lesson")
    found = {star for text in texts(list(vars(lesson).values())) for star in starred(text)}
    assert not found, f"emphasis is not for texts of a lesson: {sorted(found)}"


@pytest.mark.parametrize(
    "text, stars",
    [
        ("Each *row* adds up.", ["*row*"]),
        ("as **one** line", ["**one**"]),
        ("It is (*steep*), not *flat*.", ["*steep*", "*flat*"]),
        ("KL(p*‖p) of p* and q*", []),
        ("Write `a*b*c` and $p^*(y) q^*(y)$", []),
        ("2 * 3 * 4", []),
    ],
)
def test_stars_of_emphasis_are_told_from_others(text, stars):
    assert starred(text) == stars
