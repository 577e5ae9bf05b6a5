"""What the plan of a file tells beside its steps."""

from __future__ import annotations

from splice import guarding
from splice.model import Finding, Reason
from splice.placing import in_place
from splice.recognise import Node
from splice.symbols import Module
from splice.wants import Known, Want


def humans(module: Module, node: Node, want: Want, known: Known) -> list[Finding]:
    """An insertion that a human wrote, or edited: it stays. A guard that asks for less than the policy is an error."""
    file, line = module.file, node.expression.lineno
    if not in_place(node, want):
        return [misplaced(file, node, want, ours=False)]
    fix = "delete it, and `codemod run` puts back its own"
    if node.part in known.guarding and guarding.asks_less(node, want):
        text = f"{want.part} here was edited by hand, and asks for less than the policy: {want.point.operation}"
        return [Finding("error", "guard-weakened", text, file, line, fix)]
    text = f"@{want.part} here was written or edited by hand: kept as it is (wanted: {want.point.operation})"
    return [Finding("note", "edited-by-hand", text, file, line, fix)]


def misplaced(file: str, node: Node, want: Want, ours: bool = True) -> Finding:
    """An insertion above the decorator that registers; `ours`: whether `run` moves it."""
    text = f"@{want.part} stands above the decorator that registers {want.point.symbol}: it never runs there"
    fix = "codemod run" if ours else "move it directly below"
    return Finding("error", "misplaced", text, file, node.expression.lineno, fix)


def stale(file: str, node: Node, want: Want) -> Finding:
    """An insertion that says another operation than its join point has now."""
    return Finding("error", "stale-operation", want.instead(node), file, node.expression.lineno, "codemod run")


def taken(file: str, want: Want) -> Finding:
    """No name is free for a part."""
    text = f"{want.point.symbol}: {Reason.NAME_TAKEN.value}: {want.part} and its aliases mean something else here"
    return Finding("warning", Reason.NAME_TAKEN.value, text, file, want.point.line, "rename one of them")
