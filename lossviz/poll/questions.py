"""What a poll asks: reads and checks the TOML files. Knows nothing of votes or of HTTP.

A poll is a small file::

    question = "Which box has the higher entropy?"
    options = ["Box A", "Box B", "Both the same"]
    answer = "Box A"                  # optional: for the discussion, never sent to a phone
    why = "Eight bits of text."       # optional: likewise

    feedback = ["…", "…", "…"]        # optional: what each option earns, for the discussion
    misconceptions = ["", "…", "…"]   # optional: the confusion behind each, "" where none

    [picture]                         # optional
    file = "boxes.svg"                # beside the TOML file: .svg, .png or .jpg
    alt = "What the picture shows, for whoever does not see it."
"""

import hashlib
import json
import tomllib
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent / "polls"
PICTURES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
LONGEST_QUESTION, LONGEST_OPTION, MOST_OPTIONS, LARGEST_PICTURE = 600, 160, 9, 2_000_000


@dataclass(frozen=True)
class Picture:
    """A picture above the question: its file and its text alternative.

    ``drawn`` is its content where the file is not written yet.
    """

    path: Path
    alt: str
    drawn: bytes | None = None

    @property
    def url(self) -> str:
        """Where the page finds it, relative to the page; one that was sent, by its content."""
        mark = "" if self.drawn is None else f"?{hashlib.sha256(self.drawn).hexdigest()[:8]}"
        return f"static/picture{self.path.suffix}{mark}"

    def content(self) -> bytes:
        """The picture's bytes."""
        return self.path.read_bytes() if self.drawn is None else self.drawn


@dataclass(frozen=True)
class Poll:
    """One question to a class. ``name`` is the file's name without its ending, or its own.

    ``feedback`` and ``misconceptions`` have an entry for each option, or none at all.
    """

    name: str
    question: str
    options: tuple[str, ...]
    answer: str | None = None
    why: str | None = None
    picture: Picture | None = None
    feedback: tuple[str, ...] = ()
    misconceptions: tuple[str, ...] = ()


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
    return checked(table, path)


def checked(table: dict, path: Path) -> Poll:
    """The poll that a TOML file at this path with this table would be. ValueError as `load`."""
    try:
        return _poll(path, table)
    except ValueError as error:
        raise ValueError(f"poll {str(path)!r}: {error}") from None


def pictured(poll: Poll, png: str, alt: str) -> Poll:
    """The poll with this picture (PNG in base64) above its question."""
    alt = " ".join(alt.split())
    alt = alt if len(alt) <= LONGEST_QUESTION else f"{alt[: LONGEST_QUESTION - 1]}…"
    return replace(poll, picture=Picture(Path("picture.png"), alt, b64decode(png)))


def table(poll: Poll) -> dict:
    """The poll as a table of texts; of its picture the file's name and the text alternative."""
    keys = ("name", "question", "options", "answer", "why", "feedback", "misconceptions")
    written = {key: getattr(poll, key) for key in keys if getattr(poll, key)}
    if poll.picture:
        name = f"picture{poll.picture.path.suffix}"
        written["picture"] = {"file": name, "alt": poll.picture.alt}
    return written


def sent(poll: Poll) -> dict:
    """The poll as a presenter sends it: its table, with the picture's content in base64."""
    written = table(poll)
    if poll.picture:
        written["picture"]["content"] = b64encode(poll.picture.content()).decode()
    return written


def received(written: dict, drawn: bytes | None = None) -> Poll:
    """The poll in such a table. No file is read. ValueError says what is wrong with it."""
    written = dict(written)
    picture = written.pop("picture", None)
    if "name" not in written:
        raise ValueError("name is not there; give each question its own")
    poll = checked(written, Path("asked.toml"))
    if picture is None:
        return poll
    if not isinstance(picture, dict):
        raise ValueError(f"picture is {picture!r}; give a table with file, alt and content")
    _known(picture, {"file", "alt", "content"}, "key of picture")
    path = _pictures_path(Path(), picture)
    if drawn is None:
        try:
            drawn = b64decode(picture.get("content"), validate=True)
        except (ValueError, TypeError):
            raise ValueError("picture.content is no base64") from None
    return replace(poll, picture=Picture(path, _pictures_alt(picture, path, len(drawn)), drawn))


def write(poll: Poll, path: Path) -> Path:
    """Write a poll as a TOML file, its picture beside it; the file's path."""
    written = table(poll)
    picture = written.pop("picture", None)
    lines = [f"{key} = {_toml(value)}" for key, value in written.items()]
    if picture:
        file = path.with_suffix(poll.picture.path.suffix)
        file.write_bytes(poll.picture.content())
        lines += ["[picture]", f"file = {_toml(file.name)}", f"alt = {_toml(picture['alt'])}"]
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return path


def _toml(value: object) -> str:
    """A text or a list of texts: JSON's are TOML's, but for one sign."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _poll(path: Path, table: dict) -> Poll:
    asked = {"name", "question", "options", "answer", "why", "picture"}
    _known(table, {*asked, "feedback", "misconceptions"}, "key")
    name = table.get("name", path.stem)
    if not isinstance(name, str) or Path(name).name != name:
        raise ValueError(f"name is {name!r}; give one that a file may have")
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
        name=name,
        question=_text(table.get("question"), "question", LONGEST_QUESTION),
        options=options,
        answer=answer,
        why=None if why is None else _text(why, "why", 2000),
        picture=_picture(path.parent, table["picture"]) if "picture" in table else None,
        feedback=_each(table, "feedback", len(options)),
        misconceptions=_each(table, "misconceptions", len(options)),
    )


def _each(table: dict, key: str, count: int) -> tuple[str, ...]:
    """A text for each option, which may be empty."""
    texts = table.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{key} is {texts!r}; give a list of texts")
    if texts and len(texts) != count:
        raise ValueError(f"{key} has {len(texts)} texts; give {count}, one for each option")
    return tuple(" ".join(text.split()) for text in texts)


def _picture(folder: Path, table: object) -> Picture:
    if not isinstance(table, dict):
        raise ValueError(f"picture is {table!r}; give a table [picture] with file and alt")
    _known(table, {"file", "alt"}, "key of [picture]")
    path = _pictures_path(folder, table)
    if not path.is_file():
        raise ValueError(f"picture.file {str(path)!r} is not there; put it beside the poll")
    return Picture(path, _pictures_alt(table, path, path.stat().st_size))


def _pictures_path(folder: Path, table: dict) -> Path:
    path = folder / _text(table.get("file"), "picture.file", 200)
    if path.suffix not in PICTURES:
        raise ValueError(f"picture.file is {path.name!r}; give one of {', '.join(PICTURES)}")
    return path


def _pictures_alt(table: dict, path: Path, size: int) -> str:
    if size > LARGEST_PICTURE:
        raise ValueError(f"picture.file {path.name!r} is over {LARGEST_PICTURE:,} bytes")
    return _text(table.get("alt"), "picture.alt", 600)


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
