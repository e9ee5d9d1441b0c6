"""Mutants of a derivation: one line, or the amount it claims, changed in one place.

Every line is a Python function. Its syntax tree is found by the place of its code in its file
(several lambdas may stand in one line), and each number and operator in it is changed in turn: a
sign flipped, a factor, a term, a square or a log dropped, a constant changed, a sum made a mean.
Besides, every line as a whole is negated, doubled and moved by 1.
"""

import ast
import copy
import dataclasses
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

from lossviz.teach.derivations import Derivation
from lossviz.teach.relations import Scaled, Shifted, line_function

SWAPPED = {"sum": "mean", "mean": "sum", "log": "log2"}
DROPPED = {"log", "log2", "log1p", "exp", "expm1", "sqrt", "square", "abs"}


def mutants(derivation: Derivation) -> Iterator[tuple[int, str, Derivation]]:
    """(line, what was changed, the derivation with only that changed), without its slips."""
    for k, step in enumerate(derivation.steps, 1):
        seen: dict[str, int] = {}
        changed = [(text, {"value": f}) for text, f in _of_function(step.value)]
        if isinstance(step.relation, Shifted | Scaled):
            for text, by in _of_function(step.relation.by):
                relation = dataclasses.replace(step.relation, by=by)
                changed.append((f"by: {text}", {"relation": relation}))
        for text, parts in changed:
            seen[text] = seen.get(text, 0) + 1
            name = text if seen[text] == 1 else f"{text} #{seen[text]}"
            mutant = copy.copy(derivation)
            steps = list(derivation.steps)
            steps[k - 1] = dataclasses.replace(step, **parts)
            mutant.steps, mutant.slips = tuple(steps), ()
            yield k, name, mutant


def _of_function(function: Callable | float) -> Iterator[tuple[str, Callable]]:
    whole = line_function(function)
    yield "the whole negated", lambda **v: -whole(**v)
    yield "the whole doubled", lambda **v: 2 * whole(**v)
    yield "the whole + 1", lambda **v: whole(**v) + 1
    if not hasattr(function, "__code__"):
        return
    tree = definition(function)
    for index, node in _formula(tree):
        for new in _changes(node):
            mutated = copy.deepcopy(tree)
            target = list(ast.walk(mutated))[index]
            mutated = ast.fix_missing_locations(_Swap(target, new).visit(mutated))
            yield f"{ast.unparse(node)} → {ast.unparse(new)}", _compiled(mutated, function)


def definition(function: Callable) -> ast.Lambda | ast.FunctionDef:
    """The syntax tree of this very function: the smallest one around all of its code."""
    code = function.__code__
    spots = [p for p in code.co_positions() if None not in p and p[3]]
    if not spots:  # Python 3.12 gives a function that only returns a number no place but its line
        spots = [(code.co_firstlineno + 1, 0, 0, 0)]
    first = min((line, column) for line, _, column, _ in spots)
    last = max((line, column) for _, line, _, column in spots)
    around = [
        node
        for node in ast.walk(_parsed(code.co_filename))
        if isinstance(node, ast.Lambda | ast.FunctionDef)
        and node.lineno == code.co_firstlineno
        and (node.lineno, node.col_offset) <= first
        and last <= (node.end_lineno, node.end_col_offset)
    ]
    return max(around, key=lambda node: (node.lineno, node.col_offset))


@functools.cache
def _parsed(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def _formula(tree) -> list[tuple[int, ast.expr]]:
    """The expressions of the body, by their place in ast.walk; no indices, axes or defaults."""
    kept = set()

    def visit(node):
        kept.add(id(node))
        for child in ast.iter_child_nodes(node):
            index = isinstance(node, ast.Subscript) and child is node.slice
            if not index and not isinstance(child, ast.keyword | ast.arguments):
                visit(child)

    for part in tree.body if isinstance(tree.body, list) else [tree.body]:
        visit(part)
    return [(i, node) for i, node in enumerate(ast.walk(tree)) if id(node) in kept]


def _changes(node: ast.expr) -> list[ast.expr]:
    """What may stand in the place of this expression."""
    match node:
        case ast.BinOp(left, ast.Add(), right):
            return [ast.BinOp(left, ast.Sub(), right), left, right]
        case ast.BinOp(left, ast.Sub(), right):
            return [ast.BinOp(left, ast.Add(), right), left, right]
        case ast.BinOp(left, ast.Mult(), right):
            return [ast.BinOp(left, ast.Div(), right), left, right]
        case ast.BinOp(left, ast.Div(), right):
            return [ast.BinOp(left, ast.Mult(), right), left]
        case ast.BinOp(left, ast.Pow(), _):
            return [left]
        case ast.UnaryOp(ast.USub(), operand):
            return [operand]
        case ast.Constant(value) if isinstance(value, int | float) and not isinstance(value, bool):
            return [ast.Constant(v) for v in dict.fromkeys((value + 1, 2 * value)) if v != value]
        case ast.Call(ast.Attribute(_, name), [argument]) if name in DROPPED | set(SWAPPED):
            return ([argument] if name in DROPPED else []) + _swapped(node)
        case ast.Call(ast.Attribute(_, name), []):
            return _swapped(node)
    return []


def _swapped(call: ast.Call) -> list[ast.expr]:
    if call.func.attr not in SWAPPED:
        return []
    function = ast.Attribute(call.func.value, SWAPPED[call.func.attr], ast.Load())
    return [ast.Call(function, call.args, call.keywords)]


class _Swap(ast.NodeTransformer):
    def __init__(self, target, new):
        self.target, self.new = target, new

    def visit(self, node):
        return self.new if node is self.target else self.generic_visit(node)


def _compiled(tree, function: Callable) -> Callable:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    names = {**function.__globals__, **{name: cell.cell_contents for name, cell in cells}}
    if isinstance(tree, ast.Lambda):
        made = eval(compile(ast.Expression(tree), "<mutant>", "eval"), names)
    else:
        tree.decorator_list = []
        exec(compile(ast.Module([tree], []), "<mutant>", "exec"), names)
        made = names[tree.name]
    made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return made
