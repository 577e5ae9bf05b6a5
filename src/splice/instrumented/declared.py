"""Tools that a service declares among its dependencies, and whether its FastAPI traces requests by itself.

A declaration is weak evidence: it says that somebody wants a tool, not that it is switched on. Development
dependencies and lock files are not looked at, but for the version of FastAPI.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from splice.instrumented.tools import TOOLS, Instrumentation
from splice.manifests.find import FORMATS, text_of
from splice.manifests.lines import Lines
from splice.manifests.specs import Declared, parse
from splice.metadata import Read, setup_arguments, strings
from splice.model import JoinPoint
from splice.resolve import Project

NATIVE_SINCE = "0.142"  # FastAPI: https://fastapi.tiangolo.com, `FastAPI(telemetry=...)`; 0.141.1 has nothing of it
_NEWER = (NATIVE_SINCE, "0.142.1", "0.150.0", "0.165.0", "0.999", "1.0", "9")  # one for each way to bound above
_REQUIREMENTS = re.compile(r"(?:^|/)requirements(?:[-_/](?P<name>[^/]+?))?\.(?:txt|in)$")
_DEVELOPMENT = re.compile(r"(?:^|[-_.])(?:dev|development|test|tests|testing|docs?|lint|ci|local)(?:$|[-_.])")
_LOCKED = re.compile(r'(?m)^name = "fastapi"\r?\nversion = "([^"]+)"')  # uv.lock, poetry.lock, pdm.lock
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
_PACKAGES = {package: name for name, tool in TOOLS.items() for package in tool.packages}


def declarations(files: Sequence[str], read: Read) -> Iterator[tuple[str, int, Declared]]:
    """Every requirement of the service's manifests, with its file and line."""
    for file in files:
        name = file.rpartition("/")[2]
        found: list[Declared] = []
        if name in FORMATS:
            text = text_of(read, file)
            found = [one for format_ in FORMATS[name] for one in format_.declared(text)]
        elif name == "setup.py":
            text = text_of(read, file)
            listed = strings(setup_arguments(read(file)).get("install_requires")) if "install_requires" in text else ()
            found = [parse(item) for item in listed or ()]
        elif (match := _REQUIREMENTS.search(file)) and not _DEVELOPMENT.search(match["name"] or ""):
            text = text_of(read, file)
            found = Lines().declared(text)
        lines = text.splitlines() if found else []
        for one in found:
            yield file, _line(lines, one), one


def in_dependencies(
    declared: Sequence[tuple[str, int, Declared]], ours: Callable[[str, str], bool]
) -> Iterator[Instrumentation]:
    """Declared tools, each once. `ours`: whether Splice itself has declared a name in a file."""
    seen: set[str] = set()
    for file, line, one in declared:
        tool = _PACKAGES.get(one.name)
        if tool is not None and one.name not in seen and not ours(file, one.name):
            seen.add(one.name)
            yield Instrumentation(tool, "dependency", file, line, one.text, TOOLS[tool].signals, in_use=False)


def native(
    declared: Sequence[tuple[str, int, Declared]],
    files: Sequence[str],
    read: Read,
    points: Sequence[JoinPoint],
    switched_off: Callable[[JoinPoint], bool],
) -> Iterator[Instrumentation]:
    """FastAPI's own telemetry, where the version that is declared or locked has it, or may have it."""
    apps = [p for p in points if p.kind == "app" and p.framework == "fastapi"]
    apps = [p for p in apps if not switched_off(p)]
    versions = [(file, line, one.allows) for file, line, one in declared if one.name in ("fastapi", "fastapi-slim")]
    locked = [(file, *_locked(read(file))) for file in files if file.rpartition("/")[2] in _LOCKS]
    sure = [(file, line, allows) for file, line, allows in locked if allows] or versions
    if not apps or not sure:
        return
    file, line, allows = sure[0]
    has = {_has(one) for _, _, given in sure for one in given or (SpecifierSet(),)}
    if has == {False}:
        return
    places = tuple((p.file, p.line) for p in apps)
    tool, how = "fastapi", f"fastapi {' or '.join(map(str, allows))}".strip()
    signals = TOOLS[tool].signals
    yield Instrumentation(tool, "native", file, line, how, signals, ("fastapi",), places, in_use=has == {True})


def _has(allows: SpecifierSet) -> bool | None:
    """Whether the versions allowed trace by themselves: all (True), none (False), some (None)."""
    since = Version(NATIVE_SINCE)
    lowest = [_version(one.version) for one in allows if one.operator in (">=", "==", "~=", ">", "===")]
    if any(version is not None and version >= since for version in lowest):
        return True
    return None if any(allows.contains(v, prereleases=True) for v in _NEWER) else False


def _version(text: str) -> Version | None:
    try:
        return Version(text.removesuffix(".*"))
    except InvalidVersion:
        return None


def _locked(raw: bytes) -> tuple[int, tuple[SpecifierSet, ...]]:
    """The line and version of FastAPI in a lock file."""
    match = _LOCKED.search(raw.decode("utf-8", "replace")) if b'"fastapi"' in raw else None
    version = _version(match[1]) if match else None
    if match is None or version is None:
        return 0, ()
    return raw.decode("utf-8", "replace").count("\n", 0, match.start()) + 1, (SpecifierSet(f"=={version}"),)


def switched_off(project: Project, point: JoinPoint) -> bool:
    """Whether an app says `FastAPI(telemetry={"tracing": False})`."""
    module = project.file(point.file)
    for call in module.calls if module is not None else ():
        if call.statement.lineno == point.line:
            for keyword in call.node.keywords:
                if keyword.arg == "telemetry" and isinstance(keyword.value, ast.Dict):
                    pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
                    return any(
                        isinstance(key, ast.Constant)
                        and key.value == "tracing"
                        and isinstance(value, ast.Constant)
                        and value.value is False
                        for key, value in pairs
                    )
    return False


def _line(lines: Sequence[str], one: Declared) -> int:
    """The line of a requirement: the first that holds its text, else its name, outside comments."""
    name = re.compile(rf"(?i)(?:^|[\s\"'=]){one.name.replace('-', '[-_.]+')}(?:$|[^\w.-])")
    rows = [(number, line.partition("#")[0]) for number, line in enumerate(lines, 1)]
    exact = (number for number, row in rows if one.text and one.text in row)
    return next(exact, next((number for number, row in rows if name.search(row)), 1))
