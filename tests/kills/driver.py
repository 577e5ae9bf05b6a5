"""Kill a `codemod` process at each of its write boundaries, and look at what it leaves.

`python -m kills.driver SCENARIO` prints what it saw as JSON. One process plans; where writing begins it forks, and
each fork goes on to one boundary more than the one before, and sends itself SIGKILL. Nothing of Splice is replaced.
Environments without semgrep are real ones: so that 300 runs are cheap, this is one of them. (It has its say before
anything is written.) The interpreter's folder and PATH are where Splice looks for it.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

# So that a fork imports the service in no time.
import aiohttp  # noqa: F401
import flask  # noqa: F401
import httpx  # noqa: F401
import requests  # noqa: F401

import splice.landing
import splice.report.show  # noqa: F401 - all that a run needs, imported once
from kills.boundaries import Boundaries
from kills.disk import Tree, dangling, forked, imported, restore, tree
from kills.scenarios import SCENARIOS, Scenario
from splice import lock as locks
from splice.atomic import PREFIX
from splice.cli import main
from splice.model import SpliceError


@dataclass
class Seen:
    """What the kills came to. `problems` is empty when everything holds."""

    kills: int = 0
    states: int = 0  # different ones, each of which was brought to its end by a next run
    files: dict[str, int] = field(default_factory=dict)  # how many contents each file has on the way, the old one too
    problems: list[str] = field(default_factory=list)


class Driver:
    """One scenario in one folder."""

    def __init__(self, root: Path, scenario: Scenario) -> None:
        self.root, self.scenario, self.seen = root, scenario, Seen()
        restore(root, {file: text.encode() for file, text in scenario.files.items()})
        if scenario.git:
            subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        for command in scenario.before:
            self._codemod(*command)
        restore(root, tree(root) | {file: text.encode() for file, text in scenario.edits.items()})
        self.before = tree(root)
        more = {("run",), ("strip",)} if scenario.all_ways or os.environ.get("KILLS") == "all" else set()
        self.ends = {words: self._end(words) for words in sorted({scenario.command, *more})}
        self.allowed, self.boundaries = self._rehearse()
        self.done: set[str] = set()

    def _words(self, command: tuple[str, ...]) -> list[str]:
        name, *paths = command
        return [name, "--root", str(self.root), *(str(self.root / path) for path in paths)]

    def _codemod(self, *command: str) -> None:
        if code := forked(lambda: main(self._words(command))):
            self.seen.problems.append(f"{' '.join(command)} exits with {code}")

    def _end(self, command: tuple[str, ...]) -> Tree:
        """What the undisturbed command makes of the service, which is put back."""
        self._codemod(*command)
        result = tree(self.root)
        restore(self.root, self.before)
        return result

    def _rehearse(self) -> tuple[dict[str, set[bytes]], int]:
        """The contents of each file during the undisturbed command (b"" for none), and its number of boundaries."""
        log = self.root.parent / "log"

        def work() -> int:
            states: list[dict[str, str]] = []
            boundaries = Boundaries(
                seen=lambda _: states.append({file: raw.hex() for file, raw in tree(self.root).items()})
            )
            boundaries.watch()
            code = main(self._words(self.scenario.command))
            log.write_text(json.dumps([states, boundaries.names]))
            return code

        forked(work)
        states, names = json.loads(log.read_text())
        trees = [{file: bytes.fromhex(raw) for file, raw in state.items()} for state in states]
        trees += [self.before, tree(self.root)]
        restore(self.root, self.before)
        files = {file for state in trees for file in state if not _is_left(file)}
        allowed = {file: {state.get(file, b"") for state in trees} for file in sorted(files)}
        self.seen.files = {file: len(texts) for file, texts in allowed.items()}
        return allowed, len(names)

    def kill(self) -> Seen:
        """Plan once; where writing begins, fork for each boundary."""

        class Enough(BaseException):
            pass

        create, flock, silent = os.open, fcntl.flock, sys.stdout
        held: list[int] = []  # the lock of the run: a process of its own would take it along when it dies

        def locked(descriptor: int, how: int) -> None:
            held.append(descriptor)
            flock(descriptor, how)

        def begin(path: Any, flags: int, *rest: Any, **more: Any) -> int:
            """In a fork: go on writing, and die. In the planning process: look, and fork again."""
            if not flags & os.O_CREAT:
                return create(path, flags, *rest, **more)
            os.open, fcntl.flock = create, flock
            flock(held[0], fcntl.LOCK_UN)
            for stop in range(1, self.boundaries + 2):
                child = os.fork()
                if child == 0:
                    Boundaries(stop).watch()
                    return os.open(path, flags, *rest, **more)
                ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                self.seen.kills += ended == -signal.SIGKILL
                if ended != (-signal.SIGKILL if stop <= self.boundaries else 0):
                    self.seen.problems.append(f"boundary {stop} of {self.boundaries}: ended with {ended}")
                self._look(f"killed at boundary {stop}")
                restore(self.root, self.before)
            raise Enough

        planner = os.getpid()
        os.open, fcntl.flock, sys.stdout = begin, locked, io.StringIO()  # type: ignore[assignment]
        try:
            main(self._words(self.scenario.command))
        except Enough:
            pass
        finally:
            if os.getpid() != planner:
                os._exit(0)
            sys.stdout = silent
        return self.seen

    def _look(self, when: str) -> None:
        """Every file is whole, the service starts, and whatever is done next ends as if nothing had happened."""
        left = tree(self.root)
        now = {file: raw for file, raw in left.items() if not _is_left(file)}
        problems = [f"{file} is torn" for file, raw in now.items() if raw not in self.allowed.get(file, ())]
        problems += [f"{file} is gone" for file, texts in self.allowed.items() if file not in now and b"" not in texts]
        problems += [f"dangling import: {text}" for text in dangling(now)]
        key = repr((now, sorted(file.rpartition("/")[0] for file in left if _is_left(file))))
        if key not in self.done:
            self.done.add(key)
            self.seen.states += 1
            problems += self._go_on(left)
        self.seen.problems += [f"{when}: {problem}" for problem in problems]

    def _go_on(self, left: Tree) -> list[str]:
        """What goes wrong after a state that was not seen before."""
        problems = []
        if code := imported(self.root, self.scenario.imports):
            problems.append(f"the service does not start: {code}")
        try:
            locks.read(left.get(locks.FILE))
        except SpliceError as error:
            problems.append(str(error))
        for command, end in self.ends.items():
            restore(self.root, left)
            code = forked(partial(main, self._words(command)))
            if code or tree(self.root) != end:
                different = {file for file, _ in tree(self.root).items() ^ end.items()}
                problems.append(f"{' '.join(command)} afterwards: {code}, differs in {sorted(different)}")
        return problems


def _is_left(file: str) -> bool:
    return file.rpartition("/")[2].startswith(PREFIX)


def without_semgrep(folder: Path) -> None:
    """Make this an environment without semgrep: a PATH that holds git alone, and an interpreter that stands elsewhere."""
    folder.mkdir()
    git = next(Path(entry, "git") for entry in os.get_exec_path() if Path(entry, "git").exists())
    (folder / "git").symlink_to(git)
    os.environ["PATH"], sys.executable = str(folder), str(folder / "python")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as place:
        without_semgrep(Path(place, "bin"))
        Path(place, "service").mkdir()
        print(json.dumps(asdict(Driver(Path(place, "service"), SCENARIOS[sys.argv[1]]).kill())))
