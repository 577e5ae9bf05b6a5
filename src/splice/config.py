"""Reads what a service should have: `[tool.codemod]` in pyproject.toml, or codemod.toml at the root.

Strict on purpose: an unknown key, a wrong type or an unknown codemod ends the run and names the file, the
line and the nearest valid name. Values come from the repository, so messages show them escaped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from splice import checks, ledger
from splice.model import SpliceError
from splice.patterns import dotted_matches, nearest, operation_matches
from splice.policies import floors, kinds, openapi, read
from splice.settings import DEFAULT_CODEMODS, Config, MetricsConfig, SpansConfig
from splice.sources import Tree, commit_of, committed, disk, packaged
from splice.strict import Places, fix_of
from splice.tomlfile import MAX_BYTES, head, key_lines, parse_text, read_bytes, read_toml, show

__all__ = [
    "DEFAULT_CODEMODS",
    "Config",
    "MetricsConfig",
    "SpansConfig",
    "dotted_matches",
    "find_root",
    "load",
    "nearest",
    "operation_matches",
    "read_toml",
]

_LONGEST = 5  # policies that extend each other
_SECTION = re.compile(rb"^[ \t]*\[\[?[ \t]*tool[ \t]*\.[ \t]*[\"']?codemod\b", re.MULTILINE)


def find_root(start: Path) -> Path:
    """The nearest folder from `start` upwards that holds a configuration, a lock or `.git`; else `start`."""
    start = start if start.is_dir() else start.parent
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if is_root(folder)), start)


def is_root(folder: Path) -> bool:
    """Whether a folder holds a configuration, a lock or `.git`."""
    if ledger.current is not None:
        for name in (".git", "codemod.lock", "codemod.toml", "pyproject.toml"):
            ledger.current.place(f"{folder}/{name}")
    if (folder / ".git").exists() or (folder / "codemod.lock").is_file() or (folder / "codemod.toml").is_file():
        return True
    return (folder / "pyproject.toml").is_file() and _has_section(_head(folder / "pyproject.toml"))


def load(
    root: Path,
    config_file: Path | None,
    known_codemods: Collection[str],
    *,
    policy: Path | None = None,
    policy_ref: str = "",
) -> Config:
    """The configuration of `root`: from `config_file` if given, else from the one place that has it, else defaults.

    It tightens the policy that it `extends`, what the commit `policy_ref` says, and the outermost one, `policy`.
    Raises SpliceError for anything that is not exactly right, both places at once included.
    """
    tree = disk(root)
    if config_file is not None:
        shown = str(config_file)
        config = _parsed(read_bytes(config_file, shown), config_file.name, shown, known_codemods)
    else:
        config = _own(tree, known_codemods)
    config = _with_document(_innermost(config), tree)
    config = _extended(config, root, tree, known_codemods)
    if policy_ref:
        commit = commit_of(root, policy_ref)
        there = committed(root, commit, policy_ref)
        before = _with_document(_innermost(_before(there, root, config_file, known_codemods)), there)
        before = _extended(before, root, there, known_codemods)
        config = replace(floors.tighten(before, config), commit=commit)
    if policy is not None:
        outer = _parsed(read_bytes(policy, str(policy)), policy.name, str(policy), known_codemods)
        config = floors.tighten(_extended(_outer(outer), root, None, known_codemods), config)
    for name, _ in config.min_coverage:
        if name not in config.codemods:
            fix = f'codemods = ["{name}", ...], or remove it'
            raise config.error(f"min-coverage.{name}", f"min-coverage: {name} is not among the codemods", fix=fix)
    config.demand()
    return config


def differs(root: Path, commit: str, config_file: Path | None, known_codemods: Collection[str]) -> bool:
    """Whether the repository's own configuration says other things than in a commit, where it may be broken, too."""
    there = committed(root, commit)
    now = disk(root)
    try:
        before = _with_document(_before(there, root, config_file, known_codemods), there)
    except SpliceError:
        return True
    if config_file is None:
        return before != _with_document(_own(now, known_codemods), now)
    own = _parsed(read_bytes(config_file, str(config_file)), config_file.name, str(config_file), known_codemods)
    return before != _with_document(own, now)


def _before(there: Tree, root: Path, config_file: Path | None, known_codemods: Collection[str]) -> Config:
    """What an earlier commit says, in the same place."""
    if config_file is None:
        return _own(there, known_codemods)
    base, file = os.path.realpath(root), os.path.realpath(config_file)
    if not file.startswith(base.rstrip(os.sep) + os.sep):
        return Config()  # no change to the repository changes it
    path = os.path.relpath(file, base).replace(os.sep, "/")
    raw = there.read(path)
    return Config() if raw is None else _parsed(raw, config_file.name, there.shown(path), known_codemods)


def _innermost(config: Config) -> Config:
    """A repository's own configuration: what it may do is not for it to say."""
    for key in ("allow", "allow-suppress"):
        if config.has(key):
            fix = "a policy that the repository extends, or --policy FILE, may say so"
            raise config.error(key, f"{key} belongs to an outer policy", fix=fix)
    return config


def _outer(config: Config) -> Config:
    if config.has("auth.policy"):
        raise config.error("auth.policy", "auth.policy belongs to a service: an outer policy describes none")
    return config


