"""Reviewing the walk: one question after another, open questions, export; nb13's own questions."""

import csv
import io
import random
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from support.open_widgets import open_widgets

from lossviz import data, fit, information, losses
from lossviz.page.questions import Option, Question
from lossviz.teach import reviews
from lossviz.teach.reviews import OpenQuestion, export, interleave, reflect, review
from lossviz.walk.nb13 import lesson as nb13
from lossviz.walk.nb13.scenes import MAP
from lossviz.walk.nb16 import lesson as nb16

BOOKS = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = (
    *("00_start_here", "01_what_a_loss_measures", "02_likelihood", "03_mse_from_the_normal"),
    *("04_mean_median_quantiles", "05_binary_cross_entropy", "06_softmax_cross_entropy"),
    *("07_many_outputs", "08_entropy_and_the_poll", "09_kl_coin"),
    *("10_dirac_delta_and_the_empirical_distribution", "11_beyond_the_recipe"),
    "12_style_transfer",
)


def make(text):
    wrong = Option("no", "Not so.", misconception=f"confusion of {text}")
    return Question(text, [wrong, Option("yes", "So it is.", right=True)])


QUESTIONS = {
    "01_a": [make("a1"), make("a2")],
    "02_b": [make("b1"), make("b2")],
    "03_c": [make("c1")],
}
OPEN = OpenQuestion("Why?", "Because $x$ < 1.\nAnd so.", ("x is small", "so"), "09_kl_coin")


@pytest.fixture
def walk():
    made = review(QUESTIONS)
    yield made
    made.close()


def answer(walk, right=True):
    options = walk._asked.question.options
    walk._asked._choice.index = [option.right for option in options].index(right)
    walk._asked._answer.click()


def go(walk, right=True):
    answer(walk, right)
    walk._next.click()


# --- One question after another


def test_the_questions_are_mixed_over_the_notebooks():
    order = interleave(nb13.walk)
    assert len(order) == 39 and order == interleave(nb13.walk)
    names = [name for name, _ in order]
    assert all(here != there for here, there in pairwise(names))
    for turn in range(0, 39, 13):
        assert sorted(names[turn : turn + 13]) == sorted(NOTEBOOKS)
        assert names[turn : turn + 13] != sorted(NOTEBOOKS)


def test_a_right_answer_leaves_and_a_wrong_one_comes_again_until_it_is_right(walk):
    missed = walk.queue[1][1]
    for turn in range(5):
        go(walk, right=turn != 1)
    assert walk.repeating and [question for _, question in walk.queue] == [missed]
    go(walk, right=False)
    assert [question for _, question in walk.queue] == [missed]
    go(walk)
    assert walk.queue == [] and walk._place.children == ()
    assert "right at once: 4 of 5" in walk._progress.value
    assert [row[2:5:2] for row in walk.rows if row[1] == missed.text] == [
        (1, "wrong"),
        (2, "wrong"),
        (3, "right"),
    ]


def test_what_was_missed_names_its_notebook(walk):
    name = walk.queue[0][0]
    answer(walk, right=False)
    assert name in walk._verdict.value and "comes again" in walk._verdict.value
    assert walk.missed() == {name: 1} and f"{name}</strong> (1)" in walk._again.value
    walk._next.click()
    answer(walk)
    assert "comes again" not in walk._verdict.value
    assert walk.missed() == {name: 1}


def test_a_skipped_question_comes_again_once(walk):
    skipped = walk.queue[0]
    walk._asked._skip.click()
    walk._next.click()
    for _ in range(4):
        go(walk)
    assert walk.queue == [skipped]
    assert walk.rows[0][3:5] == ("", "skipped")
    walk._asked._skip.click()
    walk._next.click()
    assert walk.queue == []


def test_only_the_first_try_counts(walk):
    answer(walk, right=False)
    answer(walk, right=True)
    assert [row[4] for row in walk.rows] == ["wrong"]


