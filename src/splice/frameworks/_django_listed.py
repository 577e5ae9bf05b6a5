"""Lists in settings, over all modules that set them: which texts are certainly there, and which may be.

A project has several settings modules as a rule, one for each place where it runs. What these do not agree on is not
known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from splice.resolve import Project
from splice.symbols import Module, Scope
from splice.values import External, Items, ModuleRef, Value

_CONFIGURE = External("django.conf.settings.configure")
_DEPTH = 20
Placed = dict[str, tuple[str, int]]  # texts, and where each stands


@dataclass(slots=True)
class Listed:
    """One list in one module. `complete`: nothing else can be in it."""

    certain: Placed = field(default_factory=dict)
    possible: Placed = field(default_factory=dict)
    complete: bool = True
    file: str = ""
    line: int = 0

    def added(self, other: Listed, *, maybe: bool = False) -> Listed:
        """With the texts of another; `maybe`: that may not happen."""
        certain = self.certain if maybe else {**self.certain, **other.certain}
        complete = self.complete and other.complete
        return Listed(certain, {**self.possible, **other.possible}, complete, self.file, self.line)


def configured(project: Project, name: str = "") -> Iterator[tuple[Module, ast.expr, Scope]]:
    """What `settings.configure(...)` gets for a setting; for "" the calls themselves."""
    for module, call in project.calls("configure"):
        if _CONFIGURE in project.values(call.node.func, call.scope):
            if not name:
                yield module, call.node, call.scope
            for word in call.node.keywords:
                if word.arg == name:
                    yield module, word.value, call.scope


def is_configured(project: Project) -> bool:
    """Whether the settings of a site are in this project: those of a library's users are not."""
    set_here = any("ROOT_URLCONF" in module.scope.bindings for module in project.modules())
    return set_here or any(True for _ in configured(project))


