"""Others write while `codemod` does: two runs at once, and people who save a file at any moment of a run.

`python -m kills.others together ROUNDS` and `python -m kills.others underneath` print their problems as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

import splice.landing
import splice.report.show  # noqa: F401 - all that a run needs, imported once
from kills.boundaries import Boundaries
from kills.disk import Tree, dangling, forked, restore, tree
from kills.driver import without_semgrep
from kills.scenarios import BOTH, SHOP
from splice import lock as locks
from splice.atomic import PREFIX
from splice.cli import main
from splice.model import SpliceError

PAIRS = (
    (("run",), ("run",)),
    (("run", "shop"), ("run", "depot")),
    (("run",), ("strip",)),
    (("strip",), ("strip",)),
    (("run", "shop"), ("strip", "depot")),
)
EDIT = b"# saved by a human\n"


def words(root: Path, command: tuple[str, ...]) -> list[str]:
    name, *paths = command
    return [name, "--root", str(root), *(str(root / path) for path in paths)]


def alone(root: Path, command: tuple[str, ...]) -> Tree:
    assert forked(partial(main, words(root, command))) == 0
    return tree(root)


def at_once(root: Path, commands: tuple[tuple[str, ...], ...]) -> list[int]:
    """Processes that wait for each other and then run; their exit codes."""
    start, go = os.pipe()
    children = []
    for command in commands:
        child = os.fork()
        if child == 0:
            code = 99
            try:
                os.close(go)
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, 1)
                os.read(start, 1)
                code = main(words(root, command))
            finally:
                os._exit(code)
        children.append(child)
    os.close(start)
    os.close(go)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def together(root: Path, rounds: int) -> list[str]:
    """Pairs of commands, from a bare service and from an instrumented one."""
    restore(root, {file: text.encode() for file, text in BOTH.items()})
    bare = tree(root)
    full = alone(root, ("run",))
    problems = []
    for number in range(rounds):
        for pair in PAIRS:
            for start in (bare, full):
                restore(root, start)
                ended = set(at_once(root, pair))
                when = f"round {number}, {pair}:"
                now = tree(root)
                problems += [f"{when} {file} stayed" for file in now if PREFIX in file]
                for file, raw in now.items():  # of scaffolds and lock there are more: they are read below
                    if file in bare and raw not in (bare[file], full[file]):
                        problems.append(f"{when} {file} is torn")
                problems += [f"{when} {text}" for text in dangling(now)]
                problems += [f"{when} exit code {code}" for code in ended - {0}]  # one waits for the other
                try:
                    locks.read(now.get(locks.FILE))
                except SpliceError as error:
                    problems.append(f"{when} {error}")
                if alone(root, ("run",)) != full:
                    problems.append(f"{when} the next run does not converge")
                if alone(root, ("strip",)) != bare:
                    problems.append(f"{when} strip does not give everything back")
    return problems


def underneath(root: Path) -> list[str]:
    """A human saves one file at each boundary of one run: it is never overwritten, and the others are done."""
    bare = {file: text.encode() for file, text in SHOP.items()}
    restore(root, bare)
    names: list[str] = []
    log = root.parent / "log"

    def count() -> int:
        boundaries = Boundaries()
        boundaries.watch()
        code = main(words(root, ("run",)))
        log.write_text(json.dumps(boundaries.names))
        return code

    assert forked(count) == 0
    names = json.loads(log.read_text())
    full = tree(root)
    problems = []
    for file in ("shop/views.py", "pyproject.toml"):
        ends: list[Tree] = []
        for stop, name in enumerate(names):
            if name == "replace":
                continue  # between the last look and the rename there is nothing that could look once more
            restore(root, bare)
            code = forked(partial(saved_at, root, file, stop))
            now = tree(root)
            when = f"{file} saved at boundary {stop} ({name}):"
            if now[file] not in (bare[file] + EDIT, full[file] + EDIT):
                problems.append(f"{when} lost")
            if code != (0 if now[file].startswith(full[file]) else 3):
                problems.append(f"{when} exit code {code}")
            problems += [
                f"{when} {other} is not done"
                for other in full
                if other not in (file, locks.FILE) and now.get(other) != full[other]
            ]
            problems += [f"{when} {text}" for text in dangling(now)]
            if now in ends:
                continue
            ends.append(now)
            after = alone(root, ("run",))
            if {**after, file: b""} != {**full, file: b""} or after[file] != full[file] + EDIT:
                problems.append(f"{when} the next run does not converge")
            if alone(root, ("strip",)) != {**bare, file: bare[file] + EDIT}:
                problems.append(f"{when} strip does not give everything back")
    return problems


def saved_at(root: Path, file: str, stop: int) -> int:
    """A run during which somebody saves a file at one boundary."""

    def save(_name: str) -> None:
        if len(boundaries.names) == stop + 1:
            path = root / file
            path.write_bytes(path.read_bytes() + EDIT)

    boundaries = Boundaries(seen=save)
    boundaries.watch()
    return main(words(root, ("run",)))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as place:
        without_semgrep(Path(place, "bin"))
        service = Path(place, "service")
        service.mkdir()
        found = underneath(service) if sys.argv[1] == "underneath" else together(service, int(sys.argv[2]))
        print(json.dumps(found))
