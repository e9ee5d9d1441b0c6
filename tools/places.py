"""The frames of one picture, drawn beforehand: at which places of its controls, and how packed.

A picture is drawn at every combination of its controls' places: all choices, ticks and rows of a
derivation, and of its sliders as many as there is room for. With three sliders or more, where not
even `FEW` places of each fit, each moves alone, the others at their start. `shared` decides that
for all pictures of a page, so that sliders jump as little as the page's size allows; `coded` draws
and codes the frames.

A frame differs from the picture's base in some *tiles*, small fields of pixels. Where one control
moves only a part of the picture, the same tiles come again in many frames; each is stored once, as
runs over its base (`lossviz.explorer.frames`), and a frame is the numbers of its tiles. All numbers
are written as planes of bytes and compressed. What reads them is `pages.js`; what paints them is
the live picture's own `explorer.js`.
"""

from __future__ import annotations

import base64
import itertools
import json
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lossviz.explorer.frames import runs
from lossviz.explorer.parameters import Choice, Press, Slider, Toggle, in_words
from lossviz.explorer.stage import Stage
from lossviz.page.words import number

PRESSES = 8  # of a button, at most: then it begins again
MOST = 2500  # frames of one picture, however little room they take
FEW = 4  # places of a slider, at least, where three or more move together
ALONE = 3.0  # what it costs that sliders move alone, in jumps from end to end
SAMPLE = 20  # frames more than three times the fewest, from which bytes are reckoned
USUAL = 0.85  # bytes grow as frames to this power, until more is known
ALL = 10**6  # more places than any slider has
DENSE = (301, 171, 121, 101, 81, 61, 51, 41, 31, 26, 21, 17, 14, 12, 10, 8, 7, 6, 5, 4, 3, 2)
TILE = 32, 16  # pixels across and down
Key = tuple[int, ...]  # for each parameter the number of its place


@dataclass
class Picture:
    """A stage with its parameters, where it starts, and the values at which it shows its point.

    `rows` names the parameter that is drawn at each of its values whatever the others do (the row
    of a derivation); `texts(values)` are further texts that follow the places, by name.
    """

    stage: Stage
    parameters: Mapping
    start: Mapping
    shows: Mapping = field(default_factory=dict)
    rows: str = ""
    texts: Callable[[dict], dict] | None = None
    _drawn: dict[tuple, tuple] = field(default_factory=dict)  # as runs over the first
    _first: np.ndarray | None = None
    most: int = MOST  # frames
    weight: float = 1.0  # of its jumps, beside those of other pictures
    models: dict[bool, Model] = field(default_factory=dict)  # moving together, or not

    @property
    def sliders(self) -> list[str]:
        """The names of its sliders, without the row of a derivation."""
        found = self.parameters.items()
        return [n for n, p in found if isinstance(p, Slider) and n != self.rows]

    @property
    def lone(self) -> list[str]:
        """The controls that go back to their start where one moves at a time: sliders, buttons."""
        every = self.parameters.items()
        return [n for n, p in every if isinstance(p, (Slider, Press)) and n != self.rows]

    def always(self, name: str) -> list:
        """The places of a control that no plan leaves out: its start and its point.

        Sliders of one scale keep each other's too, so that they can be set to the same number.
        """
        own = self.parameters[name]
        if not isinstance(own, Slider):
            return [self.start[name], self.point[name]]
        alike = [n for n in self.sliders if _scale(self.parameters[n]) == _scale(own)] or [name]
        found = [at[n] for at in (self.start, self.point) for n in alike]
        return [v for v in found if own.low <= v <= own.high] + [self.start[name], self.point[name]]

    @property
    def point(self) -> dict:
        return {**self.start, **self.shows}

    def draw(self, values: dict) -> tuple[np.ndarray, str, list]:
        """The frame of these values: pixels, sentence, places of its handles. Drawn once."""
        key = tuple(values.values())
        if key not in self._drawn:
            sentence = self.stage.draw(values)
            if self._first is None:
                self._first = self.stage.pixels.copy()
            kept = zlib.compress(runs(self.stage.pixels, self._first).tobytes(), 1)
            self._drawn[key] = kept, sentence, _flat(self.stage.places)
        kept, sentence, places = self._drawn[key]
        return _painted(self._first, kept), sentence, places


def _flat(found: list) -> list[float | None]:
    """Places one coordinate after the other; fine enough to tell those of a flat curve apart."""
    return [round(float(v), 8) if math.isfinite(v) else None for place in found for v in place]


