"""The situations in which `codemod` is killed: a service, what was done to it before, and the command that dies."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from all_on import SERVICES, config

APP = """\
from flask import Flask

from {package}.views import bp

app = Flask(__name__)
app.register_blueprint(bp)


@app.get("/healthz")
def health():
    return "ok"
"""
VIEWS = """\
import json

from flask import Blueprint

bp = Blueprint("{package}", __name__, url_prefix="/{package}")


@bp.get("/<int:number>")
def read(number):
    return json.dumps(number)


@bp.post("/")
def create():
    return "", 201
"""
FLAT = """\
from flask import Flask

app = Flask(__name__)


@app.get("/{name}")
def read():
    return ""
"""
PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = [\n    "flask",\n]\n'


def package(name: str) -> dict[str, str]:
    """A package with an application and a blueprint."""
    texts = {"__init__.py": "", "app.py": APP.format(package=name), "views.py": VIEWS.format(package=name)}
    return {f"{name}/{file}": text for file, text in texts.items()}


@dataclass(frozen=True, slots=True)
class Scenario:
    """`before`: commands that prepare the service; `edits`: what somebody changed since."""

    files: dict[str, str]
    command: tuple[str, ...]
    imports: tuple[str, ...]  # modules that can be imported at any moment
    before: tuple[tuple[str, ...], ...] = ()
    edits: dict[str, str] = field(default_factory=dict)  # made after `before`
    git: bool = True
    all_ways: bool = False  # `run` and `strip` both follow each kill, not the command alone (`make kills`: always)


SHOP = {**package("shop"), "pyproject.toml": PROJECT, ".gitattributes": "*.png binary"}
BOTH = {**package("shop"), **package("depot"), "requirements.txt": "flask\n"}
TWO = ("shop.app", "depot.app")
RUN, STRIP = ("run",), ("strip",)
LATER = VIEWS.format(package="shop").replace("/<int:number>", "/by-number/<int:number>") + (
    '\n\n@bp.delete("/<int:number>")\ndef remove(number):\n    return ""\n'
)
ALL_ON, PARTS = SERVICES["flask"], ("shop.app", "shop.rates")
GUARDED = {"codemod.toml": config(["spans", "metrics", "auth"])}

SCENARIOS = {
    "fresh": Scenario(SHOP, RUN, ("shop.app",), all_ways=True),
    "fresh, without git": Scenario(SHOP, RUN, ("shop.app",), git=False),
    "flat": Scenario({f"{n}.py": FLAT.format(name=n) for n in ("one", "two")}, RUN, ("one", "two")),
    "two packages": Scenario(BOTH, RUN, TWO),
    "one package of two": Scenario(BOTH, ("run", "depot"), TWO),
    "the other package": Scenario(BOTH, RUN, TWO, before=(("run", "depot"),)),
    "other codemods": Scenario(
        BOTH, RUN, TWO, before=(RUN,), edits={"codemod.toml": 'codemods = ["instrument"]\n'}, all_ways=True
    ),
    "one codemod more": Scenario(
        SHOP,
        RUN,
        ("shop.app",),
        before=(RUN,),
        edits={"codemod.toml": 'codemods = ["spans", "metrics", "instrument"]\n'},
    ),
    "no codemod": Scenario(SHOP, RUN, ("shop.app",), before=(RUN,), edits={"codemod.toml": "codemods = []\n"}),
    "strip": Scenario(SHOP, STRIP, ("shop.app",), before=(RUN,), all_ways=True),
    "another route, a new handler": Scenario(
        SHOP, RUN, ("shop.app",), before=(RUN,), edits={"shop/views.py": LATER}, all_ways=True
    ),
    "strip two packages": Scenario(BOTH, STRIP, TWO, before=(RUN,)),
    "strip one package of two": Scenario(BOTH, ("strip", "shop"), TWO, before=(RUN,)),
    "strip instrument": Scenario(
        {**SHOP, "codemod.toml": 'codemods = ["spans", "instrument"]\n'}, STRIP, ("shop.app",), before=(RUN,)
    ),
    "every codemod": Scenario(ALL_ON, RUN, PARTS),
    "some of every codemod": Scenario(ALL_ON, RUN, PARTS, before=(RUN,), edits=GUARDED),
}
if os.environ.get("KILLS") == "all":
    SCENARIOS |= {
        "every codemod, after some": Scenario(
            {**ALL_ON, **GUARDED}, RUN, PARTS, before=(RUN,), edits={"codemod.toml": config()}
        ),
        "strip every codemod": Scenario(ALL_ON, STRIP, PARTS, before=(RUN,)),
    }
