"""The `security` of an OpenAPI document (3.x, or Swagger 2.0): who may call each operation that it describes.

What a document leaves open stays closed: without any `security` an operation needs a known caller, and only
`security: []` or an empty alternative (`{}`) makes it public.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from splice import checks
from splice.model import SpliceError
from splice.patterns import nearest
from splice.policies import kinds
from splice.policies.yamltree import Node, parse, pointer
from splice.tomlfile import show

_VERBS = ("delete", "get", "head", "options", "patch", "post", "put", "query", "trace")
_STEPS = 20_000  # operations that one document may come to when aliases repeat them


@dataclass(frozen=True, slots=True)
class Described:
    """One operation. `alternatives` are sets of scopes, any of which is enough; `public` needs none of them.

    `said` is False where neither it nor the document has a `security`.
    """

    method: str
    path: str
    line: int  # of its method
    alternatives: tuple[tuple[str, ...], ...] = ()
    public: bool = False
    said: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    file: str
    operations: tuple[Described, ...]
    bases: tuple[str, ...]  # of its servers: "" or "/v1", in their order


def read(raw: bytes, file: str) -> Document:
    """What a document says. Raises SpliceError with file and line for what is no OpenAPI, or cannot be followed."""
    return _Reader(file, parse(raw, file)).document()


class _Reader:
    def __init__(self, file: str, root: Node) -> None:
        self.file, self.root, self.steps = file, root, 0
        self.read: dict[int, _Security] = {}

    def document(self) -> Document:
        top = self._mapping(self.root, "the document")
        version = next((top[key][1].text or "" for key in ("openapi", "swagger") if key in top), "")
        if not version.startswith(("3.", "2.")):
            fix = "policy = names an OpenAPI 3.x document, or Swagger 2.0"
            raise self._error("is no OpenAPI document: it has no version that is known", 1, fix)
        usual = self._security(top, None)
        if "paths" not in top:
            raise self._error("describes no paths", 1)
        found = tuple(self._operations(top["paths"][1], usual))
        return Document(self.file, found, tuple(dict.fromkeys(self._bases(top))))

    def _operations(self, paths: Node, usual: _Security | None) -> Iterator[Described]:
        for path, (line, item) in self._mapping(paths, "paths").items():
            if path.startswith("x-"):
                continue
            if not path.startswith("/") or len(path) > checks.MOST or not path.isprintable() or " " in path:
                raise self._error(f"{show(path)} is no path", line)
            entries = self._mapping(self._followed(item, line), show(path))
            for verb in _VERBS:
                if verb in entries:
                    self._step(line)
                    at, operation = entries[verb]
                    own = self._security(self._mapping(operation, f"{verb} {show(path)}"), usual)
                    if own is None:
                        yield Described(verb.upper(), path, at, said=False)
                    else:
                        yield Described(verb.upper(), path, at, own.alternatives, own.public)

    def _followed(self, item: Node, line: int) -> Node:
        """A path's description, which may stand elsewhere in the document."""
        for _ in range(10):
            entries = item.mapping or {}
            if "$ref" not in entries:
                return item
            at, reference = entries["$ref"]
            target = pointer(self.root, reference.text or "")
            if target is None or len(entries) > 1:
                text = f"{show(reference.text or '')} cannot be followed: it must name a part of this file"
                raise self._error(f"{text}, and stand alone", at, "bundle the document into one file")
            item = target
        raise self._error("refers to itself", line)

    def _security(self, entries: dict[str, tuple[int, Node]], usual: _Security | None) -> _Security | None:
        if "security" not in entries:
            return usual
        line, listed = entries["security"]
        if id(listed) not in self.read:  # aliases may repeat one a thousand times
            self.read[id(listed)] = self._alternatives(listed, line)
        return self.read[id(listed)]

    def _alternatives(self, listed: Node, line: int) -> _Security:
        if listed.items is None:
            raise self._error("security must be a list", line, "write [] for what is public")
        alternatives: dict[tuple[str, ...], None] = {}
        public = not listed.items
        for alternative in listed.items:
            schemes = self._mapping(alternative, "security")
            public = public or not schemes
            scopes: dict[str, None] = {}
            for name, (at, needed) in schemes.items():
                self._scheme(name, at)
                if needed.items is None:
                    raise self._error(f"the scopes of {show(name)} must be a list", at, "write [] for none")
                for scope in needed.items:
                    scopes[self._scope(scope)] = None
            alternatives[tuple(sorted(scopes))] = None
        return _Security((), True) if public else _Security(tuple(sorted(alternatives)), False)

    def _scope(self, node: Node) -> str:
        try:
            return kinds.scopes([node.text])[0]
        except checks.WrongError as wrong:
            raise self._error(f"security {wrong.message}", node.line) from None

    def _scheme(self, name: str, line: int) -> None:
        top = self.root.mapping or {}
        known = pointer(self.root, "#/components/securitySchemes") if "openapi" in top else None
        if known is None and "securityDefinitions" in top:
            known = top["securityDefinitions"][1]
        names = (known.mapping if known is not None else None) or {}
        if name not in names:
            meant = nearest(name, names)
            raise self._error(
                f"there is no security scheme {show(name)}", line, f"did you mean {show(meant)}?" if meant else ""
            )

    def _bases(self, top: dict[str, tuple[int, Node]]) -> Iterator[str]:
        """The paths below which its servers answer, where these are constant."""
        if "basePath" in top:
            yield (top["basePath"][1].text or "").rstrip("/")
        for server in (top["servers"][1].items if "servers" in top else None) or ():
            entries = server.mapping or {}
            url = (entries["url"][1].text if "url" in entries else None) or ""
            try:
                path = urlsplit(url).path.rstrip("/")
            except ValueError:
                continue
            if "{" not in path:
                yield path if path.startswith("/") or not path else f"/{path}"

    def _mapping(self, node: Node, what: str) -> dict[str, tuple[int, Node]]:
        if node.mapping is None:
            raise self._error(f"{what} must be a mapping", node.line)
        return node.mapping

    def _step(self, line: int) -> None:
        self.steps += 1
        if self.steps > _STEPS:
            raise self._error(f"comes to more than {_STEPS} operations", line)

    def _error(self, message: str, line: int, fix: str = "") -> SpliceError:
        return SpliceError(message, file=self.file, line=line, fix=fix)


@dataclass(frozen=True, slots=True)
class _Security:
    alternatives: tuple[tuple[str, ...], ...]
    public: bool
