"""Which methods of a class answer as a Django view, with which methods of HTTP.

What the project defines are handlers of their own; what a class inherits from outside are its members. Viewsets answer
with actions, and only those that a route maps.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from splice.frameworks._django_names import ACTIONS, VERBS, is_viewset, known
from splice.frameworks._routing import ANY, Origin, Registration, Site, innermost
from splice.frameworks._views import ClassView, NoTarget
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed, passed
from splice.symbols import Definition
from splice.values import NONE, ClassRef, Const, Env, External, FuncRef, Function, Instance, Items, Value

ACTION = frozenset(f"rest_framework.decorators.{name}" for name in ("action", "detail_route", "list_route"))


@dataclass(frozen=True, slots=True)
class Handler:
    """What answers: a function, or with `member` a method that the class inherits from outside the project.

    `methods` are sorted, `ANY` for every one, empty where they are not constant.
    """

    definition: Definition
    methods: tuple[str, ...]
    slot: int = 0
    member: str = ""
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True)
class Action:
    """A method of a viewset with `@action`: where its routes hang, and which of the viewset's methods answer."""

    name: str
    detail: bool | None  # None: not constant
    path: str | None  # None: not constant
    mapping: Mapping[str, str]  # method of HTTP in lower case -> name of the method of the class


Found = Handler | NoTarget


