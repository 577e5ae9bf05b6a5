"""Who instruments the service already: everything that is found, and what of it is in an app's way.

Files are read, nothing is executed: Python through the project's modules, commands and manifests as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from splice.discover import by_name
from splice.instrumented.code import in_code
from splice.instrumented.commands import WORDS, in_commands, kind_of
from splice.instrumented.declared import declarations, in_dependencies, native, switched_off
from splice.instrumented.tools import TOOLS, Instrumentation
from splice.metadata import Read, peek
from splice.model import JoinPoint, Reason
from splice.resolve import Project

_LARGEST = 1024 * 1024  # what starts a service is short; a large YAML file is data


def instrumentation(
    project: Project,
    points: Sequence[JoinPoint],
    files: Sequence[str],
    read: Read,
    named: Iterable[str],
    own: Callable[[str], bool],
    ours: Callable[[str, str], bool],
) -> tuple[Instrumentation, ...]:
    """Everything that instruments the service, or may, by file and line.

    `files`: all files of the repository; `named`: the Python files that hold a word of a tool; `own`: whether a
    Python file is the service's to look at; `ours`: whether Splice has declared a requirement in a manifest.
    """
    found = [*in_code(project, named, own)]
    found += _in_commands(files, read)
    declared = [*declarations([file for file in files if not by_name(file) or file.endswith("setup.py")], read)]
    found += native(declared, files, lambda f: peek(read, f), points, lambda p: switched_off(project, p))
    used = {one.tool for one in found}
    found += [one for one in in_dependencies(declared, ours) if one.tool not in used]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.file, one.line, one.tool, one.how)))


def _in_commands(files: Sequence[str], read: Read) -> Iterable[Instrumentation]:
    words = [word.encode() for word in WORDS]
    for file in files:
        if kind_of(file) and not by_name(file):
            raw = peek(read, file)
            if len(raw) <= _LARGEST and any(word in raw for word in words):
                yield from in_commands(file, raw)


def left_alone(points: Sequence[JoinPoint], found: Sequence[Instrumentation]) -> tuple[JoinPoint, ...]:
    """The join points, of which an app that is instrumented already says so, and by whom."""
    there = [one for one in found if one.instruments_apps]
    apps = [point for point in points if point.kind == "app"]
    return tuple(_checked(point, apps, there) if point.kind == "app" and not point.skip else point for point in points)


def _checked(point: JoinPoint, apps: Sequence[JoinPoint], found: Sequence[Instrumentation]) -> JoinPoint:
    for one in found:
        if _covers(one, point, apps):
            text = f"{TOOLS[one.tool].title}: {one.how}, {one.file}:{one.line}"
            return replace(point, reason=Reason.ALREADY_INSTRUMENTED, detail=text)
    return point


def _covers(one: Instrumentation, point: JoinPoint, apps: Sequence[JoinPoint]) -> bool:
    """Whether a finding is about an app: by where the app was made, its framework, or the folder of the command."""
    if one.apps:
        end = point.anchor.end_line if point.anchor else point.line
        return any(file == point.file and point.line <= line <= end for file, line in one.apps)
    if one.frameworks and point.framework not in one.frameworks:
        return False
    folder = one.file.rpartition("/")[0] + "/"
    below = [app for app in apps if app.file.startswith(folder)]
    return one.kind != "entry-point" or folder == "/" or not below or point in below
