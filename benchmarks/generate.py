"""Generated services: the same bytes for the same numbers, whatever machine makes them.

One package `shop` holds services of a few hundred modules each. A module has 100 to 300 lines, imports some of those
before it, and (one in `every`) defines handlers on a `bp` (Flask) or a `router` (FastAPI), which `main.py` of its
service mounts under a prefix.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import pieces

SERVICE = 250  # modules of one service
PACKAGE = "shop"


@dataclass(frozen=True, slots=True)
class Shape:
    """A corpus: how many modules, and that one in `every` has handlers."""

    modules: int
    every: int


def write(folder: Path, texts: Iterator[tuple[str, str]]) -> None:
    """Put these (path, text) into a folder."""
    for name, text in texts:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def services(shape: Shape) -> Iterator[tuple[str, str]]:
    """The files of a corpus, as (path, text)."""
    yield "pyproject.toml", PROJECT
    yield f"{PACKAGE}/__init__.py", ""
    for first in range(0, shape.modules, SERVICE):
        numbers = range(first, min(first + SERVICE, shape.modules))
        yield from _service(first // SERVICE, numbers, shape.every)


def _service(index: int, numbers: range, every: int) -> Iterator[tuple[str, str]]:
    flask, where = index % 2 == 0, f"{PACKAGE}/service_{index:03}"
    yield f"{where}/__init__.py", ""
    handling: list[tuple[str, str, str]] = []
    before: list[tuple[str, str]] = []
    packages = set()
    for number in numbers:
        chance = random.Random(f"module {number}")
        folder = ("api", "core", "jobs", "domain", "stores")[number % 5]
        noun = pieces.NOUNS[(number * 7) % len(pieces.NOUNS)]
        package, name = f"{where}/{folder}", f"{noun}_{number}"
        if package not in packages:
            packages.add(package)
            yield f"{package}/__init__.py", ""
        dotted = f"{package}/{name}".replace("/", ".")
        handles = number % every == 0
        others = chance.sample(before, min(len(before), chance.randrange(5)))
        yield f"{package}/{name}.py", module(noun, number, flask if handles else None, others, chance)
        before.append((dotted, noun))
        if handles:
            handling.append((dotted, noun, name))
    yield f"{where}/main.py", main(flask, handling, index)


def module(noun: str, number: int, flask: bool | None, others: list[tuple[str, str]], chance: random.Random) -> str:
    """One module; `flask` None has no handlers. `others`: modules that it imports, with their nouns."""
    body = "\n".join(_body(noun, flask, chance))
    imports = [line for word, line in pieces.IMPORTS if word in body]
    tag, objects = f"{noun}_{number}", []
    if flask is not None:
        imports += ["", pieces.FLASK_IMPORT if flask else pieces.FASTAPI_IMPORT]
        objects.append(f'bp = Blueprint("{tag}", __name__)' if flask else f'router = APIRouter(tags=["{tag}"])')
    if others:
        known = [(dotted, f"{one.upper()}_{dotted.rpartition('_')[2]}") for dotted, one in sorted(others)]
        imports += ["", *(f"from {dotted} import OPEN_STATES as {name}" for dotted, name in known)]
        objects.append("KNOWN_STATES = OPEN_STATES | " + " | ".join(name for _, name in known))
    head = pieces.HEAD.format(
        Title=noun.capitalize(),
        number=number,
        nouns=plural(noun),
        prose=chance.choice(pieces.PROSE),
        imports="\n".join(imports) + "\n" if imports else "",
        objects="\n".join(objects) + "\n" if objects else "",
    )
    return head.rstrip() + "\n\n" + body


def _body(noun: str, flask: bool | None, chance: random.Random) -> Iterator[str]:
    """Pieces up to a length between 100 and 300 lines; a module with handlers has a store, and its handlers last."""
    wanted, lines = chance.randrange(80, 270), 0
    nouns = [noun, *chance.sample(pieces.NOUNS, 6)]
    if flask is not None:
        text = filled(pieces.STORE, noun, chance) + f"\n\nSTORE = {noun.capitalize()}Store()\n"
        yield text
        lines = text.count("\n") + 45
    taken = {(pieces.STORE, noun)}
    while lines < wanted:
        piece, other = chance.choice(pieces.PIECES), chance.choice(nouns)
        if (piece, other) in taken:
            continue
        taken.add((piece, other))
        text = filled(piece, other, chance)
        lines += text.count("\n") + 1
        yield text
    if flask is not None:
        for template in pieces.FLASK if flask else pieces.FASTAPI:
            yield filled(template, noun, chance)


def filled(template: str, noun: str, chance: random.Random) -> str:
    verb = chance.choice(pieces.VERBS)
    return template.format(
        noun=noun, nouns=plural(noun), Noun=noun.capitalize(), NOUN=noun.upper(), verb=verb, Verb=verb.capitalize()
    )


def plural(noun: str) -> str:
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2] not in "aeou" else noun + "s"


def main(flask: bool, handling: list[tuple[str, str, str]], index: int) -> str:
    what = "bp" if flask else "router"
    lines = [f'"""Service {index}: its application, with everything that it serves."""', ""]
    lines += ["from flask import Flask" if flask else "from fastapi import FastAPI", ""]
    lines += [f"from {dotted} import {what} as {name}_{what}" for dotted, _, name in sorted(handling)]
    lines += ["", "app = Flask(__name__)" if flask else f'app = FastAPI(title="service {index}")']
    for dotted, noun, name in sorted(handling):
        prefix = f"/v1/{noun}/{dotted.rpartition('_')[2]}"
        call = "register_blueprint" if flask else "include_router"
        key = "url_prefix" if flask else "prefix"
        lines.append(f'app.{call}({name}_{what}, {key}="{prefix}")')
    return "\n".join(lines) + "\n"


PROJECT = (
    '[project]\nname = "shop"\nversion = "1.0"\ndependencies = ["flask", "fastapi"]\n\n[tool.ruff]\nline-length = 120\n'
)
