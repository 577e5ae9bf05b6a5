"""What a module does to objects after they were made: `d["k"] = v`, `found.append(v)`, `settings.p = v`, `setattr`.

A value read from source is the value at run time only if nothing here changes it in between. This module notes
what happens, by the name that is written; `resolve/changes.py` answers which objects it happens to.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.symbols import CallSite, Module, Mutation, Scope

ANY = "*"  # an attribute whose name is not written
ANYTHING = Mutation(None, None, "set")  # whatever may have happened to an object
_GROW = frozenset({"append", "extend", "insert", "add", "appendleft"})
_BY_KEY = {"pop": "drop", "__delitem__": "drop", "setdefault": "default", "__setitem__": "set"}
_CHANGE = frozenset({"update", "clear", "remove", "discard", "popitem", "sort", "reverse", *_BY_KEY})
_VIEWS = frozenset({"get", "values", "items", "setdefault", "pop"})
# Functions from outside that change what they are given first.
MUTATORS = frozenset(
    {
        *("random.shuffle", "heapq.heappush", "heapq.heappop", "heapq.heapify", "bisect.insort", "operator.setitem"),
        *("operator.delitem", "bisect.insort_left", "bisect.insort_right", "operator.iadd", "operator.ior"),
    }
)


def last_name(node: ast.expr) -> str:
    """`append` of `self.found.append`; "" for what has no name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def owner_of_self(node: ast.expr, scope: Scope) -> Scope | None:
    """The class whose method says `self` or `cls` here."""
    function = scope.function() if isinstance(node, ast.Name) and node.id in ("self", "cls") else None
    owner = function.parent if function is not None else None
    return owner if owner is not None and owner.kind == "class" else None


def root(node: ast.expr) -> ast.expr:
    """The named object that an element was taken from: `CONF` of `CONF["a"].get("b")`."""
    while True:
        if isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS:
            node = node.func.value
        else:
            return node


def note_target(module: Module, target: ast.expr, scope: Scope, *, grows: bool = False, deleted: bool = False) -> None:
    """An assignment to, or a deletion of, an attribute or an element."""
    if isinstance(target, ast.Starred):
        target = target.value
    if isinstance(target, ast.Attribute):
        module.stores.setdefault(target.attr, []).append((target.value, scope))
        if grows:
            _note(module, target, scope, "grow")
    elif isinstance(target, ast.Subscript):
        key = target.slice.value if isinstance(target.slice, ast.Constant) else None
        _changed(module, target.value, scope, "drop" if deleted else "set", key)


def note_call(module: Module, call: CallSite) -> None:
    """A call that changes its receiver or, like `setattr`, its first argument; and whom objects are passed on to."""
    node, scope = call.node, call.scope
    name = last_name(node.func)
    if isinstance(node.func, ast.Attribute):
        first = node.args[0] if node.args else None
        if name in _GROW:
            _changed(module, node.func.value, scope, "grow", None)
        elif name in _CHANGE:
            key = first.value if isinstance(first, ast.Constant) else None
            _changed(module, node.func.value, scope, _BY_KEY.get(name, "set"), key)
    if name in ("setattr", "delattr", "__setattr__", "__delattr__") and node.args:
        bound = name.startswith("__") and isinstance(node.func, ast.Attribute) and len(node.args) < 3
        owner = node.func.value if bound and isinstance(node.func, ast.Attribute) else node.args[0]
        written = node.args[0 if bound else 1] if len(node.args) > 1 else None
        constant = isinstance(written, ast.Constant) and isinstance(written.value, str)
        attr = written.value if isinstance(written, ast.Constant) and constant else ANY
        module.stores.setdefault(str(attr), []).append((owner, scope))
    for passed in (*node.args, *(keyword.value for keyword in node.keywords if keyword.arg)):
        if given := last_name(passed):
            module.given.setdefault(given, []).append((passed, call))


def _changed(module: Module, owner: ast.expr, scope: Scope, kind: str, key: object) -> None:
    """An element of `owner` changes; of `x.__dict__`, `vars(x)` and `globals()` that is an attribute."""
    inner: ast.expr | None = None
    if isinstance(owner, ast.Attribute) and owner.attr == "__dict__":
        inner = owner.value
    elif isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "vars" and owner.args:
        inner = owner.args[0]
    if inner is not None:
        module.stores.setdefault(key if isinstance(key, str) else ANY, []).append((inner, scope))
    elif isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "globals":
        module.through_globals.add(key if isinstance(key, str) else ANY)
    else:
        base = root(owner)
        if base is owner:
            _note(module, base, scope, kind, key)
        else:  # an element's element: whatever is in it
            _note(module, base, scope, "set")


def _note(module: Module, owner: ast.expr, scope: Scope, kind: str, key: object = None) -> None:
    if name := last_name(owner):
        module.mutations.setdefault(name, []).append(Mutation(owner, scope, kind, key))


def sources(node: ast.expr) -> Iterator[ast.expr]:
    """The named objects that the value of an expression may be: `a` and `b` of `a or b`; `a` of `a[0]`."""
    queue = [node]
    while queue:
        item = root(queue.pop())
        if isinstance(item, (ast.Name, ast.Attribute)):
            yield item
        elif isinstance(item, ast.BoolOp):
            queue += item.values
        elif isinstance(item, ast.IfExp):
            queue += (item.body, item.orelse)
        elif isinstance(item, (ast.NamedExpr, ast.Await, ast.Starred)):
            queue.append(item.value)
