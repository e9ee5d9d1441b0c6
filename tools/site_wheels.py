"""What the web site hands out of a wheel: less of it, compiled, and the rest when it is imported.

A file of Pyodide's release is verified first (tools/site.py); what is served may be a derivation
of it, made here and nowhere else:

* without tests, type stubs, headers, sample data and fonts that no picture of ours uses;
* every ``.py`` as bytecode of Python 3.12 beside or in place of its source. It is compiled by
  Python 3.12 where that builds the site, else by Pyodide itself under node; where neither is
  there the sources stay, which costs the page some ten seconds at each start;
* subpackages that no first picture needs (``LATE``) as archives of their own. The page's Python
  fetches one when it is imported (tools/site_late.py), so that nothing is missing;
* a few lines of source replaced (``EDITS``), each of which must be there exactly once.
"""

import fnmatch
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
RULES = ("site_wheels.py", "site_compile.py", "site-fonts.json")  # what a kept result hangs on

DROPPED = [
    *("*/tests/*", "*/test_*.py", "*.pyi", "*.pxd", "*.pyx", "*.h", "*.c", "*.f90", "*.rst"),
    *("*.data/*", "*/RECORD", "numpy/f2py/*", "numpy/_pyinstaller/*"),
    *("matplotlib/mpl-data/sample_data/*", "matplotlib/mpl-data/fonts/afm/*"),
    *("matplotlib/mpl-data/fonts/pdfcorefonts/*", "matplotlib/mpl-data/images/*"),
    *("matplotlib/mpl-data/fonts/ttf/DejaVuSerif*", "matplotlib/mpl-data/fonts/ttf/Humor*"),
    *("matplotlib/mpl-data/fonts/ttf/DejaVuSansMono-*Oblique.ttf", "matplotlib/testing/*"),
    *("matplotlib/sphinxext/*", "lib2to3/*", "idlelib/*", "turtledemo/*", "ensurepip/*"),
    *("matplotlib/backends/web_backend/*", "anywidget/nbextension/*", "anywidget/labextension/*"),
]
# The module that brings its archive when it is imported; without a dot a whole package.
LATE = {
    *(f"scipy.{part}" for part in (
        "cluster", "constants", "datasets", "fft", "fftpack", "integrate", "interpolate", "io",
        "misc", "ndimage", "odr", "optimize", "signal", "sparse.csgraph", "sparse.linalg",
        "spatial", "stats",
    )),
    *("mpl_toolkits.axes_grid1", "mpl_toolkits.axisartist", "numpy.testing"),
    *("fontTools", "prompt_toolkit", "pytz", "sqlite3", "wcwidth", "lossviz.walk.nb12"),
}  # fmt: skip
LATE_FILES = {  # elsewhere than in the folder of that name
    "sqlite3": "_sqlite3.*",
    "lossviz.walk.nb12": "lossviz/_data/style/*",
}
EDITS = {
    # Of IPython's use in a terminal nothing is needed to start, nor a history on disk.
    "IPython/__init__.py": {"from .terminal.embed import embed\n": ""},
    "IPython/core/history.py": {
        "\nimport sqlite3\n": "\n\nclass _Late:\n    def __getattr__(self, name):\n"
        "        import sqlite3\n        return getattr(sqlite3, name)\n\n\nsqlite3 = _Late()\n",
    },
    # What NumPy has from the start; its * would bring the tests and Fortran's tools.
    "scipy/_lib/array_api_compat/numpy/__init__.py": {
        "from numpy import * # noqa: F403": "import numpy as _np\n"
        "globals().update({n: vars(_np)[n] for n in _np.__all__ if n in vars(_np)})",
    },
    # Completion from the live names; Jedi would be 1.7 MB more.
    "pyodide_kernel/interpreter.py": {
        "self.Completer.use_jedi = True": "self.Completer.use_jedi = False",
    },
    "pyodide_kernel/__init__.py": {
        "# 0. do early": "import site_late\n\nsite_late.start()\n\n# 0. do early",
    },
}
# Where Pyodide's Matplotlib looks for a list of its fonts before it searches for three seconds.
ADDED = {"matplotlib/__init__.py": ("matplotlib/fontlist.json", "site-fonts.json")}
SOURCES_STAY = ("lossviz/", "pyodide_kernel/")  # a reader may look at them, and they are small


class SiteError(ValueError):
    """A file that is not the official one, or an environment that cannot build."""


