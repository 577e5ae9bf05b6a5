"""Finds codemods and frameworks: every module of the two packages, and entry points of third parties.

The engine asks here and never names one. Entry point groups: `splice.codemods` and `splice.frameworks`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TypeVar

from splice.codemod import Codemod
from splice.frameworks import Framework
from splice.model import SpliceError

_T = TypeVar("_T")


@functools.cache
def codemods() -> Mapping[str, Codemod]:
    """Every codemod by id, sorted. Raises SpliceError for a module without one or an id that is taken."""
    return _collect("splice.codemods", "codemod", Codemod)


@functools.cache
def frameworks() -> Mapping[str, Framework]:
    """Every framework by name, sorted. Raises SpliceError as `codemods` does."""
    return _collect("splice.frameworks", "framework", Framework)


def _collect(package: str, attribute: str, kind: type[_T]) -> Mapping[str, _T]:
    found: dict[str, _T] = {}
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if info.name.startswith("_"):
            continue
        found[info.name] = _checked(
            getattr(importlib.import_module(f"{package}.{info.name}"), attribute, None), info.name, kind
        )
    for point in sorted(entry_points(group=package), key=lambda p: (p.name, p.value)):
        if point.name in found:
            raise SpliceError(f"{point.value} offers {attribute} {point.name!r}, which exists already")
        found[point.name] = _checked(point.load(), point.value, kind)
    return dict(sorted(found.items()))


def _checked(value: object, where: str, kind: type[_T]) -> _T:
    if not isinstance(value, kind):
        raise SpliceError(f"{where} does not define a {kind.__name__}")
    return value
