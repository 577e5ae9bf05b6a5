"""An answer that was kept: found by the command line, and told again if everything is as it was then.

Imports as little as it can; see cli.py.
"""

from __future__ import annotations

import os
import stat
import sys
import time

import splice
from splice.cache import may_keep, store
from splice.cache.ask import Asked
from splice.cache.rows import Rows, same_content
from splice.digest import digest
from splice.ledger import standing
from splice.output import report_to, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from splice.ledger import Signature


def question(words: Sequence[str]) -> str:
    """The name of the answer to a command line: a digest of all that decides what it means, beside the files."""
    terminal = [os.environ.get(name, "") for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "PATH")]
    stream = (str(sys.stdout.isatty()), str(getattr(sys.stdout, "encoding", "")))
    python = (sys.version, str(sys.flags.optimize), sys.prefix, str(splice.__file__), *sys.path)
    parts = (*words, "\n", os.getcwd(), *terminal, *stream, *python)
    return digest("\0".join(parts).encode("utf-8", "surrogateescape"))[:16].hex()


class Answer:
    """What was said, and what it came from."""

    __slots__ = ("code", "day", "folders", "git", "odd", "places", "reports", "root", "rows", "taken", "text")

    def __init__(self) -> None:
        self.day = ""  # of the calendar: some suppressions end on one
        self.taken = 0  # when what follows was looked at, in nanoseconds
        self.code = 0
        self.text = ""  # for standard output
        self.reports: list[tuple[str, str, str]] = []  # format, file, text
        self.root = ""
        self.git: list[tuple[tuple[str, ...], bytes]] = []  # base and arguments; digest of code, output and complaint
        self.places: Mapping[str, bytes] = {}  # path -> what stands there: `ledger.standing`
        self.odd: frozenset[str] = frozenset()  # what git lists and is no plain file; stands in `places`, too
        self.rows: list[Rows] = []
        self.folders = Rows("folders", "", [], [], b"")  # those of all files that git lists

    def pack(self) -> list[bytes]:
        words = (self.day, str(self.taken), str(self.code), self.root)
        return [
            _texts(words),
            _bytes(self.text),
            store.pack([_texts(report) for report in self.reports]),
            store.pack([store.pack([_texts(asked), said]) for asked, said in self.git]),
            store.pack([os.fsencode(path) + b"\0" + there for path, there in self.places.items()]),
            os.fsencode("\0".join(sorted(self.odd))),
            self.folders.pack(),
            *[rows.pack() for rows in self.rows],
        ]

    @classmethod
    def unpack(cls, blocks: Sequence[bytes]) -> Answer:
        """Raises ValueError for what `pack` has not made."""
        head, text, reports, git, places, odd, folders, *rows = blocks
        answer = cls()
        answer.day, taken, code, answer.root = _read(head)
        answer.taken, answer.code = int(taken), int(code)
        answer.text = text.decode("utf-8", "surrogatepass")
        for report in store.unpack(reports):
            name, file, content = _read(report)
            answer.reports.append((name, file, content))
        for asked in store.unpack(git):
            words, said = store.unpack(asked)
            answer.git.append((tuple(_read(words)), said))
        pairs = (place.partition(b"\0") for place in store.unpack(places))
        answer.places = {os.fsdecode(path): there for path, _, there in pairs}
        answer.odd = frozenset(os.fsdecode(odd).split("\0"))
        answer.folders = Rows.unpack(folders)
        answer.rows = [Rows.unpack(one) for one in rows]
        return answer

    def still(self, now: int) -> Answer | None:
        """This answer, with what was looked at again; None when anything may be otherwise."""
        if self.day != today():
            return None
        asked: list[Asked] = []
        try:
            asked.extend(Asked(words[0], words[1:]) for words, _ in self.git)
            rows = []
            for known in self.rows:
                seen = known.still(self.taken, same_content)
                if seen is None:
                    return None
                rows.append(seen)
            if any(standing(path) != there for path, there in self.places.items()):
                return None
            listing = b""
            for one, (words, said) in zip(asked, self.git, strict=True):
                answered = one.said()
                if answered is None or of_git(answered) != said:
                    return None
                if is_listing(words, self.root):
                    listing = answered[1]
            folders = self.folders.still(self.taken, Listed(self, listing).same)
        except (OSError, ValueError):
            return None
        finally:
            for one in asked:
                one.forget()
        if folders is None:
            return None
        if folders is not self.folders or any(new is not old for new, old in zip(rows, self.rows, strict=True)):
            self.rows, self.folders, self.taken = rows, folders, now
        return self


class Listed:
    """What git lists, by folder, for the folders of which the status does not tell whether they are as they were."""

    def __init__(self, answer: Answer, listing: bytes) -> None:
        self._answer, self._listing = answer, listing
        self._by_folder: dict[str, list[str]] | None = None

    def same(self, rows: Rows, index: int, _now: Signature) -> bool:
        """Whether what git lists in a folder are plain files, but for those that were none before."""
        folder = rows.names[index]
        path = rows.base + folder
        if self._by_folder is None:
            self._by_folder = {}
            for file in listed(self._listing):
                self._by_folder.setdefault(file.rpartition("/")[0], []).append(file)
        if os.path.realpath(path) != path.rstrip("/"):
            return False
        files = (file for file in self._by_folder.get(folder, ()) if file not in self._answer.odd)
        return all(_is_plain(rows.base + file) for file in files)


def known(words: Sequence[str]) -> int | None:
    """Tell the answer to this command line, and return its exit code, if it is known; else None and nothing."""
    now = time.time_ns()
    if not may_keep(words) or not hasattr(os, "posix_spawn"):
        return None
    try:
        name = question(words)
        blocks = store.load(name)
        answer = Answer.unpack(blocks).still(now) if blocks is not None else None
        if answer is None:
            return None
        for report in answer.reports:
            report_to(*report)
    except (OSError, ValueError):
        return None  # whoever works the answer out says what is wrong
    if answer.taken == now:
        store.save(name, answer.pack())
    else:
        store.used(name)
    write(sys.stdout, answer.text)
    return answer.code


def today() -> str:
    return time.strftime("%Y-%m-%d")


def of_git(said: tuple[int, bytes, bytes]) -> bytes:
    code, output, complaint = said
    return digest(b"%d %s %s" % (code, digest(output), digest(complaint)))


def listed(output: bytes) -> list[str]:
    """The files in git's listing; a repository in this one is a folder there, and none of ours."""
    return [name for name in os.fsdecode(output).split("\0") if name and not name.endswith("/")]


def is_listing(asked: Sequence[str], root: str) -> bool:
    """Whether a question to git is which files there are: the one of listing.py."""
    return asked[0] == root and asked[1] == "ls-files" and "--cached" in asked


def _is_plain(path: str) -> bool:
    return stat.S_ISREG(os.lstat(path).st_mode)


def _texts(words: Sequence[str]) -> bytes:
    return store.pack([_bytes(word) for word in words])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _read(raw: bytes) -> list[str]:
    return [word.decode("utf-8", "surrogatepass") for word in store.unpack(raw)]
