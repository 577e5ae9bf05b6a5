"""Declares what the scaffold needs where the service declares its own, and takes it back.

Text is inserted and the result proved by parsing; formatting stays. What a tool writes (locks, compiled or
hashed files) and setup.py are never touched: a finding says what to run or to add.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from splice.manifests.find import Compiled, Service, Target, find, text_of
from splice.manifests.lines import Lines
from splice.manifests.locks import recompile, stale
from splice.manifests.specs import Declared, name_of, wanted
from splice.manifests.tokens import Insertions, Unsupported
from splice.manifests.toml import TomlArray
from splice.manifests.undo import standing, undeclare
from splice.metadata import Read, peek
from splice.model import Change, Edit, Finding, Refused, Row
from splice.source import Source

__all__ = ["declare", "standing", "undeclare"]


@dataclass
class _Draft:
    """One manifest while requirements go in; `added` are the inserted spans of the current text."""

    target: Target
    source: Source
    text: str
    added: list[tuple[int, int]] = field(default_factory=list)

    def put(self, pieces: Insertions) -> str:
        """The text with pieces inserted (places count in the text as it is now)."""
        text, added, shift = self.text, list(self.added), 0
        for at, piece in sorted(pieces, key=lambda pair: pair[0]):
            start, size = at + shift, len(piece)
            text = text[:start] + piece + text[start:]
            added = [(a + size, b + size) if a >= start else (a, b + size) if b > start else (a, b) for a, b in added]
            added.append((start, start + size))
            shift += size
        self._next = added
        return text

    def accept(self, text: str) -> None:
        """Makes the last `put` the current text."""
        self.text, self.added = text, self._next

    def change(self) -> Change | None:
        """What happened to the file: insertions only, in coordinates of the text before."""
        if not self.added:
            return None
        edits: list[Edit] = []
        shift, end = 0, -1
        for start, stop in sorted(self.added):
            if start < end:  # inside an insertion that is recorded already
                continue
            edits.append(Edit(start - shift, start - shift, self.text[start:stop]))
            shift, end = shift + stop - start, stop
        after = self.source.apply(tuple(edits))
        assert after == self.source.encode(self.text)
        return Change(self.target.file, self.source.raw, after, tuple(edits))


def declare(
    files: Sequence[str], read: Read, requirements: Sequence[str], near: str
) -> tuple[list[Change], list[Finding], list[Row]]:
    """Adds the missing ones of `requirements` (PEP 508 strings) to the manifests of the service that `near` is in.

    Out come the changed manifests, findings, and one row for each requirement that was written now. Declared
    already, in whatever form, means nothing to do; a pin that forbids it, a finding "blocked".
    """
    ordered = sorted(files)
    needed = {name_of(one): one for one in requirements}
    service = find(ordered, read, near)
    if service is None:
        text = f"no manifest declares what this service needs: install {', '.join(needed.values())} with it"
        return (
            [],
            [Finding("note", "no-manifest", text, file=near, fix=f"pip install {_quoted(needed.values())}")]
            * bool(needed),
            [],
        )
    changes: list[Change] = []
    findings: list[Finding] = []
    rows: list[Row] = []
    blocked = _blocked(read, service, needed)
    findings += blocked.values()
    needed = {name: one for name, one in needed.items() if name not in blocked}
    present = {one.name for _, one in service.known}
    for where, one in service.extras:
        if one.name in needed and one.name not in present and one.name not in _declared(read, service):
            text = f"{one.name} is declared in {where} only: without it, telemetry stays off"
            findings.append(Finding("note", "optional-dependency", text, file=where.rpartition(" ")[2]))
            present.add(one.name)
    for target in service.targets:
        own = {one.name for one in target.format.declared(text_of(read, target.file))}
        missing = [one for name, one in needed.items() if name not in own | present]
        change, more, written = _write(read, target, missing)
        changes += [change] if change else []
        findings += more
        rows += written
    if service.setup_py:
        findings += _setup_py(read, service, needed)
    if not service.targets:
        findings += [one for compiled in service.compiled for one in _compiled_only(read, compiled, service, needed)]
    findings += stale(ordered, read, service, needed, {row.symbol for row in rows})
    return changes, findings, rows


def _quoted(requirements: Iterable[str]) -> str:
    return " ".join(f'"{one}"' for one in requirements)


def _declared(read: Read, service: Service) -> set[str]:
    return {one.name for target in service.targets for one in target.format.declared(text_of(read, target.file))}


def _blocked(read: Read, service: Service, needed: dict[str, str]) -> dict[str, Finding]:
    """The requirements that something in the service's manifests forbids."""
    rows: list[tuple[str, Declared]] = [*service.known, *service.limits]
    for target in service.targets:
        rows += [(target.file, one) for one in target.format.declared(text_of(read, target.file))]
    if not service.targets:
        for compiled in service.compiled:
            rows += [(compiled.file, one) for one in Lines().declared(text_of(read, compiled.file))]
    rows += [(where.rpartition(" ")[2], one) for where, one in service.extras]
    found: dict[str, Finding] = {}
    for file, one in rows:
        if one.name in needed and one.name not in found and one.forbids(wanted(needed[one.name])):
            text = f"{one.text.strip()} forbids {needed[one.name]}, which the scaffold needs"
            line = _line_of(text_of(read, file), one.text)
            fix = f"allow {needed[one.name]} there, then run codemod again"
            found[one.name] = Finding("error", "blocked", text, file=file, line=line, fix=fix)
    return found


