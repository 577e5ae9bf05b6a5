"""Repositories as git makes them: with and without git, sparse, nested, of other owners, half committed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from files.kit import ODD, codemod, observed, put, snapshot, story

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
EVERYTHING = dict(os.environ)  # git's own scripts want more than the PATH on which Splice runs here
WHO = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "protocol.file.allow=always")


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", root, *WHO, *arguments], check=True, capture_output=True, env=EVERYTHING)


@pytest.fixture
def repository(root: Path) -> Path:
    """The service, committed."""
    put(root, {"pkg/__init__.py": "", "pkg/odd.py": ODD, ".gitignore": "*.bak.py\n"})
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "x")
    return root


def test_without_git_on_the_path(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.parent / "nowhere"))
    put(repository, {"old.bak.py": ODD})
    story(repository)
    codemod(repository, "run")
    observed(repository, "pkg/odd.py")
    assert (repository / "old.bak.py").read_text() == ODD


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_of_another_owner(repository: Path) -> None:
    for path in (repository, repository / ".git"):
        os.chown(path, 12345, 12345)
    story(repository)


def test_files_that_are_deleted_intended_or_staged_only(repository: Path) -> None:
    (repository / "pkg/odd.py").unlink()
    put(repository, {"intended.py": ODD, "untracked.py": ODD, "staged.py": ODD, "removed.py": ODD})
    git(repository, "add", "--intent-to-add", "intended.py")
    git(repository, "add", "staged.py", "removed.py")
    git(repository, "rm", "-q", "--cached", "removed.py")
    story(repository)
    codemod(repository, "run")
    observed(repository, "intended.py", "untracked.py", "staged.py", "removed.py")
    assert not (repository / "pkg/odd.py").exists()


def test_a_sparse_checkout_is_what_is_there(repository: Path) -> None:
    put(repository, {"far/__init__.py": "", "far/odd.py": ODD})
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "y")
    git(repository, "sparse-checkout", "set", "pkg")
    assert not (repository / "far").exists()
    story(repository)
    codemod(repository, "run")
    observed(repository, "pkg/odd.py")
    assert not (repository / "far").exists()


def test_a_work_tree_whose_git_is_a_file(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "tree"))
    assert (tmp_path / "tree/.git").is_file()
    before = snapshot(repository)
    story(tmp_path / "tree")
    assert snapshot(repository) == before


def test_a_repository_inside_is_somebody_elses(repository: Path, tmp_path: Path) -> None:
    library = put(tmp_path / "library", {"lib.py": ODD})
    git(library, "init", "-q")
    git(library, "add", ".")
    git(library, "commit", "-qm", "x")
    git(repository, "submodule", "add", "-q", str(library), "sub")
    shutil.copytree(library, repository / "nested")
    story(repository)
    codemod(repository, "run")
    observed(repository, "pkg/odd.py")
    for file in ("sub/lib.py", "nested/lib.py"):
        assert (repository / file).read_text() == ODD


@pytest.mark.parametrize("file", [".gitignore", "pkg/.gitignore"])
def test_a_fifo_where_git_reads_is_found_and_said(file: str, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("splice.git.PATIENCE", 0.3)  # seconds until Splice looks what git waits for
    (repository / file).unlink(missing_ok=True)
    os.mkfifo(repository / file)
    answer = codemod(repository, "run")
    assert answer.code == 3
    assert f"{file}: not handled: unreadable: not a regular file" in answer.text
    observed(repository, "pkg/odd.py")


def test_a_git_that_is_slow_is_waited_for(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = repository.parent / "bin" / "git"
    true = script.resolve()
    script.unlink()
    script.write_text(f'#!/bin/sh\n/bin/sleep 0.5\nexec {true} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr("splice.git.PATIENCE", 0.1)
    put(repository, {"old.bak.py": ODD})
    assert codemod(repository, "run").code == 0
    assert (repository / "old.bak.py").read_text() == ODD, "the rules of .gitignore were not asked"
