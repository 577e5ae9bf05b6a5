"""Aspects: codemods of an owner's own, written as data in the configuration (design words: pointcut and advice).

Each inserts a decorator of the service's own. It is imported through the scaffold, so that an insertion is
recognised like any other, whatever the service calls the module that it comes from.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from splice import scaffold
from splice.codemod import AddDecorator, Codemod, Pointcut
from splice.config import Config
from splice.model import Example, JoinPoint, Safety, SpliceError
from splice.patterns import operation_matches
from splice.policies import Aspect
from splice.registry import codemods
from splice.tomlfile import show

PART = "aspects"  # of the scaffold: it knows where each decorator comes from
_RANKS = {"outside": -1, "inside": 2}  # what this tool inserts itself lies between


def known(config: Config) -> Mapping[str, Codemod]:
    """Every codemod that a configuration may name, by name: the registered ones, and its own aspects."""
    return _with(config.aspects) if config.aspects else codemods()


def local(aspect: Aspect) -> str:
    """The name of an aspect's decorator, which the scaffold exports."""
    return aspect.decorator.rpartition(":")[2].rpartition(".")[2]


def targets(config: Config) -> dict[str, str]:
    """Exported name -> `module:object`."""
    return {local(aspect): aspect.decorator for aspect in config.aspects}


def check(config: Config) -> None:
    """Raises SpliceError for a decorator whose name means something else in a scaffold, which has to export it."""
    for index, aspect in enumerate(config.aspects):
        name = local(aspect)
        if name in scaffold.names() or name.startswith("__"):
            what = "exports for itself" if name in scaffold.PARTS else "uses for itself"
            text = f"aspects: {show(aspect.decorator)}: {name} is a name that the scaffold {what}"
            fix = "give the decorator another name in Python, and name that here"
            found = config.error(f"aspects.{index}.decorator", text, fix=fix)
            raise SpliceError(text, file=found.file, line=found.line or aspect.line, fix=fix)


@functools.lru_cache(maxsize=16)
def _with(aspects: tuple[Aspect, ...]) -> Mapping[str, Codemod]:
    return {**codemods(), **{aspect.name: _codemod(aspect) for aspect in aspects}}


def _codemod(aspect: Aspect) -> Codemod:
    def matches(point: JoinPoint) -> bool:
        return point.kind == aspect.kind and any(
            operation_matches(aspect.operation, name, overlap=True) for name in point.names
        )

    name, rank = local(aspect), _RANKS[aspect.order]
    return Codemod(
        summary=f"Decorate with the service's own {aspect.decorator}",
        pointcut=Pointcut(matches, f"{aspect.kind}s & operation {aspect.operation!r}"),
        why=f"the configuration asks for it: aspect {aspect.name}",
        advice=AddDecorator("{part}", name, rank=rank),
        examples=(Example("as the configuration says", "", ""),),
        safety=Safety.REVIEW,
    )
