"""The instructor's kit: every file is read again by what it is made for, or by its own reader.

The tools lie in `.kit` (tools/kit-requirements.txt); without them these tests are skipped, except
in CI, where they must be there.
"""

import html
import os
import re
import shutil
import subprocess
import sys
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from support.lessons import found_in_lessons

from lossviz import walk
from lossviz.kit import __main__ as command, banks, key, material, objectives, originals, pages
from lossviz.page.questions import Option, Question
from lossviz.poll.bank import ALSO, walked
from lossviz.teach.grade import grade
from lossviz.teach.reviews import OpenQuestion

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / ".kit"
NAMES = ("anki", "genanki", "lxml", "moodle_xml_parser", "nbgrader", "text2qti")
WALK = walked()
# Marks of all three formats, and of Markdown, in one question.
MARKED = Question(
    r"Is $\frac{a_1}{b} < \sigma^2$ for `x[0] * y` & *all* _x_, <b>or</b> 1. never #?",
    [
        Option(r"Yes: $\sum_{i} x_i$", "Since `a < b` & $c$.", right=True),
        Option("No, `f(x)`", r"A feedback with $\{0, 1\}$ and 5 * 3 ^ 2 ~ [x](y).", False, "$x$"),
    ],
)
ASKED = {**WALK, "made.marked": MARKED}


@pytest.fixture(scope="module", autouse=True)
def tools():
    """The tools of the kit, importable."""
    sys.path.append(str(TOOLS))
    invalidate_caches()
    missing = [name for name in NAMES if find_spec(name) is None]
    if missing and "CI" not in os.environ:
        pytest.skip(f"no {', '.join(missing)}: see tools/kit-requirements.txt")
    assert not missing
    yield
    sys.path.remove(str(TOOLS))


@pytest.fixture(scope="module")
def notebooks():
    return material.notebooks(ROOT / "notebooks")


