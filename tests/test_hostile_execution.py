"""A repository in which everything that tools like to execute would leave a mark: no command of ours leaves one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from splice import testing

CODEMOD = Path(sys.executable).with_name("codemod")
APP = 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/x")\ndef x():\n    return ""\n'
# What we, semgrep and Python itself import: found in the current folder, each would run.
SHADOWS = (
    *("libcst", "click", "semgrep", "yaml", "opentelemetry", "rich", "packaging", "tomlkit", "rope", "pathspec", "tomli"),
    *("sitecustomize", "usercustomize", "splice_rules", "attr", "colorama", "requests", "pysemgrep", "flask", "fastapi"),
    *("dataclasses", "json", "typing", "logging", "tokenize", "inspect", "importlib_metadata", "pkg_resources"),
)  # fmt: skip
COMMANDS = (
    *(["list"], ["check"], ["diff"], ["run"], ["explain", "main.py:6"], ["upgrade"], ["list", "--format=json"]),
    ["strip"],
)


def hostile(root: Path, marks: Path) -> None:
    """A service with every hook that we could think of; each of them writes a file into `marks`."""
    shell = f"touch {marks}/$$-{{}} #"
    code = f"open({str(marks)!r} + '/python-{{}}', 'w')\n"
    files = {
        "main.py": APP,
        "handlers.py": code.format("handlers") + "from main import app\n\n\n@app.get('/y')\ndef y():\n    return ''\n",
        ".ropeproject/config.py": code.format("rope")
        + "def set_prefs(prefs): pass\ndef project_opened(project): pass\n",
        **{f"{name}.py": code.format(name) for name in ("conftest", "setup", "noxfile", "tasks", "manage")},
        **{f"{name}.py": code.format(name) for name in SHADOWS if name not in ("click", "opentelemetry")},
        "click/__init__.py": code.format("click"),
        "opentelemetry/__init__.py": code.format("opentelemetry"),
        "opentelemetry/trace.py": code.format("trace"),
        "codemods/evil.py": code.format("codemods"),
        "splice/__init__.py": code.format("splice"),
        "splice/cli.py": code.format("cli"),
        "evil.pth": f"import os; os.system('touch {marks}/pth')\n",
        "evil.egg-info/entry_points.txt": "[splice.codemods]\nevil = setup\n[splice.frameworks]\nevil = setup\n",
        "evil.dist-info/entry_points.txt": "[splice.codemods]\nevil = setup\n",
        "evil.dist-info/METADATA": "Name: evil\nVersion: 1\n",
        "pyproject.toml": '[tool.codemod]\ncodemods = ["spans"]\n[tool.ruff]\nextend = "/dev/stdin"\n[build-system]\n'
        'requires = []\nbuild-backend = "setup"\nbackend-path = ["."]\n[tool.semgrep]\nmetrics = "on"\n',
        ".semgrep.yml": "rules: [}\n",
        ".semgrep/rules.yml": "rules: [}\n",
        ".gitattributes": "* filter=evil diff=evil merge=evil\n*.py filter=evil ident\n",
        ".pythonstartup": code.format("startup"),
        ".env": f"PYTHONSTARTUP={root}/.pythonstartup\nLD_PRELOAD=/x.so\n",
        "git": f"#!/bin/sh\n{shell.format('git')}\n",
        "semgrep": f"#!/bin/sh\n{shell.format('semgrep')}\n",
    }
    testing.put(root, files)
    for name in ("git", "semgrep"):
        (root / name).chmod(0o755)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    hooks = root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "pre-commit", "fsmonitor-watchman", "post-checkout", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\n{shell.format(name)}\n")
        (hooks / name).chmod(0o755)
    included = root / "included.cfg"
    keys = {
        "core": ("fsmonitor", "sshCommand", "pager", "editor", "askPass", "alternateRefsCommand", "gitProxy"),
        "diff": ("external",),
        'diff "evil"': ("textconv", "command"),
        'filter "evil"': ("clean", "smudge", "process"),
        'merge "evil"': ("driver",),
        "credential": ("helper",),
        "alias": ("ls-files", "check-ignore", "status"),
        "pager": ("ls-files", "check-ignore"),
        "gpg": ("program",),
        "uploadpack": ("packObjectsHook",),
        'submodule "x"': ("update",),
    }
    lines = [
        f'[{section}]\n\t{key} = "{"!" if section == "alias" else ""}{shell.format(key)}"\n'
        for section, names in keys.items()
        for key in names
    ]
    included.write_text("".join(lines) + f"[core]\n\thooksPath = {hooks}\n")
    with (root / ".git" / "config").open("a") as stream:
        stream.write("".join(lines) + f"[include]\n\tpath = {included}\n[core]\n\tuntrackedCache = true\n")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    base = tmp_path_factory.mktemp("hostile")
    root, marks = base / "root", base / "marks"
    marks.mkdir()
    hostile(root, marks)
    return root, marks


def test_the_traps_are_set(places: tuple[Path, Path]) -> None:
    root, marks = places
    subprocess.run([sys.executable, "-c", "import conftest"], cwd=root, check=False, capture_output=True)
    subprocess.run(["git", "status"], cwd=root, check=False, capture_output=True)
    assert {path.name for path in marks.iterdir()} >= {"python-conftest"}
    assert any(path.name.endswith("-fsmonitor") for path in marks.iterdir())
    for path in marks.iterdir():
        path.unlink()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("where", ["in the root", "from outside"])
def test_no_command_executes_anything_of_the_repository(
    command: list[str], where: str, places: tuple[Path, Path]
) -> None:
    root, marks = places
    environment = {**os.environ, "PATH": os.pathsep.join((".", "", str(CODEMOD.parent), os.environ["PATH"]))}
    inside = where == "in the root"
    words = command if inside else [*command, "--root", str(root)]
    if not inside and command[0] == "explain":
        words[1] = f"{root}/main.py:6"
    made = subprocess.run(
        [str(CODEMOD), *words], cwd=root if inside else root.parent, env=environment, capture_output=True, text=True
    )
    assert made.returncode in (0, 1, 3), made.stderr
    assert "internal" not in made.stderr
    assert not list(marks.iterdir())


def test_the_module_form_keeps_the_current_folder_off_the_path(places: tuple[Path, Path], tmp_path: Path) -> None:
    root, marks = places
    for name in ("splice/__init__.py", "splice/cli.py"):  # what `-m` names is found before a line of ours runs
        (root / name).unlink(missing_ok=True)
    keep = {name for name in SHADOWS if name not in sys.stdlib_module_names}
    for path in [*root.glob("*.py")]:
        if path.stem in SHADOWS and path.stem not in keep:
            path.unlink()
    (root / "splice").rmdir()
    made = subprocess.run([sys.executable, "-m", "splice.cli", "list"], cwd=root, capture_output=True, text=True)
    assert made.returncode in (0, 1, 3), made.stderr
    assert not list(marks.iterdir())
