"""From what a person typed to a tree: tokens with their true offsets, then Python's parser.

Every name and text literal is replaced by a short safe name before Python sees it, so headers that
are keywords, begin with digits or hold accents are just names, and every caret points at what was typed.
"""

import ast
import re
import unicodedata
from functools import lru_cache

import attrs

from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.domain.text import shown
from xlalm.measures.language.functions import FUNCTIONS, unknown_function

MAX_LENGTH = 8192
"""Characters of a formula."""

MAX_TOKENS = 2000
"""Names, numbers, texts and signs of a formula."""

MAX_DEPTH = 50
"""Parentheses, or signs in a row, inside each other."""

LARGEST_TYPED = 1e15
"""Largest number that may be written in a formula; the cells of a table have the same limit."""

_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02"
_SINGLE = "\u2018\u2019\u201a\u201b\u2039\u203a"
"""Quotation marks of Word and of other languages; a pair of one row around a text is read as straight ones."""

_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<text>"(?:[^"]|"")*"|'[^']*'|[{_DOUBLE}][^"{_DOUBLE}]*[{_DOUBLE}]|[{_SINGLE}][^'{_SINGLE}]*[{_SINGLE}])
  | (?P<percent>(?:\d+(?:\.\d+)?|\.\d+)\s*%)
  | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
  | (?P<word>\w+)
  | (?P<operator><>|<=|>=|==|=<|=>|!=|[-+*/(),;<>=≥≤≠−×÷])
    """,
    re.VERBOSE,
)
_OPERATORS = {"=": "==", "<>": "!=", "≥": ">=", "≤": "<=", "=<": "<=", "=>": ">=", "≠": "!=", ";": ",", "−": "-"}
_OPERATORS |= {"×": "*", "÷": "/"}
_KEYWORDS = {"and", "or", "not", "in"}


class FormulaError(Refused):
    """A refusal at an offset of the typed text; who knows the formula's cell adds it.

    ``cell`` is given where the user must act elsewhere, such as in a column that the formula reads.
    """

    def __init__(self, text: str, offset: int, cure: str, cell: Cell | None = None) -> None:
        super().__init__(cell, text, cure)
        self.offset = offset


@attrs.frozen
class Parsed:
    """A parsed formula: the tree, what each safe name stands for and where each piece was typed."""

    typed: str
    tree: ast.expr
    names: dict[str, str]
    texts: dict[str, str]
    offsets: tuple[int, ...]  # offset in the rewritten text -> offset in the typed text

    def offset(self, node: ast.AST) -> int:
        """Return where a node begins in the typed text."""
        return self.offsets[getattr(node, "col_offset", 0)]

    def source(self, node: ast.AST) -> str:
        """Return a node as it was typed."""
        return self.typed[self.offset(node) : self.offsets[getattr(node, "end_col_offset", -1)]].strip()


def caret(typed: str, offset: int) -> str:
    """Return the typed text with a mark before the faulty place: ``sum(rate ▸ blance)``."""
    start, end = max(0, offset - 40), min(len(typed), offset + 30)
    head, tail = ("…" if start else "") + typed[start:offset], typed[offset:end] + ("…" if end < len(typed) else "")
    return f"{head}▸{tail}"


def left_chain(node: ast.BinOp) -> tuple[ast.expr, list[ast.BinOp]]:
    """Return a + b + c … as its first operand and its steps in order.

    Folding these from the left needs no recursion, so that long sums do not exhaust the stack.
    """
    steps: list[ast.BinOp] = []
    first: ast.expr = node
    while isinstance(first, ast.BinOp):
        steps.append(first)
        first = first.left
    return first, steps[::-1]


@lru_cache(maxsize=256)  # the catalogue and the formulas of a book
def parse(typed: str) -> Parsed:
    """Parse a formula; raises FormulaError with the offset of the fault. The last ones are kept."""
    if len(typed) > MAX_LENGTH:
        message = f"formula is {len(typed)} characters long"
        raise FormulaError(message, MAX_LENGTH, f"keep it within {MAX_LENGTH} or split it into Metrics rows")
    if not typed.strip():
        message = "formula is empty"
        raise FormulaError(message, 0, "enter a measure or a formula")
    pieces, offsets, names, texts = _rewrite(typed)
    try:
        tree = ast.parse("".join(pieces).rstrip(), mode="eval").body
    except SyntaxError as fault:
        column = min(max((fault.offset or 1) - 1, 0), len(offsets) - 1)
        message = "formula cannot be read here"
        raise FormulaError(message, offsets[column], "check parentheses, operators and commas") from None
    except (RecursionError, MemoryError):
        message = "formula is nested too deeply"
        raise FormulaError(message, 0, "split it into Metrics rows") from None
    return Parsed(typed, tree, names, texts, tuple(offsets))


def _rewrite(typed: str) -> tuple[list[str], list[int], dict[str, str], dict[str, str]]:
    pieces: list[str] = []
    offsets: list[int] = []
    names: dict[str, str] = {}
    texts: dict[str, str] = {}
    position = count = run = 0
    word: tuple[str, int] = "", 0
    open_words: list[tuple[str, int]] = []  # the word before each parenthesis that is open, and where it stands
    while position < len(typed):
        match = _TOKEN.match(typed, position)
        if match is None:
            _refuse_character(typed, position)
        assert match is not None
        token, kind = match.group(), match.lastgroup
        if kind == "space":
            piece = " " if pieces else ""
        else:
            count += 1
            if kind == "number":
                _refuse_decimal_comma(typed, match.end(), open_words)
            piece = _piece(token, kind or "", typed, position, names, texts)
            if pieces and piece[0].isalnum() and pieces[-1][-1:].isalnum() | pieces[-1].endswith("_"):
                piece = " " + piece  # two words in a row must not become one
            if piece == "(":
                open_words.append(word)
            elif piece == ")" and open_words:
                open_words.pop()
            word = token if kind == "word" else "", position
            run = run + 1 if piece in {"-", "+", "not "} else 0
            if len(open_words) > MAX_DEPTH or run > MAX_DEPTH:
                message = f"formula is nested deeper than {MAX_DEPTH} levels"
                raise FormulaError(message, position, "split it into Metrics rows")
            if count > MAX_TOKENS:
                message = f"formula has more than {MAX_TOKENS} names, numbers and signs"
                raise FormulaError(message, position, "split it into Metrics rows")
        pieces.append(piece)
        offsets.extend([position] * len(piece))
        position = match.end()
    offsets.append(len(typed))
    return pieces, offsets, names, texts


def _piece(token: str, kind: str, typed: str, position: int, names: dict[str, str], texts: dict[str, str]) -> str:
    """Return what Python's parser gets for one token."""
    if kind == "text":
        safe = f"s{len(texts)}_"
        texts[safe] = token[1:-1].replace('""', '"') if token[0] == '"' else token[1:-1]
        return safe
    if kind == "percent":
        return repr(_number(token.rstrip("%"), position) / 100)
    if kind == "number":
        return repr(_number(token, position))
    if kind == "word":
        if token.casefold() in _KEYWORDS:
            return token.casefold() + " "
        safe = f"n{len(names)}_"
        names[safe] = token
        return safe
    return _OPERATORS.get(token, token)


def _number(token: str, position: int) -> float:
    number = float(token)
    if not number <= LARGEST_TYPED:
        message = f"{shown(token)} is too large"
        raise FormulaError(message, position, "enter a number up to 1e15")
    return number


def _refuse_decimal_comma(typed: str, end: int, open_words: list[tuple[str, int]]) -> None:
    """A comma between two digits is a decimal comma, unless it parts arguments of what is no function at all."""
    if re.match(r",\d", typed[end:]):
        for word, offset in open_words:
            if word and word.casefold() not in (*FUNCTIONS, *_KEYWORDS):
                text, cure = unknown_function(word)
                raise FormulaError(text, offset, cure)
        message = "a decimal comma"
        raise FormulaError(message, end, "write 1.5, not 1,5; put a blank after a comma between arguments")


def _refuse_character(typed: str, position: int) -> None:
    character = typed[position]
    cures = dict.fromkeys(_DOUBLE + _SINGLE, 'use the straight quotation mark: "') | {
        "%": "a percent sign follows a number: 12%",
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "write the minus of the keyboard: -"),
        "^": "powers are not part of the language: multiply instead",
        "&": "join conditions with and",
        "|": "join conditions with or",
        "[": "write column names alone, without brackets",
        "{": "write lists as (…)",
        ".": "names have no dots; decimals need a digit, as in 0.5",
        '"': "close the quotation mark",
        "'": "close the quotation mark",
        "$": "name columns and measures, not cells",
        "!": "name columns and measures, not cells",
        ":": "name columns and measures, not cells",
    }
    invisible = unicodedata.category(character)[0] in "CZ"
    what = f"the invisible character U+{ord(character):04X}" if invisible else f'"{character}"'
    message = f"{what} has no meaning in a formula"
    raise FormulaError(message, position, cures.get(character, "delete it"))