@pytest.fixture(scope="module")
def kit(tmp_path_factory, notebooks):
    """The kit of notebook 03, and the bank of the whole walk, by the command."""
    out = tmp_path_factory.mktemp("kit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(material, "notebooks", lambda folder: notebooks[3:4])
        patch.chdir(ROOT)
        assert command.main(["--out", str(out), "--no-pdf"]) == 0
    return out


# --- The bank


def plain(text: str) -> str:
    """HTML of a bank as the lesson wrote it: TeX between dollar signs, code in backticks."""
    image = r'<img class="equation_image"[^>]*data-equation-content="([^"]*)"[^>]*>'
    text = re.sub(image, lambda tex: f"${tex[1]}$", text)
    text = re.sub(r"</p>\s*<p>|<br>", " ", text)
    text = re.sub(r"</?p>", "", re.sub(r"</?code>", "`", re.sub(r"\\[()]", "$", text)))
    return " ".join(html.unescape(text).replace("’", "'").split())  # text2qti sets ’ for '


def straight(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


def wanted(questions=ASKED) -> dict:
    """What a bank must hold: by name the question, its options with what they earn, the right."""
    return {
        name: (
            straight(q.text),
            [(straight(o.text), straight(banks.earned(o))) for o in q.options],
            [o.right for o in q.options],
        )
        for name, q in questions.items()
    }


def test_the_bank_asks_every_question_of_the_walk(notebooks):
    called = {c.name for n in notebooks for c in n.calls("ask", "explore") if c.name}
    reviews = {
        f"nb{name[:2]}.review_{k}"
        for name in walk.NOTEBOOKS
        for k in range(1, len(getattr(walk.lesson(name), "review", ())) + 1)
    }
    assert called - {*WALK} == set()
    assert {*WALK} == called | reviews


def test_moodle_reads_the_same_right_answers(tmp_path):
    from moodle_xml_parser.parser import parse_file

    banks.moodle(ASKED, tmp_path / "bank.xml")
    read = parse_file(str(tmp_path / "bank.xml"))["multichoice"]
    assert len(read) == len(ASKED)
    tree = ET.parse(tmp_path / "bank.xml")
    nodes = tree.findall("question[@type='multichoice']")
    found = {}
    for node in nodes:
        assert node.findtext("single") == "true"
        answers = node.findall("answer")
        assert sum(float(a.get("fraction")) for a in answers) == 100
        found[node.findtext("name/text")] = (
            plain(node.findtext("questiontext/text")),
            [(plain(a.findtext("text")), plain(a.findtext("feedback/text"))) for a in answers],
            [a.get("fraction") == "100" for a in answers],
        )
    assert found == wanted()
    theirs = {question.name: [option.score_fraction == 100 for option in question.options]
              for question in read}  # fmt: skip
    assert theirs == {name: right for name, (_, _, right) in wanted().items()}


@pytest.fixture(scope="module")
def quiz(tmp_path_factory):
    """The quiz in the bank for Canvas, which its manifest names: QTI 1.2."""
    bank = tmp_path_factory.mktemp("qti") / "bank.zip"
    banks.qti(ASKED, bank)
    with ZipFile(bank) as archive:
        manifest = ET.fromstring(archive.read("imsmanifest.xml"))
        files = [f.get("href") for f in manifest.iter() if f.tag.endswith("}file")]
        assert set(files) <= {*archive.namelist()}
        (name,) = (name for name in files if "meta" not in name)
        return archive.read(name)


def departures(quiz: bytes) -> list[str]:
    """What IMS's own document type of QTI 1.2.1 (of 14 February 2003) finds wrong in a quiz."""
    from lxml import etree

    root = etree.fromstring(quiz)
    for node in root.iter():  # a document type knows no name spaces
        node.tag = etree.QName(node).localname
        for name in [each for each in node.attrib if each.startswith("{")]:
            del node.attrib[name]
    etree.cleanup_namespaces(root)
    dtd = etree.DTD(ROOT / "tests" / "support" / "ims_qtiasiv1p2p1.dtd")
    dtd.validate(root)
    return [error.message for error in dtd.error_log.filter_from_errors()]


def test_the_bank_for_canvas_is_of_the_schema_of_ims(quiz):
    assert departures(quiz) == []
    for right, wrong in ((b"presentation>", b"presented>"), (b' ident="', b' identity="')):
        assert departures(quiz.replace(right, wrong)), wrong


def test_canvas_reads_the_same_right_answers(quiz):
    root = ET.fromstring(quiz)
    qti = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}
    found = {}
    for item in root.iterfind(".//q:item", qti):
        earned = {
            feedback.get("ident").removesuffix("_fb"): feedback.findtext(".//q:mattext", "", qti)
            for feedback in item.iterfind("q:itemfeedback", qti)
        }
        labels = item.findall(".//q:response_label", qti)
        scored = [
            condition.findtext(".//q:varequal", "", qti)
            for condition in item.iterfind(".//q:respcondition", qti)
            if condition.findtext("q:setvar", "", qti) == "100"
        ]
        found[item.get("title")] = (
            plain(item.findtext("q:presentation/q:material/q:mattext", "", qti)),
            [
                (plain(label.findtext(".//q:mattext", "", qti)), plain(earned[label.get("ident")]))
                for label in labels
            ],
            [label.get("ident") in scored for label in labels],
        )
    assert found == wanted()


def test_anki_reads_the_same_right_answers(tmp_path):
    from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

    banks.anki(ASKED, tmp_path / "bank.apkg")
    collection = Collection(str(tmp_path / "collection.anki2"))
    try:
        asked = ImportAnkiPackageRequest(
            package_path=str(tmp_path / "bank.apkg"), options=ImportAnkiPackageOptions()
        )
        for _ in range(2):  # a second import adds no card
            collection.import_anki_package(asked)
        notes = [collection.get_note(number) for number in collection.find_notes("")]
        assert collection.card_count() == len(ASKED)
    finally:
        collection.close()
    found = {}
    for note in notes:
        field = dict(note.items())
        options = re.findall(r"<p>\w\. (.*?)</p>", field["Options"])
        why = re.findall(r"<p>\w: (.*?)</p>", field["Why"])
        right = [f"{letter}. {o}" == field["Answer"] for letter, o in zip("ABCDEFGH", options)]  # noqa: B905
        assert note.tags == [field["Name"].partition(".")[0]]
        found[field["Name"]] = (
            plain(field["Question"]),
            [(plain(o), plain(w)) for o, w in zip(options, why, strict=True)],
            right,
        )
    assert found == wanted()


def test_the_command_writes_the_whole_bank(kit):
    tree = ET.parse(kit / "bank/lossviz.moodle.xml")
    assert len(tree.findall("question[@type='multichoice']")) == len(WALK)
    assert {path.name for path in (kit / "bank").iterdir()} == {
        "lossviz.moodle.xml", "lossviz.qti.zip", "lossviz.apkg"
    }  # fmt: skip


# --- Key, handout, slides


def test_the_key_answers_everything(kit, notebooks):
    text = (kit / "key.html").read_text(encoding="utf-8")
    notebook = notebooks[3]
    shown = " ".join(html.unescape(text).split())
    wanting = []
    for name, question in WALK.items():
        if name.startswith("nb03."):
            (right,) = (o for o in question.options if o.right)
            wanting += [name, right.feedback, *(o.misconception for o in question.options)]
    wanting += [call.pictures[-1][1] for call in notebook.calls("explore") if call.name]
    for call in notebook.calls("spot"):
        slip = call.about.slip(call.slip)
        wanting += [f"{slip.step}: {slip.name}", slip.tex, slip.why]
    for call in notebook.calls("check"):
        wanting.append(call.about.source())
        for slip in call.about.slips:
            said = grade(slip.function, call.about)
            assert said.kind != "right"
            wanting += [slip.name, slip.why, said.text]
    code = re.sub(r"</?code>", "`", shown)
    missing = [w for w in wanting if " ".join(w.split()) not in code + shown]
    assert missing == []


def test_the_key_answers_what_is_asked_in_words(notebooks):
    text = html.unescape(key.key(notebooks, {}))
    asked = found_in_lessons(OpenQuestion).values()
    assert len(asked) >= 4
    said = [part for q in asked for part in (q.text, q.model, *q.points)]
    assert [part for part in said if part not in text] == []


def offline(text: str) -> list[str]:
    """What a page would load from elsewhere: nothing but MathJax beside it and its own data."""
    loads = re.findall(r"""<(?:script|img|link|iframe)[^>]*(?:src|href)=["']([^"']+)""", text)
    loads += re.findall(r"url\(([^)]*)\)", text)
    return [load for load in loads if not load.startswith(("data:", "../mathjax.js"))]


def test_the_handout_is_the_whole_notebook_on_paper(kit, notebooks):
    notebook = notebooks[3]
    text = (kit / f"handout/{notebook.name}.html").read_text(encoding="utf-8")
    assert (kit / "mathjax.js").stat().st_size > 1e6
    assert offline(text) == []
    words = re.sub(r"<[^>]+>", "", text)  # code is marked up word by word
    assert [c for c in ("explore(", "step(", "spot(", "ask(") if c in words] == []
    assert "widget-view" not in text and "saved picture" not in text
    pictures = [" ".join(png.split()) for c in notebook.calls("explore") for png, _ in c.pictures]
    for png in pictures:
        assert text.count(png[:200]) == 1 or png[-400:-300] in text
    assert text.count("<img") == len(pictures)
    shown = html.unescape(text)
    for call in notebook.calls("step"):
        assert [s.tex for s in call.about.steps if s.tex not in shown] == []
    headings = [line[3:] for cell in notebook.node.cells for line in cell.source.splitlines()
                if cell.cell_type == "markdown" and line.startswith("## ")]  # fmt: skip
    assert [
        h for h in headings if f">{html.escape(h)}<" not in re.sub("<a .*?</a>", "", text)
    ] == []


def test_what_is_folded_away_is_open_on_paper():
    assert pages.markdown("<details>\n<summary>a</summary>\n</details>").startswith("<details open")


def test_the_slides_ask_and_answer(kit, notebooks):
    blocks = pages.blocks((ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8"))
    numbers = [number for block in blocks.values() for number in block]
    assert {name[:2] for name in walk.NOTEBOOKS[1:]} - {"07"} <= {*numbers}
    (title,) = (title for title, block in blocks.items() if "03" in block)
    text = (kit / f"slides/{title.partition('.')[0]}.html").read_text(encoding="utf-8")
    assert offline(text) == []
    calls = list(notebooks[3].calls("explore"))
    assert text.count("<img") == sum(len(call.pictures) for call in calls)
    for call in (call for call in calls if call.about):
        (right,) = (o for o in call.about.options if o.right)
        assert text.index(html.escape(call.about.text[:40], quote=False)) < text.index(
            html.escape(right.feedback[:40], quote=False)
        )


def test_every_block_has_ten_minutes_of_slack():
    guide = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
    minutes = {}
    for title, more, number in re.findall(
        r"^\| (?:\*\*(.*?)\*\* \([^)]*\) )?\| (\+?)(\d+) \|", guide, re.M
    ):
        if title:
            minutes[title] = {"": 0, "+": 0}
        minutes[[*minutes][-1]][more] += int(number)
    assert [*minutes] == [*pages.blocks(guide)]
    assert {t: m for t, m in minutes.items() if m != {"": 40, "+": 40}} == {}


def test_the_guide_names_questions_and_polls_that_there_are():
    guide = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
    assert {*re.findall(r"`(nb\d\d\.\w+)`", guide)} - {*WALK} == set()
    assert {*re.findall(r"\(poll `(\w+)`\)", guide)} - {*ALSO} == set()


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_a_page_is_printed_on_its_paper(paper, size, tmp_path):
    if pages.browser() is None:
        pytest.skip("no Chromium")
    source = tmp_path / "page.html"
    source.write_text(pages.page("a page", "<p>some text</p>"), encoding="utf-8")
    pages.pdf(source, tmp_path / "page.pdf", paper)
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", (tmp_path / "page.pdf").read_bytes())
    assert [abs(float(box[1]) - size[0]) < 2, abs(float(box[2]) - size[1]) < 2] == [True, True]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "page.pdf"]


# --- Objectives


def test_every_objective_is_exercised(notebooks):
    for notebook in notebooks:
        rows = objectives.rows(notebook)
        assert [p for p, kinds in rows if not any(kinds.values())] == []
        assert len(rows) >= 3, notebook.name


@pytest.mark.parametrize(
    ("lists", "said"), [([()], "promises"), ([("words",)] * 4, "names"), ([(len,)] * 4, "does")]
)
def test_an_objective_that_does_not_fit_is_named(notebooks, lists, said):
    lesson = SimpleNamespace(objectives=lists, __name__="made_up", length=len)
    broken = SimpleNamespace(
        name="03", promises=notebooks[3].promises, lesson=lesson, calls=notebooks[3].calls
    )
    with pytest.raises(ValueError, match=said):
        objectives.rows(broken)


# --- Assignments

GRADE = """
import shutil, sys
from traitlets.config import Config
from nbgrader.apps.api import NbGraderAPI
config = Config()
config.CourseDirectory.root = sys.argv[1]
config.ClearSolutions.code_stub = {"python": ""}
course = NbGraderAPI(config=config)
assert course.generate_assignment("nb03")["success"]
sys.path.insert(0, sys.argv[2])
from submissions import submit
submit(sys.argv[1])
for student in ("right", "half", "empty"):
    assert course.autograde("nb03", student)["success"], student
for row in course.get_submissions("nb03"):
    print("score", row["student"], row["score"], row["max_score"])
"""
SUBMIT = """
from pathlib import Path
import nbformat

ANSWERS = {answers!r}

def submit(root):
    (given,) = Path(root, "release").rglob("*.ipynb")
    for student, answers in ANSWERS.items():
        node = nbformat.read(given, 4)
        for cell in node.cells:
            cell.source = answers.get(cell.id, cell.source)
        path = Path(root, "submitted", student, "nb03", given.name)
        path.parent.mkdir(parents=True)
        nbformat.write(node, path)
"""


def test_nbgrader_grades_right_half_right_and_empty(kit, notebooks, tmp_path):
    calls = list(notebooks[3].calls("check"))
    right = {}
    for call in calls:
        (name,) = re.findall(r"^def (\w+)", call.cell.source, re.M)
        cell = f"{call.name.partition('.')[2].replace('_', '-')}-code"
        solution = call.about.solution.__name__
        right[cell] = f"{call.about.source()}\n\n{name} = {solution}"
    cells = [*right]
    half = {cells[0]: right[cells[0]], cells[1]: "line_nll = np.sum  # another function"}
    (tmp_path / "submissions.py").write_text(
        SUBMIT.format(answers={"right": right, "half": half, "empty": {}}), encoding="utf-8"
    )
    course = tmp_path / "course"
    shutil.copytree(kit / "assignments", course)
    paths = os.pathsep.join([str(ROOT), str(TOOLS)])
    bins = os.pathsep.join([str(TOOLS / "bin"), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-c", GRADE, str(course), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": paths, "PATH": bins},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
    )
    scores = re.findall(r"^score (\w+) ([\d.]+) ([\d.]+)$", done.stdout, re.M)
    most = 2.0 * len(calls)
    assert {s: (float(a), float(b)) for s, a, b in scores} == {
        "right": (most, most), "half": (2.0, most), "empty": (0.0, most)
    }, done.stdout + done.stderr  # fmt: skip
    (given,) = (course / "release").rglob("*.ipynb")
    text = given.read_text(encoding="utf-8")
    seed = re.search(r"seed=(\d+)", next((course / "source").rglob("*.ipynb")).read_text())[1]
    for hidden in ("HIDDEN", "score", seed, ".solution", "SOLUTION"):
        assert hidden not in text
    assert all(f"check({n}" in text for n in re.findall(r"def (\w+)", text))


def test_every_assignment_is_right_as_the_instructor_has_it(notebooks):
    from lossviz.kit import assignments

    held = {n.number: assignments.assignment(n, seed=5) for n in notebooks}
    assert {number for number, node in held.items() if node is None} == {"00", "13"}
    for notebook in (notebooks[3], notebooks[11]):
        scope, found = {}, []
        for cell in held[notebook.number].cells:
            if cell.cell_type == "code":
                source = re.sub(r"^score\(", "found = score(", cell.source, flags=re.M)
                exec(
                    source.replace("check(", "print(", 1) if "-check" in cell.id else source, scope
                )
                found += [scope["found"]] if "-check" in cell.id else []
        assert found == [assignments.POINTS] * len(list(notebook.calls("check")))


def test_hidden_cases_see_what_the_shown_ones_do_not():
    from lossviz.kit.score import score

    exercise = walk.lesson("03").back_to_mse
    shown = {}

    def by_heart(*args):  # right on the cases that `check` shows, and nowhere else
        return shown.get(args, 0.0)

    grade(lambda *args: shown.setdefault(args, exercise.solution(*args)), exercise)
    assert score(by_heart, exercise, seed=5) == 1.0
    assert score(exercise.solution, exercise, seed=5) == 2.0


# --- Restoring


def clone(folder: Path, text: str) -> Path:
    """A git clone whose commit holds a notebook 03 with this text."""
    home = folder / "notebooks"
    home.mkdir(parents=True)
    path = home / f"{walk.NOTEBOOKS[3]}.ipynb"
    path.write_text(text)
    git = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x"]
    for command_ in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command_], check=True)
    return path


