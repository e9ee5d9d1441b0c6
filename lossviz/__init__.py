"""lossviz: the small helper module behind the notebooks on where loss functions come from.

What a notebook imports lives here by name and is loaded on first use (PEP 562), so that
``import lossviz`` costs next to nothing. The rooms:

==============================================  ============================================
``losses``, ``information``, ``fit``, ``data``  the numbers: NumPy and SciPy only
``style``                                       looks: colours, fonts, sizes of marks
``page``                                        what every widget of ours shares
``explorer``                                    the live picture of a scene
``teach``                                       derivations, exercises, reviews
``walk``                                        one room per notebook
``poll``                                        the class poll: a server of its own, its view
``kit``                                         what an instructor needs, made from the walk
==============================================  ============================================

``tests/test_house.py`` holds which room may import which. ``server``, a server extension, is alone.
"""

import logging
from importlib import import_module

_HOME = {
    "scene": "explorer.stage",
    "Slider": "explorer.parameters",
    "Choice": "explorer.parameters",
    "Toggle": "explorer.parameters",
    "Press": "explorer.parameters",
    "explore": "explorer.live",
    "grab": "explorer.handles",
    "Derivation": "teach.derivations",
    "Step": "teach.derivations",
    "step": "teach.stepper",
    "spot": "teach.stepper",
    "ask": "page.questions",
    "check": "teach.checked",
    "review": "teach.reviews",
    "reflect": "teach.reviews",
    "export": "teach.reviews",
    "present": "page.presenting",
    "start_awake": "page.questions",
    "progress": "walk.reader",
}
_MODULES = ("data", "fit", "information", "losses", "style")

__all__ = [*_HOME, *_MODULES]
__version__ = "0.1.0"

# What Matplotlib says of the machine and its matplotlibrc, not of the picture (`stage` takes none
# of the reader's settings): dropped, or it would stand in whichever cell comes first.
_NOTES = (
    *("Matplotlib is building the font cache", "Matplotlib created a temporary cache directory"),
    *("Could not save font_manager cache", "mkdir -p failed", "%s is not a writable directory"),
    *("Missing colon in file", "Duplicate key in file", "Bad value in file", "\nBad key"),
)
for _name in ("matplotlib", "matplotlib.font_manager"):
    logging.getLogger(_name).addFilter(lambda record: not str(record.msg).startswith(_NOTES))


def __getattr__(name):
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