class Lists:
    """Reads one setting."""

    def __init__(self, project: Project, name: str) -> None:
        self.project, self.name = project, name

    def all(self) -> list[Listed]:
        """What each module says that sets the list, or changes it."""
        found = [self._module(m, 0) for m in list(self.project.modules()) if self._speaks(m)]
        for module, node, scope in configured(self.project, self.name):
            one = self._value(node, scope, Listed(), 0)
            one.file, one.line = module.file, node.lineno
            found.append(one)
        return found

    def _speaks(self, module: Module) -> bool:
        if any(binding.kind != "from" for binding in module.scope.bindings.get(self.name, ())):
            return True
        return any(self._is_named(change.owner) for change in module.mutations.get(self.name, ()))

    def _is_named(self, node: ast.AST | None) -> bool:
        return isinstance(node, ast.Name) and node.id == self.name

    def _module(self, module: Module, depth: int) -> Listed:
        """The list as it is when the module has run."""
        found = Listed(complete=False)
        if depth < _DEPTH:
            found = self._body(module.tree.body, module, Listed(), depth, maybe=False)
        found.file = module.file
        return found

    def _body(self, body: list[ast.stmt], module: Module, now: Listed, depth: int, *, maybe: bool) -> Listed:
        for node in body:
            now = self._statement(node, module, now, depth, maybe=maybe)
        return now

    def _statement(self, node: ast.stmt, module: Module, now: Listed, depth: int, *, maybe: bool) -> Listed:
        scope = module.scope
        match node:
            case ast.ImportFrom(names=names) if any((a.asname or a.name) in ("*", self.name) for a in names):
                other = self._imported(node, module, depth)
                return other if other is not None and not maybe else now.added(other, maybe=True) if other else now
            case ast.Assign(targets=[target], value=value) if self._is_named(target):
                return self._set(self._value(value, scope, now, depth), node, now, maybe=maybe)
            case ast.AnnAssign(target=target, value=ast.expr() as value) if self._is_named(target):
                return self._set(self._value(value, scope, now, depth), node, now, maybe=maybe)
            case ast.AugAssign(target=target, value=value) if self._is_named(target):
                return self._set(now.added(self._value(value, scope, now, depth)), node, now, maybe=maybe)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr=attr), args=args)) if self._is_named(
                owner
            ):
                more = Listed(complete=False)
                if attr in ("append", "insert") and args:
                    more = self._value(ast.List([args[-1]]), scope, now, depth)
                elif attr == "extend" and args:
                    more = self._value(args[0], scope, now, depth)
                else:
                    now = Listed({}, now.possible, now.complete)
                return self._set(now.added(more), node, now, maybe=maybe)
            case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While():
                inner = [*node.body, *getattr(node, "orelse", []), *getattr(node, "finalbody", [])]
                inner += [one for handler in getattr(node, "handlers", []) for one in handler.body]
                return self._body(inner, module, now, depth, maybe=not isinstance(node, ast.With) or maybe)
        stored = (
            p for p in ast.walk(node) if isinstance(p, (ast.Name, ast.Subscript)) and not isinstance(p.ctx, ast.Load)
        )
        if any(self._is_named(p.value if isinstance(p, ast.Subscript) else p) for p in stored):
            return Listed({}, now.possible, complete=False, line=node.lineno)
        return now

    def _set(self, new: Listed, node: ast.stmt, now: Listed, *, maybe: bool) -> Listed:
        if maybe:
            kept = {text: place for text, place in now.certain.items() if text in new.certain}
            new = Listed(kept, {**now.possible, **new.possible}, new.complete and now.complete)
        new.line = node.lineno
        return new

    def _imported(self, node: ast.ImportFrom, module: Module, depth: int) -> Listed | None:
        """The list of another module, where that has one."""
        dotted = self.project.names.resolve(module.file, node.module, node.level)
        value = self.project.module_ref(dotted, module.file)
        other = self.project.file(value.file) if isinstance(value, ModuleRef) and value.file != module.file else None
        if other is None:
            return None
        return self._module(other, depth + 1) if self._speaks(other) or other.scope.stars else None

    def _value(self, node: ast.expr, scope: Scope, now: Listed, depth: int) -> Listed:
        match node:
            case ast.Name() if self._is_named(node):
                return now
            case ast.Attribute(value=owner, attr=attr) if attr == self.name:
                refs = [v for v in self.project.values(owner, scope) if isinstance(v, ModuleRef) and v.file]
                other = self.project.file(refs[0].file) if len(refs) == 1 else None
                return self._module(other, depth + 1) if other is not None else Listed(complete=False)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return self._value(left, scope, now, depth).added(self._value(right, scope, now, depth))
            case ast.List(elts=elts) | ast.Tuple(elts=elts):
                found = Listed()
                for one in elts:
                    inner = one.value if isinstance(one, ast.Starred) else None
                    found = found.added(self._value(inner, scope, now, depth) if inner else self._text(one, scope))
                return found
            case ast.ListComp(generators=[ast.comprehension(iter=source)], elt=ast.Name()):
                of = self._value(source, scope, now, depth)  # some of them
                return Listed({}, of.possible, of.complete)
            case ast.Call(func=ast.Name(id="list" | "tuple"), args=[inner]):
                return self._value(inner, scope, now, depth)
        value = self.project.value(node, scope)
        if not isinstance(value, Items) or value.keys or value.unsure:
            return Listed(complete=False)
        found = Listed()
        for element, where in value.elements:
            found = found.added(self._text(element, where))
        return found

    def _text(self, node: ast.expr, scope: Scope) -> Listed:
        text = self.project.text(node, scope)
        if text is None:
            return Listed(complete=False)
        place = {text: (scope.module.file, node.lineno)}
        return Listed(place, dict(place))


def element(project: Project, value: Value, key: str) -> tuple[ast.expr, Scope] | None:
    """The expression of a key of a dict, None where there is none. Raises LookupError where that is not known."""
    if not isinstance(value, Items) or (value.elements and not value.keys) or value.unsure:
        raise LookupError(key)
    for name, (node, scope) in reversed(list(zip(value.keys, value.elements, strict=True))):
        if name is None:  # `**others`
            inner = element(project, project.value(node, scope), key)
            if inner is not None:
                return inner
        elif not isinstance(name, ast.Constant):
            raise LookupError(key)
        elif name.value == key:
            return node, scope
    return None
