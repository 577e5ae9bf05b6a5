"""Calls as places for insertions: found again by where they end, which no other call does."""

from __future__ import annotations

import functools

from splice.codemod import AddArgument
from splice.symbols import CallSite, Module
from splice.wants import Want


def site_of(module: Module, end: tuple[int, int]) -> CallSite | None:
    """The call of a module that ends at (line, column in UTF-8 bytes)."""
    return _by_end(module).get(end)


@functools.lru_cache(maxsize=16)
def _by_end(module: Module) -> dict[tuple[int, int], CallSite]:
    """Modules are compared by identity."""
    return {(site.node.end_lineno or 0, site.node.end_col_offset or 0): site for site in module.calls}


def has_own(module: Module, want: Want) -> bool:
    """Whether the call of a want has that very argument already, written by a human: theirs stays, and counts.

    An element is another matter: the list may lack it.
    """
    advice = want.advice
    if not isinstance(advice, AddArgument) or advice.element or want.call is None:
        return False
    site = site_of(module, want.call)
    return site is not None and any(word.arg == advice.keyword for word in site.node.keywords)
