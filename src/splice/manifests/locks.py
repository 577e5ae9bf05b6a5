"""Lock files and compiled requirements that do not know a new requirement yet, with the command to run.

They are never edited: only the tool that wrote them can resolve versions and hashes.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Collection, Sequence

from splice.manifests.find import Compiled, Service, text_of
from splice.manifests.lines import Lines
from splice.metadata import Read, above, dig, peek, toml
from splice.model import Finding

_LOCKS = (
    ("uv.lock", "uv lock", "pyproject.toml"),
    ("poetry.lock", "poetry lock", "pyproject.toml"),
    ("pdm.lock", "pdm lock", "pyproject.toml"),
    ("pylock.toml", "uv export -o pylock.toml", "pyproject.toml"),
    ("Pipfile.lock", "pipenv lock", "Pipfile"),
)


def stale(
    files: Sequence[str], read: Read, service: Service, names: Collection[str], new: Collection[str]
) -> list[Finding]:
    """A finding for each lock or compiled file behind the manifests.

    `names` are the normalised names that it must hold, `new` those that were just declared: a lock that knows
    these as somebody else's dependency is out of date all the same.
    """
    found = []
    edited = {posixpath.basename(target.file) for target in service.targets}
    for lock, command, manifest in _LOCKS:
        path = _nearest(frozenset(files), read, service.folder, lock)
        if path is None or manifest not in edited:
            continue
        data = peek(read, path).decode("utf-8", "replace")
        known = {name for name in names if _holds(data, name)}
        if missing := sorted((set(names) - known) | set(new)):
            found.append(_finding(path, missing, in_folder(command, posixpath.dirname(path))))
    for compiled in service.compiled:
        if service.targets and _made_from(compiled, service):
            known = {row.name for row in Lines().declared(text_of(read, compiled.file))}
            if missing := sorted(set(names) - known):
                found.append(_finding(compiled.file, missing, recompile(compiled, service)))
    return found


def recompile(compiled: Compiled, service: Service) -> str:
    """The command that writes a compiled file again."""
    if compiled.command:
        return in_folder(compiled.command, service.folder)
    folder = service.folder
    output = posixpath.relpath(compiled.file, folder or ".")
    source = next(iter(compiled.sources), "") or next((t.file for t in service.targets if t.file.endswith(".in")), "")
    if not source:
        return f"export {output} again with the tool that wrote it"
    source = posixpath.relpath(source, folder or ".")
    plain = posixpath.splitext(source)[0] == posixpath.splitext(output)[0]
    command = f"pip-compile {shlex.quote(source)}" + ("" if plain else f" -o {shlex.quote(output)}")
    return in_folder(command, folder)


def in_folder(command: str, folder: str) -> str:
    """A command that must run in a folder of the repository."""
    return f"(cd {shlex.quote(folder)} && {command})" if folder else command


def _made_from(compiled: Compiled, service: Service) -> bool:
    """Whether the compiled file's sources are among what is edited, or are not known."""
    targets = {target.file for target in service.targets}
    return not compiled.sources or bool(targets & set(compiled.sources))


def _nearest(files: frozenset[str], read: Read, folder: str, lock: str) -> str | None:
    """The service's own lock; for uv also that of the workspace it belongs to."""
    own = posixpath.join(folder, lock)
    if own in files:
        return own
    if lock == "uv.lock":
        for up in above(folder):
            manifest, path = posixpath.join(up, "pyproject.toml"), posixpath.join(up, lock)
            if {manifest, path} <= files and dig(toml(peek(read, manifest)), "tool", "uv", "workspace") is not None:
                return path
    return None


def _holds(data: str, name: str) -> bool:
    return re.search(rf'(?m)^name = "{re.escape(name)}"|^\s*"{re.escape(name)}": \{{', data) is not None


def _finding(file: str, missing: Sequence[str], command: str) -> Finding:
    message = f"{', '.join(missing)}: declared, and not in this file yet"
    return Finding("warning", "lock-stale", message, file=file, fix=command)
