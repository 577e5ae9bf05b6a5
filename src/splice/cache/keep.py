"""Writes down an answer with everything that it came from, as it was before or while it was read.

What the ledger has noted was digested from the bytes that were read. Our own modules and those of others are looked
at afterwards, so an answer is kept only if they have been older than the process for a while.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import splice
from splice.cache import store
from splice.cache.answer import Answer, is_listing, listed, of_git, question, today
from splice.cache.rows import FIXED, FOLLOWED, MARGIN, NAMES, PLAIN, Rows, content
from splice.ledger import NOTHING, Ledger, Signature, signature

_OWN = os.path.realpath(os.path.dirname(str(splice.__file__)))
_LIBRARY = os.path.dirname(str(os.__file__))
_ODD = 1_000  # links and the like, of which each is looked at every time
_QUESTIONS = 24  # to git
_Row = tuple[str, Signature, bytes]


def keep(
    words: Sequence[str],
    ledger: Ledger,
    began: int,
    before: Mapping[str, bytes],
    said: tuple[int, str, list[tuple[str, str, str]]],
) -> None:
    """Keep what was `said` (exit code, text, reports) to a command line.

    `began`: when it was asked, in nanoseconds; `before`: what was `installed` then.
    """
    if not ledger.sound:
        return
    found = [asked for asked, (code, _, _) in ledger.git.items() if is_listing(asked, asked[0]) and code == 0]
    if len(found) != 1 or len(ledger.odd) > _ODD or len(ledger.git) > _QUESTIONS:
        return
    root = found[0][0]
    if _is_inside(store.folder(), root):
        return
    answer = Answer()
    answer.day, answer.taken, answer.root = today(), began, root
    answer.code, answer.text, answer.reports = said
    answer.git = [(asked, of_git(told)) for asked, told in ledger.git.items()]
    answer.places, answer.odd = ledger.places, frozenset(ledger.odd)
    try:
        answer.folders = Rows.of("folders", f"{root}/", _folders(root, listed(ledger.git[found[0]][1])))
        folders = Rows.of(NAMES, "", _rows(NAMES, before))
        files = Rows.of(FOLLOWED, "", _rows(FOLLOWED, _modules(before)))
        scanner = Rows.of(FIXED, "", _rows(FIXED, _scanners()))
    except OSError:
        return
    young = began - MARGIN
    if any(max(rows.numbers[2::4], default=0) >= young for rows in (files, scanner)) or installed() != before:
        return
    answer.rows = [folders, files, scanner, *_read(root, ledger)]
    store.save(question(words), answer.pack())


def _read(root: str, ledger: Ledger) -> Iterator[Rows]:
    """The files that were read, in the repository and elsewhere."""
    inside: list[_Row] = []
    others: dict[str, list[_Row]] = {PLAIN: [], FOLLOWED: []}
    for path, (found, known) in ledger.files.items():
        below = path[len(root) + 1 :] if path.startswith(f"{root}/") else ""
        if below and below not in ledger.odd:
            inside.append((below, found, known))
        else:
            others[FOLLOWED if found != NOTHING else PLAIN].append((path, found, known))
    yield Rows.of(PLAIN, f"{root}/", inside)
    for kind, rows in others.items():
        yield Rows.of(kind, "", rows)


def _folders(root: str, files: Iterable[str]) -> Iterator[_Row]:
    """The folders that hold the files, and those that hold these."""
    folders = {""}
    for file in files:
        folder = file.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    for folder in sorted(folders):
        try:
            yield folder, signature(os.stat(f"{root}/{folder}")), b""
        except FileNotFoundError:  # git lists what was deleted
            yield folder, NOTHING, b""


def installed() -> dict[str, bytes]:
    """The folders of our own files and those where packages are installed, each with a digest of the names in it."""
    folders = [folder for folder, _, _ in _own()] + [entry for entry in sys.path if os.path.isabs(entry)]
    found = {}
    for folder in folders:
        if os.path.isdir(folder) and (names := content(NAMES, folder)) is not None:
            found[folder] = names[1]
    return found


def _own() -> Iterator[tuple[str, list[str], list[str]]]:
    for folder, below, names in os.walk(_OWN, followlinks=True):
        below[:] = [name for name in below if name != "__pycache__"]
        yield folder, below, names


def _modules(folders: Iterable[str]) -> Iterator[str]:
    """Our own files, rules and parts included, the modules of others that are loaded, and who registers codemods."""
    for folder, _, names in _own():
        yield from (f"{folder}/{name}" for name in names)
    for module in [*sys.modules.values()]:
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not os.path.isabs(file) or file.startswith(f"{_OWN}/"):
            continue
        if not file.startswith(f"{_LIBRARY}/") or "-packages/" in file:
            yield file
    for folder in folders:
        # A distribution that is installed again in place may register other codemods under the same name.
        found = (name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info")))
        yield from (f"{folder}/{name}/entry_points.txt" for name in found)


def _scanners() -> list[str]:
    """Where semgrep is, or would be."""
    places = dict.fromkeys((os.path.dirname(sys.executable), *os.get_exec_path()))
    return [f"{place}/semgrep" for place in places if os.path.isabs(place)]


def _rows(kind: str, paths: Iterable[str]) -> Iterator[_Row]:
    for path in dict.fromkeys(paths):
        try:
            status = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            yield path, NOTHING, b""
        else:
            yield path, *_content(kind, path, signature(status))


@cache
def _content(kind: str, path: str, now: Signature) -> tuple[Signature, bytes]:
    """What a path holds; once for each state, for a process that answers several times."""
    found = content(kind, path)
    if found is None or found[0] != now:
        raise OSError("changes while it is read")
    return found


def _is_inside(place: str, root: str) -> bool:
    real = os.path.realpath(root)
    return place == real or place.startswith(real.rstrip("/") + "/")
