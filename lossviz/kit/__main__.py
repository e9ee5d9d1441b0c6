"""``python -m lossviz.kit``: the command line of the kit."""

import argparse
import secrets
import shutil
import sys
from pathlib import Path

from . import originals


def main(arguments: list[str] | None = None) -> int:
    """Make the kit, or restore a notebook; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lossviz.kit", description=__doc__)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="make the kit in this folder")
    parser.add_argument("--restore", metavar="NUMBER", help="put back a notebook's original")
    parser.add_argument("--notebooks", metavar="FOLDER", help="where the notebooks are")
    parser.add_argument("--no-pdf", action="store_true", help="HTML only, also with a Chromium")
    given = parser.parse_args(arguments)
    if (given.out is None) == (given.restore is None):
        parser.error("say --out FOLDER or --restore NUMBER")
    try:
        home = originals.folder(given.notebooks)
        if given.restore:
            path, kept = originals.restore(given.restore, home)
            print(f"{path} is the original" + (f"; yours is kept as {kept.name}" if kept else ""))
        else:
            make(home, given.out, not given.no_pdf)
    except (ValueError, OSError) as error:
        print(f"lossviz.kit: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f'lossviz.kit: no {error.name}; pip install "lossviz[kit]"', file=sys.stderr)
        return 1
    return 0


def make(home: Path, out: Path, with_pdf: bool) -> None:
    """Write all of the kit into `out` from the notebooks in `home`, and say what there is."""
    from lossviz.poll.bank import walked

    from . import assignments, banks, key, material, objectives, pages

    for part in ("bank", "handout", "slides"):
        (out / part).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(pages.mathjax(), out / "mathjax.js")
    questions = walked()
    banks.moodle(questions, out / "bank/lossviz.moodle.xml")
    banks.qti(questions, out / "bank/lossviz.qti.zip")
    banks.anki(questions, out / "bank/lossviz.apkg")
    print(f"{out}/bank: {len(questions)} questions for Moodle, Canvas and Anki")
    notebooks = material.notebooks(home)
    _write(out / "key.html", key.key(notebooks, questions))
    _write(out / "objectives.html", objectives.table(notebooks))
    seed = secrets.randbelow(10**9)
    count = assignments.write(notebooks, seed, out / "assignments")
    print(f"{out}/assignments: {count}, for nbgrader")
    printed = [out / f"handout/{notebook.name}.html" for notebook in notebooks]
    for path, notebook in zip(printed, notebooks, strict=True):
        _write(path, pages.handout(notebook))
    decks = []
    for title, numbers in pages.blocks(originals.guide(home)).items():
        decks.append(out / f"slides/{title.partition('.')[0]}.html")
        _write(decks[-1], pages.slides(title, [n for n in notebooks if n.number in numbers]))
    if not with_pdf or pages.browser() is None:
        print("no PDF: " + ("not wanted" if not with_pdf else "no Chromium here"))
        return
    for path in printed:
        for paper in pages.PAPERS:
            pages.pdf(path, path.with_suffix(".pdf").parent / paper / f"{path.stem}.pdf", paper)
    for path in decks:
        pages.pdf(path, path.with_suffix(".pdf"))
    print(f"{out}: {2 * len(printed) + len(decks)} PDF files")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    print(path)


if __name__ == "__main__":
    sys.exit(main())