def test_the_original_comes_back_and_the_readers_copy_stays(tmp_path, monkeypatch, capsys):
    path = clone(tmp_path / "clone", "original")
    monkeypatch.setattr(originals, "CLONE", tmp_path / "clone")
    monkeypatch.chdir(path.parent)
    for mine in ("first", "second"):
        path.write_text(mine)
        assert command.main(["--restore", "03"]) == 0
        assert path.read_text() == "original"
    assert path.with_stem(f"{path.stem} (mine)").read_text() == "first"
    assert path.with_stem(f"{path.stem} (mine 2)").read_text() == "second"
    assert command.main(["--restore", "03"]) == 0  # nothing to keep
    path.unlink()
    assert command.main(["--restore", "03"]) == 1  # no folder of the walk any more
    (path.parent / f"{walk.NOTEBOOKS[0]}.ipynb").write_text("another")
    assert command.main(["--restore", "03"]) == 0
    assert path.read_text() == "original"
    assert len(list(path.parent.iterdir())) == 4
    assert "(mine 2)" in capsys.readouterr().out


def test_a_readers_own_folder_gets_the_clones_original(tmp_path, monkeypatch):
    clone(tmp_path / "clone", "original")
    monkeypatch.setattr(originals, "CLONE", tmp_path / "clone")
    home = tmp_path / "home"
    home.mkdir()
    (home / f"{walk.NOTEBOOKS[3]}.ipynb").write_text("mine")
    path, kept = originals.restore("03", home)
    assert (path.read_text(), kept.read_text()) == ("original", "mine")
    with pytest.raises(ValueError, match="00 to 16"):
        originals.restore("99", home)


def test_where_there_is_no_original_nothing_is_touched(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(originals, "CLONE", tmp_path / "nowhere")
    path = tmp_path / f"{walk.NOTEBOOKS[3]}.ipynb"
    path.write_text("mine")
    assert command.main(["--restore", "03", "--notebooks", str(tmp_path)]) == 1
    assert "no original" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "mine"


def test_what_is_missing_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "genanki", None)
    assert command.main(["--out", str(tmp_path), "--notebooks", str(ROOT / "notebooks")]) == 1
    assert 'pip install "lossviz[kit]"' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command.main([])
