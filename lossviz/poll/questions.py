"""What a poll asks: reads and checks the TOML files. Knows nothing of votes or of HTTP.

A poll is a small file::

    question = "Which box has the higher entropy?"
    options = ["Box A", "Box B", "Both the same"]
    answer = "Box A"                  # optional: for the discussion, never sent to a phone
    why = "Eight bits of text."       # optional: likewise

    [picture]                         # optional
    file = "boxes.svg"                # beside the TOML file: .svg, .png or .jpg
    alt = "What the picture shows, for whoever does not see it."
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent / "polls"
PICTURES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
LONGEST_QUESTION, LONGEST_OPTION, MOST_OPTIONS, LARGEST_PICTURE = 600, 160, 9, 2_000_000


@dataclass(frozen=True)
class Picture:
    """A picture above the question: its file and its text alternative."""

    path: Path
    alt: str

    @property
    def url(self) -> str:
        """Where the page finds it, relative to the page."""
        return f"static/picture{self.path.suffix}"


@dataclass(frozen=True)
class Poll:
    """One question to a class. ``name`` is the file's name without its ending."""

    name: str
    question: str
    options: tuple[str, ...]
    answer: str | None = None
    why: str | None = None
    picture: Picture | None = None


def shipped() -> list[str]:
    """The names of the polls that come with lossviz, in alphabetical order."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def load(name_or_path: str | Path) -> Poll:
    """The poll of that name, or of that TOML file. ValueError says what is wrong with it."""
    path = Path(name_or_path)
    if path.suffix.lower() != ".toml":
        path = HERE / f"{name_or_path}.toml"
        if str(name_or_path) not in shipped():
            raise ValueError(
                f"poll: no poll is called {str(name_or_path)!r}; give one of "
                f"{', '.join(shipped())}, or the path of a .toml file"
            )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(f"poll: cannot read {str(path)!r}: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise ValueError(f"poll {str(path)!r} is not a TOML file in UTF-8: {error}") from None
    try:
        return _poll(path, table)
    except ValueError as error:
        raise ValueError(f"poll {str(path)!r}: {error}") from None


def _poll(path: Path, table: dict) -> Poll:
    _known(table, {"question", "options", "answer", "why", "picture"}, "key")
    options = table.get("options")
    if not isinstance(options, list) or not 2 <= len(options) <= MOST_OPTIONS:
        raise ValueError(f"options is {options!r}; give a list of 2 to {MOST_OPTIONS} texts")
    options = tuple(_text(option, "an option", LONGEST_OPTION) for option in options)
    if len(set(options)) < len(options):
        raise ValueError(f"options {list(options)!r} has one option twice; each must differ")
    answer = table.get("answer")
    if answer is not None and answer not in options:
        raise ValueError(f"answer is {answer!r}; repeat one of the options {list(options)!r}")
    why = table.get("why")
    return Poll(
        name=path.stem,
        question=_text(table.get("question"), "question", LONGEST_QUESTION),
        options=options,
        answer=answer,
        why=None if why is None else _text(why, "why", 2000),
        picture=_picture(path.parent, table["picture"]) if "picture" in table else None,
    )


def _picture(folder: Path, table: object) -> Picture:
    if not isinstance(table, dict):
        raise ValueError(f"picture is {table!r}; give a table [picture] with file and alt")
    _known(table, {"file", "alt"}, "key of [picture]")
    path = folder / _text(table.get("file"), "picture.file", 200)
    if path.suffix not in PICTURES:
        raise ValueError(f"picture.file is {path.name!r}; give one of {', '.join(PICTURES)}")
    if not path.is_file():
        raise ValueError(f"picture.file {str(path)!r} is not there; put it beside the poll")
    if path.stat().st_size > LARGEST_PICTURE:
        raise ValueError(f"picture.file {path.name!r} is over {LARGEST_PICTURE:,} bytes")
    return Picture(path, _text(table.get("alt"), "picture.alt", 600))


def _text(value: object, what: str, longest: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} is {value!r}; give a text")
    if len(value) > longest:
        raise ValueError(f"{what} has {len(value)} characters; give at most {longest}")
    return " ".join(value.split())


def _known(table: dict, allowed: set[str], what: str) -> None:
    for name in table:
        if name not in allowed:
            raise ValueError(f"{name!r} is no {what}; allowed are {', '.join(sorted(allowed))}")
