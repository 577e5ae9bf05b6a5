"""Run the real semgrep over files as they would be, in one process, and say what it found.

The contents go into a fresh folder under numbered names, so that neither the names nor the ignore files of the
repository have a say. Whatever keeps a rule from being checked is an error: silence means "looked, found nothing".
"""

from __future__ import annotations

import functools
import importlib.resources
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from splice.model import Finding, Reason, Refused, SpliceError
from splice.scans import Known, remember_version, version_of
from splice.source import Source

TESTED = ((1, 100), (1, 183))  # from, below; the extra `semgrep` in pyproject.toml says the same
_INSTALL = "pip install 'splice[semgrep]'"
_TARGETS = "targets"
_OPTIONS = (
    "--experimental",  # 0.3 s to start instead of 3 s and more
    "--metrics=off",
    "--disable-version-check",  # without it semgrep waits 100 s for a network that is not there
    "--disable-nosem",  # a comment in the service does not switch a gate off
    "--no-git-ignore",
    "--no-rewrite-rule-ids",
    "--max-target-bytes=0",
    "--timeout=30",
    "--timeout-threshold=0",
    "--quiet",
    "--json",
)
# Not the caller's environment: SEMGREP_* and GITHUB_* change what is found, and tokens are none of its business.
_ENVIRONMENT = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR", "TEMP", "TMP")


@dataclass(frozen=True, slots=True)
class Match:
    """A place where a rule fired. The line is that of the file as it would be, counted as `Source` counts."""

    rule: str
    file: str
    line: int
    message: str
    severity: str  # ERROR | WARNING | INFO


