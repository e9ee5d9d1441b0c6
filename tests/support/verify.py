"""Everything that is wrong with a derivation: each line at random values, and each of its slips."""

from dataclasses import dataclass

import numpy as np

from lossviz.page.words import number
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.relations import Scaled, Shifted, agree, line_function


@dataclass(frozen=True)
class Finding:
    """What `verify` found wrong, and at which line."""

    line: int
    message: str

    def __str__(self):
        return f"line {self.line}: {self.message}"


def verify(derivation: Derivation, rng: np.random.Generator, n: int = 12) -> list[Finding]:
    """Everything that is wrong on `n` random inputs, in the order of the lines.

    Line one against the reference; every other line's relation and its amount; that what was
    dropped is constant where `constant_in` says so, and > 0 where it is a factor; and every
    slip: the first relation that fails is at its line, and shows at the sliders' start.
    """
    samples = drawn(derivation, rng, n)
    findings = list(_findings(derivation, derivation.steps, samples))
    known = {*derivation.given, *derivation.sliders}
    if missing := known ^ {*samples[0][0]}:
        findings.append(Finding(1, f"sample and sliders + given differ in {sorted(missing)}"))
    for slip in derivation.slips:
        findings += _slip_findings(derivation, slip, samples)
    return findings


def drawn(derivation: Derivation, rng: np.random.Generator, n: int) -> list[tuple[dict, dict]]:
    """`n` random inputs, and as many others with which each is compared."""
    return [(derivation.sample(rng), derivation.sample(rng)) for _ in range(n)]


def found_at(derivation: Derivation, line: int, samples) -> Finding | None:
    """The first finding that a change of this line alone can make: at it, or at the next."""
    lines = range(line, min(line + 1, len(derivation.steps)) + 1)
    return next(_findings(derivation, derivation.steps, samples, lines), None)


def _findings(derivation, steps, samples, lines=None):
    """The first finding of each line, or of each of these."""
    for k in lines or range(1, len(steps) + 1):
        for inputs in [*samples, None]:  # None: what is said of all inputs together
            try:
                if inputs is None:
                    wrong = _says_nothing(steps[k - 1], samples)
                else:
                    wrong = derivation.wrong(k, steps, inputs[0])
                    wrong = wrong or _varies(steps[k - 1], *inputs)
            except Exception as error:
                wrong = f"raised {type(error).__name__}: {error}"
            if wrong:
                kind = type(steps[k - 1].relation).__name__.lower() if k > 1 else "reference"
                yield Finding(k, f"{kind}: {wrong}")
                break


def _varies(step: Step, variables, others) -> str | None:
    """Whether what was dropped changes with a variable in which it should be constant."""
    if not isinstance(step.relation, Shifted | Scaled):
        return None
    if not step.constant_in:
        return "constant_in must name the variables in which what was dropped is constant"
    amount = step.relation.amount(variables)
    for name in step.constant_in:
        other = step.relation.amount({**variables, name: others[name]})
        if not agree(amount, other):
            return f"what was dropped varies with {name}: {number(amount)}, {number(other)}"
    return None


def _says_nothing(step: Step, samples) -> str | None:
    """A line that is 0 on every input tests nothing; nor does a dropped 0 or a factor 1."""
    if all(line_function(step.value)(**inputs) == 0 for inputs, _ in samples):
        return "it is 0 on every input (underflow?): nothing is tested"
    if isinstance(step.relation, Shifted | Scaled):
        nothing = isinstance(step.relation, Scaled)
        if all(step.relation.amount(inputs) == nothing for inputs, _ in samples):
            return f"what was dropped is {int(nothing)} on every input: write equal()"
    return None


def _slip_findings(derivation, slip: WrongLine, samples):
    steps = derivation.with_slip(slip)
    first = next(_findings(derivation, steps, samples), None)
    if first is None:
        yield Finding(slip.step, f"slip {slip.name!r}: no relation fails")
    elif first.line != slip.step:
        yield Finding(slip.step, f"slip {slip.name!r}: the first to fail is {first}")
    elif derivation.wrong(slip.step, steps, derivation.start) is None:
        yield Finding(
            slip.step, f"slip {slip.name!r}: does not show at {derivation.at(derivation.start)}"
        )
