"""The formats of the report of `check`, by name; what each needs is imported when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from splice import ledger
from splice.model import SpliceError
from splice.report.terminal import clean

if TYPE_CHECKING:
    from splice.report.report import Report

OF_CHECK = ("sarif", "github", "gitlab", "junit", "markdown")  # beside text and JSON, for hosts that show it themselves


def json_text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def text_of(report: Report, name: str) -> str:
    """The report in one of `OF_CHECK`, or JSON."""
    from splice.report import annotations, markdown
    from splice.report.sarif import sarif

    above = _above(report.planned.request.root)
    makers: dict[str, Callable[[], str]] = {
        "json": lambda: json_text(report.as_json()),
        "sarif": lambda: json_text(sarif(report, report.told, above)),
        "github": lambda: annotations.github(report.told, above),
        "gitlab": lambda: annotations.gitlab(report.told, above),
        "junit": lambda: annotations.junit(report.told),
        "markdown": lambda: markdown.summary(report),
    }
    return makers[name]()


def _above(root: Path) -> str:
    """The path of a root in its repository, `services/orders/`, for hosts that know files by the repository's paths."""
    for folder in (root, *root.parents):
        if ledger.current is not None:
            ledger.current.place(f"{folder}/.git")
        if (folder / ".git").exists():
            path = root.relative_to(folder).as_posix()
            return "" if path == "." else path + "/"
    return ""


def files_of(reports: Sequence[str]) -> dict[str, str]:
    """FORMAT=FILE, as `--report` takes it, by format. Raises SpliceError."""
    found: dict[str, str] = {}
    for said in reports:
        name, _, file = said.partition("=")
        if name not in ("json", *OF_CHECK) or not file or name in found:
            fix = "--report sarif=codemod.sarif; the formats are json, " + ", ".join(OF_CHECK)
            raise SpliceError(f"--report {clean(said)} is no FORMAT=FILE, or names a format twice", fix=fix)
        found[name] = file
    return found
