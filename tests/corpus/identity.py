"""What a service gets before it is asked: a module that says who calls, and a policy that denies by default."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from splice.testing import put

from .place import Place

MODULE = "splice_identity.py"
IDENTITY = '''\
"""Who calls: `Bearer rich` may do all, `Bearer poor` nothing but be known."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Principal:
    scopes: frozenset


KNOWN = {
    "Bearer rich": Principal(frozenset({"all"})),
    "Bearer poor": Principal(frozenset()),
}


def authenticate(request):
    return KNOWN.get(request.headers.get("Authorization", ""))
'''
_POLICY = """\
codemods = ["auth", "metrics", "retry", "spans", "timeouts"]
include = {include}

[timeouts]
connect = 5.0
read = 30.0

[auth]
mode = "{mode}"
observe-until = "2030-01-01"
authenticate = "splice_identity:authenticate"
public = {public}
guards = {guards}
{rules}"""
_RULE = """
[[auth.rules]]
operation = "GET **"
require = ["all"]
"""


def give(place: Place, name: str, mode: str, public: Sequence[str], *, rules: bool) -> None:
    """Put both into a copy. With `rules`, reading anything with a path needs a scope; all else an identity."""
    project = place.project
    lists = {"public": list(public), "guards": project.guards, "include": project.include}
    words = {name: json.dumps(said) for name, said in lists.items()}
    text = _POLICY.format(mode=mode, rules=_RULE if rules else "", **words)
    put(place[name], {"codemod.toml": text})
    put(Path(place[name], place.project.roots[0]), {MODULE: IDENTITY})


def chosen(rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Operations to be public: the first and the last that is read, and the last that is written, of those unguarded."""
    free = {row["operation"] for row in rows if row["state"] in ("unguarded", "unknown") and row["kind"] == "handler"}
    plain = sorted(one for one in free if " /" in one and "|" not in one and "*" not in one)
    read = [one for one in plain if one.startswith("GET ")]
    written = [one for one in plain if one.startswith("POST ")]
    return tuple(dict.fromkeys([*read[:1], *read[-1:], *written[-1:]]))