def test_options_come_in_another_order_at_another_reading_and_the_text_does_not(monkeypatch):
    orders, texts = [], []
    for seed in (1, 5):
        monkeypatch.setattr(reviews.random, "sample", random.Random(seed).sample)
        made = review(nb13.walk)
        orders.append(made._asked.question.options)
        texts.append(str(made))
        made.close()
    assert orders[0] != orders[1] and set(orders[0]) == set(orders[1])
    assert texts[0] == texts[1]


def test_next_waits_for_an_answer_and_says_so(walk):
    before = walk._asked
    walk._next.click()
    assert walk._asked is before and walk.rows == []
    assert "Answer first" in walk._verdict.value


def test_next_after_the_end_changes_nothing(walk):
    for _ in range(5):
        go(walk)
    rows = walk.rows
    walk._next.click()
    assert walk.rows == rows and walk._next.disabled


def test_the_text_is_the_same_however_far_one_is(walk):
    before = str(walk)
    go(walk, right=False)
    data, _ = walk._repr_mimebundle_()
    assert data["text/plain"] == str(walk) == before
    assert "5 questions from 3 notebooks" in before


def test_answered_questions_and_a_closed_review_leave_nothing():
    before = open_widgets()
    made = review(QUESTIONS)
    count = len(open_widgets())
    go(made)
    go(made, right=False)
    assert len(open_widgets()) <= count
    opened = reflect(OPEN)
    exported = export(made, opened)
    for each in (exported, opened, made, made):  # closing twice does no harm
        each.close()
    assert open_widgets() == before


@pytest.mark.parametrize("bad", [{}, {"01_a": []}])
def test_a_review_without_questions_is_refused(bad):
    with pytest.raises(ValueError, match="at least one Question, got"):
        review(bad)


def test_only_questions_are_reviewed():
    with pytest.raises(ValueError, match=r"questions\['01_a'\] must hold Questions, got 'What\?'"):
        review({"01_a": ["What?"]})
    with pytest.raises(ValueError, match="must be an OpenQuestion, got 'What"):
        reflect("What?")
    with pytest.raises(ValueError, match="made by review or reflect, got 'What"):
        export("What?")


# --- Open questions


@pytest.fixture
def open_question():
    made = reflect(OPEN)
    yield made
    made.close()


def test_the_model_answer_waits_for_ones_own(open_question):
    open_question._button.click()
    assert open_question._model.layout.display == "none"
    assert "Write a sentence first" in open_question._note.value
    open_question._own.value = "I do not know"
    open_question._button.click()
    assert open_question._model.layout.display == ""
    yours, model = (side.value for side in open_question._sides)
    assert "I do not know" in yours and "Because $x$ &lt; 1." in model
    assert "09_kl_coin" in open_question._note.value


def test_ones_own_answer_stays_text(open_question):
    open_question._own.value = "<img src=x onerror=alert(1)> and\n$\\frac12$"
    open_question._button.click()
    shown = open_question._sides[0].value
    assert "<img" not in shown and "&lt;img" in shown and "<br>" in shown and "$" not in shown


def test_the_row_counts_the_points_that_are_ticked(open_question):
    assert open_question.rows == []
    open_question._own.value = "x is small"
    open_question._ticks[0].value = True
    assert open_question.rows == [("09_kl_coin", "Why?", 1, "x is small", "1 of 2 points", "")]


@pytest.mark.parametrize("name", ["text", "model", "notebook", "points"])
def test_an_open_question_needs_all_its_parts(name):
    parts = {"text": "Why?", "model": "So.", "points": ("so",), "notebook": "09_kl_coin"}
    with pytest.raises(ValueError, match=name):
        OpenQuestion(**{**parts, name: () if name == "points" else " "})


# --- Taking the answers away


