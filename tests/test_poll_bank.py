"""Every question of the walk as a poll: its name, its plain text, its picture, what is said."""

import html
import re
import struct
from contextlib import closing
from pathlib import Path

import ipywidgets as widgets
import pytest

import lossviz
from lossviz.explorer.live import explore
from lossviz.explorer.stage import Slider, scene
from lossviz.page import questions as on_the_page
from lossviz.page.questions import Option, Question
from lossviz.poll import ask_the_class, bank, hour, network, poll, questions, server, store
from lossviz.poll.view import HANDS, PollView
from lossviz.walk.nb03 import lesson, scenes

LESSONS = Path(lossviz.__file__).parent / "walk"
MINE = Question(
    r"What is $\frac{1}{2\sigma^2}$, as `1/(2*s**2)`?",
    [
        Option(r"$\hat\sigma^2 \le x_i$", "It is “not”: 3 < 4.", misconception="<b>mixed up</b>."),
        Option("a \\ or \"b\" \x7f", "So it is.", right=True),
    ],
)  # fmt: skip


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSVIZ_POLLS", str(tmp_path / "polls"))
    monkeypatch.setattr(network, "why_no_phones", lambda: None)
    return tmp_path / "polls"


def test_every_question_of_the_walk_has_a_name_and_can_be_asked():
    written = sum(
        len(re.findall(r"\bQuestion\(", path.read_text("utf-8")))
        for path in LESSONS.glob("nb*/lesson.py")
    )
    assert len(bank.walked()) == written > 150
    for name, question in bank.walked().items():
        made = bank.load(question)
        assert made == bank.load(name) and made.name == name
        right = [o.right for o in question.options].index(True)
        assert made.options.index(made.answer) == right, name
        assert len(made.feedback) == len(made.misconceptions) == len(question.options), name
        assert not set("$`\\") & set(made.question + "".join(made.options)), name


def test_the_list_names_every_poll_and_question(capsys):
    assert server.main(["--list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [*questions.shipped(), *bank.walked()]


def test_a_poll_that_a_lesson_took_the_place_of_keeps_its_name():
    assert not {*bank.ALSO} & {*questions.shipped()}
    for name, question in bank.ALSO.items():
        assert bank.load(name) == bank.load(question), name
    assert "(also does_sigma_matter)" in bank.listed()


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"`a_b` and $\sigma$", "a_b and σ"),
        (r"$\frac{1}{2\sigma^2}$", "1/(2σ²)"),
        (r"$-\log p_i \cdot e^{-x}$", "−log pᵢ · e^(−x)"),
        (r"$\hat\phi_1 \le \sqrt{x + 1}$", "ϕ\u0302₁ ≤ √(x + 1)"),
        (r"$\{0, 1\}$, $\mathrm{KL}(p\|q)$, 3 $ or 4", "{0, 1}, KL(p‖q), 3 $ or 4"),
        (r"$\sum_{i=1}^{n} x_{kl}$", "Σᵢ₌₁ⁿ x_kl"),
        (r"$x^{\frac{a}{b}}$", "x^(a/b)"),
    ],
)
def test_tex_and_code_become_plain_text(tex, text):
    assert bank.plain(tex) == text


def test_a_question_of_one_s_own_survives_its_file(tmp_path):
    made = bank.load(MINE)
    assert made.name.startswith("question-") and made.name == bank.load(MINE).name
    assert made.question == "What is 1/(2σ²), as 1/(2*s**2)?"
    again = questions.load(questions.write(made, tmp_path / "votes-1.sqlite3.toml"))
    assert again == made


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (3, "give a Question, a poll's name or a .toml file, got 3"),
        ("nb03.predict_gamma", "the walk has no question 'nb03.predict_gamma'"),
        ("nb03", "no poll is called 'nb03'"),
        (Question("Q?", [Option("a" * 161, "f", right=True), Option("b", "f")]), "give at most"),
    ],
)
def test_what_cannot_be_asked_is_told(asked, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        poll(asked)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('name = "../a"', "give one that a file may have"),
        ('feedback = ["a"]', "feedback has 1 texts; give 2, one for each option"),
        ("misconceptions = [1, 2]", "misconceptions is [1, 2]; give a list of texts"),
    ],
)
def test_a_bad_key_of_a_file_is_told(tmp_path, more, said):
    path = tmp_path / "mine.toml"
    path.write_text(f'question = "Q"\noptions = ["a", "b"]\n{more}\n')
    with pytest.raises(ValueError, match=re.escape(said)):
        questions.load(path)


