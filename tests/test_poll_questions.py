"""The poll files: the shipped ones are right to the last digit, a bad one is told what is bad."""

import re
import xml.etree.ElementTree as ElementTree
from collections import Counter

import numpy as np
import pytest

from lossviz import information
from lossviz.poll import questions
from lossviz.walk.nb08 import boxes

GOOD = 'question = "Tea?"\noptions = ["yes", "no"]\n'


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding)
    return path


def why(name):
    """Every number that the poll's explanation gives."""
    return questions.load(name).why


@pytest.mark.parametrize("name", questions.shipped())
def test_every_shipped_poll_loads_and_says_its_answer_and_why(name):
    poll = questions.load(name)
    assert poll.name == name and poll.answer in poll.options and len(poll.why) > 60
    assert poll.question.endswith(("?", "."))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_as_editors_write_it_is_no_part_of_a_poll(tmp_path, encoding):
    assert questions.load(written(tmp_path, GOOD, encoding)).question == "Tea?"


def test_a_poll_is_loaded_by_its_path_too_with_the_picture_beside_it(tmp_path):
    (tmp_path / "tea.png").write_bytes(b"\x89PNG")
    path = written(tmp_path, GOOD + '[picture]\nfile = "tea.png"\nalt = "A cup."\n')
    poll = questions.load(path)
    assert (poll.name, poll.options, poll.picture.alt) == ("mine", ("yes", "no"), "A cup.")
    assert poll.picture.url == "static/picture.png"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("question = ", "is not a TOML file"),
        ('options = ["a", "b"]', "question is None; give a text"),
        ('question = "  "\noptions = ["a", "b"]', "question is '  '; give a text"),
        ('question = 3\noptions = ["a", "b"]', "question is 3; give a text"),
        ('question = "Q"', "options is None; give a list of 2 to 9 texts"),
        ('question = "Q"\noptions = ["a"]', "options is"),
        ('question = "Q"\noptions = ["a", "a"]', "one option twice"),
        ('question = "Q"\noptions = ["a", 2]', "an option is 2; give a text"),
        (f'question = "Q"\noptions = ["a", "{"b" * 161}"]', "161 characters; give at most 160"),
        (f'question = "Q"\noptions = {[str(i) for i in range(10)]}', "2 to 9"),
        (GOOD + 'answer = "maybe"', "answer is 'maybe'; repeat one of the options"),
        (GOOD + 'anwser = "yes"', "'anwser' is no key; allowed are answer, feedback"),
        (GOOD + 'picture = "a.png"', "give a table"),
        (GOOD + '[picture]\nfile = "a.gif"\nalt = "A"', "give one of .svg, .png, .jpg"),
        (GOOD + '[picture]\nfile = "a.png"\nalt = "A"', "is not there; put it beside the poll"),
        (GOOD + '[picture]\nfile = "a.png"\nalt = "A"\nsize = 3', "'size' is no key of"),
    ],
)
def test_a_bad_file_is_told_by_its_name_and_its_fault(tmp_path, text, said):
    with pytest.raises(ValueError) as error:
        questions.load(written(tmp_path, text))
    assert said in str(error.value) and "mine.toml" in str(error.value)


def test_a_picture_without_a_text_alternative_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(ValueError, match=r"picture.alt is None; give a text"):
        questions.load(written(tmp_path, GOOD + '[picture]\nfile = "a.png"'))


def test_a_missing_or_unreadable_file_is_told(tmp_path):
    with pytest.raises(ValueError, match="cannot read"):
        questions.load(tmp_path / "none.toml")
    with pytest.raises(ValueError, match="not a TOML file in UTF-8"):
        questions.load(written(tmp_path, 'question = "é"', "latin-1"))
    for name in ("../polls/entropy", "", "Entropy"):
        with pytest.raises(ValueError, match="no poll is called"):
            questions.load(name)


# The pictures of boxes


@pytest.mark.parametrize("name", boxes.BOXES)
def test_a_committed_picture_is_what_the_script_draws(name):
    assert questions.load(name).picture.path.read_text("utf-8") == boxes.svg(name)


@pytest.mark.parametrize("name", boxes.BOXES)
def test_a_picture_shows_the_balls_that_its_text_tells_each_with_its_letter(name):
    picture = questions.load(name).picture
    tree = ElementTree.fromstring(picture.path.read_text("utf-8"))
    texts = [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")]
    drawn, box = {}, None
    for text in texts:
        if text.startswith("Box "):
            box = drawn.setdefault(text[4:], Counter())
        else:
            box[text] += 1
    told = {
        box: {letter: int(count) for count, letter in re.findall(r"(\d+) ([BVGP])\b", balls)}
        for box, balls in re.findall(r"Box (\w) holds ([^.]*)\.", picture.alt)
    }
    assert drawn == told == boxes.BOXES[name]


def contrast(one, other):
    def luminance(colour):
        values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("letter", boxes.COLOURS)
def test_every_ball_s_letter_is_legible(letter):
    assert contrast(*boxes.COLOURS[letter]) >= 4.5


# The answers, computed anew


@pytest.mark.parametrize(
    ("name", "largest"),
    [("entropy_easy", {"A"}), ("entropy", {"A"}), ("entropy_hard", {"A", "B"})],
)
def test_the_box_with_the_highest_entropy_is_the_answer(name, largest):
    bits = {
        box: float(information.entropy(np.array(list(counts.values())) / sum(counts.values())))
        for box, counts in boxes.BOXES[name].items()
    }
    best = {box for box in bits if bits[box] > max(bits.values()) - 1e-12}
    assert best == largest
    answer = questions.load(name).answer
    assert set(re.findall(r"\b[A-C]\b", answer)) == best
    for value in bits.values():
        text = f"{value:.3f}".rstrip("0").rstrip(".")
        assert re.search(rf"\b{re.escape(text)} bit", why(name)), (text, why(name))
