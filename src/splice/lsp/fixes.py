"""One insertion as a plan of its own, proven as `run` proves it, and its changes as an edit of the workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from lsprotocol import types

from splice.codemod import AddArgument, WrapCallee
from splice.landing import carry_out
from splice.lsp.positions import Units, text_edit
from splice.model import Change, Refused
from splice.pipeline import Planned, plan_of
from splice.report.fixes import edits_of
from splice.source import Source

Only = frozenset[tuple[str, str, str]]  # see Request.only


#: All of an empty file. To Neovim it has one line, which would stay below what is inserted before it.
_EMPTY = types.Range(types.Position(0, 0), types.Position(1, 0))


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an editor can do: change several documents, make files, take them away.

    One that makes no files (Emacs 29) makes them as it opens them.
    """

    documents: bool
    make: bool
    take_away: bool


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
    changes: Iterable[Change],
    uri_of: Callable[[str], str],
    versions: Mapping[str, int],
    units: Units,
    able: Abilities,
) -> types.WorkspaceEdit | None:
    """The changes as one edit: new files, edits of those that are there, with the version of those that are open.

    None when a file is in no encoding that an editor could be told of, or goes and the editor takes none away.
    """
    steps: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    for change in changes:
        uri = uri_of(change.file)
        document = types.OptionalVersionedTextDocumentIdentifier(uri, versions.get(change.file))
        if change.after is None and not able.take_away:
            return None
        if change.after is None:
            steps.append(types.DeleteFile(uri))
            continue
        if not change.before:
            steps += [types.CreateFile(uri)] if change.before is None and able.make else []
            steps.append(types.TextDocumentEdit(document, [types.TextEdit(_EMPTY, change.after.decode("utf-8"))]))
            continue
        try:
            source = Source.decode(change.before)
            edits = [text_edit(source, edit, units) for edit in edits_of(change)]
        except Refused:
            return None
        steps.append(types.TextDocumentEdit(document, edits))
    return types.WorkspaceEdit(document_changes=steps)
