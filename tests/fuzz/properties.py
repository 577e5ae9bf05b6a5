"""What must hold for every service: written without the engine's own proofs, on the bytes of two trees.

Each check raises `Violation` with the name of the property; the service at hand is what `make fuzz` keeps.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from splice import testing
from splice.landing import Done
from splice.model import Changed, Failed, Reason
from splice.pipeline import Planned
from splice.report.drift import tried
from splice.report.report import Report
from splice.source import Source

from .services import Service

Tree = Mapping[str, bytes]
# What may be left undone in a service as the strategy makes them; anything else is a bug of ours.
_FAILED = frozenset(
    {Reason.HEADER, Reason.SCAFFOLD_UNPLACED, Reason.NAME_TAKEN, Reason.IMPORT_AFTER_USE, Reason.SKIP_FILE}
)
# What the service or its policy has to put right; any other error that `check` finds after `run` is a bug of ours.
_THEIRS = frozenset({"policy-unmatched", "policy-undecided", "app-unprotected", "aspect-unmatched", "scopes-unchecked"})


class Violation(AssertionError):
    """A property does not hold."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name


@dataclass
class Figures:
    """What was looked at, added up over many services."""

    programs: int = 0
    files: int = 0
    lines: int = 0
    handlers: int = 0
    insertions: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    scenarios: Counter[str] = field(default_factory=Counter)

    def add(self, service: Service, done: Done) -> None:
        self.programs += 1
        self.files += sum(file.endswith(".py") for file in service.files)
        self.lines += service.lines
        self.handlers += len(service.handlers)
        self.insertions += sum(len(change.edits) for change in done.changes)
        refused = {key[:3]: why for key, why in done.refused.items()}  # a join point counts once
        self.refused.update(why.reason.value for why in refused.values())
        points = done.planned.survey.matched.points
        self.refused.update(point.reason.value for point in points if point.skip and point.reason)


def run(root: Path, *paths: str, strip: bool = False) -> Done:
    """The engine over a folder, without semgrep; what it could not prove is a violation."""
    done = testing.run(root, *paths, strip=strip, rules=False)
    for outcome in done.outcomes:
        if isinstance(outcome, Failed) and outcome.reason not in _FAILED:
            raise Violation(
                "every change is proven", f"{outcome.file}:{outcome.line} {outcome.reason.value}: {outcome.detail}"
            )
    return done


def same(name: str, expected: Tree, found: Tree) -> None:
    """Two trees hold the same files with the same bytes."""
    for file in sorted(expected.keys() | found.keys()):
        if expected.get(file) != found.get(file):
            raise Violation(
                name, f"{file}\n--- expected\n{_shown(expected.get(file))}\n--- found\n{_shown(found.get(file))}"
            )


def _shown(raw: bytes | None) -> str:
    return (
        "(no such file)"
        if raw is None
        else ascii(raw.decode("latin-1"))
        if b"\r" in raw
        else raw.decode("utf-8", "backslashreplace")
    )


def additions_only(before: Tree, done: Done) -> None:
    """Every change of a Python file of the service is insertions: without them the old bytes remain."""
    for change in done.changes:
        if not change.file.endswith(".py") or change.file not in before:
            continue
        if any(edit.start != edit.end for edit in change.edits):
            raise Violation("additions only", f"{change.file}: {change.edits}")
        if Source.decode(before[change.file]).apply(change.edits) != change.after:
            raise Violation("additions only", f"{change.file}: its edits do not make of it what is written")


def meaning(before: Tree, after: Tree) -> None:
    """Every file compiles, and says what it said but for what it now has of the scaffold."""
    for file, raw in after.items():
        if not file.endswith(".py"):
            continue
        try:
            tree = _parsed(raw)
        except (SyntaxError, ValueError) as error:
            raise Violation("compiles", f"{file}: {error}") from None
        if file in before and before[file] != raw:
            old, new = _Plain(frozenset()).of(_parsed(before[file])), tree
            names = _added_names(_parsed(before[file]), tree)
            if ast.dump(_Plain(names).of(new)) != ast.dump(old):
                raise Violation("the service means what it meant", file)


