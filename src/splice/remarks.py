"""What the plan of a file tells beside its steps."""

from __future__ import annotations

from splice.model import Finding, Reason
from splice.placing import in_place
from splice.recognise import Node
from splice.wants import Want


def humans(file: str, node: Node, want: Want) -> list[Finding]:
    """An insertion that a human wrote, or edited: it stays."""
    line = node.expression.lineno
    if not in_place(node, want):
        return [misplaced(file, node, want, ours=False)]
    text = f"@{want.part} here was written or edited by hand: kept as it is (wanted: {want.point.operation})"
    return [Finding("note", "edited-by-hand", text, file, line, "delete it, and `codemod run` puts back its own")]


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
