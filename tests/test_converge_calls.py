"""With every codemod on, `run` converges whatever formatters, configurations and branches did since, and `strip` takes
all of it back: decorators, statements, arguments, elements of lists and wraps together."""

from __future__ import annotations

import ast
import functools
import itertools
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import black
import isort
import pytest

from all_on import CODEMODS, CONFIG, SERVICES, config, instrumented, made, plain
from fuzz.properties import settled
from splice import testing

NAMES = list(SERVICES)


def blackened(root: Path, line_length: int = 88) -> None:
    """black and isort, in this process: each takes a second to start."""
    for path in written(root):
        text = black.format_str(path.read_text(), mode=black.Mode(line_length=line_length))
        path.write_text(isort.code(text, profile="black", line_length=line_length, known_first_party=["shop"]))


def ruffed(root: Path) -> None:
    """ruff, which sorts imports and formats."""
    for words in (("check", "-q", "--select", "I", "--fix"), ("format", "-q")):
        subprocess.run([sys.executable, "-m", "ruff", *words, *written(root)], cwd=root, check=True)


def written(root: Path) -> list[Path]:
    """What people write: that a formatter may have the scaffold too is tested elsewhere."""
    return [path for path in sorted(root.rglob("*.py")) if path.name != "scaffold.py"]


FORMATTERS: dict[str, Callable[[Path], None]] = {
    "black and isort": blackened,
    "ruff": ruffed,
    "narrow": functools.partial(blackened, line_length=40),
}


def changed(root: Path, *paths: str, strip: bool = False) -> list[str]:
    return [change.file for change in testing.run(root, *paths, strip=strip, rules=False).changes]


def python(tree: Mapping[str, bytes]) -> dict[str, bytes]:
    return {file: raw for file, raw in tree.items() if file.endswith(".py")}


def dump(raw: bytes) -> str:
    return ast.dump(ast.parse(raw))


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_inserted_and_run_after_run_changes_nothing(name: str, tmp_path: Path) -> None:
    root = made(tmp_path, name)
    rates = (root / "shop/rates.py").read_text()
    assert rates.count("retried(") == 6 and rates.count("=REQUESTS_TIMEOUT") == 5
    settled(root)
    assert testing.tree(root) == instrumented(name)


@pytest.mark.parametrize("name", NAMES)
def test_strip_gives_back_every_byte(name: str, tmp_path: Path) -> None:
    root = made(tmp_path, name)
    testing.run(root, strip=True, rules=False)
    assert testing.tree(root) == plain(name)


@pytest.mark.parametrize("formatted", FORMATTERS.values(), ids=FORMATTERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_formatter_between_two_runs(name: str, formatted: Callable[[Path], None], tmp_path: Path) -> None:
    root, without = made(tmp_path, name), tmp_path / "without"
    testing.put(without, SERVICES[name])
    formatted(root)
    formatted(without)
    settled(root)
    testing.run(root, strip=True, rules=False)
    found, expected = python(testing.tree(root)), python(testing.tree(without))
    assert {file: dump(raw) for file, raw in found.items()} == {file: dump(raw) for file, raw in expected.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_lost_lock_is_written_anew_and_strip_without_one_takes_all(name: str, tmp_path: Path) -> None:
    root = made(tmp_path, name)
    (root / "codemod.lock").unlink()
    assert changed(root) == ["codemod.lock"]
    settled(root)
    (root / "codemod.lock").unlink()
    testing.run(root, strip=True, rules=False)
    found, expected = python(testing.tree(root)), python(plain(name))
    assert found.keys() == expected.keys()
    for file, raw in expected.items():  # whose the blank lines and an empty list were, only the lock knew
        assert dump(found[file]) == dump(raw.replace(b", dependencies=[]", b"")), file


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_lock_does_not_matter(name: str, tmp_path: Path) -> None:
    root = made(tmp_path, name)
    head, *rows = (root / "codemod.lock").read_text().splitlines()
    random.Random(1).shuffle(rows)
    (root / "codemod.lock").write_text("\n".join([head, *rows, rows[0], ""]))
    assert changed(root) == []
    testing.run(root, strip=True, rules=False)
    assert testing.tree(root) == plain(name)


@pytest.mark.parametrize("name", NAMES)
def test_codemods_go_one_by_one_in_any_order(name: str, tmp_path: Path) -> None:
    """What is left is what a first run with the rest would have written; nothing else is touched."""
    orders = list(itertools.permutations(CODEMODS))
    for number, order in enumerate(random.Random(name).sample(orders, 1)):
        root, left = made(tmp_path / str(number), name), list(CODEMODS)
        for codemod in order:
            left.remove(codemod)
            testing.put(root, {"codemod.toml": config(left)})
            testing.run(root, rules=False)
            fresh = tmp_path / str(number) / codemod
            testing.put(fresh, {**SERVICES[name], "codemod.toml": config(left)})
            testing.run(fresh, rules=False)
            assert testing.tree(root) == testing.tree(fresh), (order, codemod)
        testing.put(root, {"codemod.toml": CONFIG})
        assert testing.tree(root) == plain(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_codemod_that_goes_and_comes_back_leaves_no_trace(name: str, tmp_path: Path) -> None:
    """Two insertions of one place stand as if they had come together: `protect` precedes `instrument`, say.

    Only what is declared in a manifest follows what was declared before it.
    """
    root = made(tmp_path, name)
    for codemod in CODEMODS:
        for codemods in ([one for one in CODEMODS if one != codemod], CODEMODS):
            testing.put(root, {"codemod.toml": config(codemods)})
            testing.run(root, rules=False)
        assert declared(testing.tree(root)) == declared(instrumented(name)), codemod


def declared(tree: Mapping[str, bytes]) -> dict[str, object]:
    """A tree with its manifest as a set of lines."""
    return {**tree, "pyproject.toml": sorted(tree["pyproject.toml"].splitlines())}


def test_paths_limit_what_is_edited_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    testing.put(root, SERVICES["flask"])
    testing.run(root, "shop/rates.py", rules=False)
    assert (root / "shop/app.py").read_bytes() == plain("flask")["shop/app.py"]
    assert (root / "shop/rates.py").read_bytes() == instrumented("flask")["shop/rates.py"]
    testing.run(root, rules=False)
    assert python(testing.tree(root)) == python(instrumented("flask"))
    testing.run(root, "shop/rates.py", strip=True, rules=False)
    assert (root / "shop/rates.py").read_bytes() == plain("flask")["shop/rates.py"]
    assert (root / "shop/app.py").read_bytes() == instrumented("flask")["shop/app.py"]
