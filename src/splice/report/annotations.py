"""The report of `check` for hosts that show it beside the code: GitHub's workflow commands, GitLab's code quality,
JUnit's XML.

Each in the words of its own format; nothing is decided here. `above` is the path of the root in its repository, for
hosts that know files by the repository's paths.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from xml.etree import ElementTree

from splice.report.diagnostics import Diagnostic
from splice.report.terminal import clean

_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}
_GITLAB = {"error": "major", "warning": "minor", "note": "info"}


def github(items: Sequence[Diagnostic], above: str = "") -> str:
    """One workflow command for each item: `::error file=app.py,line=7,title=spans-missing::...`."""
    return "".join(
        workflow_command(_GITHUB[i.level], i.file and above + i.file, i.line, i.kind, _said(i)) for i in items
    )


def workflow_command(name: str, file: str, line: int, title: str, message: str) -> str:
    """One line that GitHub shows at a place: `name` is error, warning or notice; `line` 0 is the whole file."""
    where = f"file={_property(file)}," + (f"line={line}," if line else "") if file else ""
    return f"::{name} {where}title={_property(title)}::{_data(message)}\n"


def gitlab(items: Sequence[Diagnostic], above: str = "") -> str:
    """A code quality report (the subset of CodeClimate's format that GitLab reads): a JSON array."""
    found = [
        {
            "description": clean(_said(item)),
            "check_name": item.kind,
            "fingerprint": item.fingerprint,
            "severity": _GITLAB[item.level],
            "location": {"path": clean(above + item.file) or ".", "lines": {"begin": max(item.line, 1)}},
        }
        for item in items
    ]
    return json.dumps(found, indent=2) + "\n"


def junit(items: Sequence[Diagnostic]) -> str:
    """One test case for each item that is no note, which fails if it is an error; a suite that passes without any."""
    told = [item for item in items if item.level != "note"]
    failures = sum(item.level == "error" for item in told)
    counts = {"tests": str(len(told) or 1), "failures": str(failures)}
    top = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(top, "testsuite", {"name": "codemod check", **counts, "errors": "0", "skipped": "0"})
    if not told:
        ElementTree.SubElement(suite, "testcase", {"classname": "codemod", "name": "check"})
    for item in told:
        place = clean(f"{item.file}:{item.line}" if item.line else item.file)
        name = f"{item.kind} {clean(item.symbol)}".rstrip() + (f" ({item.nth + 1})" if item.nth else "")
        case = ElementTree.SubElement(suite, "testcase", {"classname": clean(item.file) or "codemod", "name": name})
        said = f"{place}: {clean(_said(item))}" if place else clean(_said(item))
        if item.level == "error":
            ElementTree.SubElement(case, "failure", {"message": said, "type": item.kind}).text = said
        else:
            ElementTree.SubElement(case, "system-out").text = said
    ElementTree.indent(top)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(top, encoding="unicode") + "\n"


def _said(item: Diagnostic) -> str:
    return item.message + (f" (fix: {item.fix})" if item.fix else "")


def _data(text: str) -> str:
    """Text after `::`: on one line, with what a workflow command escapes."""
    return clean(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
