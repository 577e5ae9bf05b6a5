"""What stands where a file is expected: links, FIFOs, sockets, devices, folders. Nothing hangs, nothing is followed out."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from files.kit import APP, ODD, Maker, codemod, observed, put, snapshot, story


def link(target: str) -> Maker:
    return lambda path: path.symlink_to(target)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def bound(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path may not be long
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)
    os.chdir(here)


def device(path: Path) -> None:
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero: reading it never ends
    except PermissionError:
        pytest.skip("only root can make a device")


def executable(path: Path) -> None:
    path.write_text("#!/usr/bin/env python\n" + ODD)
    path.chmod(0o755)


SILENT: dict[str, dict[str, str | bytes | Maker]] = {  # beside the service, and nothing to say about them
    "fifo": {"odd.py": fifo, "deep/odd.py": fifo},
    "socket": {"odd.py": bound},
    "device": {"odd.py": device},
    "dangling link": {"odd.py": link("nowhere.py")},
    "links in circles": {"a.py": link("b.py"), "b.py": link("a.py"), "c.py": link("c.py"), "loop": link("."), "d/up": link("..")},
    "link out": {"odd.py": link("/etc/passwd"), "etc": link("/etc")},
    "manifests that block": dict.fromkeys(("requirements.txt", "Dockerfile", "Procfile", "setup.cfg", "poetry.lock"), fifo),
    "folders for manifests": dict.fromkeys(("requirements.txt", "pyproject.toml", "codemod.toml", ".gitattributes"), folder),
    "configuration that blocks": {"codemod.toml": fifo, "pyproject.toml": fifo},
}  # fmt: skip
DONE: dict[str, tuple[dict[str, str | bytes | Maker], tuple[str, ...]]] = {  # and the handlers in them are observed
    "a link to a file beside": ({"real/odd.py": ODD, "odd.py": link("real/odd.py"), "l": link("real")}, ("real/odd.py",)),
    "a folder named like a module": ({"odd.py/__init__.py": ODD}, ("odd.py/__init__.py",)),
    "named like the standard library": ({"json.py": ODD, "logging/__init__.py": ODD}, ("json.py", "logging/__init__.py")),
    "case-insensitive twins": ({"Views.py": ODD, "views.py": ODD.replace("/odd", "/even")}, ("Views.py", "views.py")),
    "a script": ({"odd.py": executable}, ("odd.py",)),
    "hidden": ({".odd.py": ODD}, (".odd.py",)),
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_what_is_no_file_is_passed_by(name: str, root: Path) -> None:
    story(put(root, SILENT[name]))


@pytest.mark.parametrize("name", DONE)
def test_odd_places_of_true_files(name: str, root: Path) -> None:
    files, handlers = DONE[name]
    story(put(root, files))
    codemod(root, "run")
    observed(root, *handlers)


def test_a_link_into_an_environment_is_left_out(root: Path) -> None:
    story(put(root, {".venv/lib/odd.py": ODD, "odd.py": link(".venv/lib/odd.py")}))
    codemod(root, "run")
    assert (root / "odd.py").read_text() == ODD


def test_a_mode_stays(root: Path) -> None:
    put(root, {"odd.py": executable})
    codemod(root, "run")
    assert stat.S_IMODE((root / "odd.py").stat().st_mode) == 0o755


def test_hard_links_are_broken_and_the_other_name_keeps_its_bytes(root: Path, tmp_path: Path) -> None:
    os.link(root / "app.py", tmp_path / "elsewhere.py")
    assert codemod(root, "run").code == 0
    observed(root)
    assert (tmp_path / "elsewhere.py").read_text() == APP


def test_two_names_of_one_file_are_two_files(root: Path) -> None:
    os.link(root / "app.py", root / "twin.py")
    story(root)
    assert codemod(root, "run").code == 0
    observed(root, "twin.py")


TAKEN: dict[str, tuple[str, Maker, str]] = {
    "scaffold folder": ("scaffold.py", folder, "not a regular file"),
    "scaffold fifo": ("scaffold.py", fifo, "not a regular file"),
    "scaffold link out": ("scaffold.py", link("/etc/passwd"), "leads-outside-root"),
    "scaffold link nowhere": ("scaffold.py", link("nowhere.py"), "a link that leads nowhere"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_where_a_scaffold_cannot_be_nothing_is_written(name: str, root: Path) -> None:
    file, make, why = TAKEN[name]
    put(root, {file: make, "odd.py": ODD})
    before = snapshot(root)
    answer = codemod(root, "run")
    assert answer.code == 3
    assert f"{file}: not handled: " in answer.text and why in answer.text
    assert f"app.py: not handled: unwritable: left as it is, because {file} could not be written" in answer.text
    assert "  fix: " in answer.text
    assert snapshot(root) == before


@pytest.mark.parametrize(
    "make", [folder, fifo, link("../outside.lock"), link("nowhere")], ids=["folder", "fifo", "out", "nowhere"]
)
def test_where_a_lock_cannot_be_nothing_is_written(make: Maker, root: Path) -> None:
    put(root, {"codemod.lock": make})
    before = snapshot(root)
    for word in ("check", "run", "strip"):
        answer = codemod(root, word)
        assert answer.code == 2 and "codemod.lock: " in answer.text and "  fix: " in answer.text
    assert snapshot(root) == before
    assert not (root.parent / "outside.lock").exists()


def test_a_lock_that_cannot_be_read_is_not_taken_for_none(root: Path) -> None:
    codemod(root, "run")
    with (root / "codemod.lock").open("r+b") as lock:
        lock.truncate(2**30)
    before = (root / "app.py").read_bytes()
    for word in ("check", "run", "strip"):
        answer = codemod(root, word)
        assert answer.code == 2 and "codemod.lock: " in answer.text
    assert (root / "app.py").read_bytes() == before