def _parsed(raw: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(raw, "x.py", "exec", dont_inherit=True)
        return ast.parse(raw)


def _added_names(before: ast.Module, after: ast.Module) -> frozenset[str]:
    """The local names of the imports that came."""
    old = Counter(ast.dump(node) for node in before.body if isinstance(node, ast.ImportFrom))
    new = [node for node in after.body if isinstance(node, ast.ImportFrom)]
    came = [node for node in new if ast.dump(node) not in old]
    return frozenset(item.asname or item.name for node in came for item in node.names)


class _Plain(ast.NodeTransformer):
    """A tree without what these names insert: decorators, statements, arguments, elements of lists, wraps; and without
    their imports. An empty list of dependencies says what none says."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def of(self, tree: ast.Module) -> ast.Module:
        visited: ast.Module = self.visit(tree)
        return visited

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            node.decorator_list = [item for item in node.decorator_list if not self._ours(item)]
        elif isinstance(node, ast.List):
            node.elts = [item for item in node.elts if not self._ours(item)]
        elif isinstance(node, ast.Call):
            self._call(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, [item for item in block if not self._added(item)])
        return super().generic_visit(node)

    def _added(self, node: ast.AST) -> bool:
        if isinstance(node, ast.ImportFrom):
            return bool(self.names) and {item.asname or item.name for item in node.names} <= self.names
        return isinstance(node, ast.Expr) and self._ours(node.value)

    def _call(self, node: ast.Call) -> None:
        wrap = node.func
        if isinstance(wrap, ast.Call) and self._ours(wrap) and len(wrap.args) == 1:
            node.func = wrap.args[0]
        node.keywords = [word for word in node.keywords if not self._ours(word.value) and not self._empty(word)]

    def _empty(self, word: ast.keyword) -> bool:
        elements = word.value.elts if isinstance(word.value, ast.List) else [word.value]
        return word.arg == "dependencies" and all(map(self._ours, elements))

    def _ours(self, node: ast.AST) -> bool:
        callee = node.func if isinstance(node, ast.Call) else node
        return isinstance(callee, ast.Name) and callee.id in self.names


def placed(service: Service, done: Done) -> None:
    """Every function that a framework registers is a join point, and no insertion is still missing."""
    points = {(p.file, p.symbol.split("#")[0].split(".")[-1]) for p in done.planned.survey.matched.points}
    classes = {(p.file, name) for p in done.planned.survey.matched.points for name in p.symbol.split(".")}
    if lost := service.handlers - points - classes:
        raise Violation("every handler is found", repr(sorted(lost)))
    for key, state in done.states.items():
        if "missing" in state.values():
            raise Violation("nothing is missing after run", repr((key, dict(state))))


def settled(root: Path, name: str = "idempotent") -> None:
    """`check` is content, and `run` once more changes nothing."""
    before = testing.tree(root)
    planned, refused = tried(look(root))
    report = Report("check", planned, refused=refused)
    if report.drift:
        raise Violation(f"{name}: check is clean", "; ".join(item.text for item in report.drift))
    if ours := [found for found in report.findings if found.level == "error" and found.code not in _THEIRS]:
        raise Violation(f"{name}: check is clean", "; ".join(f"{found.code}: {found.message}" for found in ours))
    done = run(root)
    if done.changes or any(isinstance(outcome, Changed) for outcome in done.outcomes):
        raise Violation(f"{name}: run again changes nothing", ", ".join(change.file for change in done.changes))
    same(f"{name}: run again writes nothing", before, testing.tree(root))


def look(root: Path) -> Planned:
    """The plan alone, as `check` makes it."""
    from splice import config
    from splice.pipeline import Request, plan
    from splice.registry import codemods

    return plan(Request(root, config.load(root, None, codemods()), testing.TODAY))


def basics(root: Path, service: Service, figures: Figures) -> Tree:
    """Put the service into an empty folder, run, and check what must hold of that; the tree as `run` left it."""
    testing.put(root, dict(service.files))
    before = testing.tree(root)
    done = run(root)
    figures.add(service, done)
    additions_only(before, done)
    after = testing.tree(root)
    meaning(before, after)
    placed(service, done)
    settled(root)
    return after
