"""The minutes that the notebooks say are those of one rule, and the core is a reader's evening."""

from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import minutes

LONGEST, WHOLE = 45, 9 * 60  # minutes of one notebook's core, and of the core of 00 to 13
NEAR = 4  # what is said is rounded to five


@pytest.fixture(scope="module")
def by_rule():
    return minutes.by_rule()


def test_the_core_of_each_notebook_is_short(by_rule):
    assert {name: core for name, (core, _) in by_rule.items() if core > LONGEST} == {}


def test_the_core_of_the_walk_is_nine_hours_at_most(by_rule):
    walk = {name: core for name, (core, _) in by_rule.items() if name <= "13"}
    assert len(walk) == 14
    assert sum(walk.values()) <= WHOLE, walk


def test_what_is_said_is_the_rules(by_rule):
    for where, told in minutes.said().items():
        assert [*told] == [*by_rule], f"{where} speaks of other notebooks"
        for name, pair in told.items():
            for what, said, true in zip(("core", "further"), pair, by_rule[name], strict=True):
                near = NEAR if true > NEAR else 5  # a little is said to take five
                assert said % 5 == 0 and abs(said - true) < near, (
                    f"{where}: {what} of {name} is said to take {said} minutes, by the rule "
                    f"{true:.1f}; run python tools/minutes.py --write"
                )


def test_the_rule_counts_what_there_is_to_do():
    lesson = SimpleNamespace(
        proof=SimpleNamespace(steps=[1, 2, 3, 4]),
        all={"00": [1, 2], "01": [3]},
        open_questions=[1, 2],
    )
    kinds = {
        "a\nb": 0.2,
        "explore(scene)": 1,
        "explore(scene, question=asked)": 2,
        "step(nb.proof)": 2,
        "spot(nb.proof, 2)": 1.5,
        "ask(nb.recall[0])": 1,
        "def f(x):\n    return ...\n\ncheck(f, nb.f)": 4,
        "[reflect(question) for question in nb.open_questions]": 6,
        "review(nb.all)": 2.25,
    }
    for source, expected in kinds.items():
        assert minutes.of_cell(new_code_cell(source), lesson) == pytest.approx(expected), source
    text = new_markdown_cell("## A part\n\n" + "one two | three\n" * 10)  # 32 words, no signs
    assert minutes.of_cell(text, lesson) == pytest.approx(0.32)


def test_core_and_further_are_counted_apart_and_the_reading_list_is_not():
    nb = new_notebook(
        cells=[
            new_markdown_cell("# Title"),
            new_code_cell("check(f, nb.f)"),
            new_markdown_cell("## Further: more\n\nIt adds one."),
            new_code_cell("ask(nb.q)"),
            new_markdown_cell("## Where to read on\n\n" + "word " * 1000),
        ]
    )
    core, further = minutes.of_notebook(nb, None)
    assert (core, further) == (pytest.approx(4.01), pytest.approx(1.05))
