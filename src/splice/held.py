"""Which parts of a scaffold imports use that no plan takes away: a scaffold may only lose what nobody imports.

Such imports stand in files that are excluded, do not parse, were moved from one package to another, or were
written by hand. Taking the module from below them would keep the service from starting.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from splice import scaffold
from splice.layout import Site
from splice.model import Refused
from splice.parse import tree_of
from splice.source import Source
from splice.survey import Survey

_LINE = re.compile(rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import\b|import[ \t]+([\w. \t,]+))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Held:
    """Parts that must stay, and one file that is why."""

    parts: frozenset[str]
    file: str
    line: int


def held(survey: Survey, sites: Mapping[str, Site], leaving: Collection[tuple[str, int]]) -> dict[str, Held]:
    """Scaffold path -> what imports hold of it.

    `sites`: the scaffold of each file that was planned; `leaving`: file and line of imports that a plan takes away.

    From-imports in a planned file of its own scaffold are the plan's; everything else that imports one counts here.
    """
    paths = {row.file for row in survey.lock.rows if row.kind == "scaffold"} | {site.path for site in sites.values()}
    paths = {path for path in paths if path.endswith(".py") and path in survey.files.names}
    stems = {survey.layout.module_of(path).rpartition(".")[2].encode() for path in paths}
    found: dict[str, Held] = {}
    for file in survey.discovery.files if paths else ():
        if not file.endswith(".py") or file in paths:
            continue
        raw = survey.files.get(file)
        if raw is None or not any(stem in raw for stem in stems):
            continue
        own = sites[file].path if file in sites else ""
        for module, name, line in _imported(survey, file, raw):
            path = survey.layout.file_of(module, file)
            if path is None or path not in paths or (file, line) in leaving:
                continue
            known = name in scaffold.PARTS or name in scaffold.own(survey.files.read(path).decode("utf-8", "replace"))
            if path == own and known:
                continue
            before = found.get(path, Held(frozenset(), file, line))
            parts = frozenset({name}) if known else _all_parts(survey, path)
            found[path] = Held(before.parts | parts, before.file, before.line)
    return found


def _imported(survey: Survey, file: str, raw: bytes) -> Iterator[tuple[str, str, int]]:
    """(module, name or "", line) of every import, wherever it stands; of its lines where a file does not parse."""
    try:
        nodes = list(ast.walk(tree_of(Source.decode(raw).text, file)))
    except Refused:  # the stage that wants to edit it says why
        for match in _LINE.finditer(raw):
            line = raw.count(b"\n", 0, match.start()) + 1
            base = (match[1] or b"").decode("ascii", "replace")
            names = (
                [base] if base else [n.split()[0] for n in match[2].decode("ascii", "replace").split(",") if n.strip()]
            )
            for name in names:
                dots = len(name) - len(name.lstrip("."))
                yield survey.layout.resolve(file, name.lstrip(".") or None, dots), "", line
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((item.name, "", node.lineno) for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = survey.layout.resolve(file, node.module, node.level)
            for item in node.names:
                yield origin, item.name, node.lineno
                yield f"{origin}.{item.name}", "", node.lineno


def _all_parts(survey: Survey, path: str) -> frozenset[str]:
    """What a scaffold offers as it stands."""
    header = scaffold.read(survey.files.read(path).decode("utf-8", "replace"))
    return frozenset(header.parts if header is not None else ())
