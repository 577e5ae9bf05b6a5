"""What sorters and formatters were content with before, they are content with after: the real tools say so.

The samples are first brought to each setting's own form by the tools themselves. ruff, isort and black
run as a user would run them.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from splice.source import Source
from splice.tomlfile import read_toml
from splice.transformers import decorators, imports
from splice.transformers.fragment import Placed

SAMPLES = sorted((Path(__file__).parent.parent / "data" / "imports").glob("*.py"))
RUFF = '[tool.ruff.lint]\nselect = ["I"]\n[tool.ruff.lint.isort]\nknown-first-party = ["orders"]\n'
ISORT = '[tool.isort]\nknown_first_party = ["orders"]\n'
SETTINGS = {
    "ruff": RUFF,
    "ruff, one name a line": RUFF + "force-single-line = true\n",
    "ruff, sorted within sections": RUFF + "force-sort-within-sections = true\n",
    "ruff, from first": RUFF + "from-first = true\n",
    "ruff, lines between types": RUFF + "lines-between-types = 1\n",
    "ruff, no sections": RUFF + "no-sections = true\n",
    "ruff, closest first": RUFF + 'relative-imports-order = "closest-to-furthest"\n',
    "ruff, 79": "[tool.ruff]\nline-length = 79\n[tool.black]\nline-length = 79\n" + RUFF,
    "ruff, 100": "[tool.ruff]\nline-length = 100\n[tool.black]\nline-length = 100\n" + RUFF,
    "ruff, a narrow 45": "[tool.ruff]\nline-length = 45\n[tool.black]\nline-length = 45\n" + RUFF,
    "isort": ISORT,
    "isort, black": ISORT + 'profile = "black"\n',
    "isort, google": ISORT + 'profile = "google"\n',
    "isort, sorted within sections": ISORT + 'profile = "black"\nforce_sort_within_sections = true\n',
}


def tool(root: Path, *command: str) -> str:
    """What a tool has to complain about; "" when it is content."""
    done = subprocess.run([sys.executable, "-m", *command, "."], cwd=root, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def complaints(root: Path, settings: str) -> str:
    sorter = ("ruff", "check", "-q", "--no-cache") if "ruff" in settings else ("isort", "--check")
    return tool(root, *sorter) + tool(root, "ruff", "format", "--check", "--no-cache") + tool(root, "black", "--check")


def bring_to_form(root: Path, settings: str) -> None:
    tool(root, *(("ruff", "check", "-q", "--fix", "--no-cache") if "ruff" in settings else ("isort", "-q")))
    tool(root, "ruff", "format", "--no-cache")
    tool(root, "black", "-q")


def grafted(source: Source, module: str, style: imports.ImportStyle) -> tuple[bytes, Placed]:
    """One import, and one decorator on every function of the file."""
    tree = ast.parse(source.text)
    functions = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    first = min(n.decorator_list[0].lineno if n.decorator_list else n.lineno for n in functions)
    placed = imports.add(source, tree, module, ("observed", "guarded"), style, first)
    edits = list(placed.edits)
    for node in functions:
        slot = min(1, len(node.decorator_list))
        edits += decorators.insert(source, node, slot, 'observed("GET /orders/{order_id}")', style.code_length).edits
    return source.apply(tuple(edits)), placed


def stripped(source: Source, module: str, placed: Placed) -> bytes:
    tree = ast.parse(source.text)
    ours = [n for n in tree.body if isinstance(n, ast.ImportFrom) and "." * n.level + (n.module or "") == module]
    edits = [imports.remove_all(source, ours, placed.text, placed.blank)]
    for node in ast.walk(tree):
        for index, item in enumerate(getattr(node, "decorator_list", [])):
            if ast.unparse(item).startswith("observed("):
                assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
                edits.append(decorators.remove(source, node, index))
    return source.apply(tuple(edits))


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_no_tool_wants_anything_else(tmp_path: Path, settings: str) -> None:
    (tmp_path / "pyproject.toml").write_text(settings)
    modules = (".scaffold", "orders.scaffold")
    # Beneath an import, formatters want a blank line before a comment; isort wants none unless its profile says so.
    contradiction = "isort" in settings and "black" not in settings
    for sample in SAMPLES:
        if contradiction and sample.stem == "comments":
            continue
        for number, _ in enumerate(modules):
            (tmp_path / f"{sample.stem}_{number}.py").write_bytes(sample.read_bytes())
    bring_to_form(tmp_path, settings)
    assert complaints(tmp_path, settings) == ""
    style = imports.read_style(read_toml(tmp_path / "pyproject.toml"))
    for number, module in enumerate(modules):
        for path in sorted(tmp_path.glob(f"*_{number}.py")):
            source = Source.decode(path.read_bytes())
            after, placed = grafted(source, module, style)
            path.write_bytes(after)
            assert stripped(Source.decode(after), module, placed) == source.raw, path.name
    assert complaints(tmp_path, settings) == ""