def test_the_explorer_s_picture_is_that_of_its_start_and_it_stays_where_it_was():
    x, y = lesson.CENTRED, lesson.GALTON.child_in
    explorer = lossviz.explore(scenes.three_losses, x, y, question=lesson.predict_sigma)
    before, start = explorer.readout, dict(explorer.values)
    name = next(n for n, v in start.items() if isinstance(v, float))
    setattr(explorer, name, start[name] + 0.5)
    moved = dict(explorer.values)
    picture = bank.load(lesson.predict_sigma, explorer).picture
    assert explorer.values == moved != start
    assert picture.alt == " ".join(before.split())
    assert picture.content().startswith(b"\x89PNG")
    width, _ = struct.unpack(">II", picture.content()[16:24])
    assert width > 300
    explorer.close()
    with pytest.raises(ValueError, match="is closed; run its cell again"):
        bank.load(lesson.predict_sigma, explorer)


def test_a_class_is_asked_a_question_of_the_walk(at_home):
    explorer = lossviz.explore(scenes.three_losses, lesson.CENTRED, lesson.GALTON.child_in)
    shown = poll(lesson.predict_sigma, explorer)
    wanted = shown.poll
    shown.start()
    try:
        assert shown.status == "The vote is open."
        state = shown._server.call("state")
        assert state["poll"] == "nb03.predict_sigma"
        assert (state["question"], state["options"]) == (wanted.question, list(wanted.options))
        assert not set(["feedback", "misconceptions", "answer", "why"]) & set(state)
        votes = list(at_home.iterdir())
        (file,) = (path for path in votes if path.suffix == ".toml")
        (png,) = (path for path in votes if path.suffix == ".png")
        assert png.read_bytes() == wanted.picture.content()
        assert questions.load(file).name == "nb03.predict_sigma"
        found = poll("nb03.predict_sigma")
        assert found.status == "A vote is running: found again."
        found.close()
    finally:
        shown.stop()
    assert not at_home.exists(), "nobody voted: no file is left"
    shown.close()
    explorer.close()


def test_beside_a_shown_bar_stand_its_feedback_and_its_misconception():
    shown = poll(MINE)
    table = lambda: shown._results.value  # noqa: E731
    shown._mode.value = "Hands, counted"
    assert "<details>" not in table()
    shown._ways["Hands, counted"]._boxes[0][0].value = 3
    rows = re.findall(r"<tr>(.*?)</tr>", table())
    wrong, right = rows[1:]
    assert "3 (100 %)" in wrong and "It is “not”: 3 &lt; 4." in wrong
    assert "<em>Misconception: &lt;b&gt;mixed up&lt;/b&gt;.</em>" in wrong
    assert "✓ right.</strong> So it is." in right and "Misconception" not in right
    shown.close()


# --- From a question on the page to the class ----------------------------------------------------


@scene(x=Slider(0.0, 1.0, 0.5, 0.0, "x"))
def nothing(fig):
    """Nothing moves."""
    fig.subplots()
    return lambda x: "Nothing is to be seen here."


@pytest.fixture
def offered(monkeypatch):
    """Every question offers to ask the class, in this test only."""
    monkeypatch.setattr(on_the_page, "_offered", {})
    asked = on_the_page.ask(MINE)
    monkeypatch.setattr(on_the_page, "_living", {asked})
    ask_the_class()
    ask_the_class()
    return asked


def button(widget, name):
    (found,) = (w for w in parts(widget) if getattr(w, "description", "") == name)
    return found


