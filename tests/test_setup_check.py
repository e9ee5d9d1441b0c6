"""The set-up check says nothing when all is well, and names what is wrong and the way out."""

import re
import tomllib
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from lossviz import data
from lossviz.walk.nb00 import setup_check

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


class Kernel:
    kernel = object()


@pytest.fixture
def in_a_kernel(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: Kernel)


def finding(report, name):
    return next(f for f in report if f.name == name)


def test_all_is_well_here(in_a_kernel):
    report = setup_check.check_setup()
    assert report.ok, repr(report)
    assert repr(report).splitlines()[-1] == "All is well: go on."
    assert len(report) == len(setup_check.LOOKS)


def test_all_is_well_too_where_the_reader_wants_latex_and_has_none(in_a_kernel, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with matplotlib.rc_context({"text.usetex": True}):
        report = setup_check.check_setup()
    assert report.ok, repr(report)


def test_outside_a_kernel_only_the_kernel_is_wrong():
    report = setup_check.check_setup()
    assert [f.name for f in report if f.wrong] == ["kernel"]
    assert "jupyter lab notebooks" in finding(report, "kernel").wrong
    assert "1 to mend" in repr(report)


def test_an_old_python_is_named_with_the_version_needed():
    assert "Python 3.10" in setup_check.wrong_with_python((3, 10, 4))
    assert "3.11 or newer" in setup_check.wrong_with_python((3, 10, 4))
    assert setup_check.wrong_with_python((3, 11, 0)) == ""
    assert setup_check.wrong_with_python((4, 0, 0)) == ""


def test_missing_and_old_packages_are_named_with_the_command(monkeypatch):
    monkeypatch.setattr(setup_check, "OLDEST", {"numpy": "999.1", "no-such-thing": "1.0"})
    wrong = setup_check.wrong_with_packages()
    assert "needed is 999.1 or newer" in wrong
    assert "no-such-thing is missing" in wrong
    assert "pip install -r requirements.txt" in wrong


def test_versions_compare_as_numbers():
    key = setup_check._key
    assert key("1.14") > key("1.9.3")
    assert key("2.0.0rc1") >= key("2.0")
    assert key("3.11.2") > key("3.8.4")


def test_a_damaged_data_file_is_named(monkeypatch, tmp_path):
    (tmp_path / "galton_heights.csv").write_text("parent_in,child_in\n", encoding="utf-8")
    monkeypatch.setattr(data, "_PLACES", (tmp_path,))
    assert "galton_heights.csv" in setup_check.wrong_with_data()


def test_a_blank_picture_is_noticed(monkeypatch):
    white = property(lambda self: np.full((40, 90, 4), 255, np.uint8))
    monkeypatch.setattr("lossviz.explorer.stage.Stage.rgba", white)
    assert "blank" in setup_check.wrong_with_pictures()


def test_an_unforeseen_error_becomes_a_finding(monkeypatch):
    monkeypatch.setitem(setup_check.LOOKS, "data", lambda: 1 / 0)
    wrong = finding(setup_check.check_setup(), "data").wrong
    assert "ZeroDivisionError" in wrong
    assert "To mend it" in wrong


def test_the_versions_are_those_of_pyproject():
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    allowed = dict(re.match(r"([\w-]+)>=([\d.]+)", d).groups() for d in project["dependencies"])
    assert {name: allowed[name] for name in setup_check.OLDEST} == setup_check.OLDEST
    assert f">={'.'.join(map(str, setup_check.OLDEST_PYTHON))}" == project["requires-python"]
