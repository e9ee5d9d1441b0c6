"""A wheel installed in an empty environment brings its data, its scripts and its server extension.

The environment holds the wheel alone; what lossviz depends on is lent to it by a .pth file, so
that nothing is downloaded.
"""

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel):
    home = wheel.parent / "venv"
    venv.create(home, with_pip=True)
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [python, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet"]
    run(*pip, str(wheel), cwd=wheel.parent)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home)
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(site.strip(), "lent.pth").write_text("\n".join(lent))
    return python


def test_everything_imports_from_the_wheel(python):
    code = """
import importlib, json, pkgutil, sys, lossviz
names = [m.name for m in pkgutil.walk_packages(lossviz.__path__, "lossviz.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(json.dumps({"file": lossviz.__file__, "prefix": sys.prefix, "names": names}))
"""
    said = json.loads(run(python, "-c", code, cwd=python.parent))
    assert said["file"].startswith(said["prefix"])
    assert {"lossviz.losses", "lossviz.explorer.live", "lossviz.server"} <= set(said["names"])


def test_every_name_that_lossviz_lists_is_there(python):
    code = """
import lossviz
for name in lossviz.__all__:
    getattr(lossviz, name)
"""
    run(python, "-c", code, cwd=python.parent)


def test_the_data_comes_with_the_wheel(python):
    code = """
import json
from lossviz import data
print(json.dumps({name: sorted(data.load(name)) for name in data.NAMES}))
"""
    loaded = json.loads(run(python, "-c", code, cwd=python.parent))
    assert set(loaded) == {path.stem for path in (ROOT / "data").glob("*.csv")}
    assert all(loaded.values())


def test_every_file_beside_the_code_is_in_the_wheel(python):
    code = "import lossviz, pathlib; print(pathlib.Path(lossviz.__file__).parent)"
    installed = Path(run(python, "-c", code, cwd=python.parent).strip())
    files = [p for p in (ROOT / "lossviz").rglob("*.*") if "__pycache__" not in p.parts]
    names = [str(p.relative_to(ROOT)) for p in files if p.is_file()]
    assert any(name.endswith(".js") for name in names)
    missing = [name for name in names if not (installed.parent / name).exists()]
    assert missing == []


def test_the_server_extension_is_enabled_by_the_install(python):
    code = """
from jupyter_core.paths import ENV_CONFIG_PATH
import json, os
folder = os.path.join(ENV_CONFIG_PATH[0], "jupyter_server_config.d")
print(json.dumps(json.load(open(os.path.join(folder, "lossviz.json")))))
"""
    config = json.loads(run(python, "-c", code, cwd=python.parent))
    assert config == {"ServerApp": {"jpserver_extensions": {"lossviz.server": True}}}
