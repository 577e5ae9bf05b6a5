"""The real semgrep, run over contents: what it says is trusted only when it looked at everything."""

import os
from pathlib import Path

import pytest

from splice import semgrep
from splice.model import SpliceError
from splice.semgrep import Match, Scan, ScanError, find, judge, rule_files, scan

RULE = """\
rules:
  - id: no-eval
    languages: [python]
    severity: ERROR
    message: eval is not for us
    pattern: eval(...)
"""
HOSTILE = [
    "a.py",
    "-rf.py",
    "--config=x.py",
    "../../up.py",
    "new\nline.py",
    "sp ace/ü.py",
    "bad\udcff.py",
    "tests/x.py",
]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULE)
    return path


def test_it_is_found_and_in_the_tested_range() -> None:
    executable = find()
    assert executable is not None
    assert Path(executable).is_absolute()


def test_lines_and_files_come_back(rules: Path) -> None:
    found = scan({"b.py": b"x = 1\n\neval(x)\n", "a.py": b"ok()\n"}, [rules])
    assert found.matches == (Match("no-eval", "b.py", 3, "eval is not for us", "ERROR"),)
    assert found.scanned == ("a.py", "b.py")
    assert found.errors == ()
    assert semgrep._is_tested(found.version)


def test_hostile_names_are_only_names(rules: Path) -> None:
    found = scan(dict.fromkeys(HOSTILE, b"eval(1)\n"), [rules])
    assert sorted(match.file for match in found.matches) == sorted(HOSTILE)
    assert found.scanned == tuple(sorted(HOSTILE))


def test_the_repository_and_the_environment_have_no_say(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".semgrepignore").write_text("*\n")
    (tmp_path / ".gitignore").write_text("*\n")
    monkeypatch.chdir(tmp_path)
    for name, value in {"RULES": "/nowhere.yaml", "BASELINE_COMMIT": "HEAD", "ENABLE_VERSION_CHECK": "1"}.items():
        monkeypatch.setenv(f"SEMGREP_{name}", value)
    assert len(scan({"a.py": b"eval(1)  # nosem\n", "node_modules/b.py": b"eval(1)\n"}, [rules]).matches) == 2


def test_every_encoding_and_line_end_is_read(rules: Path) -> None:
    lines = ["# coding: latin-1", "x = 'é'", "eval(x)"]
    targets = {
        "latin.py": "\n".join(lines).encode("latin-1"),
        "bom.py": "x = 'é'\n\neval(x)\n".encode("utf-8-sig"),
        "cr.py": b"x = 1\r\reval(x)\r",
        "crlf.py": b"x = 1\r\n\r\neval(x)\r\n",
        "feed.py": b"x = 1\n\f\neval(x)\n",
        "empty.py": b"",
    }
    found = scan(targets, [rules])
    assert [(match.file, match.line) for match in found.matches] == [
        (file, 3) for file in ("bom.py", "cr.py", "crlf.py", "feed.py", "latin.py")
    ]
    assert len(found.scanned) == len(targets)


def test_a_big_file_is_not_skipped(rules: Path) -> None:
    found = scan({"big.py": b"# padding of a line of text\n" * 60_000 + b"eval(1)\n"}, [rules])
    assert [match.line for match in found.matches] == [60_001]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (RULE.replace("eval(...)", "'def ((('"), "Rule parse error"),
        ("rules: [\n", "Invalid YAML"),
        (RULE.replace("python", "klingon"), "could not check the rules"),
        (RULE.replace("    pattern: eval(...)\n", ""), "could not check the rules"),
        (None, "unable to find a config"),
    ],
)
@pytest.mark.parametrize("beside_a_good_one", [False, True])
def test_a_rule_that_cannot_be_used_ends_the_run(
    rules: Path, tmp_path: Path, content: str | None, why: str, beside_a_good_one: bool
) -> None:
    broken = tmp_path / "broken.yaml"
    if content is not None:
        broken.write_text(content)
    with pytest.raises(SpliceError, match=why):
        scan({"a.py": b"eval(1)\n"}, [rules, broken] if beside_a_good_one else [broken])


