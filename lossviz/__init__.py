"""lossviz: the small helper module behind the notebooks on where loss functions come from.

What a notebook imports lives here by name and is loaded on first use (PEP 562), so that
``import lossviz`` costs next to nothing. The floors, each importing only from those above it:

=============================================  =========================================
``losses``, ``information``, ``fit``, ``data``  the numbers: NumPy and SciPy only
``style``, ``stage``, ``scenes``                pictures: Matplotlib figures, no widget
``live``, ``derivations``, ``questions``, …     the machinery: ipywidgets, anywidget
``lessons``                                     one module per notebook
=============================================  =========================================

``poll`` stands apart: a server that runs as a process of its own.
"""

from importlib import import_module

_HOME = {
    "scene": "stage",
    "Slider": "stage",
    "Choice": "stage",
    "Toggle": "stage",
    "Press": "stage",
    "explore": "live",
    "Derivation": "derivations",
    "Step": "derivations",
    "ask": "questions",
    "check": "exercises",
    "present": "presenting",
}
_MODULES = ("data", "fit", "information", "losses", "style")

__all__ = [*_HOME, *_MODULES]
__version__ = "0.1.0"


def __getattr__(name):
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
