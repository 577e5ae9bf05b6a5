"""What a service should have, as data: `[tool.codemod]` in pyproject.toml, or codemod.toml at the root.

Strict on purpose: an unknown key, a wrong type or an unknown codemod ends the run and names the file, the
line and the nearest valid name. Values come from the repository, so messages show them escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from splice import checks
from splice.model import SpliceError
from splice.patterns import dotted_matches, nearest, operation_matches
from splice.policies import Aspect, AuthPolicy, RetryPolicy, TimeoutsPolicy, read
from splice.strict import Places, fix_of
from splice.tomlfile import MAX_BYTES, key_lines, parse_toml, read_toml, show

__all__ = [
    "Config",
    "MetricsConfig",
    "SpansConfig",
    "dotted_matches",
    "load",
    "nearest",
    "operation_matches",
    "read_toml",
]

DEFAULT_CODEMODS = ("spans", "metrics")
_SECTION = re.compile(rb"^[ \t]*\[\[?[ \t]*tool[ \t]*\.[ \t]*[\"']?codemod\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SpansConfig:
    mode: Literal["enrich", "child"] = "enrich"
    record_messages: bool = False


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    name: str = "app.operation.duration"
    max_series: int | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The checked configuration of one root. `file` and `lines` say where a value stands, for later errors."""

    required_version: str = ""
    codemods: tuple[str, ...] = DEFAULT_CODEMODS
    functions: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    default_excludes: bool = True
    scaffold: str = "scaffold"
    import_root: str = ""
    line_length: int | None = None
    target_version: str = ""  # "3.9"; empty: what the service declares
    manifests: bool = True
    observed_by: tuple[str, ...] = ()  # "orders.tracing:traced": decorators that make spans and metrics already
    spans: SpansConfig = SpansConfig()
    metrics: MetricsConfig = MetricsConfig()
    auth: AuthPolicy = field(default_factory=AuthPolicy)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: TimeoutsPolicy = field(default_factory=TimeoutsPolicy)
    aspects: tuple[Aspect, ...] = ()
    file: str = field(default="", compare=False)
    lines: tuple[tuple[str, int], ...] = field(default=(), compare=False, repr=False)

    def normalised(self) -> str:
        """Canonical text of what every insertion and the scaffold say: the configuration's share of `codegen.id`.

        Left out: where code goes (functions, observed-by, excludes, scaffold, import root), codemods that are off,
        which other lines are written (manifests), gates (max-series), and line length and target version, which
        show in the scaffold's body, the other share. So services under one standard have one id.
        """
        said: dict[str, object] = {
            "codemods": sorted(self.codemods),
            "metrics": {"name": self.metrics.name},
            "spans": {"mode": self.spans.mode, "record-messages": self.spans.record_messages},
        }
        for name, policy in (("auth", self.auth), ("retry", self.retry), ("timeouts", self.timeouts)):
            if name in self.codemods:
                said[name] = policy.said()
        if self.aspects:
            said["aspects"] = sorted(aspect.said() for aspect in self.aspects)
        return json.dumps(said, sort_keys=True, separators=(",", ":"))

    def error(self, key: str, message: str, *, item: str = "", fix: str = "") -> SpliceError:
        """An error about a value found wrong later, `error("functions", "...", item=pattern)`, at its line."""
        lines = dict(self.lines)
        line = lines.get(f"{key}.={item}") or lines.get(key, 0)
        return SpliceError(message, file=self.file, line=line, fix=fix)

    def has(self, table: str) -> bool:
        """Whether the file has a table of this name: then its owner has asked for what is in it."""
        return any(key == table or key.startswith(f"{table}.") for key, _ in self.lines)

    def demand(self) -> None:
        """Raises SpliceError for a codemod that is on and lacks what only its policy can say."""
        if "auth" not in self.codemods:
            return
        if not self.auth.is_set:
            fix = '[auth] with authenticate = "module:function", guard = "module:decorator" or preset = "jwt"'
            raise self.error("codemods", "auth: nothing says who a caller is", item="auth", fix=fix)
        if self.auth.mode == "observe" and not self.auth.observe_until:
            fix = 'observe-until = "2027-01-31", or mode = "enforce"'
            raise self.error("auth", "auth.observe-until is missing: guards must not observe for ever", fix=fix)

    @staticmethod
    def find_root(start: Path) -> Path:
        """The nearest folder from `start` upwards that holds a configuration, a lock or `.git`; else `start`."""
        start = start if start.is_dir() else start.parent
        start = start.resolve()
        for folder in (start, *start.parents):
            if (folder / ".git").exists() or (folder / "codemod.lock").is_file() or (folder / "codemod.toml").is_file():
                return folder
            if _has_section(folder / "pyproject.toml"):
                return folder
        return start


