"""One file per framework: what a join point is there. Modules whose name starts with `_` are shared helpers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from splice.config import Config
from splice.model import Access, JoinPoint
from splice.resolve import Project

#: file, symbol, kind of a join point, and one of its operations -> who may call that
AccessMap = Mapping[tuple[str, str, str, str], Access]


def _nothing(_: Project) -> Iterable[tuple[str, int]]:
    return ()


def _no_files(_: Project) -> Iterable[str]:
    return ()


def _nobody_knows(_: Project, __: Sequence[JoinPoint], ___: Config) -> AccessMap:
    return {}


@dataclass(frozen=True, slots=True)
class Framework:
    """What Splice knows of one web framework; its name is the name of its module.

    `tokens`: a file that holds none of these bytes holds no join point (files that others refer to join later).
    `verbs`: bytes that are everywhere, such as `.get(`: they count in a decorator, where what the call gives is
    called, and at an object that a class with one of `makers` in its name made.
    `packages`: nothing of it is in a project that imports none of these, nor one whose name holds theirs.
    `find`: every join point of the project, those that cannot be instrumented with their reason.
    `mapped`: exception classes (`module.Qualname`) with a registered handler, and the status that it returns
    (0 when that cannot be read from the source).
    `starters`: the files from which a service of several packages is started; these share one scaffold then.
    `access`: who may call each operation of its handlers and websockets, by what the service itself does.
    `instrumentor`: the requirement of the official OpenTelemetry instrumentor, for the codemod `instrument`.
    """

    tokens: tuple[bytes, ...]
    find: Callable[[Project], Iterable[JoinPoint]]
    mapped: Callable[[Project], Iterable[tuple[str, int]]] = _nothing
    starters: Callable[[Project], Iterable[str]] = _no_files
    access: Callable[[Project, Sequence[JoinPoint], Config], AccessMap] = _nobody_knows
    instrumentor: str = ""
    verbs: tuple[bytes, ...] = ()
    makers: tuple[bytes, ...] = ()
    packages: tuple[str, ...] = ()
