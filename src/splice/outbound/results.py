"""What calls give back, what parameters are, and what `with` gives a name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from splice.outbound.members import yields
from splice.resolve.arguments import defaults
from splice.symbols import Binding, CallSite, Definition, Scope
from splice.values import ClassRef, Const, External, FuncRef, Instance, Member, Unknown, Value

if TYPE_CHECKING:
    from splice.outbound.sure import Sure

#: Decorators below which a function still gives what it returns.
_TRANSPARENT = frozenset(
    {
        *("staticmethod", "classmethod", "property", "functools.cached_property", "functools.cache"),
        *("functools.lru_cache", "typing.final", "typing.override", "abc.abstractmethod"),
        *("contextlib.contextmanager", "contextlib.asynccontextmanager", "django.utils.functional.cached_property"),
    }
)
_MANAGERS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
_STACKS = frozenset({"contextlib.ExitStack.enter_context", "contextlib.AsyncExitStack.enter_async_context"})
_CLOSING = frozenset({"contextlib.closing", "contextlib.aclosing"})
_DEPENDS = frozenset(
    {"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends", "fastapi.param_functions.Depends"}
)
_ENTER = ("__enter__", "__aenter__")


class Results:
    """Follows calls into functions of the project, and parameters to whoever passes them."""

    def __init__(self, sure: Sure) -> None:
        self.sure = sure
        self.project = sure.project

    # -- calls ---------------------------------------------------------------------------------------

    def of(self, node: ast.Call, scope: Scope) -> Iterator[Value]:
        """What a call gives back; a coroutine counts as what it will return."""
        if isinstance(node.func, ast.Name) and node.func.id in ("super", "getattr"):
            yield from self._builtin(node, node.func.id, scope)
            return
        site = (scope.module.file, node.lineno, node.col_offset)
        for callee in self.sure.values(node.func, scope):
            match callee:
                case External(name="typing.cast") if len(node.args) == 2:
                    yield from self.sure.annotations.objects(node.args[0], scope)
                case External() | ClassRef():
                    yield Instance(callee, site, node, scope)
                case FuncRef(definition=definition):
                    yield from self.returned(definition)
                case Member():
                    name = self.sure.members.outside(callee)
                    if name in _STACKS and node.args:
                        yield from self.entered(node.args[0], scope)
                    else:
                        yield Instance(External(name or "?"), site, node, scope)
                case Const(value=None):
                    continue
                case _:
                    yield callee if isinstance(callee, Unknown) else Unknown("a call of something unknown")

    def _builtin(self, node: ast.Call, name: str, scope: Scope) -> Iterable[Value]:
        if self.project.scopes.home(name, scope) is not None:
            return (Unknown(f"{name} means something else here"),)
        if name == "super":
            return self.project.classes.super_(scope) or (Unknown("super() outside of a method"),)
        attr = node.args[1].value if len(node.args) == 2 and isinstance(node.args[1], ast.Constant) else None
        if isinstance(attr, str):
            return self.sure.attribute(self.sure.values(node.args[0], scope), attr)
        return (Unknown("getattr with a name that is not written"),)

    def decorators(self, definition: Definition) -> Iterator[str]:
        """The dotted names of a function's decorators, "" for one that is not known."""
        for decorator in definition.node.decorator_list:
            callee = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(callee, ast.Name) and self.project.scopes.home(callee.id, definition.scope) is None:
                yield callee.id
            elif isinstance(callee, ast.Attribute) and callee.attr in ("setter", "getter", "deleter"):
                yield "property"
            else:
                values = self.sure.values(callee, definition.scope)
                yield values[0].name if len(values) == 1 and isinstance(values[0], External) else ""

    def returned(self, definition: Definition) -> tuple[Value, ...]:
        """Every value that a function returns; by its annotation where the body does not say it."""
        inner, node = definition.inner, definition.node
        assert not isinstance(node, ast.ClassDef)
        names = list(self.decorators(definition))
        if inner.yields or set(names) & _MANAGERS:
            return (Unknown(f"{definition.name} is a generator"),)
        found: tuple[Value, ...] = (Unknown(f"{definition.name} is decorated with something unknown"),)
        if all(name in _TRANSPARENT for name in names):
            found = self.sure.all_of((value, inner) for value in inner.returns)
        if not found or any(isinstance(value, Unknown) for value in found):
            return self.sure.annotations.objects(node.returns, definition.scope) if node.returns else found
        return found

    def _yielded(self, definition: Definition) -> tuple[Value, ...]:
        """Every value that a generator gives, where it is used for the one."""
        node = definition.node
        assert not isinstance(node, ast.ClassDef)
        nodes = yields(definition)
        if nodes and all(value is not None for value in nodes):
            found = self.sure.all_of((value, definition.inner) for value in nodes if value is not None)
            if found and not any(isinstance(value, Unknown) for value in found):
                return found
        unknown = (Unknown(f"{definition.name} gives something unknown"),)
        return self.sure.annotations.yielded(node.returns, definition.scope) if node.returns else unknown

    # -- with ----------------------------------------------------------------------------------------

    def entered(self, node: ast.expr, scope: Scope) -> Iterator[Value]:
        """What `with node as name` gives the name."""
        if isinstance(node, ast.Call):
            for callee in self.sure.values(node.func, scope):
                if isinstance(callee, External) and callee.name in _CLOSING and node.args:
                    yield from self.sure.values(node.args[0], scope)
                    return
                if isinstance(callee, FuncRef) and set(self.decorators(callee.definition)) & _MANAGERS:
                    yield from self._yielded(callee.definition)
                    return
        for value in self.sure.values(node, scope):
            if isinstance(value, Instance) and isinstance(value.cls, External):
                yield value  # the client classes of all libraries enter as themselves
            elif isinstance(value, Instance):
                yield from self._entered_object(value)
            else:
                yield Unknown("a context manager that is not known")

    def _entered_object(self, value: Instance) -> Iterable[Value]:
        for name in _ENTER:
            for method in self.sure.members.of(value, name):
                if isinstance(method, FuncRef):
                    return self.returned(method.definition)
                if isinstance(method, Member):
                    return (value,)
        return (Unknown("a context manager that is not known"),)

    # -- parameters ----------------------------------------------------------------------------------

    def parameter(self, binding: Binding) -> Iterable[Value]:
        """A parameter: `self`, a dependency, what every call passes, else the class that is declared."""
        definition = binding.target
        assert definition is not None and not isinstance(definition.node, ast.ClassDef)
        arguments = definition.node.args
        positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        name = next(n for n, bs in definition.inner.bindings.items() if binding in bs)
        names = set(self.decorators(definition))
        owner = definition.owner
        if owner is not None and "staticmethod" not in names and positional[:1] == [name]:
            cls = next(d for d in owner.module.definitions.values() if d.inner is owner)
            if "classmethod" in names or definition.name in ("__new__", "__init_subclass__", "__class_getitem__"):
                return (ClassRef(cls),)
            return (Instance(ClassRef(cls), (owner.module.file, cls.node.lineno, -9)),)
        default = defaults(definition).get(name)
        found = self._depends(default, binding, definition)
        if not found and names <= _TRANSPARENT:
            found = tuple(self._passed(definition, name, positional, default))
        if found and not any(isinstance(value, Unknown) for value in found):
            return found
        if binding.annotation is not None:
            return self.sure.annotations.objects(binding.annotation, definition.scope)
        return found or (Unknown(f"parameter {name} of unknown callers"),)

    def _depends(self, default: ast.expr | None, binding: Binding, definition: Definition) -> tuple[Value, ...]:
        """What FastAPI passes: `client: Client = Depends(get_client)`, `client: Annotated[Client, Depends(...)]`."""
        candidates = [(default, definition.scope)] if default is not None else []
        note, scope = binding.annotation, definition.scope
        if isinstance(note, ast.Name) and (alias := self.sure.annotations.alias(note, scope)) is not None:
            note, scope = alias
        if isinstance(note, ast.Subscript) and isinstance(note.slice, ast.Tuple):
            candidates += [(item, scope) for item in note.slice.elts[1:]]
        for node, where in candidates:
            if not isinstance(node, ast.Call) or not node.args:
                continue
            if any(isinstance(v, External) and v.name in _DEPENDS for v in self.sure.values(node.func, where)):
                return tuple(self._dependency(node.args[0], where))
        return ()

    def _dependency(self, node: ast.expr, scope: Scope) -> Iterator[Value]:
        for value in self.sure.values(node, scope):
            if isinstance(value, FuncRef):
                inner = value.definition.inner
                yield from self._yielded(value.definition) if inner.yields else self.returned(value.definition)
            elif isinstance(value, (ClassRef, External)):
                yield Instance(value, (scope.module.file, node.lineno, node.col_offset))
            else:
                yield Unknown("a dependency that is not known")

    def _passed(
        self, definition: Definition, name: str, positional: list[str], default: ast.expr | None
    ) -> Iterator[Value]:
        """What all calls of a function pass; Unknown when somebody else may call it, too."""
        calls = self.callers(definition)
        if calls is None:
            yield Unknown(f"{definition.name} may be called from elsewhere")
            return
        shift = 1 if definition.owner is not None and positional else 0
        for call in calls:
            argument = self._argument(call.node, name, positional[shift:])
            if argument is not None:
                yield from self.sure.values(argument, call.scope)
            elif default is not None and not _hides(call.node):
                yield from self.sure.values(default, definition.scope)
            else:
                yield Unknown(f"a call of {definition.name} hides its arguments")

    def _argument(self, node: ast.Call, name: str, positional: list[str]) -> ast.expr | None:
        named = next((keyword.value for keyword in node.keywords if keyword.arg == name), None)
        index = positional.index(name) if name in positional else -1
        plain = not any(isinstance(a, ast.Starred) for a in node.args[: index + 1])
        return node.args[index] if named is None and 0 <= index < len(node.args) and plain else named

    def callers(self, definition: Definition) -> list[CallSite] | None:
        """Every call of a function (of its class for `__init__`); None when others may call it that are not seen."""
        found = self.project.calls_of(definition)
        if any(self.project.explicit_self(call) for call in found):
            return None
        owner, project = definition.owner, self.project
        makes = owner is not None and definition.name == "__init__"
        called = owner.symbol.rpartition(".")[2].split("#")[0] if makes and owner is not None else definition.name
        for spelled in project.spellings(called, classes=makes):
            if any(spelled in module.given for module in project.modules()):
                return None  # passed on: whoever gets it may call it
            for call in project.calls_named.get(spelled, ()):
                if call not in found and any(
                    isinstance(v, Unknown) for v in project.values(call.node.func, call.scope)
                ):
                    return None
        return found


def _hides(node: ast.Call) -> bool:
    return any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)