def _extended(config: Config, root: Path, tree: Tree | None, known_codemods: Collection[str], depth: int = 0) -> Config:
    """With the policies that it extends, the nearest first. One that comes from a package extends packages only."""
    if not config.extends:
        return config
    name = config.extends
    try:
        if depth > _LONGEST:
            raise config.error("extends", f"more than {_LONGEST} policies extend each other")
        if ":" in name:
            raw: bytes | None = packaged(root, name)
        elif tree is None:
            fix = 'extends = "acme_policy:codemod.toml"'
            raise config.error("extends", "extends: an outer policy extends a file of a package only", fix=fix)
        else:
            raw, name = tree.read(name), tree.shown(name)
        if raw is None:
            raise config.error("extends", f"extends: there is no file {show(name)}")
    except SpliceError as error:
        if error.file:
            raise
        raise config.error("extends", error.message, fix=error.fix) from None
    outer = _outer(_parsed(raw, name.rpartition("/")[2].rpartition(":")[2], name, known_codemods))
    return floors.tighten(_extended(outer, root, None, known_codemods, depth + 1), config)


def _own(tree: Tree, known_codemods: Collection[str]) -> Config:
    """What a tree says of itself, in one of two places; the defaults when it says nothing."""
    own, project = tree.read("codemod.toml"), tree.read("pyproject.toml")
    if project is not None and not _has_section(project):
        project = None
    if own is not None and project is not None:
        fix = "keep one of them"
        raise SpliceError("configured here and in pyproject.toml as well", file=tree.shown("codemod.toml"), fix=fix)
    if own is None and project is None:
        return Config()
    name = "codemod.toml" if own is not None else "pyproject.toml"
    return _parsed(own if own is not None else project or b"", name, tree.shown(name), known_codemods)


def _with_document(config: Config, tree: Tree) -> Config:
    """With the OpenAPI document that it names as its policy."""
    if not config.auth.policy:
        return config
    raw = tree.read(config.auth.policy)
    if raw is None:
        raise config.error("auth.policy", f"auth.policy: there is no file {show(config.auth.policy)}")
    return replace(config, document=openapi.read(raw, tree.shown(config.auth.policy)))


def _parsed(raw: bytes, name: str, shown: str, known_codemods: Collection[str]) -> Config:
    values: object
    text, values = parse_text(raw, shown)
    lines = key_lines(text)
    prefix: tuple[str, ...] = ()
    if name == "pyproject.toml":
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
    "extends": kinds.policy,
    "allow": kinds.some_of(*floors.LISTS),
    "allow-suppress": checks.texts,
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
    tables = dict.fromkeys((*_TABLES, "min-coverage"), checks.settings)
    fields = at.table(values, {**_TOP, **tables, **read.KINDS})
    for name, (made, rules) in _TABLES.items():
        if name in values:
            fields[name] = made(**at.table(values[name], rules, (name,)))
    for name, reader in read.READERS.items():
        if name in values:
            fields[name] = reader(values[name], at)
    if "min-coverage" in values:
        measurable = [*known_codemods, *(aspect.name for aspect in fields.get("aspects", ()))]
        at.table(values["min-coverage"], dict.fromkeys(measurable, kinds.number(0, 100)), ("min-coverage",))
        fields["min_coverage"] = tuple(sorted((name, float(least)) for name, least in values["min-coverage"].items()))
    lines = tuple((".".join(path), line) for path, line in sorted(places.items()))
    config = Config(**fields, file=file, lines=lines, given=frozenset(_keys(values)))
    for aspect in config.aspects:
        if aspect.name in known_codemods:
            message = f"aspects: {show(aspect.name)} is the name of a codemod"
            raise SpliceError(message, file=file, line=aspect.line, fix="give the aspect another name")
    _exported(config)
    aspects = [aspect.name for aspect in config.aspects]
    for key, names in (("codemods", config.codemods), ("allow-suppress", config.allow_suppress)):
        for codemod in names if key in values else ():
            if codemod not in known_codemods and codemod not in aspects:
                fix = fix_of(codemod, [*known_codemods, *aspects])
                raise config.error(key, f"{key}: there is no codemod {show(codemod)}", item=codemod, fix=fix)
    return replace(config, codemods=tuple(dict.fromkeys((*config.codemods, *aspects))))


def _exported(config: Config) -> None:
    """A scaffold exports the decorators of all aspects: one name cannot mean two of them."""
    known: dict[str, str] = {}
    for aspect in config.aspects:
        name = aspect.decorator.rpartition(":")[2].rpartition(".")[2]
        if known.setdefault(name, aspect.decorator) != aspect.decorator:
            message = f"aspects: {show(aspect.decorator)} has the name of {show(known[name])}"
            raise SpliceError(
                message, file=config.file, line=aspect.line, fix="give one of them another name in Python"
            )


def _keys(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Every key that a configuration gives, tables included, in whatever way they are written."""
    for key, value in values.items():
        yield above + key
        if isinstance(value, dict):
            yield from _keys(value, f"{above}{key}.")


def _head(project: Path) -> bytes:
    """The text of a pyproject.toml; of one that cannot be read, words that make `load` say so."""
    try:
        return head(project)
    except OSError:
        return b"[tool.codemod]"


def _has_section(raw: bytes) -> bool:
    """Whether a pyproject.toml configures us; a broken one counts when it looks so, and `load` says what is wrong."""
    if len(raw) > MAX_BYTES:
        return True  # `load` says so
    if b"codemod" not in raw:
        return False
    try:
        tool = parse_text(raw, "pyproject.toml")[1].get("tool")
    except SpliceError:
        return _SECTION.search(raw) is not None
    return isinstance(tool, dict) and "codemod" in tool
