"""The match stage: every join point of the project, from the frameworks and from the configuration.

A function is one join point, whoever finds it: a handler that the configuration also names stays a handler.
What can never be decorated right is listed with its reason, not dropped.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from splice.config import Config
from splice.forms import dotted
from splice.frameworks import Framework
from splice.model import JoinPoint, Reason
from splice.ours import is_ours
from splice.outbound.calls import Calls
from splice.patterns import dotted_matches, nearest
from splice.refusals import function_refusal
from splice.resolve import Project
from splice.symbols import Definition
from splice.tomlfile import show

# What a decorator gives a function that a plain wrapper around it would hide.
_IDENTITY = ("cache_clear", "cache_info", "register", "delay", "apply_async", "s", "si")


@dataclass(frozen=True, slots=True)
class Matched:
    """`points` by file and line; `mapped`: exception classes that a registered handler answers, with its status."""

    points: tuple[JoinPoint, ...]
    mapped: tuple[tuple[str, int], ...]
    calls: Calls = field(default_factory=Calls)  # what is known of the outbound calls among them


def match(
    project: Project,
    config: Config,
    frameworks: Mapping[str, Framework],
    editable: Callable[[str], bool],
    broken: bool,
    outbound: Sequence[str] | None = None,
    root: Path | None = None,
    unsaved: Mapping[str, bytes] | None = None,
) -> Matched:
    """All join points in files that are `editable`.

    `broken`: a file that may hold an app or a router failed to parse, so that who mounts whom is not known.
    `outbound`: files to read beside those that are there already, for outbound calls; None: nobody asks for these.
    Raises SpliceError for a pattern of `functions` that matches nothing.
    """
    found: dict[tuple[str, str, bool], JoinPoint] = {}
    mapped: dict[str, int] = {}
    for framework in frameworks.values():
        for point in framework.find(project):
            key = (point.file, point.symbol, point.kind == "app")
            if editable(point.file) and (key not in found or found[key].skip):
                found[key] = point
        for name, status in framework.mapped(project):
            status = status if 0 <= status < 1000 else 0
            mapped[name] = max(status, mapped.get(name, 0))
    for point in _functions(project, config, editable):
        found.setdefault((point.file, point.symbol, False), point)
    uses = _identity_uses(project)
    stem = config.scaffold.rpartition(".")[2]
    points = [_checked(project, point, broken, uses, stem) for point in found.values()]
    calls = Calls()
    if outbound is not None:  # last: what is read for them must not change what a handler is called
        from splice.outbound.find import find  # most runs never ask

        for file in outbound:
            project.file(file)
        handlers = {(point.file, point.symbol) for point in points if point.kind == "handler"}
        calls = find(project, config, editable, handlers, root, unsaved)
    ordered = sorted((*points, *calls.points), key=lambda p: (p.file, p.line, p.symbol, p.kind))
    return Matched(tuple(ordered), tuple(sorted(mapped.items())), calls)


def _checked(project: Project, point: JoinPoint, broken: bool, uses: Mapping[str, str], stem: str) -> JoinPoint:
    if point.skip or (point.kind == "app" and not broken):
        return point
    if broken and (point.kind == "app" or point.reason in (Reason.NOT_MOUNTED, Reason.ROUTE_NOT_STATIC)):
        what = "app" if point.kind == "app" else "router"
        detail = f"a file that may mount this {what} could not be read; what is there stays as it is"
        return replace(point, skip=True, reason=Reason.NOT_MOUNTED, detail=detail)
    if used := uses.get(_decorated_below(project, point, stem)):
        return replace(point, skip=True, reason=Reason.IDENTITY, detail=f"{used} is used, which a wrapper would hide")
    return point


def _identity_uses(project: Project) -> dict[str, str]:
    """Functions of which something is used that only a decorator gave them: `read.cache_clear()`, `send.delay()`."""
    uses: dict[str, str] = {}
    for module in project.modules():
        for attribute in _IDENTITY:
            for call in module.calls_by_name.get(attribute, ()):
                func = call.node.func
                receiver = dotted(func.value) if isinstance(func, ast.Attribute) else ""
                if receiver:
                    name = receiver.rpartition(".")[2]
                    uses[name] = f"{name}.{attribute}"
    return uses


def _decorated_below(project: Project, point: JoinPoint, stem: str) -> str:
    """The name of a function that has decorators below our place, other than our own, else ""."""
    module = project.file(point.file)
    definition = module.definitions.get(point.symbol) if module is not None else None
    if definition is None or not any(
        not is_ours(project, one, definition.scope, stem) for one in definition.node.decorator_list[point.slot :]
    ):
        return ""
    return definition.name


def may_name(pattern: str, module: str) -> bool:
    """Whether a pattern of `functions` may name something in a module: a cheap test before it is parsed."""
    for wanted, part in zip(pattern.split("."), module.split("."), strict=False):
        if wanted == "**":
            return True
        if not dotted_matches(wanted, part):
            return False
    return True


def _functions(project: Project, config: Config, editable: Callable[[str], bool]) -> Iterator[JoinPoint]:
    unused, known = set(config.functions), list[str]()
    for module in list(project.modules()):
        if not editable(module.file):
            continue
        for definition in module.functions():
            known.append(definition.dotted)
            hits = [p for p in config.functions if dotted_matches(p, definition.dotted)]
            unused.difference_update(hits)
            if hits:
                yield _function(definition)
    for pattern in sorted(unused):
        meant = nearest(pattern, known) if known else ""
        fix = (
            f"did you mean {show(meant)}?"
            if meant
            else "names are dotted: orders.service.place; `*` is one part, `**` any number"
        )
        raise config.error("functions", f"{show(pattern)} matches no function", item=pattern, fix=fix)


def _function(definition: Definition) -> JoinPoint:
    """A function that the configuration names. Innermost: whatever stands above keeps what it returns."""
    node = definition.node
    assert not isinstance(node, ast.ClassDef)
    refusal = function_refusal(definition)
    return JoinPoint(
        file=definition.scope.module.file,
        line=node.lineno,
        symbol=definition.symbol,
        kind="function",
        framework="",
        operation=definition.dotted,
        colour=definition.colour,
        slot=len(node.decorator_list),
        reason=refusal[0] if refusal else None,
        detail=refusal[1] if refusal else "",
        skip=refusal is not None,
    )
