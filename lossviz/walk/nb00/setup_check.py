"""Is everything there that the notebooks need? Notebook 00 asks, and says plainly what is missing.

Here: one function per thing that can be missing, each with what to do about it, and the report.
Not here: anything about the browser, which the kernel cannot see; notebook 00 says how to look.
"""

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

OLDEST_PYTHON = (3, 11)
# The oldest versions that pyproject.toml allows; a test holds the two together.
OLDEST = {
    "numpy": "2.0",
    "scipy": "1.14",
    "matplotlib": "3.8.4",
    "ipywidgets": "8.1",
    "anywidget": "0.9.18",
}
INSTALL = (
    "close JupyterLab, then in the folder that holds requirements.txt run "
    "`.venv/bin/pip install -r requirements.txt` "
    "(Windows: `.venv\\Scripts\\pip install -r requirements.txt`) and start it again"
)


class Finding(NamedTuple):
    """One thing that was looked at; `wrong` says what is wrong and what to do, or is empty."""

    name: str
    wrong: str

    def __str__(self):
        return f"✗ {self.name}: {self.wrong}" if self.wrong else f"✓ {self.name}"


class Report(list):
    """The findings, one line each, and a verdict. `report.ok` says whether all is well."""

    @property
    def ok(self) -> bool:
        return not any(finding.wrong for finding in self)

    def __repr__(self):
        bad = sum(bool(finding.wrong) for finding in self)
        verdict = "All is well: go on." if self.ok else f"{bad} to mend before you go on."
        return "\n".join([*map(str, self), verdict])


def check_setup() -> Report:
    """Look at everything the notebooks need, and report. Never raises."""
    return Report(Finding(name, _quietly(look)) for name, look in LOOKS.items())


def _quietly(look: Callable[[], str]) -> str:
    try:
        return look()
    except Exception as error:
        return f"{type(error).__name__}: {error}. To mend it, {INSTALL}"


def wrong_with_python(running: tuple = sys.version_info) -> str:
    """The interpreter is too old."""
    if tuple(running[:2]) >= OLDEST_PYTHON:
        return ""
    found, needed = (".".join(map(str, v)) for v in (running[:2], OLDEST_PYTHON))
    return f"this is Python {found}; install {needed} or newer and make the .venv folder with it"


def wrong_with_packages() -> str:
    """A package is missing or too old."""
    found = [text for name, oldest in OLDEST.items() if (text := _package(name, oldest))]
    return f"{'; '.join(found)}. To mend it, {INSTALL}" if found else ""


def _package(name: str, oldest: str) -> str:
    try:
        here = version(name)
    except PackageNotFoundError:
        return f"{name} is missing"
    return f"{name} is {here}, needed is {oldest} or newer" if _key(here) < _key(oldest) else ""


def _key(text: str) -> tuple[int, ...]:
    """'2.0.1rc1' → (2, 0, 1): the leading digits of the first three parts."""
    parts = (part for part in text.split(".")[:3] if part[:1].isdigit())
    return tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in parts)


def wrong_with_kernel() -> str:
    """This is not a Jupyter kernel, so there is nothing to show a slider."""
    from IPython import get_ipython

    if getattr(get_ipython(), "kernel", None) is not None:
        return ""
    return "this is no Jupyter kernel; open the notebook with `.venv/bin/jupyter lab notebooks`"


def wrong_with_data() -> str:
    """A data set is missing or damaged; `data.load` says which, and where."""
    from lossviz import data

    for name in data.NAMES:
        try:
            data.load(name)
        except (OSError, ValueError) as error:
            return f"{error}. To mend it, fetch the data folder again"
    return ""


def wrong_with_pictures() -> str:
    """Matplotlib draws nothing."""
    from lossviz import data
    from lossviz.explorer.stage import Stage
    from lossviz.walk.nb00 import scenes as nb00

    stage = Stage(nb00.first_slider, data.load("galton_heights").child_in)
    stage.draw({"sigma": 2.5})
    drawn = (stage.rgba[..., :3] < 128).all(axis=-1).sum()
    return "" if drawn > 200 else f"the picture stayed blank. To mend it, {INSTALL}"


LOOKS = {
    "Python": wrong_with_python,
    "packages": wrong_with_packages,
    "kernel": wrong_with_kernel,
    "data": wrong_with_data,
    "pictures": wrong_with_pictures,
}
