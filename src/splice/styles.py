"""How a service sorts and wraps its imports: the settings of its own tools, nearest to the file, read once."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from splice.survey import Survey
from splice.transformers.import_style import ImportStyle, read_style
from splice.transformers.line_length import of_linter

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TOOLS = ("ruff", "isort", "black")
_RUFF = (".ruff.toml", "ruff.toml")
_LINTER = (".flake8", "setup.cfg", "tox.ini")
_INI = (".isort.cfg", "setup.cfg", "tox.ini")


class Styles:
    """The import style of every folder of a survey."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._folders: dict[str, ImportStyle] = {}

    def of(self, file: str) -> ImportStyle:
        """The style that holds for a file: of the nearest folder above it whose settings speak of imports."""
        folder = posixpath.dirname(file)
        if folder not in self._folders:
            style = self._read(folder)
            if style.tool == "ruff" and (package := self._package(folder)):
                style = replace(style, first_party=tuple(sorted({*style.first_party, package})))
            length = self._survey.config.line_length
            self._folders[folder] = replace(style, line_length=length, code_length=length) if length else style
        return self._folders[folder]

    def _read(self, folder: str) -> ImportStyle:
        home, allowed = folder, None
        while True:
            allowed = allowed or self._allowed(home)
            pyproject = self._toml(posixpath.join(home, "pyproject.toml"))
            ruff = next((t for name in _RUFF if (t := self._toml(posixpath.join(home, name)))), None)
            ini = next((text for name in _INI if "isort" in (text := self._text(posixpath.join(home, name)))), None)
            tools = pyproject.get("tool", {})
            speaks = isinstance(tools, Mapping) and any(tool in tools for tool in _TOOLS)
            if speaks or ruff is not None or ini is not None or not home:
                style = read_style(pyproject, ruff=ruff, isort_ini=ini, allowed=allowed)
                return replace(style, first_party=tuple(sorted({*style.first_party, *self._modules(home, style)})))
            home = posixpath.dirname(home)

    def _allowed(self, home: str) -> int | None:
        """The line length that a folder's linter allows, where no formatter is seen to run."""
        hooks = self._text(posixpath.join(home, ".pre-commit-config.yaml"))
        return of_linter((self._text(posixpath.join(home, name)) for name in _LINTER), hooks)

    def _package(self, folder: str) -> str:
        """The top-level package that a folder is in, or "": to ruff it is first-party wherever it stands."""
        top = ""
        while folder and posixpath.join(folder, "__init__.py") in self._survey.files.names:
            folder, top = posixpath.split(folder)
        return top

    def _modules(self, home: str, style: ImportStyle) -> set[str]:
        """Top-level modules in the sorter's source roots, the scaffolds that are about to be written included."""
        files = [*self._survey.discovery.files, *self._survey.lock.by_file]
        files.append(posixpath.join(home, f"{self._survey.config.scaffold.rpartition('.')[2]}.py"))
        found = set()
        for root in style.source_roots:
            base = posixpath.normpath(posixpath.join(home, root)).removeprefix(".").removeprefix("/")
            base = f"{base}/" if base else ""
            for file in files:
                if file.endswith(".py") and file.startswith(base):
                    found.add(file[len(base) :].partition("/")[0].removesuffix(".py"))
        return found

    def _text(self, file: str) -> str:
        if file not in self._survey.files.names:
            return ""
        return self._survey.files.read(file).decode("utf-8", "replace")

    def _toml(self, file: str) -> dict[str, Any]:
        """A TOML file's tables; one that does not parse is the service's own trouble, not ours."""
        try:
            return tomllib.loads(self._text(file))
        except (ValueError, RecursionError):
            return {}
