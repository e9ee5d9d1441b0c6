"""The question bank: every question of the walk for Moodle, for Canvas, and for Anki.

Each writer takes questions by name. TeX stays TeX, in the form that each of the three typesets;
`code` stays code.
"""

import contextlib
import html
import io
import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from lossviz.page.questions import LETTERS, Option, Question

# Anki knows a deck and a kind of card again by its number: it must never change.
DECK, MODEL = 1809041777, 1809041778
_MARKUP = re.compile(r"`([^`]+)`|\$([^$]+)\$")


def earned(option: Option) -> str:
    """What an option earns: its misconception by name, then its feedback."""
    named = option.misconception.rstrip(".")
    return f"Misconception: {named}. {option.feedback}" if named else option.feedback


def rich(text: str) -> str:
    r"""A text of the walk as HTML, with TeX between \( and \)."""

    def marked(found: re.Match) -> str:
        code, tex = found.groups()
        return f"<code>{code}</code>" if code else rf"\({tex}\)"

    return _MARKUP.sub(marked, html.escape(text, quote=False)).replace("\n", "<br>")


# ---- Moodle
def moodle(questions: Mapping[str, Question], path: Path) -> None:
    """Write Moodle XML: a category, then each question as `multichoice` with one right answer."""
    quiz = ET.Element("quiz")
    category = ET.SubElement(quiz, "question", type="category")
    _text(ET.SubElement(category, "category"), "$course$/top/lossviz")
    for name, question in questions.items():
        node = ET.SubElement(quiz, "question", type="multichoice")
        _text(ET.SubElement(node, "name"), name)
        _text(ET.SubElement(node, "questiontext", format="html"), rich(question.text))
        _text(ET.SubElement(node, "generalfeedback", format="html"), "")
        settings = {"defaultgrade": "1", "penalty": "0.3333333", "hidden": "0", "single": "true"}
        settings |= {"shuffleanswers": "true", "answernumbering": "ABCD"}
        for setting, value in settings.items():
            ET.SubElement(node, setting).text = value
        for option in question.options:
            fraction = "100" if option.right else "0"
            answer = ET.SubElement(node, "answer", fraction=fraction, format="html")
            ET.SubElement(answer, "text").text = rich(option.text)
            _text(ET.SubElement(answer, "feedback", format="html"), rich(earned(option)))
        _text(ET.SubElement(ET.SubElement(node, "tags"), "tag"), name.partition(".")[0])
    ET.indent(quiz)
    ET.ElementTree(quiz).write(path, encoding="utf-8", xml_declaration=True)


def _text(node: ET.Element, text: str) -> None:
    ET.SubElement(node, "text").text = text


# ---- Canvas
def qti(questions: Mapping[str, Question], path: Path) -> None:
    """Write QTI 1.2 as Canvas imports it, a quiz in a zip, by text2qti."""
    from text2qti.config import Config
    from text2qti.qti import QTI
    from text2qti.quiz import Quiz

    rows = ["Quiz title: lossviz", ""]
    for number, (name, question) in enumerate(questions.items(), 1):
        rows += [f"Title: {name}", "Points: 1", f"{number}. {_markdown(question.text)}"]
        for letter, option in zip("abcdefgh", question.options, strict=False):
            right = "*" if option.right else ""
            rows += [f"{right}{letter}) {_markdown(option.text)}"]
            rows += [f"... {_markdown(earned(option))}"]
        rows.append("")
    config = Config()
    with contextlib.redirect_stdout(io.StringIO()):
        QTI(Quiz("\n".join(rows), config=config)).save(str(path))


def _markdown(text: str) -> str:
    """A text as text2qti's Markdown: what is no markup of ours is none of Markdown's either."""
    parts = _MARKUP.split(text)  # plain, code or None, TeX or None, plain, …
    rows = [_escaped(parts[0])]
    for code, tex, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        rows += [f"`{code}`" if code else f"${tex}$", _escaped(after)]
    return " ".join("".join(rows).split())


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|$])", r"\\\1", html.escape(text, quote=False))


# ---- Anki
def anki(questions: Mapping[str, Question], path: Path) -> None:
    """Write an Anki deck: a card a question; its back shows the answer and what each option earns.

    A card keeps its number from one kit to the next, so that a new import only renews its text.
    """
    import genanki

    model = genanki.Model(
        MODEL,
        "lossviz question",
        fields=[{"name": field} for field in ("Name", "Question", "Options", "Answer", "Why")],
        templates=[
            {
                "name": "question",
                "qfmt": "{{Question}}<hr>{{Options}}",
                "afmt": "{{FrontSide}}<hr id=answer><b>{{Answer}}</b><hr>{{Why}}",
            }
        ],
        css=".card { font: 18px sans-serif; text-align: left; max-width: 40em; margin: auto }",
    )
    deck = genanki.Deck(DECK, "lossviz")
    for name, question in questions.items():
        listed = [*zip(LETTERS, question.options, strict=False)]
        fields = [
            name,
            rich(question.text),
            "".join(f"<p>{letter}. {rich(o.text)}</p>" for letter, o in listed),
            *(f"{letter}. {rich(o.text)}" for letter, o in listed if o.right),
            "".join(f"<p>{letter}: {rich(earned(o))}</p>" for letter, o in listed),
        ]
        guid = genanki.guid_for(name)
        tags = [name.partition(".")[0]]
        deck.add_note(genanki.Note(model=model, fields=fields, guid=guid, tags=tags))
    genanki.Package(deck).write_to_file(path)
