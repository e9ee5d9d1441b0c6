"""The house: which room may import which, held by reading the imports of every module.

`MAY_IMPORT` is the table, its rooms are those of `lossviz/__init__.py`. Each rule is a function
from sources to what is wrong, and each is broken below with sources made up for it.
"""

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WIDGETS = {"ipywidgets", "anywidget", "IPython"}
NUMBERS = r"losses|information|fit|data|_checks|style"
OWN = r"walk\.nb\d\d\.\w+"  # a module of a notebook's room
SCENES = rf"{NUMBERS}|explorer\.(stage|handles)|walk\.common|{OWN}"

# Module → what it may import of ours; the first pattern that fits counts. Of the notebooks' rooms
# it may only ever be its own.
MAY_IMPORT = {
    r"|server|walk|walk\.glossary": "",
    NUMBERS: NUMBERS,
    r"page(\..*)?": rf"{NUMBERS}|page\..*",
    r"explorer(\..*)?": rf"{NUMBERS}|(page|explorer)\..*",
    r"teach(\..*)?": rf"{NUMBERS}|(page|explorer|teach)\..*",
    r"walk\.common": rf"{NUMBERS}|page\.words",
    r"walk\.reader": r"(page|teach)\..*|walk",
    r"walk\.nb\d\d(\.scenes)?": SCENES,
    # `walk` itself asks every room for its review questions, and says so in its own module.
    r"walk\.nb\d\d\.lesson": rf"{SCENES}|teach\..*|page\.questions|explorer\.parameters|walk",
    r"walk\.nb\d\d\.\w+": rf"{SCENES}|page\..*",  # what only this notebook needs
    # `walk` itself, asked for its lessons' questions by `walk.lesson`; no room of it.
    r"poll\.bank": r"walk|page\.questions|poll\.questions",
    r"poll\.view": rf"{NUMBERS}|(page|explorer|poll)\..*",
    r"poll(\..*)?": rf"{NUMBERS}|page\.questions|poll\..*",
    r"kit(\..*)?": r"|walk|page\.(questions|words)|teach\..*|poll\.bank|kit\..*",
}


def house() -> dict[str, str]:
    """The source of every module under lossviz, by its name without `lossviz.`."""
    sources = {}
    for path in sorted((ROOT / "lossviz").rglob("*.py")):
        parts = path.relative_to(ROOT / "lossviz").with_suffix("").parts
        sources[".".join(p for p in parts if p != "__init__")] = path.read_text(encoding="utf-8")
    return sources


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(source)))


