"""Which files may hold an outbound call: those that name a library, and those that import, however far, such a file.

`from app.clients import api` followed by `api.get(url)` names no library. Goes by bytes, before anything is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from splice.outbound.catalogue import last_names, tokens

_IMPORT = re.compile(rb"(?:^|[\r\n;:])[ \t\f]*(?:from|import)\b((?:[^\r\n;#(\\]|\\\r?\n?|\([^)]*\)?)*)")
_WORD = re.compile(rb"\w+")
_SETTING = b"ATOMIC_REQUESTS"  # what Django's settings say about every handler
_CALL = re.compile(rb"\.\s*(?:" + b"|".join(sorted(name.encode() for name in last_names())) + rb")\s*\(")


def reach(files: Iterable[str], read: Callable[[str], bytes], module_of: Callable[[str], str]) -> list[str]:
    """The files that may hold an outbound call, in the order given."""
    wanted = tokens()
    order = list(files)
    texts = {file: read(file) for file in order}
    naming = {file for file, text in texts.items() if any(token in text for token in wanted)}
    naming |= {file for file, text in texts.items() if naming and _SETTING in text}
    words = {file: _imported(text) for file, text in texts.items()}
    stems = {file: module_of(file).rpartition(".")[2].encode() for file in order}
    reached, new = set(naming), set(naming)
    while new:
        names = {stems[file] for file in new}
        new = {file for file in order if file not in reached and not names.isdisjoint(words[file])}
        reached |= new
    return [file for file in order if file in naming or (file in reached and _CALL.search(texts[file]))]


def _imported(text: bytes) -> frozenset[bytes]:
    """Every word of the import statements in a text, and some more."""
    return frozenset(word for statement in _IMPORT.findall(text) for word in _WORD.findall(statement))
