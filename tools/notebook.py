"""Executes the notebooks and writes them in one normal form: ``python tools/notebook.py``.

The .ipynb files are the source and are committed with their outputs; this module is what makes a
second run of the same notebook give no diff. What a notebook may contain (its rules) is not
decided here but in the tests.

    python tools/notebook.py                  execute and normalise every notebook
    python tools/notebook.py notebooks/02*    only these
    python tools/notebook.py --check          execute nothing; say which files are not normalised
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_TIMEOUT = 300  # seconds; style transfer, the slowest cell, takes about 20

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    # What every tool expects, but for the version, which differs between machines.
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
FURTHER = "## Further: "  # what a section beyond the core begins with
# The front ends' own word (JupyterLab, Notebook 7): what is under this heading is hidden at first.
FOLDED = "jp-MarkdownHeadingCollapsed"
_VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class NotebookError(Exception):
    """A notebook that cannot be read, or whose cells raise or write to stderr."""


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook in the file, with a stable id in every cell.

    Ids are repaired before nbformat sees the file: it would fill gaps with random ones.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        _repair_ids(raw["cells"])
        raw["nbformat_minor"] = max(5, raw["nbformat_minor"])
        return nbformat.reads(json.dumps(raw), as_version=4)
    except (ValueError, KeyError, TypeError, nbformat.ValidationError) as error:
        raise NotebookError(f"{path.name}: not a version 4 notebook: {error!r}") from error


def _repair_ids(cells: list[dict]) -> None:
    """Keep ids that are valid and unique; name the other cells after kind and position."""
    taken = set()
    unnamed = []
    for position, cell in enumerate(cells):
        name = cell.get("id")
        if isinstance(name, str) and _VALID_ID.fullmatch(name) and name not in taken:
            taken.add(name)
        else:
            unnamed.append((position, cell))
    for position, cell in unnamed:
        name = f"{cell['cell_type']}-{position:02d}"
        while name in taken:
            name += "x"
        cell["id"] = name
        taken.add(name)


def execute(nb: nbformat.NotebookNode, cwd: Path, name: str) -> None:
    """Run every cell in a fresh kernel, in place; raise NotebookError on an error or on stderr.

    What a reader's own file of answers holds is neither read nor added to.
    """
    os.environ["LOSSVIZ_ANSWERS"] = "off"
    client = NotebookClient(
        nb,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(cwd)}},
    )
    with client.setup_kernel():
        for index, cell in enumerate(nb.cells):
            try:
                client.execute_cell(cell, index)
            except Exception as error:  # whatever the kernel did: say where, keep the file
                raise NotebookError(f"{name}, cell {index} ({cell.id}): {error}") from error
            for output in cell.get("outputs", []):
                if output.output_type == "stream" and output.name == "stderr":
                    raise NotebookError(f"{name}, cell {index} ({cell.id}): stderr: {output.text}")


def normalise(nb: nbformat.NotebookNode) -> None:
    """Drop, in place, all that differs between two runs or two front ends; keep what is shown."""
    nb.metadata = nbformat.from_dict(_METADATA)
    nb.nbformat, nb.nbformat_minor = 4, 5
    count = 0
    for cell in nb.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type != "code":
            if cell.source.startswith(FURTHER):
                cell.metadata[FOLDED] = True
            continue
        cell.outputs = _normal_outputs(cell.outputs)
        if cell.execution_count is None:  # never run: left as it is, for the tests to find
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def _normal_outputs(outputs: list) -> list:
    """The outputs without widget views, neighbouring pieces of one stream joined.

    A view refers to a model that only the running kernel knows; how prints are cut into
    messages depends on timing.
    """
    kept = []
    for output in outputs:
        if "data" in output:
            output.data.pop(WIDGET_VIEW, None)
            output.metadata.pop(WIDGET_VIEW, None)
            if not output.data:
                continue
        last = kept[-1] if kept else None
        if last and output.output_type == "stream" == last.output_type and output.name == last.name:
            last.text += output.text
        else:
            kept.append(output)
    return kept


def text_of(nb: nbformat.NotebookNode) -> str:
    """The notebook as the text of its file."""
    return nbformat.writes(nb).rstrip("\n") + "\n"


def is_normalised(path: Path) -> bool:
    """Whether the file is, to the byte, what normalising it would write."""
    nb = read(path)
    normalise(nb)
    return path.read_bytes() == text_of(nb).encode("utf-8")


def rebuild(path: Path) -> bool:
    """Execute and normalise one notebook; write it only if that worked, say whether it changed."""
    nb = read(path)
    execute(nb, path.parent, path.name)
    normalise(nb)
    new = text_of(nb).encode("utf-8")
    changed = new != path.read_bytes()
    if changed:
        scratch = path.with_name(f".{path.name}.tmp")
        scratch.write_bytes(new)
        os.replace(scratch, path)  # an interrupted run leaves the old file whole
    return changed


def sections(nb: nbformat.NotebookNode) -> list[tuple[str, list]]:
    """The cells by section, as (title, cells): one begins with each cell that opens with ##."""
    found: list[tuple[str, list]] = []
    for cell in nb.cells:
        begins = cell.cell_type == "markdown" and cell.source.startswith("## ")
        if begins or not found:
            found.append((cell.source.partition("\n")[0], []))
        found[-1][1].append(cell)
    return found


def _check(path: Path) -> str:
    if not is_normalised(path):
        raise NotebookError(f"{path.name}: not normalised; run python tools/notebook.py {path}")
    return "normalised"


def main(argv: list[str] | None = None) -> int:
    """The command line; 0 if every notebook went well."""
    parser = argparse.ArgumentParser(prog="python tools/notebook.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks (default: all of them)")
    parser.add_argument("--check", action="store_true", help="write nothing, execute nothing")
    args = parser.parse_args(argv)
    paths = args.paths or sorted(NOTEBOOKS.glob("*.ipynb"))
    if not paths:
        print(f"no notebooks in {NOTEBOOKS}", file=sys.stderr)
        return 1
    failures = 0
    for path in paths:
        try:
            if args.check:
                said = _check(path)
            else:
                said = "written" if rebuild(path.resolve()) else "unchanged"
            print(f"{path}: {said}", flush=True)
        except (NotebookError, OSError) as error:
            failures += 1
            print(error, file=sys.stderr, flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
