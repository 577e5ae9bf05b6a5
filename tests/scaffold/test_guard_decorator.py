"""A guarded function stays what it was, but that it asks first; what cannot be guarded is refused at import."""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Load, Telemetry
from flask import Flask
from guarding import MODES, LoadGuards, guards
from scaffold_specs import SPECS
from shop_auth import READER

from splice.scaffold import is_genuine, read, render

__all__ = ["guards"]


def plain(order: int, *, deep: bool = False) -> str:
    """Reads."""
    return f"{order} {deep}"


async def asynchronous(order: int) -> str:
    return f"{order}"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("function", [plain, asynchronous], ids=lambda f: f.__name__)
def test_colour_signature_and_attributes_stay(function: Any, mode: str, guards: LoadGuards) -> None:
    function.csrf_exempt = True
    wrapper = guards(mode).guarded("orders:read")(function)
    assert wrapper is not function
    assert inspect.iscoroutinefunction(wrapper) == inspect.iscoroutinefunction(function)
    assert inspect.signature(wrapper) == inspect.signature(function)
    assert (wrapper.__name__, wrapper.__qualname__, wrapper.__module__, wrapper.__doc__) == (
        (function.__name__, function.__qualname__, function.__module__, function.__doc__)
    )
    assert wrapper.csrf_exempt is True
    assert inspect.unwrap(wrapper) is function


def test_the_mark_shows_through_other_wrappers(guards: LoadGuards) -> None:
    scaffold = guards("enforce")

    def others(function: Any) -> Any:
        return functools.wraps(function)(lambda *args, **kwargs: function(*args, **kwargs))

    wrapped = others(scaffold.observed("GET /x")(scaffold.guarded()(plain)))
    assert wrapped.__guarded__.is_guard
    app = Flask(__name__)
    scaffold.protect(app)
    app.add_url_rule("/x", view_func=others(scaffold.guarded("orders:read")(lambda: "served")))
    assert app.test_client().get("/x", headers=READER).text == "served"
    assert app.test_client().get("/x").status_code == 401


def test_a_generator_function_is_refused_before_its_stream_begins(guards: LoadGuards) -> None:
    steps = []

    @guards("enforce").guarded()
    def stream() -> Iterator[str]:
        steps.append(1)
        yield "a"

    with pytest.raises(Exception, match="Authentication is not available"):
        stream()
    assert steps == []


async def async_stream() -> AsyncIterator[str]:
    yield "a"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("thing", [async_stream, int, None, 3, "text"])
def test_what_cannot_be_guarded_is_refused_at_import(thing: Any, mode: str, guards: LoadGuards) -> None:
    with pytest.raises(TypeError):
        guards(mode).guarded()(thing)


@pytest.mark.parametrize("scopes", [(plain,), ("",), (3,), ("a", None)])
def test_scopes_are_texts(scopes: Any, guards: LoadGuards) -> None:
    """`@guarded` without brackets as well."""
    with pytest.raises(TypeError):
        guards("observe").guarded(*scopes)
    with pytest.raises(ValueError, match="nobody could have it"):
        guards("observe").guarded(any_of=True)


def test_methods_of_every_kind(guards: LoadGuards) -> None:
    scaffold = guards("observe")

    class Shop:
        @scaffold.guarded()
        def method(self, x: int) -> tuple[Any, int]:
            return self, x

        @scaffold.guarded()
        @staticmethod
        def static(x: int) -> int:
            return x

        @scaffold.guarded()
        @classmethod
        def made(cls, x: int) -> tuple[Any, int]:
            return cls, x

    shop = Shop()
    assert shop.method(1) == (shop, 1)
    assert Shop.static(2) == 2
    assert Shop.made(3) == (Shop, 3)
    assert scaffold.guarded()(functools.partial(plain, 4))() == "4 False"


def test_the_service_sees_the_original_types(tmp_path: Path) -> None:
    (tmp_path / "scaffold.py").write_text(render(SPECS["guards"]).text)
    (tmp_path / "service.py").write_text(
        "from typing import Any\n\n"
        "from scaffold import guard, guarded, guarded_view, protect\n\n\n"
        '@guarded("orders:read", any_of=True)\n'
        "async def read(order: int, *, deep: bool = False) -> str:\n"
        "    return str(order)\n\n\n"
        '@guarded_view(get=("a",), post={"a", "b"}, put=())\n'
        "class View:\n"
        "    def get(self) -> int:\n"
        "        return 1\n\n\n"
        "reveal_type(read)\n"
        "reveal_type(View().get())\n"
        'dependencies: list[Any] = [guard(read, "a"), guard("a", "b"), guard()]\n'
        "protect(View())\n"
        'guarded_view(get="a")(View)\n'
        "guarded(3)\n"
    )
    (tmp_path / "none.ini").write_text("[mypy]\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "none.ini", "service.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.partition("service.py:")[2] for line in done.stdout.splitlines() if "service.py" in line]
    assert 'def (order: int, *, deep: bool =) -> typing.Coroutine[Any, Any, str]"' in lines[0]
    assert 'Revealed type is "int"' in lines[1]
    assert 'incompatible type "int"; expected "str"' in lines[2]
    assert len(lines) == 3


def test_no_name_of_the_template_is_taken_twice() -> None:
    """Parts are joined into one module: two of a name would quietly be one."""
    import ast
    from collections import Counter

    for name, spec in SPECS.items():
        names: Counter[str] = Counter()
        for node in ast.parse(render(spec).text).body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names[node.name] += 1
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names.update(target.id for target in targets if isinstance(target, ast.Name))
        assert [one for one, count in names.items() if count > 1] == [], name


def test_the_preset_decides_whether_tokens_are_verified_here() -> None:
    from dataclasses import replace

    spec = SPECS["guards"]
    with_tokens = render(spec).text
    without = render(replace(spec, settings=(("_GUARD_MODE", '"enforce"'),))).text
    assert "def _bearer(" in with_tokens and "def _bearer(" not in without
    assert is_genuine(with_tokens) and is_genuine(without)
    assert read(with_tokens).parts == spec.parts  # type: ignore[union-attr]
    assert not is_genuine(without.replace('_PRESET = ""', '_PRESET = "jwt"'))
    assert '__all__: list[str] = ["guard", "guarded", "guarded_view", "protect"]' in with_tokens


def test_the_settings_are_all_plain_values(load: Load, telemetry: Telemetry) -> None:
    import ast

    wanted = {"_AUTHENTICATE", "_GUARDED_ELSEWHERE", "_GUARD_MODE", "_GUARD_OPTIONS", "_GUARD_WITH", "_OBSERVE_UNTIL"}
    wanted |= {"_PRESET", "_PUBLIC", "_GUARDED_BELOW", "_PUBLIC_OPERATIONS"}
    found = set()
    for node in ast.parse(render(SPECS["guards"]).text).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id in wanted and isinstance(node, (ast.Assign, ast.AnnAssign)):
            assert node.value is not None
            ast.literal_eval(node.value)
            found.add(target.id)
    assert found == wanted
