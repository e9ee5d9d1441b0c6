"""The small real data sets of the walk, as NumPy arrays.

Here: reading the committed CSV files, and refusing a damaged one. Where each file comes from is
in ``data/README.md``. Not here: any statistics, any splitting, and nothing is ever downloaded.

    galton = data.load("galton_heights")
    galton["child_in"].mean()
"""

import csv
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

_PACKAGE = Path(__file__).resolve().parent
# An installed wheel carries the files inside the package; a checkout has them beside it.
_PLACES = (_PACKAGE / "_data", _PACKAGE.parent / "data")


class _Shape(NamedTuple):
    """What a sound file looks like: its rows, and each column's type."""

    rows: int
    columns: dict[str, type]


_SHAPES = {
    "galton_heights": _Shape(928, {"parent_in": float, "child_in": float}),
    "motorcycle": _Shape(133, {"time_ms": float, "accel_g": float}),
    "engel_food": _Shape(235, {"income": float, "food": float}),
    "belgium_calls": _Shape(24, {"year": float, "calls_ten_millions": float}),
    "challenger": _Shape(23, {"flight": str, "temperature_f": float, "damage": float}),
    "penguins": _Shape(
        342,
        {
            "species": str,
            "island": str,
            "bill_length_mm": float,
            "bill_depth_mm": float,
            "flipper_length_mm": float,
            "body_mass_g": float,
        },
    ),
    "horse_kicks": _Shape(5, {"deaths": float, "corps_years": float}),
    "vegetables": _Shape(
        36, {"first": str, "second": str, "prefer_first": float, "prefer_second": float}
    ),
    "atomic_weights": _Shape(30, {"element": str, "atomic_weight": float}),
}

NAMES: tuple[str, ...] = tuple(_SHAPES)


class Table(dict):
    """A data set's columns by name, ``table["income"]`` or ``table.income``, in the file's order.

    Each is an array of shape (I,): float64 for numbers, str for words.
    """

    def __getattr__(self, column: str) -> np.ndarray:
        try:
            return self[column]
        except KeyError:
            raise AttributeError(
                f"no column {column!r}; the columns are {', '.join(self)}"
            ) from None

    def __dir__(self):
        return sorted([*super().__dir__(), *self])

    def __repr__(self):
        rows = len(next(iter(self.values()), ()))
        return f"{rows} rows of {', '.join(self)}"


def load(name: str) -> Table:
    """Read one committed data set, from any working directory.

    ``name`` is one of ``data.NAMES``; the arrays are fresh on every call, so they may be changed.

    Errors: ValueError for an unknown name or a damaged file (naming the file and the line),
    FileNotFoundError where the file is missing (naming the places looked in).
    """
    if name not in NAMES:
        raise ValueError(
            f"name = {name!r}: there is no such data set; use one of {', '.join(NAMES)}"
        )
    return _read(find(f"{name}.csv"), _SHAPES[name])


def find(filename: str) -> Path:
    """Where a committed file lies, from its path inside ``data/``.

    Errors: FileNotFoundError where it is missing (naming the places looked in).
    """
    for place in _PLACES:
        if (place / filename).is_file():
            return place / filename
    places = " nor in ".join(str(place) for place in _PLACES)
    raise FileNotFoundError(
        f"{filename} is neither in {places}: fetch the data folder again, or reinstall lossviz"
    )


def _read(path: Path, shape: _Shape) -> Table:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file in UTF-8 ({error.reason})") from None
    if not lines:
        raise ValueError(f"{path}: the file is empty")
    header, *rows = csv.reader(lines)
    if header != list(shape.columns):
        raise ValueError(
            f"{path}, line 1: the header is {','.join(header)!r}, not {','.join(shape.columns)!r}"
        )
    parsed = [_row(path, line, cells, shape.columns) for line, cells in enumerate(rows, start=2)]
    if len(parsed) != shape.rows:
        raise ValueError(f"{path}: {len(parsed)} rows after the header, not {shape.rows}")
    return Table(
        {c: np.array(v) for c, v in zip(shape.columns, zip(*parsed, strict=True), strict=True)}
    )


def _row(path: Path, line: int, cells: list[str], columns: dict[str, type]) -> list:
    if len(cells) != len(columns):
        raise ValueError(f"{path}, line {line}: {len(cells)} values, not {len(columns)}")
    return [
        _value(f"{path}, line {line}, column {column}", cell.strip(), kind)
        for cell, (column, kind) in zip(cells, columns.items(), strict=True)
    ]


def _value(where: str, cell: str, kind: type) -> float | str:
    if cell in ("", "NA"):
        raise ValueError(f"{where}: the value is missing")
    if kind is str:
        return cell
    try:
        number = float(cell)
    except ValueError:
        raise ValueError(f"{where}: {cell!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{where}: {cell!r} is not a finite number")
    return number
