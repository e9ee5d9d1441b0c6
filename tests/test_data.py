"""The committed data: they load from anywhere, and a damaged file is refused by name."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lossviz import data

ROOT = Path(__file__).resolve().parents[1]
ROWS = {
    "galton_heights": 928,
    "motorcycle": 133,
    "engel_food": 235,
    "belgium_calls": 24,
    "challenger": 23,
    "penguins": 342,
    "horse_kicks": 5,
    "atomic_weights": 30,
    "vegetables": 36,
}
WORDS = {
    ("challenger", "flight"),
    ("penguins", "species"),
    ("penguins", "island"),
    ("atomic_weights", "element"),
    ("vegetables", "first"),
    ("vegetables", "second"),
}


def test_the_names_are_the_files_in_the_data_folder():
    assert set(data.NAMES) == {path.stem for path in (ROOT / "data").glob("*.csv")} == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_every_column_is_an_array_of_all_rows(name):
    for column, values in data.load(name).items():
        assert values.shape == (ROWS[name],)
        assert values.dtype.kind == ("U" if (name, column) in WORDS else "f")


def test_values_are_those_of_the_file():
    galton = data.load("galton_heights")
    assert (galton.parent_in[0], galton["child_in"][0]) == (70.5, 61.7)
    assert galton.child_in.mean() == pytest.approx(68.0885, abs=5e-5)
    assert data.load("challenger").damage.sum() == 7
    species, counts = np.unique(data.load("penguins").species, return_counts=True)
    assert dict(zip(species.tolist(), counts.tolist(), strict=True)) == {
        "Adelie": 151,
        "Chinstrap": 68,
        "Gentoo": 123,
    }
    belgium = data.load("belgium_calls")
    assert (belgium.year == np.arange(1950, 1974)).all()
    kicks = data.load("horse_kicks")
    assert (kicks.corps_years.sum(), kicks.deaths @ kicks.corps_years) == (200, 122)
    weights = data.load("atomic_weights")
    assert weights.atomic_weight[weights.element == "Cl"] == [35.45]


def test_a_column_is_reached_by_key_or_attribute_and_a_wrong_one_is_told():
    galton = data.load("galton_heights")
    assert galton["parent_in"] is galton.parent_in
    assert "parent_in" in dir(galton)
    assert repr(galton) == "928 rows of parent_in, child_in"
    with pytest.raises(AttributeError, match=r"'height'; the columns are parent_in, child_in"):
        _ = galton.height


def test_changing_a_loaded_array_does_not_change_the_next_one():
    data.load("belgium_calls").year[:] = 0
    assert data.load("belgium_calls").year[0] == 1950


def test_readme_names_every_file_with_its_rows():
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for name, rows in ROWS.items():
        assert f"| `{name}.csv` | {rows} |" in readme


LOAD_ALL = """
from lossviz import data
print(sum(len(next(iter(data.load(name).values()))) for name in data.NAMES))
"""


def _load_all(package_parent, directory):
    environment = os.environ | {"PYTHONPATH": str(package_parent)}
    run = subprocess.run(
        [sys.executable, "-c", LOAD_ALL],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return int(run.stdout)


def test_loads_from_another_working_directory(tmp_path):
    assert _load_all(ROOT, tmp_path) == sum(ROWS.values())


def test_loads_from_inside_the_package_as_a_wheel_lays_it_out(tmp_path):
    package = tmp_path / "site" / "lossviz"
    package.mkdir(parents=True)
    for module in ("__init__.py", "data.py"):
        shutil.copy(ROOT / "lossviz" / module, package / module)
    shutil.copytree(ROOT / "data", package / "_data")
    assert _load_all(tmp_path / "site", tmp_path) == sum(ROWS.values())


# Damage: every case names the file, and the line where there is one.

CHALLENGER = (ROOT / "data" / "challenger.csv").read_text(encoding="utf-8")


def _replace_line(number, text):
    lines = CHALLENGER.splitlines()
    lines[number - 1] = text
    return "\n".join(lines) + "\n"


DAMAGED = {
    "empty": ("", "the file is empty"),
    "wrong header": (
        _replace_line(1, "flight,temperature_c,damage"),
        "line 1: the header is 'flight,temperature_c,damage', not 'flight,temperature_f,damage'",
    ),
    "no header": (_replace_line(1, "0,66,0"), "line 1: the header is '0,66,0'"),
    "not a number": (
        _replace_line(5, "5,sixty-eight,0"),
        "line 5, column temperature_f: 'sixty-eight' is not a number",
    ),
    "missing value": (
        _replace_line(7, "7,,0"),
        "line 7, column temperature_f: the value is missing",
    ),
    "missing value spelt NA": (
        _replace_line(7, "7,72,NA"),
        "line 7, column damage: the value is missing",
    ),
    "missing word": (_replace_line(7, ",72,0"), "line 7, column flight: the value is missing"),
    "not finite": (
        _replace_line(3, "2,nan,1"),
        "line 3, column temperature_f: 'nan' is not a finite number",
    ),
    "short row": (_replace_line(9, "9,70"), "line 9: 2 values, not 3"),
    "long row": (_replace_line(9, "9,70,0,0"), "line 9: 4 values, not 3"),
    "blank line": (_replace_line(9, ""), "line 9: 0 values, not 3"),
    "cut short": (CHALLENGER[: CHALLENGER.index("61A")], "20 rows after the header, not 23"),
    "a row too many": (CHALLENGER + "61J,70,0\n", "24 rows after the header, not 23"),
}


@pytest.fixture
def challenger_file(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "_PLACES", (tmp_path / "_data", tmp_path))
    return tmp_path / "challenger.csv"


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_refused_by_name_and_line(damage, challenger_file):
    text, complaint = DAMAGED[damage]
    challenger_file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as error:
        data.load("challenger")
    assert str(error.value).startswith(str(challenger_file))
    assert complaint in str(error.value)


def test_a_file_that_is_not_text_is_refused_by_name(challenger_file):
    challenger_file.write_bytes(b"\x89PNG\xff\x00")
    with pytest.raises(ValueError, match=r"challenger\.csv: not a text file in UTF-8"):
        data.load("challenger")


def test_the_sound_file_loads_with_windows_line_ends_too(challenger_file):
    challenger_file.write_text(CHALLENGER, encoding="utf-8", newline="\r\n")
    assert data.load("challenger").damage.sum() == 7


def test_a_missing_file_is_named_with_the_places_looked_in(challenger_file):
    with pytest.raises(FileNotFoundError) as error:
        data.load("challenger")
    message = str(error.value)
    assert message.startswith("challenger.csv is neither in")
    assert str(challenger_file.parent) in message


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"name = 'galton'.*galton_heights.*penguins"):
        data.load("galton")