def test_a_file_with_too_many_matches_is_not_called_clean() -> None:
    handlers = [f'@app.get("/{n}")\ndef f{n}():\n    return {n}\n' for n in range(11_000)]
    found = scan({"a.py": "".join(handlers).encode(), "b.py": handlers[0].encode()}, rule_files(["spans"]))
    assert [error.file for error in found.errors] == ["a.py"]
    assert [match.file for match in found.matches] == ["b.py"]


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


SILENT = '{"version":"1.182.0","results":[],"errors":[],"paths":{"scanned":[%s]}}'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("echo Segmentation fault; exit 139", "crashed"),
        ("exit 0", "crashed"),
        ("echo '{}'", "crashed"),
        ("echo '[1]'", "crashed"),
        (f"echo '{SILENT % ''}'; exit 2", "exit code 2"),
        (f"echo '{SILENT % ''}'".replace("1.182.0", "9.1.0"), "outside the tested range"),
        ("kill -9 $$", "crashed"),
    ],
)
def test_a_crash_ends_the_run(rules: Path, tmp_path: Path, body: str, why: str) -> None:
    with pytest.raises(SpliceError, match=why):
        scan({"a.py": b""}, [rules], executable=script(tmp_path / "semgrep", body))


def test_a_file_that_was_not_scanned_is_an_error(rules: Path, tmp_path: Path) -> None:
    fake = script(tmp_path / "semgrep", "echo '" + SILENT % '"targets/000001.py"' + "'")
    found = scan({"a.py": b"", "b.py": b""}, [rules], executable=fake)
    assert found.scanned == ("a.py",)
    assert found.errors == (ScanError("b.py", "the file was not scanned"),)


def test_a_scan_that_does_not_end_is_stopped_with_what_it_started(rules: Path, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    fake = script(tmp_path / "semgrep", f"tail -f /dev/null & echo $! > {pid}.new; mv {pid}.new {pid}; wait")
    with pytest.raises(SpliceError, match="took longer"):
        scan({"a.py": b""}, [rules], executable=fake, timeout=2)
    state = Path(f"/proc/{pid.read_text().strip()}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_missing_semgrep(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpliceError, match="did not start"):
        scan({"a.py": b""}, [rules], executable=str(tmp_path / "semgrep"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find() is None
    with pytest.raises(SpliceError, match="not installed") as caught:
        scan({"a.py": b""}, [rules])
    assert "pip install" in caught.value.fix
    assert scan({}, [rules]) == Scan()


def test_only_tested_versions_from_absolute_folders_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nowhere" / "python"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "fine").mkdir()
    script(tmp_path / "old" / "semgrep", "echo 1.99.0")
    fine = script(tmp_path / "fine" / "semgrep", "echo 1.182.0")
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "fine"]))
    assert find() is None
    monkeypatch.setenv("PATH", str(tmp_path / "old"))
    assert find() is None
    monkeypatch.setenv("PATH", str(tmp_path / "fine"))
    assert find() == fine


def test_rule_files_are_those_of_the_codemods() -> None:
    assert [path.name for path in rule_files(["spans", "metrics", "spans", "no-such"])] == [
        "metrics.yaml",
        "spans.yaml",
    ]


def test_judge_tells_what_we_did_from_what_was_there() -> None:
    def match(rule: str, line: int) -> Match:
        return Match(rule, "a.py", line, "text", "ERROR")

    matches = (
        match("x-literal", 3),
        match("x-literal", 4),
        match("spans-not-observed", 8),
        match("spans-not-observed", 9),
    )
    found = judge(Scan(matches, ("a.py", "b.py"), (ScanError("b.py", "Timeout"),)), {"a.py": [3]}, {"a.py": {8}})
    assert [(f.level, f.code, f.file, f.line) for f in found] == [
        ("error", "rule-failed", "b.py", 0),
        ("error", "rule-failed", "a.py", 3),
        ("note", "x-literal", "a.py", 4),
        ("error", "rule-failed", "a.py", 8),
        ("note", "spans-not-observed", "a.py", 9),
    ]
