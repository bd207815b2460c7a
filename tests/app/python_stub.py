"""The types of ``xlalm``'s functions for editors and mypy, from the verbs' own signatures.

``python -m tests.app.python_stub`` writes ``xlalm/__init__.pyi``; a test says whether it is as written.
"""

import ast
import inspect
import textwrap
from pathlib import Path

from xlalm.app.registry import VERBS
from xlalm.app.verb import Verb

STUB = Path(__file__).resolve().parents[2] / "xlalm" / "__init__.pyi"
HEAD = '''"""What ``import xlalm`` offers; made by ``python -m tests.app.python_stub``."""

from collections.abc import Sequence
from pathlib import Path

from xlalm.api import Frames
from xlalm.app.run.arguments import Number
from xlalm.app.run.book import Source
from xlalm.domain.watch import Progress, Stop

__version__: str
__all__: list[str]

'''


def stub_text() -> str:
    """Return the stub: one function per verb, without ``write``, with paths as text too."""
    return HEAD + "".join(_function(verb) for verb in VERBS.values())


def _function(verb: Verb) -> str:
    tree = ast.parse(textwrap.dedent(inspect.getsource(verb.function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    arguments = tree.args
    kept = [
        (argument, default)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if argument.arg != "write"
    ]
    before = [_typed(argument) for argument in arguments.args]
    after = [_typed(argument) + (" = ..." if default is not None else "") for argument, default in kept]
    lines = "".join(f"    {line},\n" for line in [*before, *(["*", *after] if after else [])])
    return f"def {verb.name}(\n{lines}) -> Frames: ...\n"


def _typed(argument: ast.arg) -> str:
    assert argument.annotation is not None
    kind = ast.unparse(argument.annotation)
    return f"{argument.arg}: {kind.replace('Path', 'str | Path')}"


if __name__ == "__main__":
    STUB.write_text(stub_text(), encoding="utf-8")
