"""Finds what the lessons define: their questions, exercises, derivations."""

import importlib
import pkgutil

import lossviz.lessons


def found_in_lessons(kind: type) -> dict[str, object]:
    """Every object of this type in the modules of lossviz.lessons, by module and name."""
    found = {}
    for info in pkgutil.iter_modules(lossviz.lessons.__path__):
        module = importlib.import_module(f"lossviz.lessons.{info.name}")
        for name, value in vars(module).items():
            _collect(kind, f"{info.name}.{name}", value, found)
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