def imports(name: str, modules: dict[str, str]) -> tuple[set[str], set[str]]:
    """The modules that a module imports, in functions too (ours without `lossviz.`), and the names
    that it takes from ours."""
    found, names = set(), set()
    for node in nodes(modules[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("lossviz.") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            home = node.module or ""
            if node.level:  # of the poll: a package beside
                home = ".".join(["lossviz", name.rpartition(".")[0], home]).strip(".")
            if home.split(".")[0] != "lossviz":
                found.add(home)
                continue
            for alias in node.names:
                inner = f"{home}.{alias.name}".removeprefix("lossviz.")
                found.add(inner if inner in modules else home.removeprefix("lossviz").strip("."))
                names.add(alias.name)
    return found, names


def graph(sources: dict[str, str]) -> dict[str, set[str]]:
    """What each module imports of ours."""
    return {name: imports(name, sources)[0] & {*sources} - {name} for name in sources}


def trespasses(sources: dict[str, str]) -> list[str]:
    """Imports that the table does not allow."""
    wrong = []
    for name, imported in graph(sources).items():
        allowed = next(may for module, may in MAY_IMPORT.items() if re.fullmatch(module, name))
        room = re.match(r"walk\.nb\d\d", name)
        for other in sorted(imported):
            foreign = re.match(r"walk\.nb\d\d", other)
            if not re.fullmatch(allowed, other) or (foreign and foreign[0] != room[0]):
                wrong.append(f"{name} imports {other}")
    return wrong


def circles(sources: dict[str, str]) -> list[str]:
    """A circle of modules, if there is one."""
    try:
        TopologicalSorter(graph(sources)).prepare()
    except CycleError as error:
        return [" ← ".join(error.args[1])]
    return []


def scenes_with_widgets(sources: dict[str, str]) -> list[str]:
    """Scenes that import a widget library, themselves or by what they import."""
    edges, wrong = graph(sources), []
    for scenes in (name for name in sources if name.endswith(".scenes")):
        reached, ahead = set(), [scenes]
        while ahead:
            reached.add(here := ahead.pop())
            ahead += edges[here] - reached
            packages = {name.split(".")[0] for name in imports(here, sources)[0]}
            wrong += [f"{scenes} reaches {w} in {here}" for w in sorted(packages & WIDGETS)]
    return wrong


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def strangers(sources: dict[str, str]) -> list[str]:
    """Private names used in a module that another one of ours defines, and it does not."""
    defined, used = {}, {}
    for module, text in sources.items():
        mine, read = set(), imports(module, sources)[1] - {"_checks"}
        for node in nodes(text):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                mine.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                mine.add(node.id)
            elif isinstance(node, ast.Attribute):
                own = getattr(node.value, "id", "") in ("self", "cls")
                store = isinstance(node.ctx, ast.Store)
                (mine if own and store else read).add(node.attr)
        defined[module], used[module] = set(filter(private, mine)), set(filter(private, read))
    return [
        f"{module} uses {name} of {home}"
        for module, names in used.items()
        for name in sorted(names - defined[module])
        for home in sources
        if name in defined[home]
    ]


def engine(sources: dict[str, str]) -> dict[str, str]:
    return {
        n: text for n, text in sources.items() if n.split(".")[0] not in ("walk", "poll", "kit")
    }


def too_long(sources: dict[str, str], most: int = 60) -> list[str]:
    """Functions and methods of the engine that do not fit a screen."""
    return [
        f"{module}.{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for module, text in engine(sources).items()
        for node in nodes(text)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= most
    ]


def test_the_engine_is_small():
    lines = {name: text.count("\n") for name, text in engine(house()).items()}
    # The aim is 5,400; what keeps faults away from readers, and their answers for them, took it
    # over. It must not grow further.
    assert sum(lines.values()) <= 6440, f"{sum(lines.values())} lines: {lines}"


# Each rule, and sources that break it and nothing else.
RULES = [
    (trespasses, {"losses": "from lossviz.page import words"}),
    (trespasses, {"style": "def f():\n    import lossviz.page.words"}),
    (trespasses, {"page.words": "from lossviz.explorer.stage import Scene"}),
    (trespasses, {"page.words": "from lossviz.teach import grade"}),
    (trespasses, {"explorer.ahead": "from lossviz.teach.grade import grade"}),
    (trespasses, {"teach.grade": "from lossviz.walk.common import density"}),
    (trespasses, {"fit": "from lossviz import walk"}),
    (trespasses, {"walk": "from lossviz.walk.nb03 import lesson"}),
    (trespasses, {"walk.reader": "from lossviz.walk.nb03 import lesson"}),
    (trespasses, {"walk.nb03.scenes": "from lossviz.page.words import number"}),
    (trespasses, {"walk.nb03.scenes": "from lossviz.poll import results"}),
    (trespasses, {"walk.nb06.scenes": "from lossviz.walk.nb05.scenes import plain"}),
    (trespasses, {"walk.nb03.lesson": "from lossviz.walk.nb02 import scenes"}),
    (trespasses, {"walk.nb03.lesson": "from lossviz.explorer.live import Explorer"}),
    (trespasses, {"poll.desk": "from lossviz.explorer.live import Explorer"}),
    (trespasses, {"poll.view": "from lossviz.walk.nb08 import boxes"}),
    (trespasses, {"poll.bank": "from lossviz.walk.nb03 import lesson"}),
    (trespasses, {"poll.bank": "from lossviz.kit import material"}),
    (trespasses, {"kit.key": "from lossviz.walk.nb03 import lesson"}),
    (trespasses, {"walk.nb03.lesson": "from lossviz.kit import material"}),
    (circles, {"teach.grade": "def f():\n    from lossviz.teach.checked import check"}),
    (scenes_with_widgets, {"walk.nb03.scenes": "import ipywidgets as widgets"}),
    (scenes_with_widgets, {"walk.nb12.scenes": "from lossviz.walk.nb12.watch import Watch"}),
    (scenes_with_widgets, {"explorer.stage": "from anywidget import AnyWidget"}),
    (strangers, {"teach.grade": "from lossviz.teach.running import _made_up"}),
    (strangers, {"teach.grade": "from lossviz.teach import running\nrunning._made_up()"}),
    (strangers, {"teach.grade": "def f(run):\n    return run._made_up"}),
    (too_long, {"fit": "def f():\n" + "    pass\n" * 60}),
    (too_long, {"fit": "class A:\n    async def f():\n" + "        pass\n" * 60}),
]


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _ in RULES))
def test_the_house_keeps_its_rules(rule):
    assert rule(house()) == []


@pytest.mark.parametrize(("rule", "broken"), RULES)
def test_a_rule_sees_it_when_it_is_broken(rule, broken):
    (name,) = broken
    sources = house()
    sources["teach.running"] += "\n_made_up = 1\n"
    assert name in sources
    found = rule({**sources, name: sources[name] + "\n" + broken[name] + "\n"})
    assert set(found) - set(rule(sources)), f"{rule.__name__} saw nothing in {broken}"
