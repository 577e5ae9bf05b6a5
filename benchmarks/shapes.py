"""Repositories of unusual shapes: one long file, very many handlers in one file, packages far down."""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks import generate, pieces

_HEAD = '''"""One module with a great deal in it."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI, HTTPException

logger = logging.getLogger(__name__)

OPEN_STATES = frozenset({"new", "open", "waiting"})

app = FastAPI()
'''
_POINT = '''

@app.get("/{noun}_{number}/{{key}}")
def read_{noun}_{number}(key: int) -> dict[str, Any]:
    """One {noun}."""
    return {{"key": key, "part": {number}}}
'''


def of_lines(lines: int) -> Iterator[tuple[str, str]]:
    """A service whose one module has this many lines, a handler in about every forty."""
    yield "pyproject.toml", generate.PROJECT
    yield "shop/__init__.py", ""
    yield "shop/main.py", long_module(lines)


def long_module(lines: int) -> str:
    chance, texts = random.Random("a long module"), [_HEAD]
    there, number = _HEAD.count("\n"), 0
    while there < lines - 60:
        noun = pieces.NOUNS[number % len(pieces.NOUNS)]
        text = "\n" + generate.filled(chance.choice(pieces.PIECES), f"{noun}_{number}", chance)
        text += _POINT.format(noun=noun, number=number)
        there, number = there + text.count("\n"), number + 1
        texts.append(text)
    texts += [f"PART_{part} = {part}\n" for part in range(lines - there)]
    return "".join(texts)


def of_points(count: int) -> Iterator[tuple[str, str]]:
    """A service with this many handlers in its one module, and nothing else."""
    yield "pyproject.toml", generate.PROJECT
    yield "shop/__init__.py", ""
    nouns = pieces.NOUNS
    yield "shop/main.py", _HEAD + "".join(_POINT.format(noun=nouns[n % len(nouns)], number=n) for n in range(count))


def deep(depth: int, modules: int) -> Iterator[tuple[str, str]]:
    """Modules with handlers in packages one below the other, each module imported by the application."""
    yield "pyproject.toml", generate.PROJECT
    yield "shop/__init__.py", ""
    package, handling = "shop", []
    for level in range(depth):
        package += f".level_{level}"
        yield package.replace(".", "/") + "/__init__.py", ""
        for number in range(level, modules, depth):
            noun = pieces.NOUNS[number % len(pieces.NOUNS)]
            dotted = f"{package}.{noun}_{number}"
            chance = random.Random(f"deep {number}")
            yield dotted.replace(".", "/") + ".py", generate.module(noun, number, False, [], chance)
            handling.append((dotted, noun, f"{noun}_{number}"))
    yield "shop/main.py", generate.main(False, handling, 0)
