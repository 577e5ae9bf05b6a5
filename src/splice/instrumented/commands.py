"""Tools that a start command switches on: `opentelemetry-instrument` and its like, in front of the service.

Dockerfiles, Procfiles, compose and Kubernetes manifests, shell scripts, Makefiles, systemd units, process managers'
and pyproject's own scripts. They are read as text, line by line, without comments: a launcher counts only as a word
of a command, never of `pip install` or `echo`, and never in a value that is no command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from splice.instrumented.tools import TOOLS, Instrumentation
from splice.metadata import dig, toml

#: Program (and its first argument, "" for any) -> tool.
_LAUNCHERS = {
    ("ddtrace-run", ""): "ddtrace",
    ("elasticapm-run", ""): "elastic-apm",
    ("logfire", "run"): "logfire",
    ("newrelic-admin", "run-program"): "newrelic",
    ("newrelic-admin", "run-python"): "newrelic",
    ("opentelemetry-instrument", ""): "opentelemetry",
    ("splunk-py-trace", ""): "opentelemetry",
}
_ANNOTATIONS = {
    "instrumentation.opentelemetry.io/inject-python": "opentelemetry",
    "admission.datadoghq.com/python-lib.version": "ddtrace",
}
#: A file that holds none of these starts nothing with a tool.
WORDS = tuple(sorted({name for name, _ in _LAUNCHERS} | set(_ANNOTATIONS)))
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("docker", r"(?:Docker|Container)file(?:[.-][^/]+)?|[^/]+\.(?:Docker|Container)file"),
        ("lines", r"Procfile(?:\.[^/]+)?|(?:GNU)?Makefile|[^/]+\.(?:mk|sh|bash)|justfile"),
        ("lines", r"(?:docker-)?entrypoint|start|run|serve|web"),
        ("keys", r"[^/]+\.(?:service|ini|conf)|supervisord?\.conf"),
        ("yaml", r"[^/]+\.(?:ya?ml|tpl)"),
        ("toml", r"pyproject\.toml|fly\.toml"),
    )
)
_NOT_STARTED = re.compile(  # what runs in continuous integration and in tests is not the service
    r"(?:^|/)(?:\.[^/]+|docs?)/|(?:^|/)\.gitlab-ci|(?:^|[/._-])(?:ci|tests?|tox|pipelines?|pre-commit)[._-][^/]*$"
)
_COMMANDS = frozenset({"args", "cmd", "command", "entrypoint", "run_command", "startcommand", "start_command"})
_DIRECTIVE = re.compile(r"(?i)\s*(CMD|ENTRYPOINT)\s+(.*)", re.DOTALL)
_KEY = re.compile(r"(\s*)(-\s+)?[\"']?([\w./-]+)[\"']?\s*:(?:\s+(.*)|$)")
_SETTING = re.compile(r"\s*(?:Exec\w+|command|cmd|attach-daemon2?)\s*=\s*(.*)", re.IGNORECASE)
_COMMENT = re.compile(r"""(?:[^\s#"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\]|(?<=\S)#|\s+(?!#))*""")
_SPLIT = re.compile(r"[\s\[\](){},\"'`=]+")
_ENDS = re.compile(r"&&|\|\||[;|&]")
_ASSIGNED = re.compile(r"(?<!\S)[A-Za-z_]\w*=\S*")
#: What takes a launcher's name as text, and does not run it.
_TALK = frozenset({"add", "cat", "command", "echo", "grep", "install", "printf", "test", "type", "which"})


def kind_of(file: str) -> str:
    """How a file says what is started; "" for one that starts nothing of the service."""
    name = file.rpartition("/")[2]
    if _NOT_STARTED.search(file):
        return ""
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(name)), "")


def in_commands(file: str, raw: bytes) -> Iterator[Instrumentation]:
    """What the commands of one file switch on."""
    kind = kind_of(file)
    text = raw.decode("utf-8", "replace")
    if kind == "toml":
        rows: Iterator[tuple[int, str]] = _scripts(raw, text)
    elif kind == "docker":
        rows = ((n, m[2]) for n, line in _joined(text, "#") if (m := _DIRECTIVE.fullmatch(line)))
    elif kind == "keys":
        rows = ((n, m[1]) for n, line in _joined(text, "#;") if (m := _SETTING.fullmatch(line)))
    elif kind == "yaml":
        rows = _yaml(text)
        yield from _annotated(file, text)
    else:
        rows = ((n, _uncommented(line)) for n, line in _joined(text, "#"))
    for line, command in rows:
        if found := _launched(command):
            tool, how = found
            yield Instrumentation(tool, "entry-point", file, line, how, TOOLS[tool].signals)


