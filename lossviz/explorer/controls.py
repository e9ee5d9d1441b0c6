"""The controls under a picture: a row of stock widgets for each parameter, linked in Python.

Here: which stock widget stands for which parameter, and how it follows the parameter's trait and
the trait follows it. What a move draws is not known here.
"""

from __future__ import annotations

import math

import ipywidgets as widgets
import traitlets

from lossviz.explorer.parameters import Choice, Press, Slider, Toggle, accept
from lossviz.page import stock


def trait(parameter, name: str) -> traitlets.TraitType:
    """The trait that holds a parameter's value, and refuses others."""
    made = _Value(parameter.value, help=parameter.label or name)
    made.parameter = parameter
    return made


class _Value(traitlets.TraitType):
    def validate(self, obj, value):
        try:
            return accept(self.parameter, value, self.name)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None


class Controls(widgets.Box):
    """The rows, in the order of the parameters of `owner`, which has a trait for each.

    `main` is each parameter's own widget, the sliders first; `put_to_sleep` disables all of them.
    `reset(name)` puts a parameter back; `say(text)` tells what is wrong with a typed number.
    """

    def __init__(self, owner: traitlets.HasTraits, parameters: dict, reset, say):
        self._owner, self._reset, self._say = owner, reset, say
        rows = {name: self._row(name, p) for name, p in parameters.items()}
        sliders = [name for name, p in parameters.items() if isinstance(p, Slider)]
        ordered = [*sliders, *(name for name in rows if name not in sliders)]
        self.main = [rows[name].children[0] for name in ordered]
        super().__init__(list(rows.values()), layout=stock.look())
        self.add_class("lossviz-controls")

    def put_to_sleep(self, asleep: bool) -> None:
        for row in self.children:
            for widget in row.children:
                widget.disabled = asleep

    def _row(self, name: str, parameter) -> widgets.Box:
        owner = self._owner
        control = _control(name, parameter, getattr(owner, name))
        label = parameter.label or name
        row = [control]
        if isinstance(parameter, Press):
            control.on_click(lambda _: setattr(owner, name, getattr(owner, name) + 1))
        elif isinstance(parameter, Slider):
            self._follow(name, parameter, control)
        else:
            traitlets.link((owner, name), (control, "value"))
        if isinstance(parameter, Slider):
            box = self._number_box(name, parameter, label)
            reset = stock.Button(icon="undo", tooltip=f"Reset {label}")
            reset.add_class("lossviz-reset")
            reset.on_click(lambda _: self._reset(name))
            row += [box, reset]
        row = stock.HBox(row)
        row.add_class("lossviz-row")
        if not isinstance(parameter, Slider):
            row.add_class("lossviz-short")
        return row

    def _number_box(self, name: str, slider: Slider, label: str) -> widgets.Text:
        """A box for an exact number. A browser's own number box would read 0,5 as 5 or nothing."""
        owner = self._owner
        box = stock.Text(description=label, continuous_update=False)
        box.add_class("lossviz-box")

        def shown():
            return f"{getattr(owner, name):.10g}"

        def show(_=None):
            box.value = shown()

        def typed(change):
            if change["new"] == shown():
                return
            try:
                value = slider.read(change["new"])
            except ValueError as error:
                said = f"{error}: {label} stays as it is."
            else:
                inside = min(max(value, slider.low), slider.high)
                said = (
                    "" if inside == value else f"{label} goes from {slider.low} to {slider.high}."
                )
                setattr(owner, name, inside)
            show()
            self._say(said)

        show()
        owner.observe(show, name)
        box.observe(typed, "value")
        return box

    def _follow(self, name: str, slider: Slider, control: widgets.Widget) -> None:
        """Keep a slider at the grid's number nearest to the parameter, and follow its moves.

        Where both stand at one grid number nothing is written: a value sent back with its rounding
        dust taken off would reach the page late and pull the handle back from the next step.
        """
        owner = self._owner

        def apart():
            return slider.nearest(control.value) != slider.nearest(getattr(owner, name))

        def place(change):
            if apart():
                control.value = slider.nearest(change["new"])

        def moved(change):
            if apart():
                setattr(owner, name, change["new"])

        owner.observe(place, name)
        control.observe(moved, "value")


def _control(name: str, parameter, value) -> widgets.Widget:
    """The stock widget for a parameter."""
    label = parameter.label or name
    if isinstance(parameter, Press):
        return stock.Button(description=label, tooltip=label)
    if isinstance(parameter, Toggle):
        return stock.Checkbox(description=label, value=value, indent=False)
    if isinstance(parameter, Choice):
        few = len(parameter.options) <= 4 and sum(map(len, parameter.options)) <= 48
        kind = stock.ToggleButtons if few else stock.Dropdown
        return kind(
            options=parameter.options,
            value=value,
            description=(parameter.label or "") if few else label,  # a menu needs a name
            style={"description_width": "initial"},
        )
    common = {"description": label, "value": parameter.nearest(value), "readout": False}
    common["style"] = {"description_width": "initial"}
    if parameter.log:
        return stock.FloatLogSlider(
            min=math.log10(parameter.low),
            max=math.log10(parameter.high),
            step=parameter.step,
            base=10,
            **common,
        )
    kind = stock.IntSlider if parameter.integer else stock.FloatSlider
    return kind(min=parameter.low, max=parameter.high, step=parameter.step, **common)
