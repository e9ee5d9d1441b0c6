"""The rules that every committed notebook keeps, each a function that yields what breaks it.

They are what makes strict nbval catch wrong numbers (it skips a cell without execution count,
never compares pictures and obeys tags), and what keeps the notebooks readable. ``problems`` runs
all of them. Nothing here executes a notebook.
"""

import ast
import base64
import binascii
import builtins
import io
import re
from collections.abc import Iterator

import nbformat
from PIL import Image

from tools.notebook import FURTHER, sections

MAX_LINES = 12
MOST_WORDS = 40  # on what a section that folds away adds
SENTENCE = 20  # characters
POWER = re.compile(r"\d[eE][-−+]?\d+")
FEWEST_PICTURES = {0: 1, 13: 1}  # by number of the notebook; three in all others
NETWORK = {
    *("aiohttp", "ftplib", "http", "httpx", "pip", "requests", "smtplib", "socket"),
    *("subprocess", "urllib", "webbrowser"),
}
BANNED_NAMES = {
    "interact": "its output is never compared",
    "interact_manual": "its output is never compared",
    "interactive": "its output is never compared",
    "interactive_output": "its output is never compared",
    "Output": "what it captures is never compared",
    "get_ipython": "a notebook is plain Python",
    "system": "no code cell runs another program",
}
ABSOLUTE = re.compile(r"^(/[\w.]|~[/\\]|[A-Za-z]:[/\\]|file:)")
PRINTED_PATH = re.compile(r"(?<![\w.:/])(/(home|root|tmp|Users|usr|opt|var)/|[A-Z]:\\)")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")
NBVAL = re.compile(r"NBVAL_|PYTEST_VALIDATE_IGNORE_OUTPUT|nbval-|raises-exception", re.IGNORECASE)


def problems(nb: nbformat.NotebookNode, number: int) -> list[str]:
    """Everything that is wrong with notebook `number`, one line each."""
    found = []
    for rule in CELL_RULES:
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                found += [f"cell {index} ({cell.id}): {what}" for what in rule(cell)]
    for rule in NOTEBOOK_RULES:
        found += rule(nb)
    return found + list(enough_pictures(nb, number))


def _tree(cell) -> ast.Module:
    try:
        return ast.parse(cell.source)
    except SyntaxError:  # `plain_python` names it; the other rules have nothing to read
        return ast.Module(body=[], type_ignores=[])


def _strings(cell) -> list[str]:
    nodes = ast.walk(_tree(cell))
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _texts(cell) -> list[str]:
    """What the cell's outputs say in plain text."""
    said = [o.text for o in cell.outputs if o.output_type == "stream"]
    return said + [o.data["text/plain"] for o in cell.outputs if "text/plain" in o.get("data", {})]


# Rules on a code cell ------------------------------------------------------------------------


def was_run(cell) -> Iterator[str]:
    """A cell without execution count is silently not compared."""
    if cell.execution_count is None:
        yield "no execution count: nbval would not compare it"


def ran_clean(cell) -> Iterator[str]:
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"error output {output.ename}"
        if output.get("name") == "stderr":
            yield f"stderr output {output.text[:60]!r}"


def plain_python(cell) -> Iterator[str]:
    """No magic, no shell line."""
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        yield f"not plain Python: line {error.lineno}"


def has_code(cell) -> Iterator[str]:
    if not _tree(cell).body and not list(plain_python(cell)):
        yield "a code cell without code"


def is_short(cell) -> Iterator[str]:
    lines = len(cell.source.strip().splitlines())
    if lines > MAX_LINES:
        yield f"{lines} lines of code; at most {MAX_LINES}"


def ends_without_semicolon(cell) -> Iterator[str]:
    code = re.sub(r"#[^\n]*\Z", "", cell.source.rstrip())
    if code.rstrip().endswith(";"):
        yield "a trailing semicolon hides the output"


def has_no_nbval_tag(cell) -> Iterator[str]:
    for text in [*cell.metadata.get("tags", []), *re.findall(r"#.*", cell.source)]:
        if NBVAL.search(text):
            yield f"nbval tag {text!r}"


def uses_allowed_names(cell) -> Iterator[str]:
    for node in ast.walk(_tree(cell)):
        names = []
        if isinstance(node, ast.Name):
            names = [node.id]
        elif isinstance(node, ast.Attribute):
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
        for name in names:
            if name in BANNED_NAMES:
                yield f"{name}: {BANNED_NAMES[name]}"


def stays_offline(cell) -> Iterator[str]:
    for node in ast.walk(_tree(cell)):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        for module in modules:
            if module.split(".")[0] in NETWORK:
                yield f"import of {module}: no code cell touches the network or installs anything"
    for text in _strings(cell):
        if re.search(r"\b(https?|ftp)://", text):
            yield f"address {text!r} in code"


def names_no_absolute_path(cell) -> Iterator[str]:
    yield from (f"absolute path {text!r}" for text in _strings(cell) if ABSOLUTE.match(text))
    for text in _texts(cell):
        if found := PRINTED_PATH.search(text) or ADDRESS.search(text):
            yield f"output holds {found.group()!r}, which differs between machines or runs"


def shows_its_explorer(cell) -> Iterator[str]:
    """A cell that ends in ``explore(...)`` carries the picture and its sentence.

    With a question there are two: the picture that is asked about, and the one that answers.
    """
    body = _tree(cell).body
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    name = getattr(last, "func", None)
    if getattr(name, "id", getattr(name, "attr", None)) != "explore":
        return
    pictures = [
        (data["image/png"], data.get("text/plain", "").rpartition("\n")[2])
        for data in _pictures(cell)
    ]
    if not pictures:
        yield "an explorer without picture"
    elif "question" in [keyword.arg for keyword in last.keywords]:
        for what, *both in zip(("picture", "sentence"), *pictures, strict=False):
            if len(both) != 2:
                yield f"a question with {len(both)} pictures, not two: see `shows`"
            elif both[0] == both[1]:
                yield f"the answer's {what} is the question's: see `shows`"


