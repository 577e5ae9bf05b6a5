"""What is built is what is on the disk, and imports point down only."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PYPROJECT["tool"]["setuptools"]["packages"]
FOLDERS: dict[str, str] = PYPROJECT["tool"]["setuptools"]["package-dir"]

# Each group may import those before it, and its own members.
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("words", ("model", "output", "digest", "ledger", "cache.store")),
    (
        "text and trees",
        (
            "forms",
            "leaks",
            "canonical",
            "source",
            "headers",
            "edits",
            "patterns",
            "symbols",
            "mutation",
            "nodes",
            "tables",
            "values",
            "resolve",
            "refusals",
            "ours",
        ),
    ),
    ("configuration", ("tomlfile", "checks", "strict", "git", "sources", "policies", "settings", "config")),
    (
        "join points",
        ("frameworks", "access", "outbound.amplification", "outbound.calls", "outbound.library", "outbound.limits"),
    ),
    ("insertions", ("transformers",)),
    ("codemods", ("codemod", "codemods")),
    ("registry", ("registry", "metadata")),
    (
        "stages",
        (
            *(
                "discover",
                "listing",
                "prefilter",
                "seeds",
                "parse",
                "layout",
                "lock",
                "suppress",
                "match",
                "instrumented",
                "outbound",
                "unfamiliar",
                "recognise",
                "pieces",
                "spelling",
                "effective",
                "wants",
                "placing",
                "guarding",
                "remarks",
                "plan",
                "calls",
            ),
            *(
                "exploded",
                "transform",
                "transform_imports",
                "validate",
                "scans",
                "semgrep",
                "atomic",
                "write",
                "scaffold",
                "aspects",
                "compose",
                "manifests",
                "rules",
            ),
        ),
    ),
    (
        "the line",
        (
            "suppressed",
            "unseen",
            "survey",
            "styles",
            "series",
            "held",
            "support",
            "decide",
            "pipeline",
            "commit",
            "landing",
        ),
    ),
    (
        "faces",
        ("report", "baseline", "changed", "recording", "invocation", "testing", "cache", "commands", "lsp", "cli"),
    ),
)
NOT_BELOW = {"frameworks": {"codemod", "codemods", "transformers"}, "transformers": {"frameworks", "codemod"}}


def folder(package: str) -> Path:
    if package in FOLDERS:
        return ROOT / FOLDERS[package]
    return ROOT / "src" / Path(*package.split("."))


def modules() -> dict[str, Path]:
    """Every module of the distribution: dotted name without `splice.` -> file."""
    found = {}
    for package in PACKAGES:
        for path in sorted(folder(package).glob("*.py")):
            name = f"{package}.{path.stem}".removesuffix(".__init__").removeprefix("splice").lstrip(".")
            found[name] = path
    return found


def group(name: str) -> int:
    """The layer of a module: the one that names it, else the one that names its package."""
    for known in (name, name.split(".")[0]):
        for index, (_, members) in enumerate(LAYERS):
            if known in members:
                return index
    raise AssertionError(f"splice.{name} is in no layer: add it to LAYERS where it belongs")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.ImportFrom)
            and node.level == 0
            and node.module
            and node.module.split(".")[0] == "splice"
        ):
            inner = node.module.removeprefix("splice").lstrip(".")
            found |= {inner} if inner else {item.name for item in node.names}
        elif isinstance(node, ast.Import):
            found |= {i.name.removeprefix("splice.") for i in node.names if i.name.startswith("splice.")}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively; write splice.X"
    return found - {"__version__"}


@pytest.mark.parametrize("name", [name for name in modules() if name])
def test_imports_point_down(name: str) -> None:
    for other in imports(modules()[name]):
        assert group(other) <= group(name), f"splice.{name} imports splice.{other}, which lies above it"
        banned = NOT_BELOW.get(name.split(".")[0], set())
        assert other.split(".")[0] not in banned, f"splice.{name} must not know splice.{other}"


def test_the_engine_never_names_a_codemod_or_a_framework() -> None:
    names = {
        path.stem for package in ("codemods", "frameworks") for path in folder(f"splice.{package}").glob("[a-z]*.py")
    }
    for name, path in modules().items():
        if name.split(".")[0] in ("codemods", "frameworks"):
            continue
        for other in imports(path):
            parts = other.split(".")
            assert not (len(parts) == 2 and parts[0] in ("codemods", "frameworks") and parts[1] in names)


def test_the_package_list_is_the_disk() -> None:
    on_disk = {
        ".".join(("splice", *path.parent.relative_to(ROOT / "src/splice").parts))
        for path in (ROOT / "src/splice").rglob("__init__.py")
    }
    assert set(PACKAGES) == on_disk | {"splice.transformers", "splice.codemods", "splice.rules"}


@pytest.mark.parametrize("name", ["transformers", "codemods", "rules"])
def test_the_links_lead_to_the_folders_at_the_root(name: str) -> None:
    link = ROOT / "src/splice" / name
    assert link.is_symlink()
    assert str(link.readlink()) == f"../../{name}"


def test_the_wheel_holds_every_module_and_nothing_at_the_top(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("splice-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names} == {"splice", wheel.name.split("-py3")[0] + ".dist-info"}
    for name, path in modules().items():
        inner = "splice/" + name.replace(".", "/")
        wanted = f"{inner.rstrip('/')}/__init__.py" if path.name == "__init__.py" else f"{inner}.py"
        assert wanted in names
    assert {"splice/py.typed", "splice/rules/spans.yaml", "splice/rules/metrics.yaml"} <= names
    assert any(name.startswith("splice/parts/") for name in names)
