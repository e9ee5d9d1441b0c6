"""The web site's builder: only official files, a lock that has all it needs, a card a notebook.

The site itself in a browser: test_browser_site.py.
"""

import hashlib
import json
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup

from tools import site as tool, site_wheels as wheels

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_only_the_official_file_is_taken(tmp_path):
    (tmp_path / "a.whl").write_bytes(b"official")
    digest = hashlib.sha256(b"official").hexdigest()
    assert tool.official("a.whl", digest, str(tmp_path)) == b"official"
    (tmp_path / "a.whl").write_bytes(b"another")
    with pytest.raises(tool.SiteError, match="not the official"):
        tool.official("a.whl", digest, str(tmp_path))
    with pytest.raises(tool.SiteError, match="is missing"):
        tool.official("b.whl", digest, str(tmp_path))


def test_a_wheel_is_entered_with_what_it_imports_as_and_needs(tmp_path):
    wheel = tmp_path / "Some_Name-1.2-py3-none-any.whl"
    needs = ["numpy>=2", "typing_extensions", "tornado>=6", "pytest; extra == 'test'",
             "importlib-metadata; python_version < '3.10'"]  # fmt: skip
    with ZipFile(wheel, "w") as archive:
        archive.writestr("some/__init__.py", "")
        archive.writestr("other.py", "")
        archive.writestr("Some_Name-1.2.data/data/x.py", "")
        metadata = "".join(f"Requires-Dist: {need}\n" for need in needs)
        archive.writestr("Some_Name-1.2.dist-info/METADATA", f"Name: Some_Name\n{metadata}\n")
    entry = tool.entry(wheel)
    assert (entry["name"], entry["version"]) == ("some-name", "1.2")
    assert entry["imports"] == ["other", "some"]
    assert entry["depends"] == ["numpy", "typing-extensions"]
    assert entry["sha256"] == hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_the_lock_keeps_what_is_needed_and_nothing_else():
    theirs = {name: {"depends": []} for name in [*tool.KERNEL, "numpy", "blas", "rdkit", "comm"]}
    theirs["numpy"]["depends"] = ["blas"]
    ours = {"lossviz": {"depends": ["numpy"]}, "comm": {"depends": [], "version": "ours"}}
    cut = tool.cut({"info": 1, "packages": theirs}, ours)
    assert set(cut["packages"]) == {*tool.KERNEL, "lossviz", "numpy", "blas", "comm"}
    assert cut["packages"]["comm"]["version"] == "ours"
    assert cut["info"] == 1
    del theirs["blas"]
    with pytest.raises(tool.SiteError, match="no blas"):
        tool.cut({"packages": theirs}, ours)


def zipped(files: dict[str, str]) -> bytes:
    return wheels.packed({name: text.encode() for name, text in files.items()})


def names(archive: bytes) -> set[str]:
    with ZipFile(BytesIO(archive)) as box:
        return set(box.namelist())


def test_a_wheel_is_served_without_its_tests_and_with_late_parts_of_its_own(tmp_path):
    wheel = zipped(dict.fromkeys((
        "scipy/__init__.py", "scipy/tests/test_a.py", "scipy/special.pyi", "scipy/linalg/a.so",
        "scipy/stats/__init__.py", "scipy/stats/b.so", "scipy/statsmore.py",
        "scipy/sparse/__init__.py", "scipy/sparse/linalg/c.py", "scipy-1.dist-info/METADATA",
    ), "x = 1"))  # fmt: skip

    def compiled(sources):
        return {name: b"code" for name in sources if not name.endswith("statsmore.py")}

    for _ in range(2):  # the second time from what is kept
        made = wheels.kept_parts({"scipy": wheel}, compiled, tmp_path)["scipy"]
        assert {module: names(archive) for module, archive in made.items()} == {
            "": {"scipy/__init__.pyc", "scipy/linalg/a.so", "scipy/statsmore.py",
                 "scipy/sparse/__init__.pyc", "scipy-1.dist-info/METADATA"},
            "scipy.stats": {"scipy/stats/__init__.pyc", "scipy/stats/b.so"},
            "scipy.sparse.linalg": {"scipy/sparse/linalg/c.pyc"},
        }  # fmt: skip
        compiled = None if _ else compiled
    with pytest.raises(ValueError, match="has 0 ×"):
        wheels.kept_parts({"ipython": zipped({"IPython/__init__.py": ""})}, None, tmp_path)


def test_every_font_that_is_served_is_in_the_list_and_no_other():
    fonts = json.loads((ROOT / "tools" / "site-fonts.json").read_text(encoding="utf-8"))
    files = {font["fname"].rsplit("/")[-1] for font in fonts["ttflist"]}
    assert {"DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "cmex10.ttf"} <= files
    assert not [f for f in files if wheels.dropped(f"matplotlib/mpl-data/fonts/ttf/{f}")]


def test_what_goes_into_the_page_is_pinned():
    text = (ROOT / "tools" / "site-requirements.txt").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([\w-]+)==", text, re.M))
    assert {*tool.PURE} <= pinned, f"not pinned: {set(tool.PURE) - pinned}"


def test_the_front_page_has_every_notebook_and_asks_no_other_site(tmp_path):
    tool.put_front(tmp_path)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    cards = page.select("ul.walk li")
    assert len(cards) == len(NOTEBOOKS)
    for file, card in zip(NOTEBOOKS, cards, strict=True):
        links = [link["href"] for link in card.find_all("a")]
        assert links == [f"{app}/index.html?path={file}" for app in ("lab", "notebooks")]
        assert card.h3.text.startswith(file[:2]) and card.p.text.endswith("?")
        assert len(card.img["alt"]) > 20, f"{file}: {card.img['alt']!r}"
        assert (tmp_path / card.img["src"]).read_bytes().startswith(b"\x89PNG")
    assert page.find(id="jupyter-config-data").text == "{}", "JupyterLite's pages do not start"
    assert "//" not in re.sub(r"^// .*$", "", text, flags=re.M)


def test_what_a_cell_says_is_its_text_without_stderr():
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]},
        {"output_type": "stream", "name": "stderr", "text": ["font cache\n"]},
        {"output_type": "execute_result", "data": {"text/plain": "c", "image/png": "iVBO"}},
        {"output_type": "error", "ename": "ValueError", "evalue": "d", "traceback": []},
    ]
    still = '<p>still<img src="data:image/png;base64,iVBO"></p>'
    assert tool.said([{"output_type": "display_data", "data": {"text/html": still}}]) == (
        '<p>still<img src="a picture"></p>'
    )
    assert tool.said(outputs) == "a\nb\nc\nValueError: d"
    assert tool.said(outputs[:1]) != tool.said(outputs)
