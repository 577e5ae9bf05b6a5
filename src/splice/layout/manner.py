"""Whether a file imports modules of its own package relative: its own imports say so, else those around it."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Sequence

from splice.layout.places import Places, Site


class Manner:
    """How the files of a repository write imports within their packages; each folder is asked once."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._votes: dict[tuple[str, Site], int] = {}

    def is_relative(self, file: str, tree: ast.Module, site: Site, dots: int) -> bool:
        """Whether imports within the package are written relative: in this file, else in most files around it."""
        top = site.module.partition(".")[0]
        relative: list[str] = []
        absolute: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                (relative if node.level else absolute).append("." * node.level + (node.module or ""))
            elif isinstance(node, ast.Import):
                absolute += [item.name for item in node.names]
        if dots > 2 and not any(name.startswith("." * dots) for name in relative):
            return False  # `from ....scaffold` is nobody's style unless the file has it already
        vote = _vote(relative, absolute, top, site, dots)
        folder = posixpath.dirname(file)
        for around in dict.fromkeys((folder, posixpath.dirname(site.path))):
            if vote:
                break
            vote = self._folder_vote(around, site) - (self._file_vote(file, site) if around == folder else 0)
        return vote > 0

    def _folder_vote(self, folder: str, site: Site) -> int:
        """How many files of a folder import relatively, minus those that do not."""
        if (folder, site) not in self._votes:
            files = self._places.python.get(folder, ())
            self._votes[folder, site] = sum(self._file_vote(file, site) for file in files)
        return self._votes[folder, site]

    def _file_vote(self, file: str, site: Site) -> int:
        seen = self._places.evidence.seen(file)
        vote = _vote(seen.relative, seen.absolute, site.module.partition(".")[0], site, 1)
        return (vote > 0) - (vote < 0)


def _vote(relative: Sequence[str], absolute: Sequence[str], top: str, site: Site, dots: int) -> int:
    """Relative imports minus absolute ones of the same package. The scaffold's own import has no vote.

    To reach a folder above, `from ..x` is the better witness than `from .x`: many projects allow only the latter.
    """
    stem = site.module.rpartition(".")[2]
    near = [name for name in relative if name.rpartition(".")[2] != stem]
    far = [name for name in near if name.startswith("..")]
    own = [name for name in absolute if name.partition(".")[0] == top and name != site.module]
    if dots > 1 and (far or own):
        return len(far) - len(own)
    return len(near) - len(own)
