"""Whether a container image would hold a new module: COPY lines of Dockerfiles, and .dockerignore.

Only explicit lists are judged: an image that copies the module's siblings one by one and not the module.
What depends on variables is left alone.
"""

from __future__ import annotations

import fnmatch
import functools
import json
import posixpath
import re
from collections.abc import Iterator, Sequence

from splice.metadata import Read, above, inside, peek
from splice.model import Finding

_DOCKERFILE = re.compile(r"(?i)(?:^|/)(?:(?:Docker|Container)file(?:[.-][^/]+)?|[^/]+\.(?:Docker|Container)file)$")
_COPY = re.compile(r"(?i)^\s*(?:COPY|ADD)\s+((?:--\S+\s+)*)(.+)$")


def copies(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line and sources of each COPY and ADD from the build context."""
    start, joined = 0, ""
    for number, row in enumerate(text.splitlines(), 1):
        if row.lstrip().startswith("#"):
            continue
        start = start if joined else number
        if row.rstrip().endswith(("\\", "`")):
            joined += row.rstrip()[:-1] + " "
            continue
        joined, line = "", joined + row
        match = _COPY.match(line)
        if match is None or "--from" in match[1]:
            continue
        words = match[2].split()
        if match[2].lstrip().startswith("["):
            try:
                words = json.loads(match[2])
            except ValueError:
                continue
        if isinstance(words, list) and len(words) > 1 and all(isinstance(word, str) for word in words):
            yield start, words[:-1]


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern of Docker's (`*` within a name, `**` across) means this path or a folder above it."""
    parts = path.split("/")
    places = {0}  # how many names of the path may be used up
    for name in pattern.strip("/").split("/"):
        if name == "**":
            places = set(range(min(places), len(parts) + 1))
        elif name not in {"", "."}:
            places = {at + 1 for at in places if at < len(parts) and fnmatch.fnmatchcase(parts[at], name)}
        if not places:
            return False
    return True


def docker(files: Sequence[str], read: Read, path: str) -> list[Finding]:
    """Findings for the Dockerfiles and ignore files above a new module at `path`."""
    folders = set(above(path))
    found: list[Finding] = []
    for file in _about_images(tuple(files)):
        folder = posixpath.dirname(file)
        if _DOCKERFILE.search(file) and (folder in folders or posixpath.dirname(folder) in folders):
            found += _dockerfile(files, file, peek(read, file).decode("utf-8", "replace"), path)
        elif posixpath.basename(file) == ".dockerignore" and folder in folders:
            found += _ignored(files, file, peek(read, file).decode("utf-8", "replace"), path)
    return found


@functools.lru_cache(maxsize=1)
def _about_images(files: tuple[str, ...]) -> list[str]:
    """Dockerfiles and ignore files: the same for each of a hundred scaffolds."""
    return [file for file in files if _DOCKERFILE.search(file) or file.endswith(".dockerignore")]


def _dockerfile(files: Sequence[str], file: str, text: str, path: str) -> list[Finding]:
    """A finding at the COPY that names a sibling of the module, when none covers the module itself."""
    home = posixpath.dirname(path)
    siblings = [one for one in files if one.endswith(".py") and posixpath.dirname(one) == home and one != path]
    lists = list(copies(text))
    for context in dict.fromkeys((posixpath.dirname(file), "")):
        sources = [(line, inside(context, word), word) for line, words in lists for word in words if "$" not in word]
        if len(sources) < sum(len(words) for _, words in lists):
            return []  # a variable may well mean the module
        resolved = [(line, pattern, word) for line, pattern, word in sources if pattern is not None]
        named = [(line, word) for line, one, word in resolved if one and any(matches(one, other) for other in siblings)]
        if any(matches(one, path) for _, one, _ in resolved):
            return []
        if named:
            line, word = named[-1]
            mine = posixpath.relpath(path, context or ".")
            text = f"this image copies {word} and would not hold {mine}: imports of it would fail at start"
            return [Finding("warning", "not-shipped", text, file=file, line=line, fix=f"add {mine} to this COPY")]
    return []


def _ignored(files: Sequence[str], file: str, text: str, path: str) -> list[Finding]:
    """A finding when the ignore file lets a sibling through and the module not (`*` and `!app.py`)."""
    context, home = posixpath.dirname(file), posixpath.dirname(path)
    rules = [row.strip() for row in text.splitlines() if row.strip() and not row.startswith("#")]

    def ignored(one: str) -> bool:
        verdict, name = False, posixpath.relpath(one, context or ".")
        for rule in rules:
            if matches(rule.removeprefix("!").strip(), name):
                verdict = not rule.startswith("!")
        return verdict

    siblings = [one for one in files if one.endswith(".py") and posixpath.dirname(one) == home and one != path]
    if not ignored(path) or all(map(ignored, siblings)):
        return []
    mine = posixpath.relpath(path, context or ".")
    text = f"{mine} is kept out of the image, and the modules beside it are not"
    return [Finding("warning", "not-shipped", text, file=file, fix=f"add !{mine} at the end")]
