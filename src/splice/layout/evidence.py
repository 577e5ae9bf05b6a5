"""What a repository's own imports say about where imports start, read from bytes without parsing.

Folders without `__init__.py` are packages only if somebody imports from them (PEP 420); tests, strings
for `import_module` and command lines count. Read lazily: a layout that states its roots never comes here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from splice.metadata import Read, peek

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]{1,9}(\.{0,20}[ \t]{0,9}[\w.]*)[ \t]{1,9}import[ \t]{0,9}(\([^)]{0,8000}\)|[^\r\n]{0,2000})"
    rb"|import[ \t]{1,9}([^\r\n;#]{1,2000}))",
    re.MULTILINE,
)
_QUOTED = re.compile(rb"""["']([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?=[.:"'])""")
_NAME = re.compile(rb"[A-Za-z_]\w*")
_DOTTED = re.compile(rb"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_COMMENT = re.compile(rb"#[^\r\n]*")
_INSIDE = re.compile(rb"""[()]|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'""")  # of a call: its parentheses, strings
_COMMANDS = re.compile(
    r"(?:^|/)(?:[^/]*Dockerfile[^/]*|Procfile|Makefile|[^/]*compose[^/]*\.ya?ml|\.flaskenv|[^/]+\.sh)$"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one file imports: absolute dotted names (members too), and how deep its relative imports reach."""

    names: frozenset[str]
    level: int
    relative: tuple[str, ...]  # `.models` for each relative import, as written
    absolute: tuple[str, ...]  # the modules of absolute ones


def scan(data: bytes, scaffold: str = "") -> Seen:
    """The imports of one file, from its bytes. Those of a scaffold, which may be ours, say nothing, and neither do
    the operations that its decorators name: `@observed("orders.tasks.send")` is no import of `orders.tasks`.
    """
    names: set[str] = set()
    relative, absolute, level = [], [], 0
    ours: set[bytes] = set()  # what this file calls the parts of the scaffold
    for module, members, plain in _IMPORT.findall(data):
        if plain:
            parts = [part.split() for part in plain.split(b",")]
            modules = [part[0].decode("ascii", "replace") for part in parts if part]
            modules = [one for one in modules if one.rpartition(".")[2] != scaffold]
            absolute += modules
            names.update(modules)
            continue
        name = module.replace(b" ", b"").replace(b"\t", b"").decode("ascii", "replace")
        if scaffold and name.rpartition(".")[2] == scaffold:
            ours.update({*_NAME.findall(_COMMENT.sub(b"", members))} - {b"as"})
            continue
        if name.startswith("."):
            relative.append(name)
            level = max(level, len(name) - len(name.lstrip(".")))
        elif name:
            absolute.append(name)
            names.add(name)
            names.update(f"{name}.{member.decode()}" for member in _NAME.findall(_COMMENT.sub(b"", members)))
    names.update(match.decode() for match in _QUOTED.findall(_without_calls(data, ours) if ours else data))
    return Seen(frozenset(names), level, tuple(relative), tuple(absolute))


def _without_calls(data: bytes, names: set[bytes]) -> bytes:
    """The bytes without what stands in the parentheses of calls of these names."""
    kept, at = [], 0
    for call in re.finditer(rb"\b(?:" + b"|".join(sorted(names)) + rb")[ \t]*\(", data):
        if call.start() < at:
            continue
        kept.append(data[at : call.start()])
        depth, at = 1, call.end()
        while depth and (piece := _INSIDE.search(data, at)):
            depth += {b"(": 1, b")": -1}.get(piece[0], 0)
            at = piece.end()
    return b"".join([*kept, data[at:]])


@dataclass
class Evidence:
    """The imports of a repository. `modules` are the module and folder names that stand in each folder."""

    files: Sequence[str]
    read: Read
    modules: dict[str, set[str]]
    python: dict[str, list[str]]  # folder -> its .py files
    scaffold: str = ""  # the stem of generated scaffolds
    _seen: dict[str, Seen] = field(default_factory=dict, repr=False)
    _prefixes: set[str] | None = field(default=None, repr=False)

    def seen(self, file: str) -> Seen:
        """What one file imports."""
        if file not in self._seen:
            self._seen[file] = scan(peek(self.read, file), self.scaffold)
        return self._seen[file]

    def imported(self, folder: str, package: tuple[str, ...]) -> bool:
        """Whether anybody imports `folder` under this dotted name."""
        dotted = ".".join(package)
        if len(package) > 1:
            return dotted in self.prefixes
        beside = self.modules.get(folder, set())
        if dotted in beside:  # billing/billing.py: which of the two is meant, nobody can say
            return False
        return any(f"{dotted}.{name}" in self.prefixes for name in beside)

    def flat(self, folder: str, outer: str | None = None) -> bool:
        """Whether the files of a folder import each other by bare names, as scripts do.

        With `outer`, the folder is a package beneath it: then one import in package style (relative, or
        through the package's own name) outweighs, since `celery.py` beside `from celery import Celery` is common.
        """
        own = folder.rpartition("/")[2]
        beside = self.modules.get(folder, set())
        above = self.modules.get(outer, set()) if outer is not None else set()
        bare = False
        for file in self.python.get(folder, ()):
            seen = self.seen(file)
            tops = {name.partition(".")[0] for name in seen.absolute} - sys.stdlib_module_names
            if outer is not None and (seen.relative or own in tops):
                return False
            stem = file.rpartition("/")[2][:-3]
            bare = bare or any(top in beside and top not in above and top != stem for top in tops)
        return bare

    def level(self, folder: str) -> int:
        """How many folders, this one included, must be packages for the relative imports in it to work."""
        return max((self.seen(file).level for file in self.python.get(folder, ())), default=0)

    @property
    def prefixes(self) -> set[str]:
        """Every dotted name that the repository imports or names in a command, with all its beginnings."""
        if self._prefixes is None:
            self._prefixes = set()
            for file in self.files:
                if file.endswith(".py"):
                    names = self.seen(file).names
                elif _COMMANDS.search(file):
                    names = frozenset(name.decode() for name in _DOTTED.findall(peek(self.read, file)))
                else:
                    continue
                for name in names:
                    while name and name not in self._prefixes:
                        self._prefixes.add(name)
                        name = name.rpartition(".")[0]
        return self._prefixes
