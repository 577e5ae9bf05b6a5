"""Objects and functions that a configuration names: one in a module of the project must exist there.

What is installed cannot be looked at, since nothing is ever imported.
"""

from __future__ import annotations

from splice.config import Config
from splice.patterns import nearest
from splice.resolve import Project
from splice.symbols import Module
from splice.tomlfile import show
from splice.values import ModuleRef, Unknown, Value


def check_policies(project: Project, config: Config) -> None:
    """Raises SpliceError for a name of a policy that is in force and names nothing."""

    def check(key: str, name: str, place: str = "") -> None:
        check_object(project, config, key, name, place)
        dotted = name.partition(":")[0]
        if _is_missing(project, dotted):
            raise config.error(place or key, f"{key}: {show(name)}: the project has no module {dotted}", item=name)

    auth = config.auth
    if "auth" in config.codemods:
        for key, name in (("authenticate", auth.authenticate), ("guard", auth.guard)):
            if name:
                check(f"auth.{key}", name)
        for key, names in (("guards", auth.guards), ("unprotected-apps", auth.unprotected_apps)):
            for name in names:
                check(f"auth.{key}", name)
    for index, aspect in enumerate(config.aspects):
        if aspect.name in config.codemods:
            check("aspects", aspect.decorator, f"aspects.{index}.decorator")
    if "retry" in config.codemods:
        for key, names in (("functions", config.retry.functions), ("post", config.retry.post)):
            for name in names:
                _check_function(project, config, f"retry.{key}", name)


def check_object(project: Project, config: Config, key: str, name: str, place: str = "") -> None:
    """Raises SpliceError for `module:object` in a module of the project that has no such object."""
    dotted, _, path = name.partition(":")
    module = _module(project, dotted)
    if module is not None and not values_of(project, name, module.file):
        meant = nearest(path, [one for one in module.scope.bindings if one.isidentifier()])
        fix = f"did you mean {dotted}:{meant}?" if meant else ""
        raise config.error(place or key, f"{key}: {show(name)} names nothing in {module.file}", item=name, fix=fix)


def values_of(project: Project, name: str, near: str) -> tuple[Value, ...]:
    """What `module:object` means to a file."""
    module, _, path = name.partition(":")
    found: tuple[Value, ...] = (project.module_ref(module, near),)
    for attr in path.split("."):
        found = tuple(v for base in found for v in project.classes.attribute(base, attr))
    return tuple(value for value in found if not isinstance(value, Unknown))


def _check_function(project: Project, config: Config, key: str, name: str) -> None:
    parts = name.split(".")
    for size in range(len(parts) - 1, 0, -1):
        if (module := _module(project, ".".join(parts[:size]))) is not None:
            symbol = ".".join(parts[size:])
            if symbol not in module.definitions:
                meant = nearest(symbol, list(module.definitions))
                fix = f"did you mean {module.name}.{meant}?" if meant else ""
                raise config.error(key, f"{key}: {show(name)} is no function in {module.file}", item=name, fix=fix)
            return
    if _is_missing(project, name):
        raise config.error(key, f"{key}: {show(name)}: the project has no such module", item=name)


def _module(project: Project, dotted: str) -> Module | None:
    origin = project.module_ref(dotted, "")
    return project.file(origin.file) if isinstance(origin, ModuleRef) and origin.file else None


def _is_missing(project: Project, dotted: str) -> bool:
    """Whether the package at the top of a name is one of the project, and nothing is there."""
    here = not isinstance(project.module_ref(dotted, ""), ModuleRef)
    return here and "." in dotted and _module(project, dotted.partition(".")[0]) is not None
