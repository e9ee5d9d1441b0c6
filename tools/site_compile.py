"""Bytecode of Python 3.12, by whichever Python 3.12 runs this: for tools/site_wheels.py."""

import importlib.util
import warnings
from importlib._bootstrap_external import _code_to_hash_pyc


def compiled(sources: dict[str, bytes]) -> dict[str, bytes]:
    """A .pyc's bytes (never checked against a source) for each source that compiles.

    A source's key is its archive's name, a colon and its own.
    """
    done = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in sources.items():
            try:
                code = compile(data, name.split(":")[-1], "exec", dont_inherit=True)
            except SyntaxError:
                continue  # templates and the like
            done[name] = bytes(_code_to_hash_pyc(code, importlib.util.source_hash(data), False))
    return done
