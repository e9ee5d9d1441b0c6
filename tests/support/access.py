"""What axe-core finds in our widgets; JupyterLab's own chrome is not ours to mend."""

from axe_playwright_python.sync_playwright import Axe

OURS = ".jp-OutputArea-output .jupyter-widgets"


def violations(page) -> tuple[list[str], int]:
    """Every violation in our widgets on this page, in words, and how many elements passed."""
    options = {"resultTypes": ["violations", "passes"]}
    found = Axe().run(page, context={"include": [[OURS]]}, options=options).response
    said = [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    elements = {str(node["target"]) for rule in found["passes"] for node in rule["nodes"]}
    return said, len(elements)
