"""What a report says of a run: the exit code, the counts, the sentence for people, and text that cannot do harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from splice.config import Config
from splice.landing import Done, carry_out
from splice.model import Changed, Failed, Finding, Reason, Refused, Skipped
from splice.pipeline import Planned, Request, plan
from splice.report.report import Report
from splice.report.show import check, summary, table
from splice.report.terminal import Screen
from splice.testing import put

MAIN = (
    "from flask import Flask\n\napp = Flask(__name__)\n\n\n"
    '@app.get("/a")\ndef a():\n    return ""\n\n\n@app.get("/b")\ndef b():\n    return ""\n\n\n'
    'app.add_url_rule("/c", "c", lambda: "")\n'
)
PLAIN = Screen()


def planned(root: Path, *paths: str, config: Config | None = None, strip: bool = False) -> Planned:
    return plan(Request(root, config or Config(), date(2026, 1, 1), paths, strip))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    put(tmp_path, {"main.py": MAIN, "requirements.txt": "flask\n"})
    return tmp_path


def done(service: Path, *outcomes: Failed | Skipped, findings: tuple[Finding, ...] = ()) -> Done:
    """A run that wrote everything, with some outcomes and findings more."""
    made = carry_out(planned(service), write=True)
    return replace(made, outcomes=(*made.outcomes, *outcomes), findings=(*made.findings, *findings))


FAILED = Failed("other.py", Reason.PROOF_FAILED, "a second run would change it again")
ERROR = Finding("error", "blocked", "flask<3 forbids it", "requirements.txt", 1, "allow it")


@pytest.mark.parametrize(
    ("command", "outcomes", "findings", "code"),
    [
        ("run", (), (), 0),
        ("run", (FAILED,), (), 3),
        ("run", (), (ERROR,), 0),
        ("check", (), (ERROR,), 1),
        ("check", (FAILED,), (ERROR,), 3),
        ("diff", (FAILED,), (), 3),
        ("run", (Skipped("main.py", Reason.HEADER, "one decorator has no place", 6),), (), 0),
    ],
)
def test_the_exit_code_is_the_highest_that_applies(
    service: Path, command: str, outcomes: tuple[Failed | Skipped, ...], findings: tuple[Finding, ...], code: int
) -> None:
    carry_out(planned(service), write=True)
    report = Report(command, planned(service), done(service, *outcomes, findings=findings))
    assert report.exit_code == code
    assert report.as_json()["exit_code"] == code


def test_drift_is_1_before_a_run_and_0_after(service: Path) -> None:
    assert Report("check", planned(service)).exit_cause == "drift"
    carry_out(planned(service), write=True)
    assert Report("check", planned(service)).exit_cause == "clean"


def test_a_service_without_a_place_for_its_scaffold_is_not_handled(service: Path) -> None:
    put(service, {"scaffold.py": "mine = 1\n"})
    report = Report("check", planned(service))
    assert report.exit_code == 3
    assert "main.py: not handled: scaffold-collision" in check(report, PLAIN, 0, quiet=False)
    assert report.counts()["reasons"] == {"lambda": 1, "scaffold-collision": 3}


def test_the_summary_counts_what_was_done_and_what_was_not_and_why(service: Path) -> None:
    text = summary(Report("run", planned(service), done(service)), PLAIN, 0, quiet=False)
    assert text.startswith("2 handlers observed (2 new), 1 skipped: 1 lambda\n")
    assert "4 files written, 2 new: codemod.lock, scaffold.py\n" in text
    assert "declared opentelemetry-api>=1.30 in requirements.txt\n" in text
    path = service / "main.py"
    path.write_text(path.read_text() + '\n\n@app.get("/d")\ndef d():\n    return ""\n')
    text = summary(Report("run", planned(service), done(service)), PLAIN, 0, quiet=False)
    assert text.startswith("3 handlers observed (1 new, 2 were there), 1 skipped: 1 lambda\n")


def test_a_file_that_could_not_be_written_has_gained_nothing(service: Path) -> None:
    made = carry_out(planned(service), write=False)
    kept = tuple(o for o in made.outcomes if not (isinstance(o, Changed) and o.change.file == "main.py"))
    failed = Failed("main.py", Reason.CHANGED_ON_DISK, "run again")
    report = Report("run", made.planned, replace(made, outcomes=(*kept, failed)))
    assert report.counts()["join_points"] == {"missing": 2, "skipped": 1}
    text = summary(report, PLAIN, 0, quiet=False)
    assert text.startswith("0 handlers observed, 1 skipped: 1 lambda, 2 not done\n")
    assert "main.py: not handled: changed-on-disk: run again\n" in text


def test_an_insertion_that_was_refused_is_counted_with_its_reason(service: Path) -> None:
    made = done(service)
    key = ("main.py", "a", "handler")
    refused = {(*key, "spans"): Refused(Reason.HEADER, "a form feed")}
    report = Report(
        "run", made.planned, replace(made, refused=refused, states={**made.states, key: {"spans": "skipped"}})
    )
    text = summary(report, PLAIN, 0, quiet=False)
    assert text.startswith("1 handler observed (1 new), 2 skipped: 1 header-not-placeable, 1 lambda\n")


def test_notes_are_counted_and_shown_on_request(service: Path) -> None:
    note = Finding("note", "newer-version", "a newer scaffold is available", "scaffold.py", fix="codemod upgrade")
    report = Report("run", planned(service), done(service, findings=(note, ERROR)))
    text = summary(report, PLAIN, 0, quiet=False)
    assert "newer scaffold" not in text
    assert "1 note (-v shows it)" in text
    assert "requirements.txt:1: error: flask<3 forbids it [blocked]\n  fix: allow it\n" in text
    assert "newer scaffold" in summary(report, PLAIN, 1, quiet=False)
    quiet = summary(report, PLAIN, 0, quiet=True)
    assert quiet == "requirements.txt:1: error: flask<3 forbids it [blocked]\n  fix: allow it\n"


def test_what_a_run_has_put_right_is_no_finding_of_it(service: Path) -> None:
    carry_out(planned(service), write=True)
    path = service / "main.py"
    path.write_text(path.read_text().replace('@observed("GET /a")', '@observed("GET /b")'))
    report = Report("check", planned(service))
    assert [item.what for item in report.drift] == ["stale"]
    assert "main.py:" in check(report, PLAIN, 0, quiet=False).splitlines()[0]
    before = planned(service)
    after = Report("run", before, carry_out(before, write=True))
    assert any(f.code == "stale-operation" for f in before.findings)
    assert not any(f.level == "error" for f in after.findings)


def test_a_path_that_is_left_out_is_said(service: Path) -> None:
    put(service, {"tests/test_main.py": "x = 1\n"})
    found = Report("run", planned(service, "tests/test_main.py")).findings
    assert [(f.code, f.message) for f in found if f.level == "warning"] == [("left-out", "not looked at: test")]


def test_json_is_ascii_and_counts_agree_with_the_rows(service: Path) -> None:
    made = done(service)
    report = Report("run", made.planned, made).as_json()
    assert json.dumps(report).isascii()
    assert report["counts"]["join_points"] == {"inserted": 2, "skipped": 1}
    assert [row["reason"] for row in report["join_points"]] == [None, None, "lambda"]
    assert report["codegen"].keys() == {"scaffold.py"}
    assert {row["file"]: row["outcome"] for row in report["files"]}["main.py"] == "changed"
    assert len(report["policy"]) == 64


def test_the_table_is_sorted_and_says_why(service: Path) -> None:
    lines = table(Report("list", planned(service)), Screen(unicode=True)).splitlines()
    assert lines[0].split() == ["OPERATION", "spans", "metrics", "PLACE", "REMARK"]
    assert [line.split("main.py:")[1].split()[0] for line in lines[1:4]] == ["7", "12", "16"]
    assert "\u2717" in lines[1]
    assert lines[5] == "3 handlers: 2 missing, 1 skipped"
    assert "lambda (a lambda takes no decorator" in "\n".join(lines)


def test_wide_tables_stay_aligned_in_colour(service: Path) -> None:
    report = Report("list", planned(service))
    coloured = table(report, Screen(colour=True))
    plain = table(report, PLAIN)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