def _line_of(text: str, piece: str) -> int:
    at = text.find(piece)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def _write(read: Read, target: Target, missing: Sequence[str]) -> tuple[Change | None, list[Finding], list[Row]]:
    """Inserts requirements into one manifest, each proved; what cannot be inserted is a finding."""
    if not missing:
        return None, [], []
    findings: list[Finding] = []
    rows: list[Row] = []
    try:
        source = Source.decode(peek(read, target.file))
    except Refused as refused:
        return None, [_by_hand(target.file, one, refused.detail) for one in missing], []
    draft = _Draft(target, source, source.text)
    creates = isinstance(target.format, TomlArray) and not target.format.exists(source.text)
    extra = (("created", "yes"),) if creates else ()
    for one in missing:
        try:
            pieces = target.format.insert(draft.text, source.newline, one)
            text = draft.put(pieces)
            if not target.format.proves(draft.text, text, one):
                raise Unsupported("its text has a shape that is not understood")
        except Unsupported as error:
            findings.append(_by_hand(target.file, one, str(error)))
            continue
        draft.accept(text)
        rows.append(
            Row(
                target.file,
                name_of(one),
                "dependency",
                form=one,
                text=tuple(piece for _, piece in sorted(pieces)),
                extra=extra,
            )
        )
    return draft.change(), findings, rows


def _by_hand(file: str, requirement: str, why: str) -> Finding:
    return Finding("error", "blocked", f"{file} was not edited: {why}", file=file, fix=f"add {requirement} to it")


def _setup_py(read: Read, service: Service, needed: dict[str, str]) -> list[Finding]:
    """setup.py is code: what to add to it is said, not done. One that reads a requirements file needs nothing."""
    file = service.setup_py
    data = peek(read, file).decode("utf-8", "replace")
    if any(posixpath.basename(target.file) in data for target in service.targets):
        return []
    known = {one.name for where, one in service.known if where == file}
    text = "setup.py is code and is not edited; its install_requires lacks {}"
    return [
        Finding("error", "blocked", text.format(one), file=file, fix=f'add "{one}", to install_requires')
        for name, one in needed.items()
        if name not in known and not (not known and re.search(rf"\b{re.escape(name)}\b", data))
    ]


def _compiled_only(read: Read, compiled: Compiled, service: Service, needed: dict[str, str]) -> list[Finding]:
    """A compiled or hashed file without its source in the repository."""
    known = {row.name for row in Lines().declared(text_of(read, compiled.file))}
    missing = [one for name, one in needed.items() if name not in known]
    if not missing:
        return []
    text = f"{compiled.file} is compiled or hashed and its source is not here; {', '.join(missing)} cannot be added"
    how = recompile(compiled, service)
    source = ", ".join(compiled.sources) or "its source"
    return [
        Finding("error", "blocked", text, file=compiled.file, fix=f"add {_quoted(missing)} to {source}, then: {how}")
    ]
