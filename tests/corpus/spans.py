"""One span for each call of a handler, no more and no fewer: counted while the project's own tests run.

The calls are counted by a line that is written into the body of every handler that the running framework knows, in
a throw-away copy: a decorator that stands where the framework never runs it would show at once.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from .outcomes import Outcomes, own_tests
from .place import Place
from .routing import Where

_Def = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Counts:
    """Calls of handlers and spans of ours by function (`module.qualname`), durations by operation."""

    hits: Mapping[str, int]
    started: Mapping[str, int]
    ended: Mapping[str, int]
    measured: Mapping[str, int]


def count(place: Place, name: str, handlers: Collection[Where]) -> tuple[Counts, Outcomes]:
    """Run the project's own tests with the real SDK in a copy whose handlers count their calls."""
    place.copy(name, "counting")
    for file in sorted({file for file, _ in handlers}):
        path = place["counting"] / file
        raw = path.read_bytes()
        path.write_bytes(with_hits(raw.decode(), {line for one, line in handlers if one == file}).encode())
    written = place["spans.json"]
    written.unlink(missing_ok=True)
    outcomes = own_tests(place, "counting", "corpus_spans", CORPUS_SPANS=str(written))
    return Counts(**json.loads(written.read_text(encoding="utf-8"))), outcomes


def with_hits(text: str, first_lines: Collection[int]) -> str:
    """The text with a call of `hit` at the top of each function that starts on one of these lines."""
    lines = text.split("\n")
    places = [(*_top(node), name) for node, name in _functions(ast.parse(text), "") if _first(node) in first_lines]
    assert len(places) == len(first_lines), "not every handler is a function of this file"
    for row, column, name in sorted(places, reverse=True):
        call = f"__import__('corpus_spans').hit(__name__ + {'.' + name!r})"
        line = lines[row - 1] if row <= len(lines) else ""
        head = line.encode()[:column].decode()
        if head.strip():  # the body stands on the line of the header
            lines[row - 1] = f"{head}{call}; {line[len(head) :]}"
        else:
            lines.insert(row - 1, f"{head or ' ' * column}{call}")
    return "\n".join(lines)


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _Def):
            yield node, prefix + node.name
            yield from _functions(node, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        else:
            yield from _functions(node, prefix)


def _first(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _top(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int]:
    """Line and column (in bytes) of the first statement that is no docstring; below it if there is no other."""
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        if len(function.body) == 1:
            assert first.end_lineno is not None
            return first.end_lineno + 1, first.col_offset
        first = function.body[1]
    decorated = isinstance(first, (*_Def, ast.ClassDef)) and first.decorator_list
    return (_first(first) if decorated else first.lineno), first.col_offset  # type: ignore[arg-type]


def differences(counts: Counts) -> list[str]:
    """Functions whose calls, spans begun and spans ended are not the same number."""
    names = sorted({*counts.hits, *counts.started, *counts.ended})
    numbers = ((n, counts.hits.get(n, 0), counts.started.get(n, 0), counts.ended.get(n, 0)) for n in names)
    return [f"{n}: {h} calls, {s} spans begun, {e} ended" for n, h, s, e in numbers if not h == s == e]


def unmeasured(counts: Counts, operations: Mapping[str, str]) -> list[str]:
    """Operations whose recorded durations are not as many as calls. `operations` are those of the functions."""
    expected: Counter[str] = Counter()
    for function, calls in counts.hits.items():
        operation = operations.get(function, function)
        if not operation.startswith("WEBSOCKET "):
            expected[operation] += calls
    names = sorted({*expected, *counts.measured})
    pairs = ((n, expected[n], counts.measured.get(n, 0)) for n in names)
    return [f"{n}: {calls} calls, {measured} durations" for n, calls, measured in pairs if calls != measured]
