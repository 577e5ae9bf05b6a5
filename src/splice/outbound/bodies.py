"""Whether the body of a request can be sent again: a stream is read once, and what is not known may be one."""

from __future__ import annotations

import ast

from splice.mutation import last_name
from splice.outbound.library import Function
from splice.outbound.sure import Sure
from splice.resolve.arguments import passed
from splice.symbols import CallSite, Scope
from splice.values import Const, External, Instance, Items

#: What these give is text, bytes, numbers or plain data.
_PLAIN = frozenset({"dumps", "encode", "urlencode", "model_dump_json", "json", "tobytes", "getvalue", "hexdigest"})
_BUILTINS = frozenset({"str", "bytes", "dict", "list", "tuple", "int", "repr", "bytearray"})
_DECLARED = frozenset({"str", "bytes", "dict", "Dict", "Mapping", "list", "List", "tuple", "int", "Optional"})
_DEPTH = 5


def unrepeatable(sure: Sure, site: CallSite, function: Function) -> str:
    """The argument that may be a stream, as text; "" when every body can be sent again."""
    arguments = passed(sure.project, site.node, site.scope)
    if not arguments.complete and function.bodies:
        return "arguments behind * or **"
    for index, keyword in enumerate(function.bodies):
        position = function.body_at if function.body_at is not None and index == 0 else -1
        argument = arguments.get(keyword, position)
        # What is uploaded is an open file as a rule.
        if argument is not None and (keyword == "files" or not _is_plain(sure, argument.node, argument.scope, _DEPTH)):
            return f"{keyword}="
    return ""


def _is_plain(sure: Sure, node: ast.expr, scope: Scope, depth: int) -> bool:
    """Whether an expression is text, bytes or plain data, as far as it can be followed in its scope."""
    if depth == 0:
        return False
    match node:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.Dict() | ast.List() | ast.Tuple():
            parts = node.values if isinstance(node, ast.Dict) else node.elts
            return all(_is_element(sure, part, scope, depth - 1) for part in parts)
        case ast.BinOp(left=left, right=right):
            return _is_plain(sure, left, scope, depth - 1) or _is_plain(sure, right, scope, depth - 1)
        case ast.BoolOp():
            return all(_is_plain(sure, part, scope, depth - 1) for part in node.values)
        case ast.IfExp(body=one, orelse=other):
            return _is_plain(sure, one, scope, depth - 1) and _is_plain(sure, other, scope, depth - 1)
        case ast.Call(func=func):
            called = last_name(func)
            builtin = isinstance(func, ast.Name) and called in _BUILTINS
            return (builtin and sure.project.scopes.home(called, scope) is None) or called in _PLAIN
        case ast.Name(id=name):
            home = sure.project.scopes.home(name, scope)
            bindings = home.bindings[name] if home is not None else []
            if bindings and all(b.kind == "assign" and b.value is not None for b in bindings):
                return all(_is_plain(sure, b.value, b.scope, depth - 1) for b in bindings if b.value is not None)
            if bindings and all(b.kind == "param" and b.annotation is not None for b in bindings):
                return all(_is_declared_plain(b.annotation) for b in bindings if b.annotation is not None)
    values = sure.values(node, scope)
    return bool(values) and all(isinstance(v, (Const, Items)) for v in values)


def _is_element(sure: Sure, node: ast.expr | None, scope: Scope, depth: int) -> bool:
    """A value in a form: anything but what is surely an open file (`files={"f": open(p)}`) or a generator."""
    if node is None or isinstance(node, ast.GeneratorExp):
        return False
    if isinstance(node, (ast.Tuple, ast.List, ast.Dict)):
        return _is_plain(sure, node, scope, depth)
    return not any(
        isinstance(v, Instance) and isinstance(v.cls, External) and v.cls.name in ("builtins.open", "io.open")
        for v in sure.values(node, scope)
    )


def _is_declared_plain(node: ast.expr) -> bool:
    words = {last_name(part) for part in ast.walk(node) if isinstance(part, (ast.Name, ast.Attribute))}
    return bool(words) and words <= _DECLARED
