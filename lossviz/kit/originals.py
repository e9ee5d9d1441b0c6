"""Where the notebooks are, and the original of one of them.

A wheel holds no notebooks. Their originals are the commit of the clone that lossviz is installed
from (`pip install -e .`), or, where it is not, of the clone in which the reader's folder lies.
"""

import os
import subprocess
import tempfile
from pathlib import Path

import lossviz
from lossviz.walk import NOTEBOOKS

CLONE = Path(lossviz.__file__).resolve().parent.parent


def folder(given: str | None = None) -> Path:
    """The folder of notebooks: the given one; else here, `notebooks` here, or the clone's.

    ValueError if none of them holds a notebook of the walk.
    """
    here = Path.cwd()
    places = [Path(given)] if given else [here, here / "notebooks", CLONE / "notebooks"]
    for place in places:
        if any((place / f"{name}.ipynb").is_file() for name in NOTEBOOKS):
            return place.resolve()
    tried = ", ".join(map(str, places))
    raise ValueError(f"no notebook of the walk in {tried}; --notebooks FOLDER says where they are")


def guide(home: Path) -> str:
    """The instructor's guide: beside the folder of notebooks, or the clone's; "" without one."""
    places = [home.parent / "INSTRUCTORS.md", CLONE / "INSTRUCTORS.md"]
    found = next((place for place in places if place.is_file()), None)
    return found.read_text(encoding="utf-8") if found else ""


def restore(number: str, home: Path) -> tuple[Path, Path | None]:
    """Put the original of a notebook into `home`; the notebook, and the copy of what stood there.

    The copy is `03_… (mine).ipynb`, then `(mine 2)`: no copy is written over. None where the
    notebook was missing or the original already. ValueError for another number, or where there is
    no original.
    """
    name = next((n for n in NOTEBOOKS if number in (n, n[:2])), None)
    if name is None:
        raise ValueError(f"--restore takes a notebook's number, 00 to 16; got {number!r}")
    path = home / f"{name}.ipynb"
    text = original(path)
    if path.is_file() and path.read_bytes() == text:
        return path, None
    with tempfile.NamedTemporaryFile(dir=home, suffix=".part", delete=False) as part:
        part.write(text)
    kept = None
    if path.is_file():
        kept = next(free for free in _copies(path) if not free.exists())
        path.rename(kept)
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)
    return path, kept


def _copies(path: Path):
    yield path.with_stem(f"{path.stem} (mine)")
    n = 2
    while True:
        yield path.with_stem(f"{path.stem} (mine {n})")
        n += 1


def original(path: Path) -> bytes:
    """The original of the notebook at this path. ValueError where there is none."""
    ours = CLONE / "notebooks" / path.name
    for place in (ours, path):
        if (text := _committed(place)) is not None:
            return text
    if ours.is_file() and not (path.is_file() and ours.samefile(path)):
        return ours.read_bytes()
    raise ValueError(
        f"there is no original of {path.name}: lossviz is installed without its notebooks, and "
        f"{path.parent} is in no git clone; take it from the place where you got lossviz"
    )


def _committed(path: Path) -> bytes | None:
    """The file as its clone's last commit has it, or None."""
    if not path.parent.is_dir():
        return None
    command = ["git", "-C", str(path.parent), "show", f"HEAD:./{path.name}"]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