class Classes:
    """The handlers of classes; the actions of a viewset are read once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._actions: dict[Definition, list[Action]] = {}

    def of_view(self, view: ClassView) -> Iterator[Found]:
        for found in self._of_view(view):
            if isinstance(found, Handler):
                origin = replace(found.origin, wrappers=view.wrappers, given=view.given)
                found = replace(found, origin=origin)
            yield found

    def _of_view(self, view: ClassView) -> Iterator[Found]:
        cls, given = view.cls, view.given
        outside = [base for base in self.project.bases(cls) if isinstance(base, External)]
        if not any(is_viewset(base) for base in outside) and not (given.positional or "actions" in given.named):
            yield from self.by_verb(cls, given.get("http_method_names"))
            return
        actions = given.get("actions", 0)
        mapping = self.mapping(actions) if actions is not None else None
        if mapping is None:
            detail = f"the actions of {cls.definition.symbol} are not constant"
            yield NoTarget(Reason.ENDPOINT_UNKNOWN, detail, cls.definition)
        else:
            yield from self.by_action(cls, mapping)

    def mapping(self, argument: Argument) -> dict[str, str] | None:
        """`{"get": "list"}`: methods of HTTP in lower case, and what answers; None when it is not constant."""
        value = self.project.value(argument.node, argument.scope, argument.env)
        if not isinstance(value, Items) or len(value.keys) != len(value.elements) or value.unsure:
            return None
        mapping = {}
        for key, (node, scope) in zip(value.keys, value.elements, strict=True):
            verb = self.project.text(key, scope, argument.env) if key is not None else None
            action = self.project.text(node, scope, argument.env)
            if verb is None or action is None:
                return None
            mapping[verb.lower()] = action
        return mapping

    def by_verb(self, cls: ClassRef, names: Argument | None = None) -> Iterator[Found]:
        """The handlers of a class with a method per verb; `names`: `http_method_names`, where the view is made."""
        own = [verb for verb in ("head", "options") if isinstance(self._inside(cls, verb), FuncRef)]
        allowed = self._allowed(cls)
        if names is not None:
            allowed = texts(self.project, self.project.values(names.node, names.scope, names.env), names.env)
        answered = list(self._bound(cls, {verb: verb for verb in (*VERBS, *own)}, allowed))
        yield from answered
        dispatch = self._inside(cls, "dispatch")
        if any(isinstance(one, Handler) for one in answered):
            yield from self._remark(cls)
        elif isinstance(dispatch, FuncRef):
            yield Handler(dispatch.definition, ANY, innermost(dispatch.definition), origin=_origin(cls, "dispatch"))
        elif self.unknown_bases(cls):
            yield Handler(cls.definition, ANY, member="dispatch", origin=_origin(cls, "dispatch"))
        elif not answered:
            detail = f"{cls.definition.symbol} defines no method of HTTP"
            yield NoTarget(Reason.ENDPOINT_UNKNOWN, detail, cls.definition)

    def by_action(self, cls: ClassRef, mapping: Mapping[str, str]) -> Iterator[Found]:
        """The handlers of a viewset that one route maps."""
        answered = list(self._bound(cls, mapping, self._allowed(cls)))
        yield from answered
        if answered or self._answers(cls):
            yield from self._remark(cls)
        elif self.unknown_bases(cls):
            yield Handler(cls.definition, ANY, member="dispatch", origin=_origin(cls, "dispatch"))

    def _answers(self, cls: ClassRef) -> bool:
        """Whether a viewset has an action that is known: then its `dispatch` must not be observed as well."""
        inherited = self._outside(cls)
        return bool(self.actions(cls)) or any(n in inherited or self._inside(cls, n) is not None for n in ACTIONS)

    def _remark(self, cls: ClassRef) -> Iterator[NoTarget]:
        if outside := self.unknown_bases(cls):
            detail = f"methods that {', '.join(outside)} defines are outside this project"
            yield NoTarget(Reason.INHERITED, detail, cls.definition)

    def _bound(self, cls: ClassRef, mapping: Mapping[str, str], allowed: list[str] | None) -> Iterator[Found]:
        """What a class has for each method of HTTP, of those that are allowed (None: it is not known which)."""
        for verb, name in mapping.items():
            if allowed is not None and verb not in allowed:
                continue
            value = self._inside(cls, name)
            if value is None and (target := self._outside(cls).get(name, name)) != name:
                name, value = target, self._inside(cls, target)
            if isinstance(value, FuncRef):
                slot = max(innermost(value.definition), self._registered(value.definition))
                yield Handler(value.definition, (verb.upper(),), slot, origin=_origin(cls, name))
            elif isinstance(value, Function):
                yield NoTarget(Reason.LAMBDA, "a lambda takes no decorator; make it a def", cls.definition)
            elif isinstance(value, Instance) and value.cls == External("functools.partialmethod"):
                yield NoTarget(Reason.PARTIAL, "functools.partialmethod hides the function", cls.definition)
            elif value is None and name in self._outside(cls):
                yield Handler(cls.definition, (verb.upper(),), member=name, origin=_origin(cls, name))
            elif value is not None and value != Const(None):
                yield NoTarget(Reason.ENDPOINT_UNKNOWN, f"what {name} is, is not known", cls.definition)

    def _inside(self, cls: ClassRef, name: str) -> Value | None:
        """What the classes of the project say an attribute is; None when none of them does."""
        for base in self.project.bases(cls):
            if isinstance(base, ClassRef) and name in base.definition.inner.bindings:
                found = self.project.class_attribute(base, name, None)
                return found[-1]
            if isinstance(base, External) and name in (known(base) or {}):
                return None
        return None

    def _outside(self, cls: ClassRef) -> Mapping[str, str]:
        """The methods that a class inherits from known classes outside the project, and what does their work."""
        found: dict[str, str] = {}
        for base in self.project.bases(cls):
            if isinstance(base, External):
                found = {**(known(base) or {}), **found}
        return found

    def unknown_bases(self, cls: ClassRef) -> list[str]:
        """The classes outside the project of which nothing is known."""
        names = []
        for base in self.project.bases(cls):
            if isinstance(base, External):
                names += [base.name] if known(base) is None else []
            elif isinstance(base.definition.node, ast.ClassDef):
                scope = base.definition.scope
                for node in base.definition.node.bases:
                    node = node.value if isinstance(node, ast.Subscript) else node
                    if getattr(node, "id", "") == "object":
                        continue
                    if all(not isinstance(v, (External, ClassRef)) for v in self.project.values(node, scope)):
                        names.append(ast.unparse(node)[:40])
        return names

    def _allowed(self, cls: ClassRef) -> list[str] | None:
        """`http_method_names`, where a class of the project says it."""
        value = self._inside(cls, "http_method_names")
        found = texts(self.project, (value,)) if value is not None else None
        return [text.lower() for text in found] if found is not None else None

    def _registered(self, definition: Definition) -> int:
        """The slot below `@action(...)` and `@other.mapping.post`."""
        slot = 0
        for index, decorator in enumerate(definition.node.decorator_list):
            if self._is_action(decorator, definition) is not None or _mapped(decorator):
                slot = index + 1
        return slot

    def _is_action(self, decorator: ast.expr, definition: Definition) -> Instance | None:
        for value in self.project.values(decorator, definition.scope):
            if isinstance(value, Instance) and isinstance(value.cls, External) and value.cls.name in ACTION:
                return value
        return None

    # -- actions -------------------------------------------------------------------------------------

    def actions(self, cls: ClassRef) -> list[Action]:
        """The methods with `@action` of a viewset, its own and those of its bases in the project, by name."""
        if cls.definition not in self._actions:
            found: dict[str, Action | None] = {}
            for base in self.project.bases(cls):
                if isinstance(base, ClassRef):
                    for name, bindings in base.definition.inner.bindings.items():
                        target = bindings[-1].target
                        found.setdefault(name, self._action(target) if target is not None else None)
            self._actions[cls.definition] = [found[name] for name in sorted(found) if found[name] is not None]  # type: ignore[misc]
        return self._actions[cls.definition]

    def _action(self, definition: Definition) -> Action | None:
        for decorator in definition.node.decorator_list:
            value = self._is_action(decorator, definition)
            if value is not None and isinstance(value.cls, External):
                given = arguments(self.project, value)
                methods = given.get("methods", 0)
                verbs: list[str] | None = ["get"]
                if methods is not None:
                    at = self.project.values(methods.node, methods.scope, methods.env)
                    verbs = ["get"] if at == (Const(None),) else texts(self.project, at, methods.env)
                paths = given.texts("url_path", 2)
                path = (paths[0] or None if len(paths) == 1 else None) if paths else definition.name
                mapping = {verb.lower(): definition.name for verb in verbs or VERBS}
                mapping |= self._mapped(definition)
                detail = self._detail(given, value.cls.name)
                return Action(definition.name, detail, path if given.complete and verbs else None, mapping)
        return None

    def _detail(self, given: Passed, name: str) -> bool | None:
        if not name.endswith(".action"):
            return name.endswith("detail_route")
        values = given.values("detail", 1)
        value = values[0] if len(values) == 1 else None
        return value.value if isinstance(value, Const) and isinstance(value.value, bool) else None

    def _mapped(self, action: Definition) -> dict[str, str]:
        """The methods that `@name.mapping.post` adds to an action."""
        found = {}
        for bindings in action.scope.bindings.values():
            for definition in (b.target for b in bindings if b.target is not None):
                for decorator in definition.node.decorator_list:
                    if (spelled := _mapped(decorator)) and spelled[0] == action.name:
                        found[spelled[1]] = definition.name
        return found


def registration(
    handler: Handler, site: Site, path: str | None, why: str = "its path is not a constant"
) -> Registration:
    """A route that leads to a handler; None as a path says that it is not known, and `why` why."""
    if not handler.methods:
        path, why = None, "its methods are not constant"
    origin = replace(handler.origin, site=site)
    return Registration(
        handler.definition, site, path, handler.methods, handler.slot, why=why, member=handler.member, origin=origin
    )


def _origin(cls: ClassRef, called: str) -> Origin:
    return Origin(cls=cls.definition, called=called)


def _mapped(decorator: ast.expr) -> tuple[str, str] | None:
    """`("name", "post")` of `@name.mapping.post`."""
    match decorator:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr="mapping"), attr=verb):
            return name, verb
    return None


def arguments(project: Project, instance: Instance) -> Passed:
    """What the call that made an object passes."""
    assert instance.call is not None
    assert instance.scope is not None
    env = instance.factory.env if instance.factory is not None else instance.env or NONE
    return passed(project, instance.call, instance.scope, env)


def texts(project: Project, values: tuple[Value, ...], env: Env = NONE) -> list[str] | None:
    """The texts of a constant list; None when it is none."""
    if len(values) != 1 or not isinstance(values[0], Items) or values[0].keys or values[0].unsure:
        return None
    found = [project.text(node, scope, env) for node, scope in values[0].elements]
    return None if None in found else [text for text in found if text is not None]