def _launched(command: str) -> tuple[str, str] | None:
    """The tool that a command line starts the service with, and the words that do it."""
    for part in _ENDS.split(command):
        names = [word.rpartition("/")[2] for word in _SPLIT.split(_ASSIGNED.sub("", part)) if word]
        for index, name in enumerate(names):
            if name.lstrip("@-") in _TALK:  # make's recipes begin with these
                break
            after = names[index + 1] if index + 1 < len(names) else ""
            for (program, argument), tool in _LAUNCHERS.items():
                if name == program and argument in ("", after):
                    return tool, f"{program} {argument}".strip()
    return None


def _joined(text: str, comments: str) -> Iterator[tuple[int, str]]:
    """Line number and text of logical lines: comment lines left out, continued lines put together."""
    start, joined = 0, ""
    for number, row in enumerate(text.splitlines(), 1):
        if row.lstrip()[:1] in tuple(comments):
            continue
        start = start if joined else number
        if row.rstrip().endswith("\\"):
            joined += row.rstrip()[:-1] + " "
            continue
        yield start, joined + row
        joined = ""
    if joined:
        yield start, joined


def _uncommented(line: str) -> str:
    """A line without the comment at its end; a `#` inside quotes or a word is none."""
    match = _COMMENT.match(line)
    return match[0] if match else line


def _yaml(text: str) -> Iterator[tuple[int, str]]:
    """Values of keys that hold a command: on the key's line, in a list or a block below it."""
    value: list[tuple[int, str]] = []
    inside = -1  # the indentation of the key whose value these lines are
    for number, row in enumerate(text.splitlines(), 1):
        line = _uncommented(row).rstrip()
        if not line:
            continue
        indent = len(line) - len(line.lstrip())
        if inside >= 0 and (indent > inside or (indent == inside and line.lstrip().startswith("- "))):
            value.append((number, line.strip().removeprefix("- ")))
            continue
        if inside >= 0:
            yield _value(value)
        inside = -1
        if (match := _KEY.fullmatch(line)) and match[3].lower() in _COMMANDS:
            inside, value = len(match[1]) + len(match[2] or ""), [(number, match[4] or "")]
    if inside >= 0:
        yield _value(value)


def _value(rows: Sequence[tuple[int, str]]) -> tuple[int, str]:
    """A command over several lines as one, at the line that names the launcher. Lines of a `|` block are apart."""
    line = next((number for number, text in rows if any(program in text for program, _ in _LAUNCHERS)), rows[0][0])
    return line, (" ; " if rows[0][1].startswith("|") else " ").join(text for _, text in rows)


def _annotated(file: str, text: str) -> Iterator[Instrumentation]:
    """Annotations that make an operator inject the tool into a pod."""
    for number, row in enumerate(text.splitlines(), 1):
        match = _KEY.fullmatch(_uncommented(row).rstrip())
        tool = _ANNOTATIONS.get(match[3]) if match else None
        value = (match[4] or "").strip("\"' ").lower() if match else ""
        if tool and match and value not in ("", "false"):
            yield Instrumentation(tool, "entry-point", file, number, match[3], TOOLS[tool].signals)


def _scripts(raw: bytes, text: str) -> Iterator[tuple[int, str]]:
    """Commands of the task runners in a TOML file, and of fly.toml's processes."""
    values = toml(raw)
    tables = [dig(values, "tool", *keys) for keys in (("poe", "tasks"), ("pdm", "scripts"), ("taskipy", "tasks"))]
    tables += [dig(values, "tool", "hatch", "envs"), dig(values, "processes"), dig(values, "tool", "rye", "scripts")]
    lines = text.splitlines()
    for command in _strings(tables):
        words = command.split()
        place = next((n for n, row in enumerate(lines, 1) if words and words[0] in row and words[-1] in row), 1)
        yield place, command


def _strings(value: object, depth: int = 0) -> Iterator[str]:
    """Every text in nested tables; a list of words is one command."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth < 6:
        for inner in value.values():
            yield from _strings(inner, depth + 1)
    elif isinstance(value, list) and depth < 6:
        if value and all(isinstance(item, str) for item in value):
            yield " ".join(value)
        else:
            for inner in value:
                yield from _strings(inner, depth + 1)
