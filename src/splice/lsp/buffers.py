"""What an editor holds of a file: its text as the bytes that it would save, and the last of them that made sense."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from splice.model import Refused
from splice.parse import tree_of
from splice.source import Source, encoding_of


@dataclass(slots=True)
class Buffer:
    """One open document. `uri` is spelled as the editor does."""

    uri: str
    path: Path
    version: int
    text: str
    _good: bytes | None = field(default=None, repr=False)
    _judged: bytes | None = field(default=None, repr=False)

    @property
    def raw(self) -> bytes:
        """The bytes that saving it gives; what its encoding cannot say is UTF-8, and will be refused as that."""
        plain = self.text.encode("utf-8", "surrogatepass")
        try:
            encoding = encoding_of(plain)
            return plain if encoding == "utf-8" else self.text.encode(encoding)
        except (Refused, UnicodeError):
            return plain

    def settled(self) -> bytes:
        """What to look at: the text, or, while it is no Python, what it was when it was that the last time."""
        raw = self.raw
        if raw != self._judged:
            self._judged = raw
            if self._good is None or makes_sense(self.path.name, raw):
                self._good = raw
        assert self._good is not None
        return self._good


def makes_sense(name: str, raw: bytes) -> bool:
    """Whether a file parses; what is not Python always does."""
    if not name.endswith(".py"):
        return True
    try:
        tree_of(Source.decode(raw).text)
    except Refused:
        return False
    return True
