"""The services of the corpus: where their source comes from, how their apps are made and their tests are run.

To add one: an entry here and `locks/NAME.txt`, the output of `pip freeze` in an environment in which its own
tests pass (with typing-extensions, which OpenTelemetry needs).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
LOCKS = HERE / "locks"


@dataclass(frozen=True, slots=True)
class Project:
    """One service.

    `apps` says what to import for the routing tables of the running frameworks: for "flask" `module:expression`, for
    "fastapi" a module, or with a `*` at the end every module of a folder, for "django" the settings. `roots` are the
    import roots.
    """

    name: str
    about: str
    folder: str  # of the service in its sdist, or in this repository
    apps: tuple[tuple[Literal["flask", "fastapi", "django"], str], ...]
    sdist: str = ""  # NAME==VERSION; "" for a folder of this repository
    paths: tuple[str, ...] = ()  # what is given to `codemod run`; () for everything
    roots: tuple[str, ...] = (".",)
    tests: tuple[str, ...] = ()  # arguments of pytest
    not_run: tuple[str, ...] = ()  # own tests that cannot be run reliably as published; say why at the entry
    typed: tuple[str, ...] = ()  # what mypy can check quickly; () for nothing
    isort: tuple[str, ...] = ("--profile", "black")  # what the project says to isort, or to ruff in its place


PROJECTS = (
    Project(
        "orders",
        "Flask: application factory, blueprints, class-based views",
        "examples/orders",
        (("flask", "orders:create_app()"),),
        typed=("orders",),
        isort=(),
    ),
    Project(
        "shop",
        "FastAPI: routers below routers, a mounted app, websockets, streaming",
        "examples/shop",
        (("fastapi", "shop.main"),),
        roots=("src",),
        typed=("src",),
        isort=(),
    ),
    Project(
        "library",
        "Django and Django REST framework: pages, viewsets, routers of its own and nested ones, translated routes",
        "examples/library",
        (("django", "library.settings.dev"),),
        typed=("library", "catalogue", "members", "loans", "reports"),
        isort=(),
    ),
    Project(
        "flask-tutorial",
        "Flask: the blog of Flask's tutorial",
        "examples/tutorial",
        (("flask", "flaskr:create_app()"),),
        sdist="Flask==3.1.3",
        typed=("flaskr",),
    ),
    Project(
        "fastapi-docs",
        "FastAPI: the hundreds of small applications of its documentation",
        "",
        (("fastapi", "docs_src.*"), ("flask", "docs_src.wsgi.tutorial001:flask_app")),
        sdist="fastapi==0.115.14",
        paths=("docs_src",),
        tests=("-W", "ignore", "tests/test_tutorial"),
        # One event loop sends into the other's stream there, which wakes nobody: they hang on a busy machine.
        not_run=(
            "tests/test_tutorial/test_websockets/test_tutorial003.py::test_websocket_handle_disconnection",
            "tests/test_tutorial/test_websockets/test_tutorial003_py39.py::test_websocket_handle_disconnection",
        ),
        isort=("--profile", "black", "-o", "fastapi", "-o", "pydantic", "-o", "starlette"),
    ),
)


def fetch(project: Project, sdists: Path, target: Path) -> None:
    """Put the service as it was published into `target`, a git repository of its own.

    The sdist is kept in `sdists`. Raises CalledProcessError when it cannot be downloaded.
    """
    if target.exists():
        shutil.rmtree(target)
    source = _unpacked(project.sdist, sdists) if project.sdist else REPOSITORY
    caches = shutil.ignore_patterns("__pycache__", ".*_cache", "*.egg-info", ".git")
    shutil.copytree(source / project.folder, target, ignore=caches)
    subprocess.run(["git", "init", "-q", str(target)], check=True)


def _unpacked(requirement: str, sdists: Path) -> Path:
    name, _, version = requirement.partition("==")
    sdists.mkdir(parents=True, exist_ok=True)
    stem = f"{name.lower().replace('-', '_')}-{version}"
    archive = sdists / f"{stem}.tar.gz"
    if not archive.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(sdists), requirement], check=True)
    if not (sdists / stem).exists():
        with tarfile.open(archive) as packed:
            packed.extractall(sdists, filter="data")
    return sdists / stem
