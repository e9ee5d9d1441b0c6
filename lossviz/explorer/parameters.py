"""What a scene depends on: `Slider`, `Choice`, `Toggle`, `Press`. Data only, no widget."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real

from lossviz.page.words import number


@dataclass(frozen=True)
class Slider:
    """A number from `low` to `high` on a grid of `step`s, starting at `value`.

    With ``log=True`` the slider moves evenly in log₁₀ of the number, and `step` is in powers of
    ten (0.05 is about 12 %). All integers make an integer slider.
    """

    low: float
    high: float
    step: float | None = None
    value: float | None = None
    label: str | None = None
    log: bool = False

    def __post_init__(self):
        if not self.low < self.high:
            raise ValueError(f"low must be below high; got low={self.low}, high={self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be above 0 on a log slider; got {self.low}")
        whole = isinstance(self.low, int) and isinstance(self.high, int) and not self.log
        if self.step is None:
            object.__setattr__(self, "step", 1 if whole else 0.05 if self.log else 0.1)
        if not self.step > 0:
            raise ValueError(f"step must be above 0; got {self.step}")
        if self.value is None:
            object.__setattr__(self, "value", self.low)
        accept(self, self.value, "value")

    @property
    def integer(self) -> bool:
        return not self.log and all(
            isinstance(v, int) for v in (self.low, self.high, self.step, self.value)
        )

    @property
    def count(self) -> int:
        """How many steps there are from one end to the other."""
        span = math.log10(self.high / self.low) if self.log else self.high - self.low
        return math.floor(span / self.step + 1e-9)

    def at(self, index: int) -> float:
        """The value `index` steps above `low`."""
        if self.integer:
            return self.low + index * self.step
        if self.log:
            return float(f"{self.low * 10 ** (index * self.step):.10g}")
        return round(self.low + index * self.step, 10)

    def index(self, value: float) -> float:
        """How many steps above `low` a value lies; not whole when it is off the grid."""
        if self.log:
            return math.log10(value / self.low) / self.step
        return (value - self.low) / self.step

    def nearest(self, value: float) -> float:
        """The grid's number next to `value`, where a slider's handle stands."""
        return self.at(min(max(round(self.index(value)), 0), self.count))

    def off_grid(self, value: float) -> dict | None:
        """None for a value on the grid; else the value and the index that is nearest to it."""
        index = round(self.index(self.nearest(value)))
        return None if self.at(index) == value else {"index": index, "value": value}

    def read(self, text: str) -> float:
        """The number that a text means, with a decimal point or comma; ValueError if it is none.

        1,000 is refused, and a whole number's 1.000: it could mean 1000, and would be read as 1.
        """
        text = text.strip()
        if re.fullmatch(r"[-−]?[1-9]\d{0,2}(,\d{3})+" + r"|.*[.,]\d{3}" * self.integer, text):
            write = re.sub("[.,]", "", text)
            write += "" if self.integer else f" or {text.replace(',', '.', 1)}"
            raise ValueError(f"“{text}” is no plain number (write {write})")
        try:
            value = float(text.replace("−", "-").replace(",", "."))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"“{text}” is no number")
        if self.integer and value != round(value):
            raise ValueError(f"“{text}” is no whole number")
        return round(value) if self.integer else value

    def snap(self, value: float) -> float:
        """The grid's own number, or an end, for a value that differs from it by rounding only."""
        for end in (self.low, self.high):
            if math.isclose(value, end, rel_tol=1e-9, abs_tol=1e-9 * self.step):
                return end
        if not self.low < value < self.high:
            return value
        index = self.index(value)
        return self.at(round(index)) if abs(index - round(index)) < 1e-6 else value


@dataclass(frozen=True)
class Choice:
    """One of several named options; `update` gets the option's text."""

    options: tuple[str, ...]
    value: str | None = None
    label: str | None = None

    def __post_init__(self):
        object.__setattr__(self, "options", tuple(self.options))
        if not self.options:
            raise ValueError("options must hold at least one text")
        if self.value is None:
            object.__setattr__(self, "value", self.options[0])
        accept(self, self.value, "value")


@dataclass(frozen=True)
class Toggle:
    """Yes or no; `update` gets a bool."""

    value: bool = False
    label: str | None = None


@dataclass(frozen=True)
class Press:
    """A button; `update` gets how often it was pressed (the seed of a new sample, say)."""

    label: str | None = None
    value: int = 0


PARAMETERS = (Slider, Choice, Toggle, Press)


def accept(parameter, value, name: str):
    """`value` as `update` gets it, rounding dust off; ValueError, with `name`, if it is none."""
    if isinstance(parameter, Slider):
        kind, low, high = int if parameter.integer else float, parameter.low, parameter.high
        allowed = f"a {'whole ' * parameter.integer}number from {low} to {high}"
        fine = isinstance(value, Real) and not isinstance(value, bool)
        fine = fine and low <= (value := parameter.snap(value)) <= high and kind(value) == value
        value = kind(value) if fine else value
    elif isinstance(parameter, Choice):
        allowed, fine = f"one of {parameter.options}", value in parameter.options
    elif isinstance(parameter, Toggle):
        allowed, fine = "True or False", isinstance(value, bool)
    else:
        allowed, fine = "a whole number from 0", isinstance(value, int) and value >= 0
    if not fine:
        raise ValueError(f"{name} must be {allowed}; got {value!r}")
    return value


def in_words(parameter, value, name: str) -> str:
    """A value as a reader sees it set: “σ = 0.5”, “show the curve: on”."""
    if isinstance(parameter, Slider):
        return f"{parameter.label or name} = {number(value)}"
    words = {Toggle: "on" if value else "off", Press: f"{value}×"}
    said = words.get(type(parameter), value)
    return f"{parameter.label}: {said}" if parameter.label else said
