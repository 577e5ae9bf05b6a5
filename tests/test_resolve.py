"""Names resolve across files the way the running program would bind them."""

from __future__ import annotations

import ast

import pytest

from splice.resolve import Project
from splice.source import Source
from splice.symbols import Module
from splice.tables import build
from splice.values import Const, External, FuncRef, Instance, Member, Unknown, Value


class Files:
    """A project in memory; module names follow the paths."""

    def __init__(self, **files: str) -> None:
        self.texts = {(name if "/" in name else name.replace("__", "/")) + ".py": text for name, text in files.items()}

    def module_of(self, file: str) -> str:
        return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def file_of(self, module: str, near: str | None = None) -> str | None:
        path = module.replace(".", "/")
        return next((p for p in (f"{path}.py", f"{path}/__init__.py") if p in self.texts), None)

    def resolve(self, file: str, module: str | None, level: int) -> str:
        if not level:
            return module or ""
        package = self.module_of(file).split(".")
        package = package[: len(package) - level]
        return ".".join([*package, *([module] if module else [])])

    def load(self, file: str) -> Module | None:
        text = self.texts.get(file)
        if text is None:
            return None
        return build(file, self.module_of(file), Source.decode(text.encode()), ast.parse(text))

    def project(self) -> Project:
        return Project(self, self.load, sorted(self.texts))


def values(files: Files, expression: str, where: str = "main.py", symbol: str = "") -> tuple[Value, ...]:
    project = files.project()
    module = project.file(where)
    assert module is not None
    scope = module.definitions[symbol].inner if symbol else module.scope
    node = ast.parse(expression, mode="eval").body
    node.lineno = 10_000
    for child in ast.walk(node):
        if hasattr(child, "lineno"):
            child.lineno = 10_000
    return project.values(node, scope)


def class_of(found: tuple[Value, ...]) -> str:
    (value,) = found
    assert isinstance(value, Instance), value
    return value.cls.name if isinstance(value.cls, External) else value.cls.definition.dotted


@pytest.mark.parametrize(
    ("main", "expression"),
    [
        ("from flask import Flask\napp = Flask(__name__)", "app"),
        ("import flask\napp = flask.Flask(__name__)", "app"),
        ("import flask as f\nK = f.Flask\napp = K(__name__)", "app"),
        ("from flask import *\napp = Flask(__name__)", "app"),
        ("from flask import Flask\ndef make():\n    a = Flask('x')\n    return a\napp = make()", "app"),
        ("from flask import Flask\nimport other\napp = None\napp = Flask('x')", "app"),
        ("try:\n    from flask import Flask\nexcept ImportError:\n    Flask = None\napp = Flask('x')", "app"),
        ("from flask import Flask\nclass S:\n    def __init__(self):\n        self.app = Flask('x')\ns = S()", "s.app"),
        ("from flask import Flask\ndef f():\n    global app\n    app = Flask('x')\n", "app"),
        ("from flask import Flask\n(app := Flask('x'))", "app"),
        ("from flask import Flask\napps = {'a': Flask('x')}", "apps['a']"),
    ],
)
def test_an_object_resolves_to_the_class_that_made_it(main: str, expression: str) -> None:
    assert class_of(values(Files(main=main), expression)) == "flask.Flask"


def test_reexports_and_relative_imports_lead_to_the_same_object() -> None:
    files = Files(
        **{"pkg/__init__": "from .core import router as api"},
        pkg__core="from fastapi import APIRouter\nrouter = APIRouter(prefix='/x')",
        main="from pkg import api\nimport pkg.core",
    )
    assert values(files, "api") == values(files, "pkg.core.router")
    assert class_of(values(files, "api")) == "fastapi.APIRouter"


def test_a_parameter_is_what_the_calls_pass() -> None:
    files = Files(
        main="from flask import Flask\nfrom views import register\napp = Flask('x')\nregister(app)",
        views="def register(app):\n    pass",
    )
    assert class_of(values(files, "app", "views.py", "register")) == "flask.Flask"


def test_a_parameter_without_calls_is_what_its_annotation_says() -> None:
    files = Files(main="from flask import Flask\ndef register(app: 'Flask'):\n    pass")
    assert class_of(values(files, "app", "main.py", "register")) == "flask.Flask"


@pytest.mark.parametrize(
    ("main", "expression", "expected"),
    [
        ("P = '/api'", "P + '/x'", "/api/x"),
        ("P = '/api'", "f'{P}/x'", "/api/x"),
        ("class C:\n    P = '/api'", "C.P + '/x'", "/api/x"),
        ("class C:\n    P = '/api'\nc = C()", "f'{c.P}/x'", "/api/x"),
        ("D = {'p': '/api'}", "D['p']", "/api"),
    ],
)
def test_constant_text_is_put_together(main: str, expression: str, expected: str) -> None:
    assert values(Files(main=main), expression) == (Const(expected),)


