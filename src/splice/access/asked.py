"""What a framework needs to answer who may call its operations: the parts of this package for one project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from splice.access.certain import Certain
from splice.access.decorators import Decorators
from splice.access.flow import Flow
from splice.access.names import Named
from splice.config import Config
from splice.resolve import Project


@dataclass(frozen=True, slots=True)
class Asked:
    """One project and its configuration, ready to be asked."""

    project: Project
    flow: Flow
    named: Named
    decorators: Decorators
    certain: Certain


def asked(project: Project, config: Config, mapped: Iterable[tuple[str, int]]) -> Asked:
    """`mapped`: exception classes and the status of their handler, as a framework reports them."""
    statuses: Mapping[str, int] = {name: status for name, status in mapped if status}
    flow = Flow(project, statuses)
    guards = (*config.auth.guards, *((config.auth.guard,) if config.auth.guard else ()))
    named = Named(project, guards, config.scaffold.rpartition(".")[2])
    return Asked(project, flow, named, Decorators(project, flow, named), Certain(project))