def load(root: Path, config_file: Path | None, known_codemods: Collection[str]) -> Config:
    """The configuration of `root`: from `config_file` if given, else from the one place that has it, else defaults.

    Raises SpliceError for anything that is not exactly right, both places at once included.
    """
    if config_file is None:
        own, project = root / "codemod.toml", root / "pyproject.toml"
        found = [path for path, there in ((own, own.is_file()), (project, _has_section(project))) if there]
        if len(found) == 2:
            fix = "keep one of them"
            raise SpliceError("configured here and in pyproject.toml as well", file=own.name, fix=fix)
        if not found:
            return Config()
        config_file, shown = found[0], found[0].name
    else:
        shown = str(config_file)
    values: object
    text, values = parse_toml(config_file, shown)
    lines = key_lines(text)
    prefix: tuple[str, ...] = ()
    if config_file.name == "pyproject.toml":
        prefix = ("tool", "codemod")
        tool = values.get("tool")
        values = tool.get("codemod") if isinstance(tool, dict) else None
        if not isinstance(values, dict):
            raise SpliceError("has no table [tool.codemod]", file=shown, line=lines.get(prefix, 0))
    places = {path[len(prefix) :]: line for path, line in lines.items() if path[: len(prefix)] == prefix}
    return _build(values, shown, places, known_codemods)


_TOP: Mapping[str, Callable[[object], object]] = {
    "required-version": checks.required,
    "codemods": checks.texts,
    "functions": checks.names,
    "observed-by": checks.objects,
    "exclude": checks.patterns,
    "include": checks.patterns,
    "default-excludes": checks.flag,
    "scaffold": checks.module,
    "import-root": checks.folder,
    "line-length": checks.count,
    "target-version": checks.matching(r"3\.[1-9]?[0-9]", "3.12"),
    "manifests": checks.flag,
}
_TABLES: Mapping[str, tuple[type[Any], Mapping[str, Callable[[object], object]]]] = {
    "metrics": (MetricsConfig, {"name": checks.instrument, "max-series": checks.count}),
    "spans": (SpansConfig, {"mode": checks.mode, "record-messages": checks.flag}),
}


def _build(
    values: Mapping[str, Any], file: str, places: Mapping[tuple[str, ...], int], known_codemods: Collection[str]
) -> Config:
    """Checked values in their dataclasses. The required version comes first: a newer file has newer keys."""
    at = Places(file, places)
    if "required-version" in values:
        at.table({"required-version": values["required-version"]}, _TOP)
    fields = at.table(values, {**_TOP, **dict.fromkeys(_TABLES, checks.settings), **read.KINDS})
    for name, (made, rules) in _TABLES.items():
        if name in values:
            fields[name] = made(**at.table(values[name], rules, (name,)))
    for name, reader in read.READERS.items():
        if name in values:
            fields[name] = reader(values[name], at)
    lines = tuple((".".join(path), line) for path, line in sorted(places.items()))
    config = Config(**fields, file=file, lines=lines)
    for codemod in config.codemods if "codemods" in values else ():
        if codemod not in known_codemods:
            message, fix = f"codemods: there is no codemod {show(codemod)}", fix_of(codemod, known_codemods)
            raise config.error("codemods", message, item=codemod, fix=fix)
    for aspect in config.aspects:
        if aspect.name in known_codemods:
            message = f"aspects: {show(aspect.name)} is the name of a codemod"
            raise SpliceError(message, file=file, line=aspect.line, fix="give the aspect another name")
    config.demand()
    return config


def _has_section(project: Path) -> bool:
    """Whether a pyproject.toml configures us; a broken one counts when it looks so, and `load` says what is wrong."""
    if not project.is_file():
        return False
    try:
        with project.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError:
        return True
    if len(raw) > MAX_BYTES:
        return True  # `load` says so
    if b"codemod" not in raw:
        return False
    try:
        tool = read_toml(project).get("tool")
    except SpliceError:
        return _SECTION.search(raw) is not None
    return isinstance(tool, dict) and "codemod" in tool
