"""Small services: a few generated modules that mount each other, a configuration, and what lies beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from .django import django_files
from .modules import Framework, Module, module
from .policies import GATE, policy

_APP = {
    "flask": ("from flask import Flask", "app = Flask(__name__)"),
    "fastapi": ("from fastapi import FastAPI", "app = FastAPI()"),
}
_ROUTER = {
    "flask": ("from flask import Blueprint", "{r} = Blueprint('{r}', __name__, url_prefix='/{r}')"),
    "fastapi": ("from fastapi import APIRouter", "{r} = APIRouter(prefix='/{r}')"),
}
_MOUNT = {"flask": "{a}.register_blueprint({r})", "fastapi": "{a}.include_router({r})"}
_CODEMODS = (
    'codemods = ["spans", "metrics", "instrument"]',
    "",
    'codemods = ["metrics"]',
    'codemods = ["instrument"]',
)
_SETTINGS = (
    "",
    'scaffold = "parts"',
    "line-length = 40",
    "manifests = false",
    "default-excludes = false",
    '[spans]\nmode = "child"',
)
_BESIDE: tuple[Mapping[str, str], ...] = (
    {},
    {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = []\n[tool.ruff]\nline-length = 100\n'},
    {"requirements.txt": "flask", "setup.cfg": "[isort]\nprofile = black\n"},
    {"pyproject.toml": '[tool.black]\nline-length = 60\n[tool.isort]\nprofile = "black"\nline_length = 60\n'},
    {"pyproject.toml": "[tool.ruff.lint.isort]\nforce-single-line = true\n"},
)


@dataclass(frozen=True)
class Service:
    """A repository, and the functions in it that a framework registers: (file, name)."""

    files: Mapping[str, bytes]
    handlers: frozenset[tuple[str, str]] = frozenset()

    @property
    def lines(self) -> int:
        return sum(raw.count(b"\n") + raw.count(b"\r") for file, raw in self.files.items() if file.endswith(".py"))


@st.composite
def services(draw: DrawFn) -> Service:
    """A Flask or FastAPI service of one to three modules, flat or in a package, or a Django project.

    Some have every codemod on, by a policy, and call other services.
    """
    kind: Framework | Literal["django"] = draw(st.sampled_from(["flask", "fastapi", "flask", "fastapi", "django"]))
    everything = draw(st.integers(0, 2)) == 2
    made = draw(django_files(everything)) if kind == "django" else draw(_mounted(kind, everything))
    files = {one.file: one.raw for one in made}
    settings = [draw(st.sampled_from(_SETTINGS))]
    if everything:
        files["gate.py"] = GATE
        settings = draw(policy(settings[0]))
    else:
        settings.insert(0, draw(st.sampled_from(_CODEMODS)))
    if draw(st.integers(0, 3)) == 3:
        settings.insert(0, 'functions = ["**"]')
    if any(settings):
        files["codemod.toml"] = ("\n".join(filter(None, settings)) + "\n").encode()
    files |= {name: text.encode() for name, text in draw(st.sampled_from(_BESIDE)).items()}
    return Service(files, frozenset((one.file, name) for one in made for name in one.handlers))


@st.composite
def _mounted(draw: DrawFn, framework: Framework, talks: bool) -> list[Module]:
    """An app, and modules with routers below it."""
    places = [("", ""), ("", ""), ("shop/", "."), ("shop/", "shop."), ("src/shop/", ".")]
    folder, absolute = draw(st.sampled_from(places))
    names = ["app", *(f"views_{number}" for number in range(draw(st.integers(0, 2))))]
    mounts: dict[str, list[str]] = {name: [] for name in names}
    for above, below in pairwise(names):  # a chain, or all below the app
        home = draw(st.sampled_from([above, "app"])) if below != names[1] else "app"
        mounts[home] += _mounting(draw, framework, home, below, absolute)
    made: list[Module] = []
    for name in names:
        makes = _APP[framework] if name == "app" else tuple(text.format(r=name) for text in _ROUTER[framework])
        made.append(draw(module(f"{folder}{name}.py", framework, name, makes, mounts[name], talks)))
    if folder:
        made.append(
            Module(f"{folder}__init__.py", draw(st.sampled_from([b"", b'"""A shop."""\n', b"from .app import app"])))
        )
    return made


def _mounting(draw: DrawFn, framework: Framework, home: str, below: str, absolute: str) -> list[str]:
    """An import and a statement."""
    if absolute == ".":
        imports = [(f"from .{below} import {below}", below), (f"from . import {below}", f"{below}.{below}")]
    else:
        imports = [(f"from {absolute}{below} import {below}", below)]
        imports += [(f"import {below}", f"{below}.{below}")] if not absolute else []
    line, spelled = draw(st.sampled_from(imports))
    return [line, _MOUNT[framework].format(a=home, r=spelled)]
