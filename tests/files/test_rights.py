"""Files and folders that may not be read or written, and a disk without room. As nobody, since root may everything."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from files.kit import APP, ODD, Answer, as_nobody, codemod, put, without_semgrep
from splice.atomic import PREFIX

MOUNT, UMOUNT = (shutil.which(name) or name for name in ("mount", "umount"))
TWO = {"app.py": APP, "pkg/__init__.py": "", "pkg/odd.py": ODD, "other/__init__.py": "", "other/odd.py": ODD}


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that nobody can reach: those of pytest are for their owner alone."""
    with tempfile.TemporaryDirectory() as folder:
        without_semgrep(Path(folder), monkeypatch)
        Path(folder).chmod(0o755)
        Path(folder, "service").mkdir()
        put(Path(folder, "before"), {**TWO, "bad.py": ODD + "def (\n", ".gitignore": "x\n"})
        for word in ("check", "list", "diff", "run", "strip"):  # nobody may not read our own modules: import them now
            codemod(Path(folder, "before"), word)
        yield Path(folder, "service")


def service(root: Path, modes: Mapping[str, int], git: bool = False) -> Path:
    """Two packages and a module that belong to nobody, with these modes."""
    put(root, TWO)
    if git:
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    if os.getuid() == 0:
        for path in (root, *root.rglob("*")):
            os.chown(path, 65534, 65534)
    for file, mode in modes.items():
        (root / file).chmod(mode)
    return root


def as_nobody_runs(root: Path, *words: str) -> Answer:
    with as_nobody():
        return codemod(root, *words)


def opened(root: Path) -> dict[str, bytes]:
    for path in (root, *root.rglob("*")):
        path.chmod(0o755)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


@pytest.mark.parametrize("git", [False, True])
@pytest.mark.parametrize("name", ["pkg/odd.py", "pkg"])
def test_what_may_not_be_read_is_said_and_the_rest_is_done(name: str, git: bool, place: Path) -> None:
    if git and shutil.which("git") is None:
        pytest.skip("git is not installed")
    root = service(place, {name: 0o000}, git)
    for word in ("check", "list", "diff", "run", "run"):
        answer = as_nobody_runs(root, word)
        assert answer.code == 3
        if word != "diff":
            assert f"{name}: not handled: unreadable: Permission denied" in answer.text
            assert "  fix: let the user who runs codemod read it" in answer.text
    files = opened(root)
    assert files["pkg/odd.py"] == ODD.encode()
    assert all(b"observed(" in files[file] for file in ("app.py", "other/odd.py"))


@pytest.mark.parametrize("modes", [{"pkg/odd.py": 0o444}, {"pkg": 0o555}], ids=["file", "folder"])
def test_what_may_not_be_written_stays_and_the_rest_is_done_on_the_way_in_and_out(
    modes: dict[str, int], place: Path
) -> None:
    root = service(place, modes)
    answer = as_nobody_runs(root, "run")
    assert answer.code == 3
    assert "pkg/odd.py: not handled: unwritable" in answer.text and "  fix: let the user" in answer.text
    files = opened(root)
    assert files["pkg/odd.py"] == ODD.encode()
    assert all(b"observed(" in files[file] for file in ("app.py", "other/odd.py"))
    assert as_nobody_runs(root, "run").code == 0  # the rights are given now
    for file, mode in modes.items():
        (root / file).chmod(mode)
    answer = as_nobody_runs(root, "strip")
    assert answer.code == 3
    files = opened(root)
    assert b"observed(" in files["pkg/odd.py"] and "pkg/scaffold.py" in files, "what it imports must stay"
    assert files["app.py"] == APP.encode() and files["other/odd.py"] == ODD.encode()
    assert "other/scaffold.py" not in files
    assert as_nobody_runs(root, "strip").code == 0
    assert opened(root) == {file: text.encode() for file, text in TWO.items()}


def test_without_the_lock_nothing_is_written(place: Path) -> None:
    root = service(place, {".": 0o555})
    before = opened(root)
    root.chmod(0o555)
    answer = as_nobody_runs(root, "run")
    assert (answer.code, opened(root)) == (3, before)
    assert "codemod.lock: not handled: unwritable" in answer.text


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file may grow beyond a size: writing more fails, as on a full disk."""
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def test_no_room_for_a_scaffold_leaves_its_package_as_it_was(root: Path) -> None:
    with small_files(10_000):
        answer = codemod(root, "run")
    assert answer.code == 3
    assert "scaffold.py: not handled: unwritable: File too large" in answer.text and "  fix: " in answer.text
    assert (root / "app.py").read_text() == APP
    assert not [path for path in root.iterdir() if path.name.startswith(PREFIX)]
    assert codemod(root, "run").code == 0  # there is room now
    assert codemod(root, "strip").code == 0
    assert [path.name for path in root.iterdir()] == ["app.py"]


@pytest.mark.parametrize("left", [0, 4, 8, 32, 48, 60])
def test_a_full_disk_tears_and_loses_nothing(left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real one: `left` KiB are free on it when the run starts."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        [MOUNT, "-t", "tmpfs", "-o", "size=256k", "none", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        without_semgrep(tmp_path, monkeypatch)
        root = put(disk / "service", TWO)
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as stream, pytest.raises(OSError):
            while True:
                stream.write(b"x" * 4096)
        filler.open("r+b").truncate(max(filler.stat().st_size - left * 1024, 0))
        answer = codemod(root, "run")
        assert answer.code == 3, answer.text
        assert "unwritable: No space left on device" in answer.text
        files = opened(root)
        for file, text in TWO.items():
            if files[file] != text.encode():
                assert compile(files[file], file, "exec") and files[file].count(b"observed") == 2
                scaffold = (f"{file.rpartition('/')[0]}/scaffold.py").lstrip("/")
                assert compile(files[scaffold], scaffold, "exec")
        assert not [file for file in files if PREFIX in file]
        filler.unlink()
        assert codemod(root, "run").code == 0
        assert codemod(root, "strip").code == 0
        assert opened(root) == {file: text.encode() for file, text in TWO.items()}
    finally:
        subprocess.run([UMOUNT, disk], check=True)
