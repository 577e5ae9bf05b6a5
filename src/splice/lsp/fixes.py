"""One insertion as a plan of its own, proven as `run` proves it, and its changes as an edit of the workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from lsprotocol import types

from splice.codemod import AddArgument, WrapCallee
from splice.landing import carry_out
from splice.lsp.positions import Units, text_edit
from splice.model import Change, Refused
from splice.pipeline import Planned, plan_of
from splice.report.fixes import edits_of
from splice.source import Source

Only = frozenset[tuple[str, str, str]]  # see Request.only


def changes_for(planned: Planned, only: Only) -> tuple[Change, ...]:
    """What `run` would write if nothing but these insertions were asked for; nothing when one of them is refused.

    All of the engine's own proofs hold for it. The semgrep rules are left to `run` and to the gate: they take seconds.
    """
    only = only | _companions(planned, only)
    chosen = plan_of(planned.survey, replace(planned.request, only=only))
    done = carry_out(chosen, write=False, rules=False)
    asked = {(file, symbol) for file, symbol, _ in only}
    if any((file, symbol) in asked for file, symbol, *_ in done.refused):
        return ()
    return done.changes


def _companions(planned: Planned, only: Only) -> Only:
    """What must not be left out: a call is repeated only where it ends, so what limits it comes along, here or at
    the client that it is made with.
    """
    facts, found = planned.survey.matched.calls.facts, set()
    for file, symbol, name in only:
        call = facts.get((file, symbol))
        wants = [want for want in planned.wants.get(file, ()) if want.point.symbol == symbol and name in want.codemods]
        if call is None or not any(isinstance(want.advice, WrapCallee) for want in wants):
            continue
        for place, at in ((file, symbol), *call.clients):
            for want in planned.wants.get(place, ()):
                if want.point.symbol == at and isinstance(want.advice, AddArgument):
                    found |= {(place, at, one) for one in want.codemods}
    return frozenset(found)


def workspace_edit(
    changes: Iterable[Change], uri_of: Callable[[str], str], versions: Mapping[str, int], units: Units
) -> types.WorkspaceEdit | None:
    """The changes as one edit: new files, edits of those that are there, with the version of those that are open.

    None when a file is in no encoding that an editor could be told of.
    """
    steps: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    for change in changes:
        uri = uri_of(change.file)
        document = types.OptionalVersionedTextDocumentIdentifier(uri, versions.get(change.file))
        if change.after is None:
            steps.append(types.DeleteFile(uri))
            continue
        if change.before is None:
            start = types.Position(0, 0)
            text = change.after.decode("utf-8")
            steps += [
                types.CreateFile(uri),
                types.TextDocumentEdit(document, [types.TextEdit(types.Range(start, start), text)]),
            ]
            continue
        try:
            source = Source.decode(change.before)
            edits = [text_edit(source, edit, units) for edit in edits_of(change)]
        except Refused:
            return None
        steps.append(types.TextDocumentEdit(document, edits))
    return types.WorkspaceEdit(document_changes=steps)