def _painted(base: np.ndarray, kept: bytes) -> np.ndarray:
    """What `frames.runs` coded: runs painted over their base."""
    found = np.frombuffer(zlib.decompress(kept), "<u4")
    starts, lengths, colours = found.reshape(3, -1).astype(np.int64)
    ends = np.cumsum(lengths)
    pixels = base.copy()
    at = np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)
    pixels[at] = np.repeat(colours, lengths)
    return pixels


def _scale(slider: Slider) -> tuple:
    return slider.high, slider.step, slider.log


@dataclass(frozen=True)
class Plan:
    """Which places are kept: for each parameter its values, in order; and how many there were.

    `together` says whether all can be moved at once.
    """

    values: dict[str, list]
    all: dict[str, int]
    together: bool = True

    @property
    def left_out(self) -> dict[str, tuple[int, int]]:
        """For each thinned parameter how many places are kept, and of how many."""
        return {
            name: (len(kept), self.all[name])
            for name, kept in self.values.items()
            if len(kept) < self.all[name]
        }


def places(parameter, dense: int, always: Sequence) -> list:
    """At most about `dense` values of a parameter, in order: its ends and these among them.

    All that is no slider is never thinned, but buttons begin again sooner.
    """
    if isinstance(parameter, Toggle):
        return [False, True]
    if isinstance(parameter, Choice):
        return list(parameter.options)
    if isinstance(parameter, Press):
        return list(range(PRESSES if dense > 10 else PRESSES // 2 if dense > 5 else 2))
    stride = max(1, math.ceil(parameter.count / (dense - 1)))
    start = round(parameter.index(parameter.nearest(always[0])))
    kept = {*range(start % stride, parameter.count + 1, stride), 0, parameter.count}
    return sorted({*map(parameter.at, kept), *always})


def plan(picture: Picture, dense: int, together: bool = True) -> Plan:
    """The places of a picture, with at most about `dense` along each slider."""
    values, every = {}, {}
    for name, parameter in picture.parameters.items():
        always = picture.always(name)
        own = dense if name != picture.rows else ALL  # no row of a derivation is left out
        values[name] = places(parameter, own, always)
        every[name] = len(places(parameter, ALL, always))
    return Plan(values, every, together)


def keys(picture: Picture, made: Plan) -> list[Key]:
    """The keys of all frames."""
    counts = {name: range(len(kept)) for name, kept in made.values.items()}
    if made.together:
        return [*itertools.product(*counts.values())]
    start = {n: [made.values[n].index(picture.start[n])] for n in picture.lone}
    found = {
        key: None
        for name in picture.lone
        for key in itertools.product(*{**counts, **start, name: counts[name]}.values())
    }
    point = tuple(made.values[name].index(picture.point[name]) for name in counts)
    return [*{**found, point: None}]


def count(picture: Picture, made: Plan) -> int:
    """How many frames a plan has."""
    if made.together:
        return math.prod(map(len, made.values.values()))
    return len(keys(picture, made))


# ---- how dense
@dataclass
class Model:
    """About how many bytes so many frames take: `each` · frames^`power`."""

    each: float
    power: float
    seen: tuple[int, float]  # frames that were coded, and their bytes

    def bytes(self, frames: int) -> float:
        return self.each * frames**self.power


def _model(picture: Picture, together: bool) -> Model:
    """What a picture's frames take, from a few of them."""
    if together not in picture.models:
        plans = _plans(picture, together)
        few, frames = plans[-1], count(picture, plans[-1])
        size = coded(picture, few).size
        picture.models[together] = Model(size / frames**USUAL, USUAL, (frames, size))
        more = next(p for p in plans if p is few or count(picture, p) <= SAMPLE + 3 * frames)
        if more is not few:
            learn(picture, more, coded(picture, more).size)
    return picture.models[together]


def learn(picture: Picture, made: Plan, size: float) -> None:
    """What a plan took after all, in bytes: reckoned by that from now on."""
    model, frames = picture.models[made.together], count(picture, made)
    before, power = model.seen, model.power
    if max(frames, before[0]) >= 2 * min(frames, before[0]):
        slope = math.log(size / before[1]) / math.log(frames / before[0])
        power = min(1.0, max(0.55, slope))  # a few frames say too little of many
    picture.models[made.together] = Model(size / frames**power, power, (frames, size))


def _plans(picture: Picture, together: bool) -> list[Plan]:
    """The plans of a picture that are neither too many frames nor too few places."""
    found = [plan(picture, dense, together) for dense in DENSE]
    if together and len(picture.sliders) > 2:
        at_least = {n: min(FEW, found[0].all[n]) for n in picture.sliders}
        found = [p for p in found if all(len(p.values[n]) >= k for n, k in at_least.items())]
        return [p for p in found if count(picture, p) <= picture.most]
    return [p for p in found if count(picture, p) <= picture.most] or found[-1:]


def _ladder(picture: Picture) -> list[tuple[float, float, Plan]]:
    """The plans of a picture, each with how far its sliders jump, and about how many bytes."""
    made = []
    for together in (True, False) if len(picture.sliders) > 2 else (True,):
        for one in _plans(picture, together):
            jumps = sum(1 / (len(one.values[n]) - 1) for n in picture.sliders if n in one.left_out)
            size = _model(picture, together).bytes(count(picture, one))
            jumps += (not together) * ALONE
            made.append((picture.weight * jumps, size, one))
    return made


def shared(pictures: Sequence[Picture], room: float) -> list[Plan]:
    """Plans of about `room` bytes together whose sliders jump least, all jumps added up.

    Each picture takes the plan with the least jumps + price · bytes; the price is the lowest at
    which all of them fit.
    """
    ladders = [_ladder(picture) for picture in pictures]

    def at(price: float) -> list[tuple]:
        return [min(ladder, key=lambda rung: rung[0] + price * rung[1]) for ladder in ladders]

    low, high = 0.0, 1.0  # a jump for each byte: the smallest there are
    for _ in range(60):
        price = (low + high) / 2
        fits = sum(size for _, size, _ in at(price)) <= room
        low, high = (low, price) if fits else (price, high)
    found = at(high)
    rest = room - sum(size for _, size, _ in found)
    while better := _better(ladders, found, rest):
        _, n, rung = better
        rest -= rung[1] - found[n][1]
        found[n] = rung
    return [made for _, _, made in found]


def _better(ladders: list[list[tuple]], found: list[tuple], rest: float) -> tuple | None:
    """The plan that still fits and saves most for its bytes; and whose it is."""
    saves = [
        ((now[0] - rung[0]) / max(rung[1] - now[1], 1), n, rung)
        for n, (ladder, now) in enumerate(zip(ladders, found, strict=True))
        for rung in ladder
        if rung[0] < now[0] and rung[1] - now[1] <= rest
    ]
    return max(saves, key=lambda one: one[:2], default=None)


# ---- coding
def _usual(frames: Sequence[np.ndarray]) -> np.ndarray:
    """For each pixel the colour that two of three frames have, where two have one."""
    if len(frames) < 3:
        return frames[0]
    a, b, c = frames
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))


