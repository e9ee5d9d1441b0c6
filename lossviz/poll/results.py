"""What a poll's votes say: bars, the class's entropy, KL between two rounds, CSV. No widgets."""

import csv
import html
import io
import math
from dataclasses import dataclass

import numpy as np

from lossviz.information import entropy, kl_divergence

# Each round has its own colour and its own hatch, and its name at the head of its column.
_FILLS = (
    "#0072B2",
    "repeating-linear-gradient(45deg, #D55E00 0 6px, #ffffff 6px 9px)",
    "repeating-linear-gradient(90deg, #009E73 0 6px, #ffffff 6px 9px)",
    "repeating-linear-gradient(135deg, #CC79A7 0 9px, #ffffff 9px 12px)",
)


@dataclass(frozen=True)
class Tally:
    """The votes of one round, option by option, and what the round is called."""

    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many voted."""
        return sum(self.counts)

    @property
    def shares(self) -> np.ndarray:
        """The share of each option; ValueError where nobody voted."""
        if not self.total:
            raise ValueError(f"counts of {self.name} are {self.counts}; give at least one vote")
        return np.array(self.counts) / self.total


def bars(options: list[str], tallies: list[Tally], beside: list[str] = ()) -> str:
    """Options and rounds as an HTML table whose cells are bars: seen, and read aloud as numbers.

    ``beside`` holds HTML for each option, at the end of its row.
    """
    heads = "".join(
        f'<th scope="col" style="text-align:left;padding:4px 12px">{html.escape(t.name)}, '
        f"{_votes(t.total)}</th>"
        for t in tallies
    )
    rows = []
    for index, option in enumerate(options):
        cells = "".join(_bar(t, index, _FILLS[k % len(_FILLS)]) for k, t in enumerate(tallies))
        cells += f'<td style="font-size:0.75em">{beside[index]}</td>' if beside else ""
        rows.append(
            '<tr><th scope="row" style="text-align:left;padding:4px 12px 4px 0">'
            f"{html.escape(option)}</th>{cells}</tr>"
        )
    return (
        '<table style="width:100%;font-size:1.35em;border-collapse:collapse;line-height:1.4;'
        'overflow-wrap:anywhere">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _bar(tally: Tally, index: int, fill: str) -> str:
    count = tally.counts[index]
    share = 100 * count / tally.total if tally.total else 0.0
    line = "outline:1px solid currentColor" if count else ""
    return (
        '<td style="padding:4px 12px;min-width:4em"><div aria-hidden="true" style="height:1em;'
        f'width:{share:.1f}%;background:{fill};{line}"></div>{count} ({share:.0f} %)</td>'
    )


def _votes(count: int) -> str:
    return f"{count} vote" if count == 1 else f"{count} votes"


def sentences(options: list[str], tallies: list[Tally]) -> list[str]:
    """What the last one or two rounds come to, in words: entropies in bits, KL(second‖first)."""
    tallies = tallies[-2:]
    empty = [t.name for t in tallies if not t.total]
    if empty or not tallies:
        return [f"{name}: no votes yet." for name in empty]
    bits = [float(entropy(t.shares)) for t in tallies]
    scale = f"0 when all agree, at most log₂ {len(options)} = {math.log2(len(options)):.3f}"
    if len(tallies) == 1:
        return [f"The class's own entropy: {bits[0]:.3f} bits ({scale})."]
    first, second = tallies
    said = [f"The class's own entropy: {bits[0]:.3f} bits before, {bits[1]:.3f} after ({scale})."]
    return [*said, _divergence(options, first, second)]


def _divergence(options: list[str], first: Tally, second: Tally) -> str:
    kl = float(kl_divergence(second.shares, first.shares))
    if math.isfinite(kl):
        return (
            f"KL(second‖first) = {kl:.3f} bits: what it costs per vote to have forecast the second "
            f"vote with the shares of the first."
        )
    new = [
        f"“{option}” ({_votes(after)} now)"
        for option, before, after in zip(options, first.counts, second.counts, strict=True)
        if after and not before
    ]
    return (
        f"KL(second‖first) = ∞: nobody chose {' or '.join(new)} first. Taken as a forecast, the "
        "first vote gave that no chance at all, and then it happened: the surprise −log₂ 0 has no "
        "bound. A class is small, so it says that the forecast was too sure, not that the two "
        "votes are infinitely far apart."
    )


def to_csv(poll: str, kind: str, options: list[str], tallies: list[Tally]) -> str:
    """One line for each round and option. No cell can act as a formula in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["poll", "voters", "round", "option", "votes"])
    for tally in tallies:
        for option, count in zip(options, tally.counts, strict=True):
            writer.writerow([*map(_harmless, (poll, kind, tally.name, option)), count])
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip().startswith(("=", "+", "-", "@", "|")) else cell
