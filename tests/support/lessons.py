"""Finds what the lessons define: their questions, exercises, derivations."""

from lossviz.walk import NOTEBOOKS, lesson


def found_in_lessons(kind: type) -> dict[str, object]:
    """Every object of this type in the lessons of the walk, by room and name."""
    found = {}
    for notebook in NOTEBOOKS:
        for name, value in vars(lesson(notebook)).items():
            _collect(kind, f"nb{notebook[:2]}.{name}", value, found)
    return found


def _collect(kind, name, value, found):
    if isinstance(value, kind):
        if not any(value is known for known in found.values()):  # imported from another lesson
            found[name] = value
    elif isinstance(value, dict):
        for key, item in value.items():
            _collect(kind, f"{name}[{key!r}]", item, found)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _collect(kind, f"{name}[{index}]", item, found)