def _spread(items: Sequence) -> list:
    """The first, the middle one and the last; all, if there are fewer."""
    return [*items] if len(items) < 3 else [items[0], items[len(items) // 2], items[-1]]


def _planes(numbers: np.ndarray) -> bytes:
    """Numbers below 2²⁴ as three planes of bytes, the lowest first."""
    return numbers.astype("<u4").view("u1").reshape(-1, 4)[:, :3].T.tobytes()


def _numbers(palette: dict[int, int], colours: np.ndarray) -> np.ndarray:
    """Colours as numbers in the palette, which learns new ones."""
    unique, inverse = np.unique(colours, return_inverse=True)
    known = [palette.setdefault(int(c), len(palette)) for c in unique]
    return np.array(known, np.int64)[inverse] if len(unique) else colours


def _packed_runs(found: Sequence[np.ndarray], palette: dict[int, int]) -> bytes:
    """Lists of runs as `frames` codes them, as planes: each run's gap, its length, its colour."""
    split = [one.reshape(3, -1).astype(np.int64) for one in found]
    gaps = [s - np.concatenate([[0], (s + n)[:-1]]) for s, n, _ in split if len(s)]
    whole = np.concatenate(split, 1) if split else np.empty((3, 0), np.int64)
    planes = np.concatenate([*gaps, []]), whole[1], _numbers(palette, whole[2])
    return b"".join(map(_planes, planes))


class Tiles:
    """The tiles in which frames differ from a base, each kept once."""

    def __init__(self, base: np.ndarray, width: int):
        self.width, self.height = width, len(base) // width
        self.base = self._cut(base)
        self.known: dict[tuple[int, bytes], int] = {}
        self.runs: list[np.ndarray] = []

    def _cut(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels tile by tile, shape (tiles, pixels of one); white beyond the edges."""
        across, down = -(-self.width // TILE[0]), -(-self.height // TILE[1])
        whole = np.full((down * TILE[1], across * TILE[0]), 0xFFFFFFFF, "<u4")
        whole[: self.height, : self.width] = pixels.reshape(self.height, self.width)
        cut = whole.reshape(down, TILE[1], across, TILE[0]).swapaxes(1, 2)
        return cut.reshape(down * across, -1)

    def numbers(self, pixels: np.ndarray) -> np.ndarray:
        """For each tile of a frame its number, from 1 on; 0 where it is the base's."""
        cut, found = self._cut(pixels), np.zeros(len(self.base), np.int64)
        for at in np.flatnonzero((cut != self.base).any(axis=1)):
            tile = at, cut[at].tobytes()
            if tile not in self.known:
                self.runs.append(runs(cut[at], self.base[at]))
                self.known[tile] = len(self.runs)
            found[at] = self.known[tile]
        return found


@dataclass
class Coded:
    """All frames of a picture: what the page reads first, and its parts, compressed."""

    head: dict
    parts: list[bytes]

    @property
    def text(self) -> str:
        """As it stands in the page."""
        return json.dumps([base64.b64encode(part).decode() for part in self.parts])

    @property
    def size(self) -> int:
        """In bytes, before they are made text."""
        return sum(map(len, self.parts))


def coded(picture: Picture, made: Plan) -> Coded:
    """Draw all frames of a plan and code them."""
    names, palette, every = list(made.values), {}, keys(picture, made)

    def valued(key: Key) -> dict:
        return {name: made.values[name][k] for name, k in zip(names, key, strict=True)}

    width, height = picture.stage.canvas.get_width_height(physical=True)
    base = _usual([picture.draw(valued(key))[0] for key in _spread(every)])
    tiles, said, numbers = Tiles(base, width), [], []
    for key in every:
        pixels, *rest = picture.draw(valued(key))
        said.append([key, *rest])
        numbers.append(tiles.numbers(pixels))
    head = {
        "width": width,
        "height": height,
        "tile": TILE,
        "size": list(picture.stage.css_size),
        "zoom": picture.stage.zoom,
        "parameters": [_described(n, p, made.values[n]) for n, p in picture.parameters.items()],
        "start": [made.values[name].index(picture.start[name]) for name in names],
        "point": [made.values[name].index(picture.point[name]) for name in names],
        "lone": [] if made.together else [names.index(name) for name in picture.lone],
        "rows": names.index(picture.rows) if picture.rows else -1,
        "handles": [h.state(picture.parameters) for h in picture.stage.handles],
        "frames": said,
        "texts": _texts(picture, every, valued, names),
    }
    parts = [
        _packed_runs([runs(base, np.full_like(base, 0xFFFFFFFF))], palette),
        _planes(np.array([len(one) // 3 for one in tiles.runs], np.int64)),
        _packed_runs(tiles.runs, palette),
        _planes(np.array(numbers).T.ravel()),  # a tile's numbers in all frames, tile by tile
    ]
    first = json.dumps(head, ensure_ascii=False).encode(), np.array([*palette], "<u4").tobytes()
    return Coded(head, [zlib.compress(part, 9) for part in (*first, *parts)])


def _texts(picture: Picture, keys: Sequence[Key], valued: Callable, names: list[str]) -> dict:
    """The further texts at each place, whatever the row: by the key with its row as 0."""
    if picture.texts is None:
        return {}
    row, made = names.index(picture.rows), {}
    for key in keys:
        if (place := (*key[:row], 0, *key[row + 1 :])) not in made:
            made[place] = picture.texts(valued(place))
    return {",".join(map(str, place)): texts for place, texts in made.items()}


def _described(name: str, parameter, values: list) -> dict:
    """What the page says of a control: its kind, its label, and each place in words."""
    shown = values
    if isinstance(parameter, Slider):
        shown = [number(value) for value in values]
    return {
        "name": name,
        "kind": type(parameter).__name__.lower(),
        "label": parameter.label or name,
        "said": parameter.label or "",
        "shown": [str(value) for value in shown],
        "words": [in_words(parameter, value, name) for value in values],
    }
