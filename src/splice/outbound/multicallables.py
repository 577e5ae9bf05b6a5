"""Calls of gRPC: `stub.GetOrder(request)`, where the stub's class was generated into a `*_pb2_grpc.py`.

The generator writes `self.GetOrder = channel.unary_unary("/orders.Orders/GetOrder", ...)`: what kind of call it is
stands there, and nowhere else. Only unary calls count: a deadline would end a whole stream.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from splice.outbound.calls import Layer
from splice.outbound.catalogue import Named
from splice.outbound.library import Function, Limit
from splice.outbound.sure import Sure
from splice.resolve import Project
from splice.symbols import Module
from splice.values import ClassRef, External, Instance, ModuleRef, Value

_SUFFIX = "_pb2_grpc"
_KINDS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
_SYNC = Function(limit=Limit(position=1), repeatable=True)
_ASYNC = Function(limit=Limit(), style="async", repeatable=True)
#: Where a channel's own retries are configured.
_CONFIG = ("service_config", "enable_retries")


@dataclass(frozen=True, slots=True)
class Unary:
    """A unary call: what it is called, and the stub that it is made on."""

    named: Named
    stub: Instance


def generated(project: Project) -> list[Module]:
    """The generated modules that others import, loaded."""
    found: dict[str, Module] = {}
    for module in project.modules():
        scopes = [module.scope, *(definition.inner for definition in module.functions())]
        bindings = (b for scope in scopes for bs in scope.bindings.values() for b in bs if b.kind in ("import", "from"))
        for binding in bindings:
            names = (binding.name, binding.module.rpartition(".")[2])
            if not any(name.endswith(_SUFFIX) for name in names):
                continue
            dotted = project.names.resolve(module.file, binding.module or None, binding.level)
            if binding.name.endswith(_SUFFIX):
                dotted = f"{dotted}.{binding.name}"
            origin = project.module_ref(dotted, module.file)
            stubs = project.file(origin.file) if isinstance(origin, ModuleRef) and origin.file else None
            if stubs is not None:
                found[stubs.file] = stubs
    return list(found.values())


def method_names(modules: list[Module]) -> Iterator[str]:
    """The names of all calls that generated stubs offer."""
    for module in modules:
        for definition in module.classes():
            yield from (name for name in definition.inner.attributes if kind(ClassRef(definition), name))


def kind(cls: ClassRef, attr: str) -> str:
    """`unary_unary` for a call that a generated stub offers under this name; "" for anything else."""
    definition = cls.definition
    if not definition.scope.module.name.endswith(_SUFFIX) or not definition.name.endswith("Stub"):
        return ""
    bindings = definition.inner.attributes.get(attr, [])
    value = bindings[0].value if len(bindings) == 1 else None
    made = value.func if isinstance(value, ast.Call) else None
    return made.attr if isinstance(made, ast.Attribute) and made.attr in _KINDS else ""


def unary(sure: Sure, base: Value, attr: str, awaited: bool) -> Unary | None:
    """The unary call of that name of an object, None when it has none."""
    if not isinstance(base, Instance) or not isinstance(base.cls, ClassRef) or kind(base.cls, attr) != _KINDS[0]:
        return None
    channels = _channels(sure, base)
    known = all(name.startswith("grpc.") for name in channels) and bool(channels)
    asynchronous = all(name.startswith("grpc.aio.") for name in channels) if known else awaited
    dotted = f"{base.cls.definition.dotted}.{attr}"
    return Unary(Named(dotted, "grpc", "grpc", _ASYNC if asynchronous else _SYNC), base)


def repeats(sure: Sure, stub: Instance) -> Iterator[Layer]:
    """What makes the channel of a stub repeat calls, or may: its options, an interceptor, one that is not known."""
    argument = _argument(stub)
    if argument is None or stub.scope is None:
        yield Layer("a channel that is not known", None, *stub.site[:2])
        return
    for value in sure.values(argument, stub.scope):
        if not isinstance(value, Instance) or not isinstance(value.cls, External) or value.call is None:
            yield Layer("a channel that is not known", None, *stub.site[:2])
        elif value.cls.name == "grpc.intercept_channel" or any(k.arg == "interceptors" for k in value.call.keywords):
            yield Layer("an interceptor", None, *value.site[:2])
        elif _is_configured(value.call, sure, value):
            yield Layer("the channel's options", None, *value.site[:2])


def _is_configured(call: ast.Call, sure: Sure, value: Instance) -> bool:
    options = [k.value for k in call.keywords if k.arg in ("options", None)]
    options += call.args[2 if "secure_channel" in _name(value) and "insecure" not in _name(value) else 1 :]
    texts: list[object] = []
    for node in options:
        nodes = [node]
        if isinstance(node, ast.Name) and value.scope is not None:
            home = sure.project.scopes.home(node.id, value.scope)
            bindings = home.bindings[node.id] if home is not None else []
            nodes = [b.value for b in bindings if b.value is not None]
        if not nodes or not all(isinstance(n, (ast.List, ast.Tuple, ast.Constant)) for n in nodes):
            return True  # what cannot be read may hold anything
        texts += [part.value for n in nodes for part in ast.walk(n) if isinstance(part, ast.Constant)]
    return any(isinstance(text, str) and any(word in text for word in _CONFIG) for text in texts)


def _name(value: Instance) -> str:
    return value.cls.name if isinstance(value.cls, External) else ""


def _channels(sure: Sure, stub: Instance) -> list[str]:
    """The dotted names of what makes the channel of a stub, "" for what is not known."""
    argument = _argument(stub)
    values = sure.values(argument, stub.scope) if argument is not None and stub.scope is not None else ()
    return [v.cls.name if isinstance(v, Instance) and isinstance(v.cls, External) else "" for v in values]


def _argument(stub: Instance) -> ast.expr | None:
    call = stub.call
    if call is None:
        return None
    return call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "channel"), None)