def downloaded(made):
    address = re.search(r'href="data:text/csv;charset=utf-8,([^"]*)"', made._link.value)[1]
    return list(csv.reader(io.StringIO(unquote(address).removeprefix("\ufeff"))))


def test_the_download_holds_every_answer_and_follows_them(walk, open_question):
    made = export(walk, open_question)
    assert "Nothing answered yet" in made._link.value
    name, question = walk.queue[0]
    answer(walk, right=False)
    own = 'a "quoted", two-line\nanswer with ½ & <b>'
    open_question._own.value = own
    header, first, second = downloaded(made)
    assert tuple(header) == reviews.COLUMNS
    assert first == [name, question.text, "1", "no", "wrong", f"confusion of {question.text}"]
    assert second == ["09_kl_coin", "Why?", "1", own, "0 of 2 points", ""]
    assert "<b>" not in made._link.value
    made.close()


# --- The questions of notebook 13

ALL = [question for own in nb13.walk.values() for question in own]


def test_every_notebook_before_this_one_has_its_questions():
    assert tuple(nb13.walk) == NOTEBOOKS
    assert len(ALL) >= 30 and all(len(own) == 3 for own in nb13.walk.values())
    assert len({question.text for question in ALL}) == len(ALL)


def test_each_of_the_twelve_misconceptions_is_named_by_an_option():
    named = {option.misconception for question in ALL for option in question.options}
    assert list(nb13.MISCONCEPTIONS) == list(range(1, 13))
    for faces in nb13.MISCONCEPTIONS.values():
        assert set(faces) <= named


def test_the_four_open_questions_belong_to_the_walk():
    assert len(nb13.open_questions) == 4
    assert {question.notebook for question in nb13.open_questions} <= set(NOTEBOOKS)


def test_every_loss_of_the_map_is_a_distribution():
    assert {row.notebook for row in MAP} <= set(NOTEBOOKS)
    for row in MAP:
        for f in (-1.5, 0.1, 1.5):
            assert row.total(f) == pytest.approx(1, abs=2e-3), (row.domain, f)


def knot(kilograms, learned):
    birds = data.load("penguins")
    mass = birds.body_mass_g * (1e-3 if kilograms else 1)
    outputs = np.column_stack([mass, birds.bill_depth_mm])
    return fit.shared_knot(birds.flipper_length_mm, outputs, sigma_per_output=learned).params[
        "knot"
    ]


def slope_of_square(z, y):
    s = losses.sigmoid(z)
    return 2 * (s - y) * s * (1 - s)


def mean_nll(said, right):
    return -right * np.log(said) - (1 - right) * np.log(1 - said)


def nll_of_best_normal(sigma):
    return np.log(sigma) + 0.5 * np.log(2 * np.pi * np.e)


RENTS, RETYPED = [5, 6, 7, 8, 9], [5, 6, 7, 8, 34]
SENSOR, SWITCH = [0.94, 0.02, 0.02, 0.02], [0.4, 0.6]
P, Q = [0.9, 0.1], [0.6, 0.4]
BUSES = np.array([5, 55])