def late_of(name: str) -> str | None:
    """The module of LATE whose archive the file belongs to."""
    for module, pattern in LATE_FILES.items():
        if fnmatch.fnmatch(name, pattern):
            return module
    parts = name.removesuffix(".py").split("/")
    for end in range(1, len(parts) + 1):
        if (module := ".".join(parts[:end])) in LATE:
            return module
    return None


def replaced(text: str, edits: dict[str, str], name: str) -> str:
    """The text with each key replaced by its value; SiteError unless each is there once."""
    for old, new in edits.items():
        if text.count(old) != 1:
            raise SiteError(f"{name} has {text.count(old)} × {old!r}")
        text = text.replace(old, new)
    return text


def edited(name: str, data: bytes) -> bytes:
    if name not in EDITS:
        return data
    return replaced(data.decode("utf-8"), EDITS[name], name).encode("utf-8")


def node_compiler(pyodide: Path):
    """Bytecode by Pyodide itself, under node, from the folder of its release."""

    def compiled(sources: dict[str, bytes]) -> dict[str, bytes]:
        with tempfile.TemporaryDirectory() as scratch:
            box = Path(scratch)
            with zipfile.ZipFile(box / "in.zip", "w") as archive:
                for name, data in sources.items():
                    archive.writestr(name, data)
            command = ["node", HERE / "site_compile.cjs", pyodide, HERE / "site_compile.py", box]
            subprocess.run(list(map(str, command)), check=True, capture_output=True)
            with zipfile.ZipFile(box / "out.zip") as archive:
                return {name: archive.read(name) for name in archive.namelist()}

    return compiled


def compiler(pyodide: Path):
    """What turns sources into Python 3.12's bytecode on this machine, or None."""
    if sys.version_info[:2] == (3, 12):
        from tools.site_compile import compiled

        return compiled
    return node_compiler(pyodide) if shutil.which("node") else None


def packed(files: dict[str, bytes]) -> bytes:
    """A zip archive of the files, the same bytes for the same files."""
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data, compresslevel=9)
    return box.getvalue()


def dropped(name: str) -> bool:
    return any(fnmatch.fnmatch(name, rule) for rule in DROPPED)


def chosen(data: bytes) -> dict[str, bytes]:
    """The files of an archive that are served, edited."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {
            name: edited(name, archive.read(name))
            for name in sorted(archive.namelist())
            if not name.endswith("/") and not dropped(name)
        }
    for there, (name, source) in ADDED.items():
        if there in files:
            files[name] = (HERE / source).read_bytes()
    return files


def to_compile(files: dict[str, bytes]) -> dict[str, bytes]:
    return {n: d for n, d in files.items() if n.endswith(".py") and not n.startswith(SOURCES_STAY)}


def parts(files: dict[str, bytes], code: dict[str, bytes]) -> dict[str, bytes]:
    """The archives that are served of these files: "" the first, the others by module."""
    found: dict[str, dict[str, bytes]] = {"": {}}
    for name, content in files.items():
        module = found.setdefault(late_of(name) or "", {})
        if name in code:
            module[name + "c"] = code[name]
        else:
            module[name] = content
    return {module: packed(content) for module, content in found.items()}


def kept_parts(raw: dict[str, bytes], compiled, cache: Path) -> dict[str, dict[str, bytes]]:
    """The `parts` of each archive, from `cache` where it was cut by the same rules before.

    All that is new is compiled at once: Pyodide takes longer to start than to compile a package.
    """
    rules = b"".join((HERE / f).read_bytes() for f in RULES)
    kind = str(bool(compiled)).encode()
    folders = {n: cache / hashlib.sha256(d + rules + kind).hexdigest()[:24] for n, d in raw.items()}
    new = {n: chosen(raw[n]) for n, f in folders.items() if not (f / "done").is_file()}
    sources = {f"{n}:{f}": d for n, files in new.items() for f, d in to_compile(files).items()}
    code = compiled(sources) if compiled and sources else {}
    for name, files in new.items():
        made = parts(files, {f: code[k] for f in files if (k := f"{name}:{f}") in code})
        folders[name].mkdir(parents=True, exist_ok=True)
        for module, archive in made.items():
            (folders[name] / f"{module}.zip").write_bytes(archive)
        (folders[name] / "done").write_text(json.dumps(list(made)))
    return {
        name: {
            m: (folder / f"{m}.zip").read_bytes() for m in json.loads((folder / "done").read_text())
        }
        for name, folder in folders.items()
    }
