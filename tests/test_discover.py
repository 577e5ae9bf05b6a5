"""Discovery sees what git sees, leaves out what is not the user's to change, and cannot be made to hang or escape."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from splice.config import Config
from splice.discover import Discovery, by_name, discover
from splice.headers import generated
from splice.model import Reason
from splice.prefilter import read

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
TREE: Mapping[str, str] = {
    "app.py": "app = 1",
    "orders/api.py": "",
    "orders/space in name.py": "",
    "orders/new\nline.py": "",
    "orders/tests/test_api.py": "",
    "build/out.py": "",
    "orders/local.py": "",
    "orders/keep/local.py": "",
    "web/deep/x.log.py": "",
    ".gitignore": "build/\nlocal.py\r\n# a comment\n*.log.py\n",
    "orders/keep/.gitignore": "\ufeff!local.py\n",
    "Dockerfile": "",
    "pyproject.toml": "",
    "venv/pyvenv.cfg": "",
    "venv/lib/site.py": "",
    "web/node_modules/x/setup.py": "",
    "web/.mypy_cache/x.py": "",
    "web/__pycache__/x.py": "",
    ".github/tool.py": "",
}
SEEN = [".github/tool.py", "app.py", "orders/api.py", "orders/keep/local.py", "orders/new\nline.py", "orders/space in name.py"]  # fmt: skip


def tree(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True)


def repository(root: Path, files: Mapping[str, str]) -> Path:
    tree(root, files)
    git(root, "init", "-q")
    return root


@needs_git
def test_git_and_the_walk_see_the_same_files(tmp_path: Path) -> None:
    walked = discover(tree(tmp_path / "plain", TREE), Config())
    listed = discover(repository(tmp_path / "git", TREE), Config())
    assert (walked.git, listed.git) == (False, True)
    assert listed.candidates == walked.candidates == tuple(SEEN)
    assert listed.files == walked.files
    assert {"Dockerfile", "pyproject.toml", "orders/tests/test_api.py"} <= set(listed.files)
    assert listed.counts() == {"test": 1}
    assert listed.failed == walked.failed == ()


@needs_git
def test_tracked_files_count_though_ignored_and_deleted_ones_do_not(tmp_path: Path) -> None:
    root = repository(tmp_path, {".gitignore": "*.gen.py\n", "kept.gen.py": "", "new.gen.py": "", "gone.py": ""})
    git(root, "add", "-f", "kept.gen.py", "gone.py")
    (root / "gone.py").unlink()
    assert discover(root, Config()).candidates == ("kept.gen.py",)


@needs_git
def test_a_folder_of_a_repository_is_a_root_of_its_own(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": "", "service/b.py": "", "service/.gitignore": "c.py", "service/c.py": ""})
    found = discover(root / "service", Config())
    assert (found.git, found.candidates) == (True, ("b.py",))


@needs_git
def test_a_root_that_git_ignores_is_walked(tmp_path: Path) -> None:
    root = repository(tmp_path, {".gitignore": "/corpus/", "corpus/one/a.py": "", "corpus/one/b.py": ""})
    git(root, "add", "-f", "corpus/one/b.py")
    found = discover(root / "corpus" / "one", Config())
    assert (found.git, found.candidates) == (False, ("a.py", "b.py"))


@needs_git
def test_the_environment_of_a_git_hook_does_not_move_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = repository(tmp_path / "other", {"other.py": ""})
    root = repository(tmp_path / "root", {"a.py": ""})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert discover(root, Config()).candidates == ("a.py",)


@needs_git
def test_a_repository_cannot_start_a_program_through_git(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", {"a.py": ""})
    mark = tmp_path / "mark"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    git(root, "add", "a.py")
    for name in ("fsmonitor", "hooksPath", "sshCommand", "pager", "editor"):
        git(root, "config", f"core.{name}", str(script))
    assert discover(root, Config()).git
    assert not mark.exists()
    subprocess.run(["git", "-C", root, "ls-files", "-co"], check=False, capture_output=True)
    assert mark.exists(), "the trap must work, else this test proves nothing"


@needs_git
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_another_owners_repository_is_still_listed_by_git(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", {"a.py": "", ".gitignore": "b.py", "b.py": ""})
    for path in (root, root / ".git"):
        os.chown(path, 12345, 12345)
    assert discover(root, Config()).git


def test_without_git_the_walk_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    found = discover(tree(tmp_path / "root", TREE), Config())
    assert (found.git, found.candidates) == (False, tuple(SEEN))


@pytest.mark.parametrize("with_git", [pytest.param(True, marks=needs_git), False])
def test_links_never_lead_out_and_never_count_twice(tmp_path: Path, with_git: bool) -> None:
    root = tree(tmp_path / "root", {"real/a.py": "", "b.py": "", "hidden/c.py": "", ".gitignore": "hidden/"})
    tree(tmp_path / "outside", {"secret.py": "", "more/s.py": ""})
    (root / "1_link.py").symlink_to("b.py")
    (root / "absolute.py").symlink_to(root / "real" / "a.py")
    (root / "dangling.py").symlink_to("nowhere.py")
    (root / "self.py").symlink_to("self.py")
    (root / "out.py").symlink_to("../outside/secret.py")
    (root / "out_dir").symlink_to("../outside", target_is_directory=True)
    (root / "real" / "loop").symlink_to("..", target_is_directory=True)
    (root / "x_to_hidden.py").symlink_to("hidden/c.py")
    (root / "y_to_hidden.py").symlink_to("hidden/c.py")
    os.mkfifo(root / "fifo.py")
    if with_git:
        git(root, "init", "-q")
    found = discover(root, Config())
    assert found.git is with_git
    assert found.candidates == ("b.py", "real/a.py", "x_to_hidden.py")
    assert dict(found.excluded) == {
        "1_link.py": "link to a listed file",
        "absolute.py": "link to a listed file",
        "y_to_hidden.py": "link to a listed file",
        "out.py": "link that leads outside the root",
    }
    assert found.failed == ()


@needs_git
def test_a_tracked_folder_that_became_a_link_out_is_not_followed(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", {"pkg/a.py": "inside"})
    tree(tmp_path / "outside", {"a.py": "outside"})
    git(root, "add", ".")
    shutil.rmtree(root / "pkg")
    (root / "pkg").symlink_to("../outside", target_is_directory=True)
    found = discover(root, Config())
    assert (found.candidates, found.excluded) == ((), (("pkg/a.py", "link that leads outside the root"),))


def test_a_root_reached_through_a_link_lists_its_files(tmp_path: Path) -> None:
    tree(tmp_path / "real", {"a.py": "", "p/b.py": ""})
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    assert discover(tmp_path / "link", Config()).candidates == ("a.py", "p/b.py")


@pytest.mark.parametrize("with_git", [pytest.param(True, marks=needs_git), False])
def test_names_that_are_no_utf8_are_found_and_read(tmp_path: Path, with_git: bool) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_bytes(b"token")
    if with_git:
        git(tmp_path, "init", "-q")
    (name,) = discover(tmp_path, Config()).candidates
    assert os.fsencode(name) == b"caf\xe9.py"
    assert read(tmp_path, name) == b"token"


def test_a_fifo_as_gitignore_does_not_hang_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    os.mkfifo(tmp_path / ".gitignore")
    (tmp_path / "a.py").touch()
    assert discover(tmp_path, Config()).candidates == ("a.py",)


@needs_git
def test_a_fifo_where_git_reads_ends_in_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path, {"a.py": ""})
    os.mkfifo(root / ".gitignore")  # git waits for it for ever
    monkeypatch.setattr("splice.git.TIMEOUT", 0.2)
    found = discover(root, Config())
    assert (found.git, found.candidates) == (False, ("a.py",))


def test_hostile_gitignore_lines_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    lines = ["*a" * 40 + "b", "!", "[", "**/" * 50 + "x", "gone.py"]
    tree(tmp_path, {".gitignore": "\n".join(lines), "a" * 200 + ".py": "", "gone.py": ""})
    assert discover(tmp_path, Config()).candidates == ("a" * 200 + ".py",)


def test_a_root_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    found = discover(tmp_path / "nowhere", Config())
    assert (found.files, [one.reason for one in found.failed]) == ((), [Reason.UNREADABLE])


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("tests/app.py", "test"),
        ("orders/test_api.py", "test"),
        ("orders/api_test.py", "test"),
        ("conftest.py", "test"),
        ("shop/tests.py", "test"),
        ("shop/migrations/0001_initial.py", "migration"),
        ("alembic/versions/abc.py", "migration"),
        ("vendor/x.py", "vendored"),
        ("pip/_vendor/requests/tests/x.py", "vendored"),
        ("rpc/orders_pb2.py", "generated"),
        ("rpc/orders_pb2_grpc.py", "generated"),
        ("setup.py", "packaging or documentation"),
        ("docs/conf.py", "packaging or documentation"),
        ("docs_src/app_testing/main.py", ""),
        ("examples/tutorial/flaskr/auth.py", ""),
        ("orders/conf.py", ""),
        ("latest/contest.py", ""),
        ("orders/protest.py", ""),
        ("tests_of_time.py", ""),
        ("alembic/env.py", ""),
        ("api/versions/v1.py", ""),
    ],
)
def test_what_the_default_excludes_leave_out(file: str, why: str) -> None:
    assert by_name(file) == why


def chosen(root: Path, **settings: object) -> Discovery:
    return discover(root, Config(**settings))  # type: ignore[arg-type]


def test_the_configuration_excludes_more_and_takes_back(tmp_path: Path) -> None:
    files = ("app.py", "tests/app.py", "tests/sub/b.py", "old/x.py", "old/y.py", "setup.py", "api.pyi", "n.ipynb")
    tree(tmp_path, dict.fromkeys(files, ""))
    assert chosen(tmp_path).candidates == ("app.py", "old/x.py", "old/y.py")
    assert chosen(tmp_path).counts() == {"notebook": 1, "packaging or documentation": 1, "stub": 1, "test": 2}
    more = chosen(tmp_path, exclude=("old/*", "!old/y.py"), include=("tests/", "/old/"))
    assert more.candidates == ("app.py", "old/y.py", "tests/app.py", "tests/sub/b.py")
    assert more.kept == {"old/y.py", "tests/app.py", "tests/sub/b.py"}
    everything = chosen(tmp_path, default_excludes=False, exclude=("old",))
    assert everything.candidates == ("app.py", "setup.py", "tests/app.py", "tests/sub/b.py")


def test_patterns_that_match_nothing_are_told(tmp_path: Path) -> None:
    tree(tmp_path, {"app.py": "", "old/x.py": ""})
    found = chosen(tmp_path, exclude=("old/", "odl/", "!odl/x.py"), include=("tets/",))
    assert found.unused == (("exclude", "odl/"), ("include", "tets/"))


def test_the_order_of_the_disk_does_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{folder}/{stem}.py" for folder in "abc" for stem in "xyz"]
    random.Random(7).shuffle(names)
    one, two = tree(tmp_path / "1", dict.fromkeys(names, "")), tree(tmp_path / "2", dict.fromkeys(sorted(names), ""))
    assert discover(one, Config()) == discover(two, Config())
    assert list(discover(one, Config()).files) == sorted(names)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# Code generated by protoc. DO NOT EDIT.\nimport x\n", "generated"),
        ('"""\n@generated by tool\n"""\nimport x\n', "generated"),
        ("# coding: utf-8\n\n'''\n    Orders\n    Generated by: https://openapi-generator.tech\n'''\n", "generated"),
        ("# @generated by splice 0.1.0 (template 1)\n# parts: observed\nimport x\n", "scaffold"),
        ('import x\n# DO NOT EDIT\n@app.get("/")\n', ""),
        ('BANNER = "# @generated DO NOT EDIT"\n', ""),
        ("@app.get('/')\ndef f(): 'do not edit'\n", ""),
        ("# mail: someone@generated.example\n", ""),
        ("# " + "x" * 4000 + " DO NOT EDIT\n", ""),
        ("", ""),
    ],
)
def test_generated_files_are_told_by_their_header(text: str, why: str) -> None:
    assert generated(text.encode()) == why