# What a question says, with its figure left open, and the figure computed here.
FIGURES = [
    ("Their mean is {}: the model", np.mean([2 + 3 * x - 4 * x for x in (0, 1, 2)]), ".0f"),
    ("mean NLL is −{} nats", -nll_of_best_normal(0.05), ".2f"),
    ("in grams it reads {}", nll_of_best_normal(50.0), ".2f"),
    ("in grams this one has {}", nll_of_best_normal(50.0), ".2f"),
    ("It is −{}. The log keeps", -1200 * np.log(0.05), ".2f"),
    ("At σ = {} litres", np.sqrt(np.mean([9, 16, 25, 14])), ".0f"),
    ("At σ = {} litres", np.mean([9, 16, 25, 14]), ".0f"),
    ("Squared error: {} to 12. Absolute error: 7 to 7", np.mean(RENTS), ".0f"),
    ("Squared error: 7 to {}. Absolute error: 7 to 7", np.mean(RETYPED), ".0f"),
    ("Squared error: 7 to 12. Absolute error: {} to 7", np.median(RENTS), ".0f"),
    ("Squared error: 7 to 12. Absolute error: 7 to {}", np.median(RETYPED), ".0f"),
    ("pinball loss with τ = {}", 19 / (19 + 1), ".2f"),
    ("pinball loss with τ = {}", 1 / (19 + 1), ".2f"),
    ("nearly 0 here: {} in all", slope_of_square(8.0, 0), ".1e"),
    ("Its slope is {}. The log", losses.sigmoid(8.0), ".5f"),
    ("Infinity; softplus(−z) returns {}", losses.softplus(1000.0), ".0f"),
    ("It starts at {} and", np.log(4), ".2f"),
    ("gives the first type {} and", losses.softmax([1.0, 0, 0, 0])[0], ".2f"),
    ("ends above {}", np.log(np.e + 3) - 1, ".2f"),
    ("log(e + 3) − 1 = {}", np.log(np.e + 3) - 1, ".4f"),
    ("Both give {} and 0.27", losses.softmax([1.0, 0])[0], ".2f"),
    ("Both give {} and 0.27", losses.softmax([-49.0, -50.0])[0], ".2f"),
    ("Both give 0.73 and {}", losses.softmax([1.0, 0])[1], ".2f"),
    ("{} nats against 0.80", mean_nll(0.8, 0.8), ".2f"),
    ("0.50 nats against {}. Saying", mean_nll(0.98, 0.8), ".2f"),
    ("puts it at {} mm with mass in kg", knot(True, False), ".2f"),
    ("and at {} mm in g", knot(False, False), ".2f"),
    ("{} mm in both. Divided", knot(True, True), ".2f"),
    ("{} mm in both. Divided", knot(False, True), ".2f"),
    ("hardly a surprise: {} bits", information.entropy(SENSOR), ".2f"),
    ("{} bits against 0.42", information.entropy(SWITCH), ".2f"),
    ("0.97 bits against {}", information.entropy(SENSOR), ".2f"),
    ("They are equal, {} bits each", information.entropy(np.full(8, 1 / 8)), ".0f"),
    ("an entropy of {} bits", information.entropy([0.99, 0.01, 0, 0]), ".2f"),
    ("(¼, ¼, ¼, ¼), {} bits", information.entropy(np.full(4, 0.25)), ".0f"),
    ("mean loss stops at {} nats", information.entropy([0.2, 0.8], base=np.e), ".2f"),
    ("H = {} nats", information.entropy([0.2, 0.8], base=np.e), ".4f"),
    ("would be the least, {} nats", np.log(2), ".2f"),
    ("reports {} and 0.31 nats", information.kl_divergence(P, Q, base=np.e), ".2f"),
    ("reports 0.23 and {} nats", information.kl_divergence(Q, P, base=np.e), ".2f"),
    ("KL(p‖q) = {} and", information.kl_divergence(P, Q, base=np.e), ".4f"),
    ("KL(q‖p) = {}.", information.kl_divergence(Q, P, base=np.e), ".4f"),
    ("−{}", -np.cos(np.pi), ".0f"),
    ("{} s", np.hypot(4, 3), ".0f"),
    ("the squared error is {}. What went wrong", (23 * 60 + 50 - 10) ** 2, ".0f"),
    ("off by {} minutes", 23 * 60 + 50 - 10, ".0f"),
    ("Minute {}", BUSES.mean(), ".0f"),
    ("mean squared error at 30 is {}", np.mean((BUSES - 30) ** 2), ".0f"),
    ("at 5 or 55 it is {}", np.mean((BUSES - 5) ** 2), ".0f"),
]
GIVEN = {"0.05", "0.95", "0.9", "0.1", "0.6", "0.4", "0.99", "0.01", "0.001", "0.999", "25.4"}
GIVEN |= {"0.98", "0.8", "0.02"}  # premises, not results


