"""How long each notebook takes, by one rule: ``python tools/minutes.py`` prints the table.

Minutes are counted from what there is to do, the core and what folds away (its headings begin
with "Further: ") apart:

    100 words of text, tables too          1      (not the reading list, nor the map in 00)
    10 lines of code, with their output    1
    an explorer                            1
    a question, a prediction               1
    a line of a derivation                 ½
    a slip to be spotted                   1½
    an exercise                            4
    an item of a review                    ¾      (its notebook has asked for it before)
    an open question                       3

The rates were set by reading 00 to 07 with their exercises: 595 minutes by the clock, 20 to 120 a
notebook, where the rule said 573. What the notebooks, the map in 00 and INSTRUCTORS.md say is held
to the rule by a test; `--write` puts it there.
"""

import argparse
import ast
import importlib
import re
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
from tools import notebook as tool  # noqa: E402  (run as a script, the folder above is not found)

GUIDE = tool.NOTEBOOKS.parent / "INSTRUCTORS.md"
WORD, CODE_LINE = 1 / 100, 1 / 10
CALLS = {"explore": 1.0, "ask": 1.0, "spot": 1.5, "check": 4.0}
PREDICTION, ROW, REVIEW_ITEM, OPEN = 1.0, 0.5, 0.75, 3.0
NOT_READ = ("## Where to read on", "## The map of the walk")
HEAD = re.compile(r"\*\*Time\*\* \d+ minutes(?:, and \d+ more for what folds away)?")
MAP_ROW = re.compile(r"^(\| \[?(\d\d) · [^|]*\|[^|]*\|) *\d+ *(?:\| *[\d–]+ *)?\|$", re.MULTILINE)
GUIDE_ROW = re.compile(r"^Minutes alone, core \+ further: .*$", re.MULTILINE)


def of_cell(cell, lesson) -> float:
    """The minutes that one cell takes; `lesson` holds the derivations that it may show."""
    if cell.cell_type == "markdown":
        return WORD * sum(bool(re.search(r"\w", word)) for word in cell.source.split())
    minutes, shows = 0.0, False
    for node in ast.walk(ast.parse(cell.source)):
        name = getattr(getattr(node, "func", None), "id", None)
        if name in CALLS:
            predicts = any(keyword.arg == "question" for keyword in node.keywords)
            minutes += CALLS[name] + PREDICTION * predicts
        elif name == "step":
            minutes += ROW * len(getattr(lesson, node.args[0].attr).steps)
        elif name == "review":
            asked = getattr(lesson, node.args[0].attr)
            minutes += REVIEW_ITEM * sum(map(len, asked.values()))
        elif name == "reflect":
            minutes += OPEN * len(lesson.open_questions)
        else:
            continue
        shows = True
    lines = [line for line in cell.source.splitlines() if line.strip()]
    return minutes if shows else CODE_LINE * len(lines)


def of_notebook(nb, lesson) -> tuple[float, float]:
    """The minutes of the core, and of all that folds away."""
    core = further = 0.0
    for title, cells in tool.sections(nb):
        minutes = sum(of_cell(cell, lesson) for cell in cells)
        if title.startswith(tool.FURTHER):
            further += minutes
        elif title not in NOT_READ:
            core += minutes
    return core, further


def by_rule() -> dict[str, tuple[float, float]]:
    """Core and further of every notebook, by its two digits."""
    found = {}
    for path in sorted(tool.NOTEBOOKS.glob("*.ipynb")):
        lesson = importlib.import_module(f"lossviz.walk.nb{path.stem[:2]}.lesson")
        found[path.stem[:2]] = of_notebook(tool.read(path), lesson)
    return found


def rounded(minutes: float) -> int:
    """To five; what is there at all takes five."""
    return 5 * max(round(minutes / 5), minutes > 0)


def said() -> dict[str, dict[str, tuple[int, int]]]:
    """What is said of each notebook in its head, in the map of 00 and in INSTRUCTORS.md."""
    heads, rows = {}, {}
    for path in sorted(tool.NOTEBOOKS.glob("*.ipynb")):
        nb = tool.read(path)
        numbers = [*re.findall(r"\d+", HEAD.search(nb.cells[0].source)[0]), "0"]
        heads[path.stem[:2]] = (int(numbers[0]), int(numbers[1]))
        if path.stem.startswith("00"):
            for row in MAP_ROW.finditer("\n".join(cell.source for cell in nb.cells)):
                core, further = row[0].split("|")[3:5]
                rows[row[2]] = (int(core), int(further.replace("–", "0")))
    line = GUIDE_ROW.search(GUIDE.read_text(encoding="utf-8"))[0]
    told = re.findall(r"(\d\d) (\d+) \+ (\d+)", line)
    return {
        "its head": heads,
        "the map in 00": rows,
        GUIDE.name: {name: (int(core), int(further)) for name, core, further in told},
    }


def write(found: dict[str, tuple[float, float]]) -> None:
    """Say the rule's minutes, rounded, in the heads, the map and INSTRUCTORS.md."""
    whole = {name: tuple(map(rounded, minutes)) for name, minutes in found.items()}
    for path in sorted(tool.NOTEBOOKS.glob("*.ipynb")):
        nb = tool.read(path)
        core, further = whole[path.stem[:2]]
        more = f", and {further} more for what folds away" if further else ""
        nb.cells[0].source = HEAD.sub(f"**Time** {core} minutes{more}", nb.cells[0].source)
        if path.stem.startswith("00"):
            for cell in nb.cells:
                cell.source = MAP_ROW.sub(
                    lambda row: f"{row[1]} {whole[row[2]][0]} | {whole[row[2]][1] or '–'} |",
                    cell.source,
                )
        path.write_bytes(tool.text_of(nb).encode("utf-8"))
    line = " · ".join(f"{name} {core} + {further}" for name, (core, further) in whole.items())
    text = GUIDE.read_text(encoding="utf-8")
    GUIDE.write_text(
        GUIDE_ROW.sub(f"Minutes alone, core + further: {line}.", text), encoding="utf-8"
    )


def main(argv: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python tools/minutes.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--write", action="store_true", help="say it in the notebooks, too")
    args = parser.parse_args(argv)
    found = by_rule()
    for name, (core, further) in found.items():
        print(f"{name}  core {core:5.1f}  further {further:5.1f}")
    core, further = map(sum, zip(*found.values(), strict=True))
    print(f"all core {core:5.1f}  further {further:5.1f}")
    if args.write:
        write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