def pictures_are_sound(cell) -> Iterator[str]:
    for data in _pictures(cell):
        if wrong := _wrong_with_png(data["image/png"]):
            yield f"picture {wrong}"
        sentence = "".join(data.get("text/plain", "")).strip()
        if len(sentence) < SENTENCE or sentence.startswith("<"):
            yield f"picture with no sentence of {SENTENCE} characters, but {sentence!r}"
        if hyphen := re.search(r"(?<![\w−–])-\d[\d.]*", sentence):
            yield f"a hyphen for a minus sign in a picture's sentence: {hyphen[0]}"
        if power := POWER.search(sentence):
            yield f"a power of ten as computers write it in a picture's sentence: {power[0]}"


def _pictures(cell) -> list[dict]:
    return [o.data for o in cell.outputs if "image/png" in o.get("data", {})]


def _wrong_with_png(text: str) -> str | None:
    try:
        with Image.open(io.BytesIO(base64.b64decode(text))) as image:
            if image.format != "PNG":
                return f"is {image.format}, not PNG"
            grey = image.convert("L")
    except (OSError, SyntaxError, ValueError, binascii.Error) as error:
        return f"is broken: {error}"
    shades = grey.histogram()
    drawn = sum(shades) - max(shades)
    return f"is blank: {drawn} pixels drawn" if drawn < 200 else None


CELL_RULES = (
    was_run,
    ran_clean,
    plain_python,
    has_code,
    is_short,
    ends_without_semicolon,
    has_no_nbval_tag,
    uses_allowed_names,
    stays_offline,
    names_no_absolute_path,
    shows_its_explorer,
    pictures_are_sound,
)

# Rules on the whole notebook -----------------------------------------------------------------


def headings_in_order(nb) -> Iterator[str]:
    """One heading 1, first; no level skipped on the way down."""
    levels = []
    for index, cell in enumerate(nb.cells):
        if cell.cell_type != "markdown":
            continue
        text = re.sub(r"^(```|~~~).*?^\1", "", cell.source, flags=re.DOTALL | re.MULTILINE)
        if re.search(r"<h[1-6]\b|\S\n(=+|-+) *$", text, flags=re.MULTILINE):
            yield f"cell {index}: headings are written with # signs"
        for signs, title in re.findall(r"^(#{1,6})\s+(.*)$", text, flags=re.MULTILINE):
            if levels and len(signs) > levels[-1] + 1:
                yield f"cell {index}: heading {len(signs)} {title!r} under heading {levels[-1]}"
            levels.append(len(signs))
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"{levels.count(1)} headings 1; exactly one, the first, is allowed"


def further_says_what_it_adds(nb) -> Iterator[str]:
    """In one line, under a heading that begins its cell: a cell is hidden whole or not at all."""
    for title, cells in sections(nb):
        further = title.startswith(FURTHER)
        words = len(cells[0].source.partition("\n")[2].split())
        if further and not 5 <= words <= MOST_WORDS:
            yield f"{title!r}: {words} words on what it adds, not 5 to {MOST_WORDS}"
        for cell in (cell for cell in cells if cell.cell_type == "markdown"):
            for inner in re.findall(r"\n(## .*)", cell.source):
                if further or inner.startswith(FURTHER):
                    yield f"cell {cell.id}: {inner!r} does not begin its cell"


def further_stands_alone(nb) -> Iterator[str]:
    """Each part that folds away comes after the core's code, and needs that code only."""
    known, makes = set(dir(builtins)), {}
    for title, cells in sections(nb):
        further = title.startswith(FURTHER)
        own, taken = set(), set()
        for cell in (cell for cell in cells if cell.cell_type == "code"):
            if makes and not further:
                yield f"cell {cell.id}: code of the core after a part that folds away"
            made, read = _names(cell)
            taken |= read - made - own
            own |= made
        if not further:
            known |= own
            continue
        for name in sorted(taken - known):
            yield f"{title!r} reads {name}, which nothing in the core makes"
        for other, changed in makes.items():
            for name in sorted(changed & taken):
                yield f"{title!r} reads {name}, which {other!r} may have changed"
        makes[title] = own


def _names(cell) -> tuple[set[str], set[str]]:
    """The names that a cell makes, and those that it reads."""
    made, read = set(), set()
    for node in ast.walk(_tree(cell)):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, ast.FunctionDef):
            made.add(node.name)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).partition(".")[0])
    return made, read


def prints_a_number(nb) -> Iterator[str]:
    texts = [text for cell in nb.cells if cell.cell_type == "code" for text in _texts(cell)]
    if not any(re.search(r"\d\.\d\d", text) for text in texts):
        yield "no output shows a number to two decimals"


def enough_pictures(nb, number: int) -> Iterator[str]:
    shown = sum(bool(_pictures(cell)) for cell in nb.cells if cell.cell_type == "code")
    fewest = FEWEST_PICTURES.get(number, 3)
    if shown < fewest:
        yield f"{shown} explorers' pictures; notebook {number:02d} has at least {fewest}"


NOTEBOOK_RULES = (
    headings_in_order,
    further_says_what_it_adds,
    further_stands_alone,
    prints_a_number,
)