def test_text_from_the_environment_is_unknown() -> None:
    (value,) = values(Files(main="import os\nP = os.environ['P']"), "P + '/x'")
    assert isinstance(value, Unknown)


def test_loops_over_constant_sequences_unroll_with_their_pairs() -> None:
    main = "from fastapi import APIRouter\na = APIRouter()\nb = APIRouter()\nfor r, p in [(a, '/a'), (b, '/b')]:\n    use(r, p)"
    project = Files(main=main).project()
    ((_, call),) = project.calls("use")
    turns = [
        [project.value(argument, call.scope, env) for argument in call.node.args]
        for env in project.unroll(call.loops, call.scope)
    ]
    assert [turn[1] for turn in turns] == [Const("/a"), Const("/b")]
    assert turns[0][0] != turns[1][0]


def test_a_method_of_an_outside_object_is_a_member() -> None:
    (value,) = values(Files(main="from flask import Flask\napp = Flask('x')\nroute = app.route"), "route")
    assert isinstance(value, Member)
    assert value.attr == "route"


def test_definitions_in_terms_of_themselves_end() -> None:
    (value,) = values(Files(main="a = b\nb = a"), "a")
    assert isinstance(value, Unknown)


def test_subclasses_are_what_their_bases_are() -> None:
    files = Files(
        main="from base import Base\nclass App(Base): pass\napp = App()",
        base="import flask\nclass Base(flask.Flask): pass",
    )
    project = files.project()
    (value,) = values(files, "app")
    assert project.is_a(value, frozenset({"flask.Flask"}))
    assert not project.is_a(value, frozenset({"fastapi.FastAPI"}))


def test_a_redefined_function_keeps_a_symbol_of_its_own() -> None:
    module = (
        Files(main="def f(): yield 1\nasync def f(): yield 1\nclass C:\n    def f(self): pass")
        .project()
        .file("main.py")
    )
    assert module is not None
    assert {s: d.colour for s, d in module.definitions.items() if s != "C"} == {
        "f": "generator",
        "f#2": "async generator",
        "C.f": "sync",
    }
    found = values(Files(main="def f(): pass\nf2 = f"), "f2")
    assert isinstance(found[0], FuncRef)


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        ("P = '/a'\nif X:\n    P = '/b'", {"/a", "/b"}),
        ("if X:\n    P = '/a'\nelse:\n    P = '/b'", {"/a", "/b"}),
        ("P = '/a'\ntry:\n    P = load()\nexcept OSError:\n    pass", {"/a", None}),
        ("P = '/a'\nP = '/b'", {"/b"}),
        ("P = None\nif X:\n    P = '/a'", {"/a", None}),
        ("def f():\n    global P\n    P = '/b'\nP = '/a'", {"/a", "/b"}),
        ("P = '/a'\ndef f():\n    global P\n    P = '/b'", {"/a", "/b"}),
        ("for P in ('/a', '/b'):\n    pass", {"/a", "/b"}),
    ],
)
def test_text_that_depends_on_a_branch_has_every_value_that_it_may_have(main: str, expected: set[str | None]) -> None:
    found = values(Files(main=main), "P")
    assert {v.value if isinstance(v, Const) else None for v in found} == expected


def test_an_object_made_in_either_branch_is_both() -> None:
    main = "from flask import Flask\nif X:\n    app = Flask('a')\nelse:\n    app = Flask('b')"
    assert len(values(Files(main=main), "app")) == 2


def test_an_import_that_may_fail_is_what_it_imports() -> None:
    main = "try:\n    from flask import Flask\nexcept ImportError:\n    Flask = None"
    assert values(Files(main=main), "Flask") == (External("flask.Flask"),)


def test_a_name_that_is_made_of_itself_again_and_again_is_not_every_combination() -> None:
    steps = "".join(f"    if request.get({i}):\n        query = query.m{i}(a={i})\n" for i in range(30))
    text = f"from lib import Query\ndef f(request):\n    query = Query()\n{steps}    return query\nx = f(1)"
    assert values(Files(main=text), "x") == (Unknown("has too many values"),)


def test_the_bases_of_a_class_come_in_the_order_in_which_attributes_are_looked_up() -> None:
    text = (
        "class Root:\n    def f(self): pass\nclass Left(Root): pass\nclass Right(Root):\n    def f(self): pass\n"
        "class Both(Left, Right): pass"
    )
    (found,) = values(Files(main=text), "Both.f")
    assert isinstance(found, FuncRef)
    assert found.definition.symbol == "Right.f"


def test_modules_that_import_everything_from_each_other_come_to_an_end() -> None:
    files = Files(main="from other import *\n", other="from main import *\nx = 1\n")
    assert isinstance(values(files, "missing")[0], Unknown)
    assert values(files, "x") == (Const(1),)