# What the questions speak of whose numbers and situations no notebook before 13 uses.
NEW = (
    "2 + 3x",
    "in kilograms, best normal",
    "1200 words",
    "Four pumps",
    "Five rents",
    "pharmacy",
    "fire alarm",
    "tonnes",
    "weather types",
    "(−49, −50)",
    "plant disease",
    "A sensor says",
    "postcodes",
    "stream of mail",
    "q = (0.6, 0.4)",
    "cos(πy)",
    "Delays",
    "you double α",
    "23:50",
    "minute 55",
    "timbre",
)


LATER = [question for own in nb16.walk.values() for question in own]
LATER_FIGURES = [
    ("log₂ 12 / 2 = {} bits", np.log2(12) / 2, ".2f"),
    ("log₂ 150 / 5 = {} bits", np.log2(150) / 5, ".2f"),
    ("{} nats both times", np.log(1.1), ".2f"),
    ("−log(10/11) = {}, whatever", np.log(1.1), ".4f"),
    ("{} both times", 10 / 11, ".2f"),
    ("log 8 = {}: it", np.log(8), ".2f"),
    ("{} nats", information.kl_divergence([0.9, 0.1], [0.5, 0.5], base=np.e), ".2f"),
    ("{} nats", information.kl_divergence([0.5, 0.5], [0.9, 0.1], base=np.e), ".2f"),
    ("log(½/0.1) = {}.", information.kl_divergence([0.5, 0.5], [0.9, 0.1], base=np.e), ".4f"),
]


def test_each_notebook_after_this_one_has_its_three_review_questions():
    assert [name[:2] for name in nb16.walk] == ["14", "15", "16"]
    assert all(len(own) == 3 for own in nb16.walk.values())
    assert not {question.text for question in LATER} & {question.text for question in ALL}


@pytest.mark.parametrize("said, figure, digits", LATER_FIGURES, ids=lambda value: str(value)[:30])
def test_every_figure_in_the_later_questions_is_the_computed_one(said, figure, digits):
    assert any(said.replace("{}", f"{figure:{digits}}") in text for text in texts(LATER))


def texts(questions=ALL):
    for question in questions:
        yield question.text
        for option in question.options:
            yield from (option.text, option.feedback)


@pytest.mark.parametrize("said, figure, digits", FIGURES, ids=lambda value: str(value)[:30])
def test_every_figure_in_the_questions_is_the_computed_one(said, figure, digits):
    number = f"{figure:{digits}}".replace("-0", "-").replace("-", "−")
    assert any(said.replace("{}", number) in text for text in texts()), number


def test_no_decimal_figure_in_the_questions_is_left_uncomputed():
    computed = {f"{abs(figure):{digits}}".split("e")[0] for _, figure, digits in FIGURES}
    found = {number for text in texts() for number in re.findall(r"\d+\.\d+", text)}
    assert found - computed - GIVEN == set()


def test_half_of_the_questions_are_about_what_no_notebook_used():
    told = "".join((BOOKS / f"{name}.ipynb").read_text(encoding="utf-8") for name in NOTEBOOKS)
    transferred = set()
    for words in NEW:
        assert words not in told, words
        transferred |= {question.text for question in ALL if words in question.text}
    assert len(transferred) == len(NEW) >= len(ALL) / 2


def test_neither_length_nor_decimals_give_the_right_option_away():
    longest = lone = lone_right = 0
    for question in ALL:
        (right,) = (option for option in question.options if option.right)
        others = [option for option in question.options if option is not right]
        longest += all(len(option.text) < len(right.text) for option in others)
        decimal = [option for option in question.options if re.search(r"\d\.\d", option.text)]
        lone += len(decimal) == 1
        lone_right += decimal == [right]
    assert longest <= len(ALL) / 3
    assert lone_right <= max(1, lone / 2)