def parts(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def test_a_question_that_waits_opens_its_poll_and_the_class_s_answer_counts(offered):
    button(offered, "Ask the class").click()
    (view,) = (w for w in parts(offered) if isinstance(w, PollView))
    button(offered, "Ask the class").click()
    assert view in parts(offered), "pressed again, it opened another one"
    view._mode.value = HANDS
    button(view, "Take as prediction").click()
    assert view.status == "Show the class's votes first." and not offered.done
    counts = [w for w in parts(view) if isinstance(w, widgets.BoundedIntText)][:2]
    counts[0].value = counts[1].value = 4
    button(view, "Take as prediction").click()
    assert "no option has the most votes" in view.status and not offered.done
    counts[0].value = 11
    assert not offered.done and offered._feedback.value == "", "told before the second vote"
    button(view, "Take as prediction").click()
    assert (offered.done, offered.answer) == (True, 0)
    assert offered._kept.value.startswith("The class's answer: A.")
    assert view.status == "First vote counts as the prediction: 11 of 15."


def test_a_question_asked_later_has_the_button_and_its_explorer_s_picture(offered):
    explorer = explore(nothing, question=MINE)
    button(explorer, "Ask the class").click()
    (view,) = (w for w in parts(explorer) if isinstance(w, PollView))
    assert view.poll.picture.alt == "Nothing is to be seen here." and explorer.asleep
    explorer._question.take(1, "The class's answer")
    assert not explorer.asleep
    explorer.close()
    assert view.comm is None, "the poll's view stays"


# --- At the end of the hour ----------------------------------------------------------------------


def voted(folder, stem, made, *rounds):
    """The files of a vote that has ended, with so many votes for each option in each round."""
    folder.mkdir(exist_ok=True)
    db = folder / f"{stem}.sqlite3"
    questions.write(made, Path(f"{db}.toml"))
    with closing(store.Store(db, made)) as kept:
        for number, counts in enumerate(rounds, 1):
            if number > 1:
                kept.act("next")
                kept.act("open")
            who = iter(range(1000))
            kept.cast(
                [
                    store.Vote(f"v{next(who)}", number, k)
                    for k, n in enumerate(counts)
                    for _ in range(n)
                ]
            )
    return db


def test_the_hour_s_misconceptions_come_from_the_kept_votes(at_home, capsys):
    first, second = (bank.load(f"nb03.{name}") for name in ("predict_sigma", "recall_1"))
    with pytest.raises(ValueError, match="no votes are kept"):
        hour.held()
    assert server.main(["--misconceptions"]) == 2 and "no votes" in capsys.readouterr().err
    wrong = [[k for k, named in enumerate(p.misconceptions) if named] for p in (first, second)]
    names = [
        [p.misconceptions[k].rstrip(".") for k in w]
        for p, w in zip((first, second), wrong, strict=True)
    ]
    counts = [
        [6 if k == w[0] else 4 if k in w else 2 for k in range(len(p.options))]
        for p, w in zip((first, second), wrong, strict=True)
    ]
    fewer = [1 if k in wrong[0] else 9 for k in range(len(first.options))]
    voted(at_home, "nb03.predict_sigma-20261126-101500", first, counts[0], fewer, [0] * len(fewer))
    by_name = voted(at_home, "nb03.recall_1-20261126-104500", second, counts[1])
    Path(f"{by_name}.toml").unlink()  # started by its name on the command line
    voted(at_home, "nb03.predict_sigma-20261119-101500", first, fewer)
    with closing(
        store.Store(at_home / "nb03.predict_sigma-20261119-101500.sqlite3", first)
    ) as kept:
        kept.act(second)  # asked on the same address, an hour later
        kept.cast([store.Vote("v", kept.round().number, wrong[1][0])])
    (at_home / "broken-20261126-110000.sqlite3").write_bytes(b"no database")
    assert server.main(["--misconceptions"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == sum(map(len, names)) > 1, lines
    told = f"{names[0][0]}: 6 of {sum(counts[0])}, then 1 of {sum(fewer)} (nb03.predict_sigma)"
    assert told in lines and any("(nb03.recall_1)" in line for line in lines), lines
    shares = [one.share for one in hour.held()]
    assert shares == sorted(shares, reverse=True) != sorted(shares), shares
    (asked,) = (one for one in hour.held("20261119") if one.poll == second.name)
    assert (asked.name.rstrip("."), asked.first) == (names[1][0], (1, 1))
    assert len(hour.held("20261119")) == len(names[0]) + 1
    view = poll("entropy")
    button(view, "Misconceptions").click()
    assert told in html.unescape(
        " ".join(w.value for w in parts(view) if isinstance(w, widgets.HTML))
    )
    button(view, "Misconceptions").click()
    assert told not in " ".join(w.value for w in parts(view) if isinstance(w, widgets.HTML))


def test_a_class_without_a_misconception_is_told_so():
    assert "Nobody" in hour.told([]) and "Nobody" in hour.page([])
    held = [hour.Held("<b>mixed up</b>.", "a", (1, 2), (1, 2))]
    assert hour.told(held) == "<b>mixed up</b>: 1 of 2 (a)" and "<b>" not in hour.page(held)
