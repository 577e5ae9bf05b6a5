"""The files to parse first: those whose bytes may hold a join point, found without parsing or decoding anything.

Two passes over the bytes, since words like `.get(` are everywhere: the first asks which frameworks anybody imports,
the second looks for the words of those alone. Between the two, bytes are kept as far as memory is not the
repository's to fill, else read again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from splice.frameworks import Framework
from splice.headers import generated
from splice.model import Failed
from splice.prefilter import read_below, searchable

KEPT_BYTES = 24 * 1024 * 1024  # of files between the passes

#: What begins the statement that imports a package, or one whose name holds it: `flask_restx` may make a Flask app.
_BEGINS = rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n;:])[ \t\f]*(?:from|import)\b(?:[^\r\n]|\\(?:\r\n|\r|\n))*"
#: Decorators, up to what they stand on.
_DECORATED = re.compile(rb"^[ \t\f]*@([^\r\n]*(?:[\r\n]+(?![ \t\f]*(?:async|def|class)\b)[^\r\n]*)*)", re.MULTILINE)
_ASSIGNED = re.compile(rb"[ \t]*(?:\w+[ \t]*\.[ \t]*)*(\w+)[ \t]*(?::[^=\r\n]*)?=")
#: What is no name, and how far back a name is looked for.
_NO_NAME = re.compile(rb"\W+")
_LONGEST = 100
#: What a call gives is called: `app.get("/x")(f)`.
_APPLIED = re.compile(rb"\)(?:[\s\\]|#[^\r\n]*)*\(")


def importing(package: str) -> re.Pattern[bytes]:
    """A pattern for the statement that imports a package."""
    return re.compile(_BEGINS + re.escape(package.encode()))


@dataclass(slots=True)
class Sought:
    """What to look for in the bytes of each file.

    `always`: words that make any file a seed. `tools` and `strangers`: words of tools that instrument, and of
    frameworks that are not understood: who holds them is told apart, and is no seed for that alone.
    """

    frameworks: Mapping[str, Framework]
    always: Sequence[bytes] = ()
    tools: Sequence[bytes] = ()
    strangers: Sequence[bytes] = ()


@dataclass(slots=True)
class Seeds:
    """Files in the order given. `imported`: packages of frameworks that a statement of one of them imports."""

    files: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    failures: list[Failed] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)

    def in_use(self, frameworks: Mapping[str, Framework]) -> dict[str, Framework]:
        """Of these frameworks, those of which anything may be here."""
        return {
            name: one
            for name, one in frameworks.items()
            if not one.packages or not self.imported.isdisjoint(one.packages)
        }


class _Reader:
    """Bytes of candidates, each read once as long as there is room for it."""

    def __init__(self, root: Path, known: Mapping[str, bytes | None]) -> None:
        self.base = os.fspath(root)
        self.known = known
        self.kept: dict[str, bytes] = {}
        self.room = KEPT_BYTES

    def read(self, file: str) -> bytes | Failed:
        raw = self.known.get(file)
        if raw is None:
            raw = self.kept.get(file)
        if raw is None:
            found = read_below(self.base, file)
            if isinstance(found, Failed):
                return found
            raw = found
            if len(raw) <= self.room:
                self.kept[file] = raw
                self.room -= len(raw)
        return searchable(raw)


def sow(
    root: Path,
    candidates: Sequence[str],
    sought: Sought,
    raw: dict[str, bytes | None],
    others: Iterable[str] = (),
    kept: Collection[str] = frozenset(),
) -> Seeds:
    """The seeds among `candidates`; their bytes are put into `raw` as far as they are at hand.

    `others`: files that are no candidates, and yet may make what candidates use (vendored, generated). Files in `kept`
    count whatever their header says.
    """
    found = Seeds()
    reader = _Reader(root, raw)
    packages = {package: importing(package) for one in sought.frameworks.values() for package in one.packages}
    naming: dict[str, list[str]] = {}  # package -> the candidates that name it
    always: set[str] = set()

    def look(file: str, content: bytes) -> None:
        for package, statement in packages.items():
            if package.encode() in content:
                naming.setdefault(package, []).append(file)
                if package not in found.imported and statement.search(content):
                    found.imported.add(package)

    def own(file: str, content: bytes) -> bool:
        """Whether a file that holds a word is the service's."""
        why = generated(content)
        return why != "scaffold" and (not why or file in kept)

    for file in candidates:
        content = reader.read(file)
        if isinstance(content, Failed):
            found.failures.append(content)
            continue
        look(file, content)
        tool = any(word in content for word in sought.tools)
        strange = any(word in content for word in sought.strangers)
        if (tool or strange) and own(file, content):
            found.tools += [file] if tool else []
            found.strangers += [file] if strange else []
        if any(word in content for word in sought.always) and own(file, content):
            always.add(file)
    if missing := [p for p in packages if p not in found.imported]:
        for file in others:
            content = reader.read(file)
            for package in missing:
                if not isinstance(content, Failed) and package.encode() in content:
                    found.imported |= {package} if packages[package].search(content) else set()
    in_use = list(found.in_use(sought.frameworks).values())
    words = sorted({token for framework in in_use for token in framework.tokens})
    verbs = sorted({verb for framework in in_use for verb in framework.verbs})
    failed = {failure.file for failure in found.failures}
    maybe: list[str] = []
    objects = _Objects(in_use)
    seeds = set(always)
    for file in candidates if words or verbs else ():
        content = b"" if file in failed else reader.read(file)
        if isinstance(content, Failed):
            found.failures.append(content)
            continue
        held = next((word for word in words if word in content), None)
        if held is not None or (verbs and _registers(content, verbs)):
            objects.note(content)
            if own(file, content):
                seeds.add(file)
        elif any(verb in content for verb in verbs):
            maybe.append(file)
    for file in maybe if objects.names else ():
        content = reader.read(file)
        if not isinstance(content, Failed) and objects.receive(content) and own(file, content):
            seeds.add(file)
    found.files = [file for file in candidates if file in seeds]
    raw.update({file: reader.kept[file] for file in found.files if file in reader.kept})
    return found


