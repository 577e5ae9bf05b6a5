"""One span for each call of a handler, no more and no fewer: counted while the project's own tests run.

The calls are counted by a line that is written into the body of every handler that the running framework knows, in
a throw-away copy: a decorator that stands where the framework never runs it would show at once. A class that answers
with methods of a library has no such body: a line in the class says which methods to count on its objects.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from .outcomes import Outcomes, own_tests
from .place import Place
from .routing import Where

_Def = (ast.FunctionDef, ast.AsyncFunctionDef)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Counts:
    """Calls of handlers and spans by function (`module.qualname`); spans and durations by operation.

    `hits` are runs of the handler's body. Where decorators of the service stand below ours and may answer instead,
    `called` counts the calls of the outermost of them; so it does for methods that come from a library.
    """

    hits: Mapping[str, int]
    called: Mapping[str, int]
    started: Mapping[str, int]
    ended: Mapping[str, int]
    operations: Mapping[str, int]
    measured: Mapping[str, int]

    @property
    def calls(self) -> Mapping[str, int]:
        return {**self.hits, **self.called}

    def under(self, names: Mapping[str, str]) -> tuple[Counts, list[str]]:
        """The same with other names for the functions of spans, and the names that none of them has."""
        started = {names.get(name, name): number for name, number in self.started.items()}
        ended = {names.get(name, name): number for name, number in self.ended.items()}
        return replace(self, started=started, ended=ended), sorted(names.keys() - self.started.keys())


def count(
    place: Place, name: str, handlers: Collection[Where], members: Mapping[Where, Collection[str]] | None = None
) -> tuple[Counts, Outcomes]:
    """Run the project's own tests with the real SDK in a copy whose handlers count their calls.

    A handler with `members` is a class, and these are the inherited methods that answer.
    """
    members = members or {}
    place.copy(name, "counting")
    for file in sorted({file for file, _ in handlers}):
        path = place["counting"] / file
        raw = path.read_bytes()
        lines = {line for one, line in handlers if one == file}
        path.write_bytes(with_hits(raw.decode(), lines, {n: m for (f, n), m in members.items() if f == file}).encode())
    written = place["spans.json"]
    written.unlink(missing_ok=True)
    outcomes = own_tests(place, "counting", "corpus_spans", CORPUS_SPANS=str(written))
    return Counts(**json.loads(written.read_text(encoding="utf-8"))), outcomes


def with_hits(text: str, first_lines: Collection[int], members: Mapping[int, Collection[str]] | None = None) -> str:
    """The text with counters in each function that starts on one of these lines, and in each class for its members."""
    lines, inherited = text.split("\n"), members or {}
    handlers = [(node, name) for node, name in _definitions(ast.parse(text), "") if _first(node) in first_lines]
    assert len(handlers) == len(first_lines), "not every handler is a function or a class of this file"
    places = []
    for node, name in handlers:
        if isinstance(node, ast.ClassDef):
            places.append((*_top(node), _call("inherited", name, sorted(inherited[_first(node)]))))
            continue
        places.append((*_top(node), _call("hit", name)))
        if place := _below_ours(node):
            places.append((*place, "@" + _call("called", name)))
    for row, column, call in sorted(places, reverse=True):
        line = lines[row - 1] if row <= len(lines) else ""
        head = line.encode()[:column].decode()
        if head.strip():  # the body stands on the line of the header
            lines[row - 1] = f"{head}{call}; {line[len(head) :]}"
        else:
            lines.insert(row - 1, f"{head or ' ' * column}{call}")
    return "\n".join(lines)


def _call(counter: str, name: str, *arguments: object) -> str:
    rest = "".join(f", {argument!r}" for argument in arguments)
    return f"__import__('corpus_spans').{counter}(__name__ + {'.' + name!r}{rest})"


def _below_ours(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int] | None:
    """Line and column of the service's decorator that stands directly below ours, if there is one."""
    names = [
        ast.unparse(decorator.func) if isinstance(decorator, ast.Call) else "" for decorator in function.decorator_list
    ]
    ours = next((index for index, name in enumerate(names) if name.rpartition(".")[2] == "observed"), len(names))
    if ours + 1 >= len(names):
        return None
    return function.decorator_list[ours + 1].lineno, function.col_offset


def _definitions(tree: ast.AST, prefix: str) -> Iterator[tuple[Definition, str]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _Def):
            yield node, prefix + node.name
            yield from _definitions(node, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            yield node, prefix + node.name
            yield from _definitions(node, f"{prefix}{node.name}.")
        else:
            yield from _definitions(node, prefix)


def _first(node: Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _top(function: Definition) -> tuple[int, int]:
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
    """Functions whose calls, spans begun and spans ended are not the same number, or that ran without a call."""
    found = []
    for name in sorted({*counts.calls, *counts.started, *counts.ended}):
        ran, calls, begun, ended = (n.get(name, 0) for n in (counts.hits, counts.calls, counts.started, counts.ended))
        if not ran <= calls == begun == ended:
            found.append(f"{name}: ran {ran} times in {calls} calls, {begun} spans begun, {ended} ended")
    return found


def unmeasured(counts: Counts) -> list[str]:
    """Operations with another number of durations than of spans; a websocket's time is no latency and has none."""
    expected = {name: number for name, number in counts.operations.items() if not name.startswith("WEBSOCKET ")}
    names = sorted({*expected, *counts.measured})
    pairs = ((n, expected.get(n, 0), counts.measured.get(n, 0)) for n in names)
    return [f"{n}: {spans} spans, {measured} durations" for n, spans, measured in pairs if spans != measured]
