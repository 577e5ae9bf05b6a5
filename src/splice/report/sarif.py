"""The report of `check` as SARIF 2.1.0 (OASIS), with the edits of `run` as fixes, for code scanning.

One fix per service file, on its first result that `run` would put right: an import is needed once, however many
results of a file need it. Scaffold and lock are no part of it; `codemod run` makes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from splice import __version__
from splice.model import Change, Edit
from splice.report.catalogue import Kind, kind
from splice.report.diagnostics import Diagnostic
from splice.report.fixes import edits_of, own_sources
from splice.report.report import Report
from splice.report.terminal import clean
from splice.source import Source

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"
_PLACEHOLDER = re.compile(r"\{(?=[0-9]+\})|(?<=[0-9])\}")  # `{0}` would be one; other braces are read as they are


def sarif(report: Report, items: Sequence[Diagnostic], above: str = "") -> dict[str, Any]:
    """The log of one run; `above` is the path of the root in its repository.

    No absolute path and no clock in it: the same repository gives the same bytes.
    """
    names = sorted({item.kind for item in items})
    kinds = [kind(name, report.planned.survey.codemods) for name in names]
    changes = {change.file: change for change in report.done.changes} if report.done is not None else {}
    fixes = dict(_fixes(items, changes, above))
    encodings = {file: source.encoding for file, source in own_sources(changes.values()).items()}
    driver = {
        "name": "splice",
        "semanticVersion": __version__,
        "rules": [_rule(one, items) for one in kinds],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "newlineSequences": ["\r\n", "\n", "\r"],
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository"}}},
                "invocations": [
                    {
                        "executionSuccessful": report.exit_cause != "unhandled-file",
                        "exitCode": report.exit_code,
                        "exitCodeDescription": report.exit_cause,
                    }
                ],
                "artifacts": [
                    {"location": _location(above + file), "encoding": encodings.get(file, "utf-8")}
                    for file in sorted({item.file for item in items if item.file})
                ],
                "results": [_result(item, names.index(item.kind), fixes.get(item), above) for item in items],
            }
        ],
    }


def _rule(one: Kind, items: Iterable[Diagnostic]) -> dict[str, Any]:
    level = next(item.level for item in items if item.kind == one.name)
    return {
        "id": one.name,
        "name": "".join(word.capitalize() for word in one.name.split("-")),
        "shortDescription": {"text": _text(one.about)},
        "fullDescription": {"text": _text(one.about)},
        "help": {"text": _text(one.help)},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["security"] if one.name.startswith(("auth", "guard", "policy")) else ["observability"]},
    }


def _result(item: Diagnostic, index: int, fix: dict[str, Any] | None, above: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": item.kind,
        "ruleIndex": index,
        "level": item.level,
        "message": {"text": _text(item.message + (f" (fix: {item.fix})" if item.fix else ""))},
        "partialFingerprints": {
            "codemod/v1": item.fingerprint,
            "primaryLocationLineHash": f"{item.fingerprint}:1",  # what GitHub follows an alert by
        },
    }
    if item.file:
        physical: dict[str, Any] = {"artifactLocation": _location(above + item.file)}
        physical["region"] = {"startLine": max(item.line, 1)}
        place: dict[str, Any] = {"physicalLocation": physical}
        if item.codemod:
            place["logicalLocations"] = [{"fullyQualifiedName": clean(item.symbol), "kind": "function"}]
        found["locations"] = [place]
    if fix is not None:
        found["fixes"] = [fix]
    return found


def _fixes(
    items: Iterable[Diagnostic], changes: Mapping[str, Change], above: str
) -> Iterator[tuple[Diagnostic, dict[str, Any]]]:
    """The first result of each file that `run` changes, with all that it changes there."""
    sources = own_sources(changes.values())
    seen: set[str] = set()
    for item in items:
        if item.is_drift and item.file in sources and item.file not in seen:
            seen.add(item.file)
            replacements = [_replacement(sources[item.file], edit) for edit in edits_of(changes[item.file])]
            change = {"artifactLocation": _location(above + item.file), "replacements": replacements}
            text = f"codemod run, as far as {clean(item.file)} goes"
            yield item, {"description": {"text": _text(text)}, "artifactChanges": [change]}


def _replacement(source: Source, edit: Edit) -> dict[str, Any]:
    start, end = _point(source, edit.start), _point(source, edit.end)
    region = {
        "startLine": start[0],
        "startColumn": start[1],
        "endLine": end[0],
        "endColumn": end[1],
        "charOffset": edit.start,
        "charLength": edit.end - edit.start,
    }
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}


def _point(source: Source, offset: int) -> tuple[int, int]:
    """Line and column of a character offset, both from 1, in code points."""
    line = source.line_at(offset)
    return line, offset - source.line_start(line) + 1


def _location(file: str) -> dict[str, Any]:
    return {"uri": quote(file.encode("utf-8", "surrogateescape")), "uriBaseId": _ROOT}


def _text(text: str) -> str:
    """Plain text for a message: on one line, and nothing in it is taken for a link or a placeholder (3.11)."""
    escaped = clean(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return _PLACEHOLDER.sub(lambda match: match[0] * 2, escaped)