def _registers(content: bytes, verbs: Sequence[bytes]) -> bool:
    """Whether a verb stands in a decorator, or a call of one may be called in turn."""
    held = [verb for verb in verbs if verb in content]
    if not held:
        return False
    if _APPLIED.search(content):
        return True
    return b"@" in content and any(verb in part for part in _DECORATED.findall(content) for verb in held)


class _Objects:
    """What apps and routers are called, so that `route = router.get("/x")` counts where nobody names a framework."""

    def __init__(self, frameworks: Sequence[Framework]) -> None:
        makers = sorted({maker for framework in frameworks for maker in framework.makers})
        self.names: set[bytes] = set()
        words = sorted({re.escape(verb.strip(b".(")) for framework in frameworks for verb in framework.verbs})
        self._used = re.compile(rb"\.(?:" + b"|".join(words) + rb")\(|[ \t]as[ \t]+\w+[ \t]*[,)\r\n;#]")
        self._makers = re.compile(rb"(?:" + b"|".join(makers) + rb")\w*[ \t]*\(") if makers else None

    def note(self, content: bytes) -> None:
        for found in self._makers.finditer(content) if self._makers is not None else ():
            line = max(content.rfind(b"\n", 0, found.start()), content.rfind(b"\r", 0, found.start())) + 1
            if named := _ASSIGNED.match(content, line, found.start()):
                self.names.add(named[1])

    def receive(self, content: bytes) -> bool:
        """Whether one of the objects stands before a verb, or gets another name."""
        if not any(name in content for name in self.names):
            return False
        for at in self._used.finditer(content):
            before = content[max(0, at.start() - _LONGEST) : at.start()].rstrip()
            if _NO_NAME.split(before)[-1] in self.names:
                return True
        return False