@dataclass(frozen=True, slots=True)
class ScanError:
    """Why one file was not, or not completely, checked."""

    file: str
    message: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What semgrep did. A file in `errors` must not be written: nobody knows what the rules say about it."""

    matches: tuple[Match, ...] = ()
    scanned: tuple[str, ...] = ()
    errors: tuple[ScanError, ...] = ()
    version: str = ""


def find() -> str | None:
    """The semgrep beside this interpreter, else the one on PATH; None without one in the tested range."""
    # Relative entries of PATH would run what the repository put into the current folder.
    folders = [folder for folder in os.get_exec_path() if Path(folder).is_absolute()]
    for search in (str(Path(sys.executable).parent), os.pathsep.join(folders)):
        executable = shutil.which("semgrep", path=search) if search else None
        if executable and _is_tested(_version(executable)):
            return executable
    return None


def rule_files(codemods: Iterable[str]) -> tuple[Path, ...]:
    """The rule files of these codemods: `rules/<codemod>.yaml`, where there is one."""
    folder = importlib.resources.files("splice.rules")
    found = (Path(str(folder / f"{name}.yaml")) for name in sorted(set(codemods)))
    return tuple(path for path in found if path.is_file())


def scan(
    targets: Mapping[str, bytes], configs: Sequence[Path], *, executable: str | None = None, timeout: float = 600.0
) -> Scan:
    """Check the contents of Python files against rule files, all in one process: those that it has not checked before.

    Trouble with one file stands in `errors`. Raises SpliceError when semgrep is missing, crashes, takes
    longer than `timeout` seconds or could not use a rule: then no file has been checked.
    """
    if not targets:
        return Scan()
    executable = executable or find()
    if executable is None:
        raise SpliceError("semgrep is not installed in a version that is known to work", fix=_INSTALL)
    texts = {file: _plain(targets[file]) for file in sorted(targets)}
    known = Known(executable, _OPTIONS, configs)
    told = {file: there for file, text in texts.items() if (there := known.of(text)) is not None}
    found = Scan(version=known.version)
    if len(told) < len(texts):
        found = _scan({file: text for file, text in texts.items() if file not in told}, configs, executable, timeout)
        troubled = {error.file for error in found.errors}
        whole = [file for file in found.scanned if file not in troubled]
        said: dict[str, list[tuple[str, ...]]] = {file: [] for file in whole}
        for match in found.matches:
            if match.file in said:
                said[match.file].append((match.rule, str(match.line), match.message, match.severity))
        known.add(found.version, {texts[file]: tuple(matches) for file, matches in said.items()})
    matches = [Match(rule, file, int(line), *rest) for file, there in told.items() for rule, line, *rest in there]
    matches = sorted((*found.matches, *matches), key=lambda m: (m.file, m.line, m.rule, m.message))
    return Scan(tuple(matches), tuple(sorted((*found.scanned, *told))), found.errors, found.version)


def _scan(texts: Mapping[str, bytes], configs: Sequence[Path], executable: str, timeout: float) -> Scan:
    """Start semgrep over these texts."""
    files = {f"{_TARGETS}/{number:06}.py": file for number, file in enumerate(texts, 1)}
    with tempfile.TemporaryDirectory(prefix="splice-semgrep-", ignore_cleanup_errors=True) as folder:
        Path(folder, _TARGETS).mkdir()
        for name, file in files.items():
            Path(folder, name).write_bytes(texts[file])
        rules = [f"--config={path.absolute()}" for path in configs]
        command = [executable, "scan", *_OPTIONS, *rules, f"--project-root={_TARGETS}", _TARGETS]
        code, output, complaint = _run(command, Path(folder), timeout)
    return _read(code, output, complaint, files)


def judge(
    scan: Scan, inserted_lines: Mapping[str, Collection[int]], observed_lines: Mapping[str, Collection[int]]
) -> list[Finding]:
    """Findings of a scan. What our change brought about is an error, what was there before a note.

    `inserted_lines`: per file the lines that hold something of ours; no other rule may fire there.
    `observed_lines`: per file the lines of the `def`s that are observed according to the plan; a rule that
    calls one of them not observed has seen something that the plan has not.
    """
    findings = [Finding("error", Reason.RULE_FAILED.value, f"semgrep: {e.message}", e.file) for e in scan.errors]
    for match in scan.matches:
        unobserved = match.rule.endswith("-not-observed")  # also where a comment says so, and a guard of ours stands
        if match.line in (observed_lines if unobserved else inserted_lines).get(match.file, ()):
            message = f"the planned change does not satisfy {match.rule}: {match.message}"
            findings.append(Finding("error", Reason.RULE_FAILED.value, message, match.file, match.line))
        else:
            findings.append(Finding("note", match.rule, match.message, match.file, match.line))
    return findings


def _plain(raw: bytes) -> bytes:
    """The text as semgrep reads it: it takes every file for UTF-8, and a lone CR for no line end at all."""
    try:
        text = Source.decode(raw).text
    except Refused:
        return raw
    return re.sub(r"\r\n?", "\n", text).encode("utf-8", "replace")


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "SEMGREP_SETTINGS_FILE": str(folder / "settings.yml")}


def _run(command: Sequence[str], folder: Path, timeout: float) -> tuple[int, bytes, str]:
    """Exit code, output and complaint of a process; ends it, and what it started, on timeout or interrupt."""
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise SpliceError(f"semgrep did not start: {error.strerror}", fix=_INSTALL) from None
    with process:
        try:
            output, complaint = process.communicate(timeout=timeout)
        except BaseException as error:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise SpliceError(f"semgrep took longer than {timeout:g} s and was stopped") from None
            raise
    return process.returncode, output, complaint.decode("utf-8", "replace").strip()


def _read(code: int, output: bytes, complaint: str, files: Mapping[str, str]) -> Scan:
    """Semgrep's JSON as a Scan. Exit codes vary (0 with a timeout, 7 with a bad pattern): `errors` decides."""
    try:
        data: dict[str, Any] = json.loads(output)
        version, results, errors = data["version"], data["results"], data["errors"]
        scanned = {files[path] for path in data["paths"]["scanned"]}
        matches = [_match(result, files) for result in results]
        troubles = [(files.get(str(error.get("path"))), _message(error)) for error in errors]
        troubles += [(None, f"a rule was skipped: {rule}") for rule in data.get("skipped_rules", ())]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        detail = complaint.splitlines()[-1:] or ["no output"]
        raise SpliceError(f"semgrep crashed (exit code {code}): {detail[0]}") from None
    general = [message for file, message in troubles if file is None]
    if general:
        raise SpliceError(f"semgrep could not check the rules: {general[0]}")
    if code not in (0, 1) and not troubles:
        raise SpliceError(f"semgrep ended with exit code {code}: {complaint or 'no message'}")
    if not _is_tested(version):
        raise SpliceError(f"semgrep {version} is outside the tested range", fix=_INSTALL)
    failed = {ScanError(file, message) for file, message in troubles if file is not None}
    failed |= {ScanError(file, "the file was not scanned") for file in set(files.values()) - scanned}
    return Scan(
        tuple(sorted(matches, key=lambda m: (m.file, m.line, m.rule, m.message))),
        tuple(sorted(scanned)),
        tuple(sorted(failed, key=lambda e: (e.file, e.message))),
        version,
    )


def _match(result: Mapping[str, Any], files: Mapping[str, str]) -> Match:
    extra = result["extra"]
    line = int(result["start"]["line"])
    return Match(result["check_id"], files[result["path"]], line, extra["message"], extra["severity"])


def _message(error: Mapping[str, Any]) -> str:
    text = " ".join(str(error.get("message", "")).split())
    return f"{error.get('type', 'error')}: {text}"


def _is_tested(version: str) -> bool:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return numbers is not None and TESTED[0] <= (int(numbers[1]), int(numbers[2])) < TESTED[1]


@functools.lru_cache(maxsize=8)
def _version(executable: str) -> str:
    """What `semgrep --version` says, without the front end that would look for a newer one; "" if it says nothing."""
    if version := version_of(executable):
        return version
    with tempfile.TemporaryDirectory(prefix="splice-semgrep-", ignore_cleanup_errors=True) as folder:
        try:
            said = _run([executable, "--experimental", "--version"], Path(folder), 30.0)[1].decode("ascii").strip()
        except (SpliceError, UnicodeDecodeError):
            return ""
    remember_version(executable, said)
    return said
