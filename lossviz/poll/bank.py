"""The walk's questions as polls: what each is called, and any `Question` as what a class is asked.

A phone gets plain text: no request to a third party, nothing to typeset.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

from lossviz import walk

from . import questions
from .questions import Poll

_LETTERS = (
    "alpha=α beta=β gamma=γ delta=δ epsilon=ε varepsilon=ε theta=θ lambda=λ mu=μ nu=ν pi=π rho=ρ "
    "sigma=σ tau=τ phi=ϕ varphi=φ chi=χ psi=ψ omega=ω Gamma=Γ Delta=Δ Theta=Θ Lambda=Λ Pi=Π "
    "Sigma=Σ Phi=Φ Omega=Ω ell=ℓ le=≤ leq=≤ ge=≥ geq=≥ ne=≠ neq=≠ approx=≈ infty=∞ cdot=· times=× "
    "sum=Σ prod=Π int=∫ partial=∂ nabla=∇ to=→ in=∈ pm=± sim=∼ propto=∝ Vert=‖ mid=| dots=… "
    "ldots=… quad= left= right="
)
_SIGNS = dict(pair.split("=") for pair in _LETTERS.split())
_SIGNS |= {"|": "‖", ",": " ", ";": " ", ":": " ", " ": " ", "!": "", "%": "%"}
_RAISED = str.maketrans("0123456789+-−=()niT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵀ")
_LOWERED = str.maketrans("0123456789+-−=()ijkn", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ᵢⱼₖₙ")

# Polls that a question of the walk has taken the place of; their names go on.
ALSO = {
    "best_cross_entropy": "nb09.predict_floor",
    "confident_is_not_correct": "nb08.predict_confident",
    "does_sigma_matter": "nb03.predict_sigma",
    "entropy_sees_no_values": "nb08.recall_1",
    "is_kl_symmetric": "nb09.predict_swap",
    "likelihood_is_not_probability": "nb02.predict_coin",
    "logits_have_no_zero": "nb06.predict_logits",
    "negative_nll": "nb02.predict_units",
    "softmax_twice": "nb06.predict_twice",
    "squared_error_after_a_sigmoid": "nb05.predict_saturation",
    "squared_error_fits_all": "nb04.predict_calls",
    "why_the_log": "nb02.predict_underflow",
}


@cache
def walked() -> dict:
    """Every question of the walk by its name, in the walk's order.

    One that a lesson names is `nb03.predict_sigma`; one of several is `nb03.recall_1`.
    """
    from lossviz.page.questions import Question

    found = {}
    for notebook in walk.NOTEBOOKS:
        for name, held in vars(walk.lesson(notebook)).items():
            name = f"nb{notebook[:2]}.{name}"
            if isinstance(held, Question):
                found[name] = held
            elif isinstance(held, tuple | list) and held and isinstance(held[0], Question):
                found |= {f"{name}_{n}": question for n, question in enumerate(held, 1)}
    return found


def load(asked, explorer=None) -> Poll:
    """The poll of a `Question`, of one of the walk's by its name, or of a poll's name or file.

    With an explorer its picture at the start values stands above the question, and its sentence is
    the text alternative. ValueError says what is wrong.
    """
    question = asked = ALSO.get(str(asked), asked)
    if isinstance(asked, str | Path):
        if not re.fullmatch(r"nb\d\d\.\w+", str(asked)):
            poll = questions.load(asked)
            return poll if explorer is None else _with(poll, explorer)
        if (question := walked().get(str(asked))) is None:
            raise ValueError(
                f"poll: the walk has no question {str(asked)!r}; "
                "python -m lossviz.poll --list shows them all"
            )
    poll = _of(question)
    return poll if explorer is None else _with(poll, explorer)


def _of(question) -> Poll:
    from lossviz.page.questions import Question

    if not isinstance(question, Question):
        raise ValueError(f"poll: give a Question, a poll's name or a .toml file, got {question!r}")
    text = repr(question).encode()
    name = next((name for name, own in walked().items() if own == question), None)
    (right,) = (option for option in question.options if option.right)
    return questions.checked(
        {
            "name": name or f"question-{hashlib.sha256(text).hexdigest()[:8]}",
            "question": plain(question.text),
            "options": [plain(option.text) for option in question.options],
            "answer": plain(right.text),
            "feedback": [plain(option.feedback) for option in question.options],
            "misconceptions": [plain(option.misconception) for option in question.options],
        },
        Path(f"{name}.toml"),
    )


def _with(poll: Poll, explorer) -> Poll:
    now = dict(explorer.values)
    explorer.reset()
    try:
        shown = next((d for d, _ in explorer.without_kernel() if "image/png" in d), None)
    finally:
        for name, value in now.items():
            setattr(explorer, name, value)
    if shown is None:
        raise ValueError(f"explorer: {type(explorer).__name__} is closed; run its cell again")
    return questions.pictured(poll, shown["image/png"], shown["text/plain"])


def listed() -> str:
    """Every poll that there is: its name and its question, one a line."""
    polls = [questions.load(name) for name in questions.shipped()]
    lines = [f"{poll.name}  {poll.question}" for poll in polls]
    also = {name: other for other, name in ALSO.items()}
    lines += [
        f"{name}  {plain(question.text)}{f' (also {also[name]})' if name in also else ''}"
        for name, question in walked().items()
    ]
    return "\n".join(" ".join(line.splitlines()) for line in lines)


def plain(text: str) -> str:
    """A text without markup: `code` without its backticks, TeX as the signs that it stands for."""
    text = re.sub(r"`([^`]+)`", r"\1", text)
    return re.sub(r"\$([^$]+)\$", lambda tex: _signs(tex[1]), text)


def _signs(tex: str) -> str:
    inner = r"\{([^{}]*)\}"
    signs = {**_SIGNS, "{": "\0", "}": "\1"}  # braces that are meant stay aside until the end
    tex = re.sub(r"\\([{}%,;:!| ])", lambda m: signs[m[1]], tex)
    before = None
    while before != tex:  # from the innermost braces outwards
        before = tex
        tex = re.sub(rf"\\[dt]?frac{inner}{inner}", lambda m: f"{_one(m[1])}/{_one(m[2])}", tex)
        tex = re.sub(rf"\\sqrt{inner}", lambda m: f"√{_one(m[1])}", tex)
        tex = re.sub(rf"\\hat{inner}", "\\1\u0302", tex)
        tex = re.sub(rf"\\bar{inner}", "\\1\u0304", tex)
        tex = re.sub(rf"\\(?:text|mathrm|mathbf|mathcal|operatorname){inner}", r"\1", tex)
        tex = re.sub(r"\\(hat|bar)\s*(\\[A-Za-z]+|\w)", r"\\\1{\2}", tex)
        tex = re.sub(rf"\^(?:{inner}|(\\?\w))", lambda m: _moved("^", m, _RAISED), tex)
        tex = re.sub(rf"_(?:{inner}|(\\?\w))", lambda m: _moved("_", m, _LOWERED), tex)
    tex = re.sub(r"\\([A-Za-z]+)", lambda m: _SIGNS.get(m[1], f"{m[1]} "), tex)
    tex = tex.replace("{", "").replace("}", "").replace("-", "−").replace("\5", "^")
    tex = tex.replace("\6", "_").replace("\0", "{").replace("\1", "}")
    return " ".join(tex.split())


def _one(part: str) -> str:
    return part if re.fullmatch(r"\\?\w+", part) else f"({part})"


def _moved(sign: str, found: re.Match, table: dict) -> str:
    """An exponent or index as raised or lowered signs where there are such; else with its sign."""
    part = found[1] if found[1] is not None else found[2]
    if all(ord(letter) in table for letter in part):
        return part.translate(table)
    return ("\5" if sign == "^" else "\6") + _one(part)
