"""A YAML or JSON document as a tree with line numbers, read from a repository that nobody trusts.

Events only: no tag is looked at and no object is made. Size, depth and the work that aliases can cause are
bounded, and what two readers may read differently (a key that stands twice, two documents) is refused.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from splice.model import SpliceError
from splice.tomlfile import show

MAX_BYTES = 4 * 1024 * 1024
_DEEPEST = 100
_MOST = 500_000  # nodes, and entries that merge keys copy


@dataclass(slots=True)
class Node:
    """`value` is text, a list of nodes, or a mapping from keys to (line of the key, node)."""

    line: int
    value: str | list[Node] | dict[str, tuple[int, Node]] = ""

    @property
    def mapping(self) -> dict[str, tuple[int, Node]] | None:
        return self.value if isinstance(self.value, dict) else None

    @property
    def items(self) -> list[Node] | None:
        return self.value if isinstance(self.value, list) else None

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None


def parse(raw: bytes, file: str) -> Node:
    """The root of the one document in a file. Raises SpliceError with file and line."""
    if len(raw) > MAX_BYTES:
        raise SpliceError(f"is larger than {MAX_BYTES // 1024 // 1024} MiB", file=file)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SpliceError("must be UTF-8, and is not", file=file, line=line) from None
    if file.endswith(".json"):
        text = text.replace("\t", " ")  # no string of JSON holds one, and YAML takes none for white space
    yaml: Any = importlib.import_module("yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # mostly ten times faster
    try:
        return _Builder(file).tree(yaml.parse(text, Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or "cannot be read"
        line = mark.line + 1 if mark else 0
        raise SpliceError(f"is not valid YAML: {show(problem)}", file=file, line=line) from None
    except (ValueError, RecursionError) as error:  # PyYAML: characters that no document may hold, numbers in escapes
        raise SpliceError(f"is not valid YAML: {show(error)}", file=file) from None


@dataclass(slots=True)
class _Open:
    """A list or mapping that has begun: of a mapping, the key whose value comes next."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_line: int = 0
    merged: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class _Builder:
    file: str
    anchors: dict[str, Node] = field(default_factory=dict)
    work: int = 0

    def tree(self, events: Iterable[Any]) -> Node:
        root, stack, documents = None, list[_Open](), 0
        for event in events:
            kind, line = type(event).__name__, event.start_mark.line + 1
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise SpliceError("holds a second document", file=self.file, line=line)
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                node = Node(line, {} if kind.startswith("M") else [])
                stack.append(_Open(node, event.anchor))
                if len(stack) > _DEEPEST:
                    raise SpliceError("is nested too deeply", file=self.file, line=line)
            elif kind in ("MappingEndEvent", "SequenceEndEvent", "ScalarEvent", "AliasEvent"):
                node = self._finished(event, stack, kind, line)
                if stack:
                    self._put(stack[-1], node, line)
                else:
                    root = node
        if root is None:
            raise SpliceError("is empty", file=self.file)
        return root

    def _finished(self, event: Any, stack: list[_Open], kind: str, line: int) -> Node:
        self._count(1, line)
        if kind == "AliasEvent":
            if event.anchor not in self.anchors:
                raise SpliceError(f"{show(event.anchor)} is used before it ends", file=self.file, line=line)
            return self.anchors[event.anchor]
        if kind == "ScalarEvent":
            node, anchor = Node(line, event.value), event.anchor
        else:
            done = stack.pop()
            node, anchor = done.node, done.anchor
            for more in done.merged:
                self._merge(node, more)
        if anchor:
            self.anchors[anchor] = node
        return node

    def _put(self, there: _Open, node: Node, line: int) -> None:
        if there.node.items is not None:
            there.node.items.append(node)
            return
        mapping = there.node.mapping
        assert mapping is not None
        if there.key is None:
            if node.text is None:
                raise SpliceError("holds a key that is no string", file=self.file, line=line)
            there.key, there.key_line = node.text, line
            return
        key, there.key = there.key, None
        if key == "<<":
            there.merged.append(node)
        elif key in mapping:
            text = f"{show(key)} stands twice, first in line {mapping[key][0]}"
            raise SpliceError(text, file=self.file, line=there.key_line, fix="readers differ in which one counts")
        else:
            mapping[key] = (there.key_line, node)

    def _merge(self, node: Node, more: Node) -> None:
        """What `<<` adds: of several mappings the first one counts, and before all the node's own keys."""
        mapping = node.mapping
        assert mapping is not None
        for each in more.items if more.items is not None else [more]:
            if each.mapping is None:
                raise SpliceError("`<<` merges what is no mapping", file=self.file, line=each.line)
            self._count(len(each.mapping), each.line)
            for key, entry in each.mapping.items():
                mapping.setdefault(key, entry)

    def _count(self, more: int, line: int) -> None:
        self.work += more
        if self.work > _MOST:
            raise SpliceError(f"holds more than {_MOST} values", file=self.file, line=line)


def pointer(root: Node, reference: str) -> Node | None:
    """What `#/components/pathItems/Order` names in the document, None when there is no such thing."""
    if not reference.startswith("#/"):
        return None
    at = root
    for part in reference[2:].split("/"):
        name = re.sub("~1", "/", part).replace("~0", "~")
        if at.mapping is None or name not in at.mapping:
            return None
        at = at.mapping[name][1]
    return at
