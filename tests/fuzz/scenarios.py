"""What formatters, people and branches do to a service between two runs. Each takes a folder in which `run` has run.

`before` is the tree without us, `after` the tree as `run` left it; each scenario may leave the folder as it likes.
"""

from __future__ import annotations

import ast
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from splice import testing
from splice.lock import read
from splice.source import Source

from .properties import Tree, Violation, run, same, settled

Scenario = Callable[[Path, Tree, Tree, random.Random], None]


def stripped(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """`strip` gives back every byte."""
    run(root, strip=True)
    same("strip gives back every byte", before, testing.tree(root))


def switched_off(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """A configuration without codemods takes everything away."""
    wanted = before.get("codemod.toml", b"").partition(b"[[aspects]]")[0]  # these come last, and are codemods too
    settings = [line for line in wanted.splitlines() if not line.startswith(b"codemods")]
    off = {**before, "codemod.toml": b"\n".join([b"codemods = []", *settings, b""])}
    testing.put(root, {"codemod.toml": off["codemod.toml"]})
    run(root)
    found = testing.tree(root)
    left = {f for f in found.keys() - before.keys() if f not in ("codemod.toml", "codemod.lock", ".gitattributes")}
    same("switched off, nothing is left", off, {f: raw for f, raw in found.items() if f in off or f in left})
    settled(root, "switched off")


def elsewhere(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """The same service in another folder gives the same bytes, also when its files are done one by one."""
    other = root.parent / "elsewhere" / root.name
    testing.put(other, dict(before))
    for file in chance.sample(sorted(f for f in before if f.endswith(".py")), k=min(1, len(before))):
        run(other, file)
    run(other)
    same("one file first, then all: the same bytes", after, testing.tree(other))


def jumbled_lock(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """The order of the lock's lines does not matter, nor that some stand twice."""
    if "codemod.lock" not in after:
        return
    first, *lines = after["codemod.lock"].decode().splitlines()
    lines += chance.choices(lines, k=min(3, len(lines))) if lines else []
    chance.shuffle(lines)
    jumbled = {**after, "codemod.lock": "\n".join([*lines, first, first, ""]).encode()}
    testing.put(root, jumbled)
    settled(root, "a jumbled lock")
    same("a jumbled lock changes nothing", jumbled, testing.tree(root))


def lost_lock(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """Without a lock, `run` still recognises what it inserted."""
    if "codemod.lock" not in after:
        return
    (root / "codemod.lock").unlink()
    run(root)
    python = {file: raw for file, raw in after.items() if file.endswith(".py")}
    same(
        "without a lock, run changes no code",
        python,
        {f: r for f, r in testing.tree(root).items() if f.endswith(".py")},
    )
    settled(root, "without a lock")


def deleted(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """An insertion that somebody deleted comes back where it was."""
    kinds = ("decorator", "statement", "argument", "wrap")
    rows = [row for row in read(after.get("codemod.lock")).rows if row.kind in kinds]
    if not rows:
        return
    row = chance.choice(rows)
    source = Source.decode(after[row.file])
    pattern = r"([^()]+)".join(map(re.escape, row.text))
    text, count = re.subn(pattern, r"\1" if len(row.text) > 1 else "", source.text)
    if count != 1:
        return
    (root / row.file).write_bytes(source.encode(text))
    run(root)
    same("a deleted insertion comes back", after, testing.tree(root))


def moved(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """Somebody moves a function to the end of its file: the next run converges, and strip gives the moved function."""
    names = [(f, n) for f in sorted(before) if f.endswith(".py") and before[f] != after[f] for n in range(9)]
    for file, number in chance.sample(names, len(names)):
        plain, ours = _moved(before[file], number), _moved(after[file], number)
        if plain is None or ours is None:
            continue
        (root / file).write_bytes(ours)
        run(root)
        settled(root, "a moved function")
        run(root, strip=True)
        same("a moved function, stripped", {**before, file: plain}, testing.tree(root))
        return


def _moved(raw: bytes, number: int) -> bytes | None:
    """A file with its top-level function of that number at its end; None where that is not a matter of whole lines."""
    source = Source.decode(raw)
    functions = [n for n in ast.parse(raw).body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if number >= len(functions) or not source.text.endswith(("\n", "\r")):
        return None
    node = functions[number]
    start = source.line_start(min([node.lineno, *(d.lineno for d in node.decorator_list)]))
    end = source.line_start((node.end_lineno or 0) + 1)
    text = source.text[start:end]
    rest = source.text[:start] + source.text[end:]
    if not text.startswith(("@", "def ", "async ")) or rest.rstrip("\r\n \t\f").endswith("\\") or "\f" in text:
        return None
    try:
        compile(source.encode(rest + text), "moved.py", "exec", dont_inherit=True)
    except SyntaxError:
        return None
    return source.encode(rest + text)


def renamed(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """Somebody renames a file: the next run converges, and strip gives the bytes of the renamed file."""
    file = chance.choice(sorted(f for f in before if f.endswith(".py") and not f.endswith("__init__.py")))
    new = file.replace(".py", "_2.py")
    (root / file).rename(root / new)
    run(root)
    settled(root, "a renamed file")
    run(root, strip=True)
    expected = {new if f == file else f: raw for f, raw in before.items()}
    same("a renamed file, stripped", expected, testing.tree(root))


_HANDLER = "{n}{n}@{app}.get({q}/came/{name}{q}){n}def {name}():{n}    return {q}{q}{n}"
_OTHER = (
    'from flask import Flask\n\nother = Flask("other")\n\n\n@other.get("/other")\ndef other_one():\n    return ""\n'
)


def merged(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """Two branches each add a handler and run; git merges them, and `check` is content."""
    file = next((f for f in sorted(before) if f.endswith("app.py")), "")
    if not file or not before[file].endswith((b"\n", b"\r")):
        return
    source = Source.decode(before[file])
    _git(root, "init", "-q", "-b", "main")
    _commit(root, "base")
    _git(root, "checkout", "-q", "-b", "one")
    text = _HANDLER.format(n=source.newline, app="app", q='"', name="came_one")
    with (root / file).open("ab") as stream:
        stream.write(text.encode(source.encoding))
    run(root)
    _commit(root, "one")
    _git(root, "checkout", "-q", "main")
    testing.put(root, {file.replace("app.py", "other.py"): _OTHER})
    run(root)
    _commit(root, "two")
    _merge(root, "one", chance)
    settled(root, "two branches")
    run(root, strip=True)
    expected = {
        **before,
        file: before[file] + text.encode(source.encoding),
        file.replace("app.py", "other.py"): _OTHER.encode(),
    }
    same("two branches, stripped", expected, testing.tree(root))


def _commit(root: Path, message: str) -> None:
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "--allow-empty", "-m", message)


def _git(root: Path, *words: str) -> None:
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "core.autocrlf=false")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | own
    done = subprocess.run(["git", *who, *words], cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Violation("git merges two branches", f"git {' '.join(words)}: {done.stdout}{done.stderr}")


def _merge(root: Path, branch: str, chance: random.Random) -> None:
    """Merge. Only a scaffold may have a conflict: it is generated, so people take either side, and run."""
    try:
        _git(root, "merge", "-q", "--no-edit", branch)
    except Violation:
        command = ["git", "diff", "--name-only", "--diff-filter=U"]
        listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        files = listed.stdout.split()
        if not files or {Path(file).name for file in files} - {"scaffold.py", "parts.py"}:
            raise
        _git(root, "checkout", chance.choice(["--ours", "--theirs"]), "--", *files)
        run(root)


RUFF = (("ruff", "format", "-q", "--no-cache", "."),)
BLACK = (("black", "-q", "."), ("isort", "-q", "."))


def ruffed(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """ruff format between two runs."""
    _formatted(root, before, after, "ruff format", RUFF)


def blackened(root: Path, before: Tree, after: Tree, chance: random.Random) -> None:
    """black and isort between two runs."""
    _formatted(root, before, after, "black and isort", BLACK)


def _formatted(root: Path, before: Tree, after: Tree, name: str, commands: tuple[tuple[str, ...], ...]) -> None:
    """`run; format; run` changes nothing more, and strip gives what formatting alone would have given, as a tree.

    A service that the formatter itself does not take is none of ours.
    """
    plain = root.parent / "plain" / root.name
    testing.put(plain, dict(before))
    testing.put(plain, {f: raw for f, raw in after.items() if f not in before and f.endswith("/__init__.py")})
    if not all(_tool(plain, command) for command in commands):
        return
    for command in commands:
        if not _tool(root, command):
            raise Violation(f"{name} takes what run wrote", str(root))
    settled(root, name)
    run(root, strip=True)
    expected, found = testing.tree(plain), testing.tree(root)
    for file in sorted(expected.keys() | found.keys()):
        if not file.endswith(".py"):
            continue
        if file not in expected or file not in found or _shape(expected[file]) != _shape(found[file]):
            same(f"{name}, stripped: the tree of the service formatted without us", expected, found)


def _shape(raw: bytes) -> str:
    return ast.dump(ast.parse(raw))


def _tool(root: Path, command: tuple[str, ...]) -> bool:
    done = subprocess.run([sys.executable, "-W", "ignore", "-m", *command], cwd=root, capture_output=True, check=False)
    return done.returncode == 0


QUICK: tuple[Scenario, ...] = (
    stripped, switched_off, elsewhere, jumbled_lock, lost_lock, deleted, moved, renamed, merged, ruffed,
)  # fmt: skip
ALL: tuple[Scenario, ...] = (*QUICK, blackened)
