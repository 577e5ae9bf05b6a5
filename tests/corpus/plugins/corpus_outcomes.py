"""A pytest plugin that writes what became of every test, as JSON, into the file that $CORPUS_OUTCOMES names.

Counts alone would hide a test that fails in the place of another.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

_RANK = ("passed", "xfailed", "xpassed", "skipped", "failed", "error")
_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The worst of setup, call and teardown is the test's outcome."""
    if report.when != "call" and report.outcome == "passed":
        return
    outcome: str = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "xfailed" if outcome == "skipped" else "xpassed"
    elif outcome == "failed" and report.when != "call":
        outcome = "error"
    known = _outcomes.get(report.nodeid, outcome)
    _outcomes[report.nodeid] = max(known, outcome, key=_RANK.index)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A module that cannot be collected counts as one test."""
    if report.outcome != "passed":
        _outcomes[f"collecting {report.nodeid}"] = "error" if report.outcome == "failed" else report.outcome


def pytest_sessionfinish() -> None:
    Path(os.environ["CORPUS_OUTCOMES"]).write_text(json.dumps(_outcomes, sort_keys=True), encoding="utf-8")
