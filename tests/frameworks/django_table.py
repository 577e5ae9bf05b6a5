"""The routing table of a running Django project: its resolver, walked to the ends.

A view that is a function is a row of its own. A class answers by method: a row for each method that the project
defines, wherever in the project, and one row of the class for all that it inherits from outside. Views of libraries
(the admin with everything below it, class-based views that are used as they come) are no rows: they have no place of
their own in the project. Routes with a format suffix (`/books.json`) stand beside those without.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Where = tuple[str, int]  # file, first line (decorators included)
Served = tuple[tuple[str, ...], tuple[str, ...]]  # methods, routes


@dataclass(frozen=True, slots=True)
class Table:
    """What a project serves. `members` are the inherited methods of classes; `outside` the views of libraries."""

    handlers: Mapping[Where, Served]
    members: Mapping[Where, tuple[str, ...]] = field(default_factory=dict)
    outside: tuple[str, ...] = ()


_DUMP = r'''
import functools, importlib, inspect, json, os, sys, warnings
warnings.simplefilter("ignore")
root, settings_module, urls = os.path.realpath(sys.argv[1]), *sys.argv[2:]
os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
import django
django.setup()
from django.conf import settings
from django.conf.urls import i18n
from django.urls import URLPattern, URLResolver, get_resolver, resolvers
VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
# Methods that only call another one: the request is that one's, too.
FORWARDED = {
    ("django.views.generic.edit", "ProcessFormView.put"): "post",
    ("django.views.generic.edit", "DeletionMixin.post"): "delete",
    **{("django.views.generic.base", f"RedirectView.{one}"): "get" for one in ("post", "put", "patch", "delete")},
    ("rest_framework.mixins", "UpdateModelMixin.partial_update"): "update",
}
rows, members, outside = {}, {}, set()


def join(first, second):
    """As `ResolverMatch.route` does."""
    return first + second.removeprefix("^") if first else second


def patterns(resolver, above):
    for pattern in resolver.url_patterns:
        here = pattern.pattern
        if isinstance(pattern, URLResolver):
            route = "<language>/" if isinstance(here, resolvers.LocalePrefixPattern) else str(here)
            if pattern.app_name != "admin":
                yield from patterns(pattern, join(above, route))
        elif isinstance(pattern, URLPattern):
            yield pattern.callback, join(above, str(here))


def inside(path):
    path = os.path.realpath(path)
    inner = os.path.relpath(path, root)
    return "" if inner.startswith("..") or "site-packages" in inner.split(os.sep) else inner


def own(function):
    """File and first line of a function of the project, and the function itself; None for others."""
    function = inspect.unwrap(getattr(function, "__func__", function))
    code = getattr(function, "__code__", None)
    file = inside(code.co_filename) if code else ""
    return f"{file}:{code.co_firstlineno}" if file else None


def named(function):
    """The `def` of a module whose decorator gave back this function without `functools.wraps`; None without one."""
    import ast
    for module in list(sys.modules.values()) if "<locals>" in getattr(function, "__qualname__", "") else ():
        names = [name for name, value in list(getattr(module, "__dict__", {}).items()) if value is function]
        file = inside(module.__file__) if names and getattr(module, "__file__", None) else ""
        for node in ast.parse(open(module.__file__, "rb").read()).body if file else ():
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.decorator_list and node.name in names:
                return f"{file}:{min(one.lineno for one in node.decorator_list)}"


def note(where, methods, route):
    row = rows.setdefault(where, [set(), set()])
    row[0].update(methods)
    row[1].add(route)


def closed_over(function, name):
    """A variable that a function has closed over."""
    code = getattr(function, "__code__", None)
    cells = dict(zip(code.co_freevars, function.__closure__ or ())) if code else {}
    return cells[name].cell_contents if name in cells else None


def allowed(function):
    """What `require_http_methods` lets through; None without it. The innermost does not matter: all must."""
    found = None
    while function is not None:
        names = closed_over(function, "request_method_list")
        if names is not None:
            found = set(names) if found is None else found & set(names)
        function = getattr(function, "__wrapped__", None)
    return found


def told(verbs):
    """HEAD goes with GET, OPTIONS is answered by the framework."""
    verbs = {verb.upper() for verb in verbs}
    return verbs - {"HEAD"} if "GET" in verbs else verbs


def by_class(cls, verbs, initkwargs, route):
    """`verbs`: method of HTTP -> name of the method of the class."""
    names = initkwargs.get("http_method_names") or cls.http_method_names
    bound = {verb: name for verb, name in verbs.items() if verb in names and getattr(cls, name, None) is not None}
    if not set(bound) - {"options"}:
        bound = {"*": "dispatch"}  # it answers alone
    for verb, name in bound.items():
        function = getattr(cls, name)
        if verb == "head" and own(function) is None:
            continue
        outer = inspect.unwrap(function)
        if (outer.__module__, outer.__qualname__) in FORWARDED:
            name = FORWARDED[outer.__module__, outer.__qualname__]
            function = getattr(cls, name)
        inner = closed_over(function, "func") if function.__qualname__.startswith("api_view.") else None
        where = own(inner or function)
        if where is not None:
            note(where, [verb.upper()], route)
        elif verb == "options":
            continue
        elif inside(inspect.getfile(cls)):
            where = f"{inside(inspect.getfile(cls))}:{class_line(cls)}"
            note(where, [verb.upper()], route)
            members.setdefault(where, set()).add(name)
        else:
            outside.add(f"{cls.__module__}.{cls.__qualname__}.{name}")


def class_line(cls):
    """The first line of a class with its decorators, also where modules hold several of that name."""
    import ast
    path = inspect.getfile(cls)
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    found = []
    def walk(node, prefix):
        for child in ast.iter_child_nodes(node):
            name = getattr(child, "name", None)
            if isinstance(child, ast.ClassDef):
                if prefix + name == cls.__qualname__:
                    found.append(min([child.lineno, *(one.lineno for one in child.decorator_list)]))
                walk(child, f"{prefix}{name}.")
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                walk(child, f"{prefix}{name}.<locals>.")
            else:
                walk(child, prefix)
    walk(tree, "")
    return found[-1]


def view_class(callback):
    while isinstance(callback, functools.partial):
        callback = callback.func
    while callback is not None:
        cls = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
        if cls is not None:
            return callback, cls
        callback = getattr(callback, "__wrapped__", None)
    return None, None


for callback, route in patterns(get_resolver(urls or settings.ROOT_URLCONF), ""):
    view, cls = view_class(callback)
    if cls is not None:
        initkwargs = getattr(view, "view_initkwargs", None) or getattr(view, "initkwargs", None) or {}
        actions = getattr(view, "actions", None) or initkwargs.get("actions")
        verbs = dict(actions) if actions else {verb: verb for verb in VERBS if hasattr(cls, verb)}
        by_class(cls, verbs, initkwargs, route)
        continue
    while isinstance(callback, functools.partial):
        callback = callback.func
    function = callback if inspect.isroutine(callback) else type(callback).__call__
    where = named(function) or own(function)
    if where is None:
        outside.add(f"{function.__module__}.{function.__qualname__}")
    else:
        methods = allowed(function)
        note(where, ["*"] if methods is None else told(methods), route)

print("TABLE" + json.dumps([
    {where: [sorted({"*"} if "*" in methods else methods), sorted(routes)] for where, (methods, routes) in rows.items()},
    {where: sorted(names) for where, names in members.items()},
    sorted(outside),
]))
'''


def running(
    root: Path, settings: str, python: str = sys.executable, roots: tuple[str, ...] = (".",), urls: str = ""
) -> Table:
    """What the project with these settings serves, or with another root of its urls.

    Raises AssertionError when it cannot be set up.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(root / one) for one in roots)}
    command = [python, "-B", "-c", _DUMP, str(root), settings, urls]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    handlers, members, outside = json.loads(done.stdout.partition("TABLE")[2])
    return Table(
        {_where(key): (tuple(methods), tuple(routes)) for key, (methods, routes) in handlers.items()},
        {_where(key): tuple(names) for key, names in members.items()},
        tuple(outside),
    )


def _where(key: str) -> Where:
    file, _, line = key.rpartition(":")
    return file, int(line)
