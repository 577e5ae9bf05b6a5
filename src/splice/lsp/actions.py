"""What an editor offers to do about a diagnostic: put right exactly this, all that is safe in the file, or ignore it.

An action holds names of insertions (`Drift.keys`), and its edit is made when somebody wants it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lsprotocol import types

from splice.codemod import AddArgument, WrapCallee
from splice.lsp import ignoring
from splice.lsp.fixes import Only
from splice.lsp.messages import Told
from splice.lsp.positions import Units, covers, text_edit
from splice.model import Safety
from splice.pipeline import Planned
from splice.report.drift import Drift
from splice.report.terminal import clean

FIX_ALL = "source.fixAll.codemod"
KINDS: tuple[types.CodeActionKind | str, ...] = (types.CodeActionKind.QuickFix, FIX_ALL)
_WIDEST = 100  # characters of a title
_VERBS = {"missing": "add", "not wanted": "take out", "misplaced": "move into place"}


@dataclass(frozen=True, slots=True)
class Document:
    """The open file that actions are asked for."""

    uri: str
    version: int
    units: Units


def actions(
    planned: Planned, told: Sequence[Told], params: types.CodeActionParams, document: Document
) -> Iterator[tuple[types.CodeAction, Only | None]]:
    """The actions for a place, or for diagnostics that an editor names (all of the cursor's line, as a rule).

    Each with the insertions that its edit is to be made of, if it has none.
    """
    only, meant = params.context.only, {one.data for one in params.context.diagnostics if isinstance(one.data, str)}
    here = [
        one
        for one in told
        if isinstance(one.item.source, Drift)
        and (covers(one.shown.range, params.range) or one.item.fingerprint in meant)
    ]
    drifts = list(dict.fromkeys(one.item.source for one in here if isinstance(one.item.source, Drift)))
    if _asked(types.CodeActionKind.QuickFix.value, only):
        for drift in drifts:
            shown = [one.shown for one in here if one.item.source is drift]
            safe = is_safe(planned, drift)
            yield _action(title(planned, drift), shown, preferred=safe), drift.keys
            if safe:
                yield from _all_of_a_kind(told, drift)
        for one in here:
            if (action := _ignore(planned, one, document)) is not None:
                yield action, None
    every = keys_of(drift for drift in _drifts(told) if is_safe(planned, drift))
    if every and _asked(FIX_ALL, only):
        yield types.CodeAction("codemod: insert all that is safe in this file", FIX_ALL), every


def _asked(kind: str, only: Sequence[str] | None) -> bool:
    return only is None or any(kind == name or kind.startswith(name + ".") or not name for name in only)


def _drifts(told: Iterable[Told]) -> list[Drift]:
    return list(dict.fromkeys(one.item.source for one in told if isinstance(one.item.source, Drift)))


def keys_of(drifts: Iterable[Drift]) -> Only:
    """What to ask for so that all of these are put right."""
    return frozenset(key for drift in drifts for key in drift.keys)


def is_safe(planned: Planned, drift: Drift) -> bool:
    """Whether nobody need look at it: guards, retries and timeouts change what a service does."""
    known = planned.survey.codemods
    return all(name in known and known[name].safety is Safety.SAFE for name in drift.codemods)


def _action(text: str, shown: Sequence[types.Diagnostic], preferred: bool = False) -> types.CodeAction:
    return types.CodeAction(text, types.CodeActionKind.QuickFix, shown, preferred or None)


def _all_of_a_kind(told: Sequence[Told], drift: Drift) -> Iterator[tuple[types.CodeAction, Only | None]]:
    same = [one for one in _drifts(told) if (one.what, one.codemods) == (drift.what, drift.codemods) and one.codemods]
    if len(same) > 1:
        names = ", ".join(drift.codemods)
        shown = [one.shown for one in told if one.item.source in same]
        verb = {"missing": "insert", "not wanted": "take out"}.get(drift.what, "correct")
        yield _action(f"codemod: {verb} all {len(same)} of {names} in this file", shown), keys_of(same)


def _ignore(planned: Planned, one: Told, document: Document) -> types.CodeAction | None:
    drift = one.item.source
    if not isinstance(drift, Drift) or not one.item.codemod or drift.what == "not wanted":
        return None
    edit = ignoring.comment(planned, drift, one.item.codemod)
    if edit is None:
        return None
    source = planned.module(drift.file).source
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    change = types.TextDocumentEdit(identifier, [text_edit(source, edit, document.units)])
    action = _action(f"codemod: ignore {one.item.codemod} here, with a reason", [one.shown])
    action.edit = types.WorkspaceEdit(document_changes=[change])
    return action


def title(planned: Planned, drift: Drift) -> str:
    """What an action does, in one line."""
    names = ", ".join(drift.codemods) or drift.subject
    for want in planned.wants.get(drift.file, ()) if drift.what == "missing" else ():
        if want.point.symbol == drift.symbol and set(want.codemods) & set(drift.codemods):
            text = want.advice.text(want.point, want.part)
            if isinstance(want.advice, WrapCallee):
                return _cut(f"codemod: call it through {text}(...) ({names})")
            if isinstance(want.advice, AddArgument):
                return _cut(f"codemod: add {want.advice.keyword}={text} ({names})")
            return _cut(f"codemod: insert {'@' if want.kind == 'decorator' else ''}{text} ({names})")
    verb = _VERBS.get(drift.what, "bring up to date")
    detail = f": {drift.detail}" if drift.detail else ""
    return _cut(f"codemod: {verb} {names}{detail}")


def _cut(text: str) -> str:
    text = clean(text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."
