"""The cache is nobody's to write but its user's, never in the way, and complete about what an answer came from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cache_kit import GIT, Capture, answer, append, cache, service, shop, told
from splice.cache import rows, store
from splice.cache.answer import question
from splice.digest import digest
from splice.ledger import Ledger, signature

__all__ = ["cache", "service", "shop"]

ROOT = Path(__file__).resolve().parents[1]


def sealed(*blocks: bytes) -> Callable[[Path], None]:
    """Blocks with a right checksum, and nothing in them that an answer could have written."""

    def change(file: Path) -> None:
        store.save(file.name, blocks)

    return change


def flipped(at: float) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        raw = bytearray(file.read_bytes())
        raw[int(len(raw) * at)] ^= 1
        file.write_bytes(raw)

    return change


def swapped(file: Path) -> None:
    """The blocks of an answer in another order."""
    blocks = store.load(file.name)
    assert blocks is not None
    store.save(file.name, blocks[::-1])


def folder_there(file: Path) -> None:
    file.unlink()
    file.mkdir()


def pipe_there(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def link_there(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


BROKEN: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "a bit in the head": flipped(0.0001),
    "a bit in the middle": flipped(0.5),
    "a bit at the end": flipped(0.9999),
    "another format": lambda file: file.write_bytes(b"splice cache 0\n" + file.read_bytes()[15:]),
    "a pickle": lambda file: file.write_bytes(b"cos\nsystem\n(S'touch ran'\ntR."),
    "no blocks": sealed(),
    "blocks of something else": sealed(*[b"x"] * 9),
    "blocks without order": swapped,
    "a folder": folder_there,
    "a pipe": pipe_there,
    "a link": link_there,
    "anybody may write": lambda file: file.chmod(0o666),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_used_is_not_there(
    service: Path, what: str, cache: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = answer(capfd, "check")
    BROKEN[what](cache / question(["check"]))
    assert told(capfd, "check") is None
    assert answer(capfd, "check") == first
    assert capfd.readouterr().err == ""
    assert not (service / "ran").exists()
    if what != "a folder":
        assert told(capfd, "check") == first


def test_a_folder_that_others_may_write_to_is_none(service: Path, cache: Path, capsys: Capture) -> None:
    answer(capsys, "check")
    cache.chmod(0o777)
    assert told(capsys, "check") is None
    answer(capsys, "list")
    assert len([*cache.iterdir()]) == 1


def test_only_the_user_may_look(service: Path, cache: Path, capsys: Capture) -> None:
    answer(capsys, "check")
    assert cache.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in cache.iterdir()} == {0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("which", ["file", "folder"])
def test_what_another_user_has_written_is_not_read(service: Path, which: str, cache: Path, capsys: Capture) -> None:
    answer(capsys, "check")
    os.chown(cache if which == "folder" else cache / question(["check"]), 12345, -1)
    assert told(capsys, "check") is None


@pytest.mark.parametrize("place", ["", "cache", "{root}/.git/splice", "{root}/local/cache", "{file}/x", "/proc/splice"])
def test_without_a_place_everything_is_answered_anew(
    service: Path, place: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = answer(capfd, "check")
    monkeypatch.setenv("CODEMOD_CACHE_DIR", place.format(root=service, file=service / "Dockerfile"))
    before = sorted(path for path in service.rglob("*") if "objects" not in path.parts)
    assert answer(capfd, "check") == first
    assert told(capfd, "check") is None
    assert capfd.readouterr().err == ""
    assert sorted(path for path in service.rglob("*") if "objects" not in path.parts) == before


def test_a_repository_brings_no_answers_along(
    service: Path, cache: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(capsys, "check")
    for inside in (service / "local/cache", service / ".git/cache"):
        shutil.copytree(cache, inside)
        monkeypatch.setenv("CODEMOD_CACHE_DIR", str(inside))
        assert told(capsys, "check") is None


def test_the_cache_of_the_user_is_where_the_desktop_says(
    service: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEMOD_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    answer(capsys, "check")
    assert [*(tmp_path / "xdg/splice").iterdir()]
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    answer(capsys, "check")
    assert [*(tmp_path / "home/.cache/splice").iterdir()]


def test_only_so_many_are_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(store.FILES + 3):
        store.save(f"{number:04}", [b"x"])
        os.utime(cache / f"{number:04}", (number, number))
    left = cache / "0001.123.abcd"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    (cache / "0002.123.abcd").write_bytes(b"half")
    store.save("last", [b"x"])
    kept = sorted(file.name for file in cache.iterdir())
    assert kept[0] == "0002.123.abcd"  # somebody writes it
    assert kept[1:] == [f"{number:04}" for number in range(4, store.FILES + 3)] + ["last"]
    store.save("large", [b"x" * (store.BYTES // 4)])
    assert not (cache / "large").exists()


def test_two_at_once_answer_the_same_and_leave_one_answer(service: Path, cache: Path, capsys: Capture) -> None:
    command = [sys.executable, "-m", "splice.cli", "check"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert said[0] == said[1] == answer(capsys, "check")[1]
    assert {len(file.name) for file in cache.iterdir()} == {32}
    assert subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout == said[0]


def test_a_file_that_changes_while_it_is_read_makes_no_answer(tmp_path: Path) -> None:
    ledger, file = Ledger(), tmp_path / "a.py"
    for text in (b"one", b"two"):
        file.write_bytes(text)
        ledger.read(str(file), file.stat(), text)
    assert not ledger.sound


@pytest.mark.parametrize("later", [0, 1])
def test_a_file_that_was_young_when_it_was_read_is_read_again(later: int, tmp_path: Path) -> None:
    """As if it had changed in the tick in which it was read: its status is the same, its content is not."""
    file = tmp_path / "a.py"
    file.write_text("two")
    now = signature(file.stat())
    read = rows.Rows.of(rows.PLAIN, "", [(str(file), now, digest(b"one"))])
    taken = now[2] + rows.MARGIN + later
    assert (read.still(taken, rows.same_content) is read) is bool(later)


# What the process opens below the root, against what the kept answer looks at.
_WATCH = """\
import os, sys, json
opened, root = set(), os.getcwd() + "/"
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, os.PathLike)):
        path = os.path.join(os.getcwd(), os.fspath(arguments[0]))
        if path.startswith(root):
            opened.add(path)
sys.addaudithook(hook)
from splice.cli import main
main(sys.argv[1:])
from splice.cache import rows, store
from splice.cache.answer import Answer, question
kept = Answer.unpack(store.load(question(sys.argv[1:])))
seen = {rows.base + name for rows in kept.rows for name in rows.names}
sys.stderr.write(json.dumps([sorted(opened), sorted(opened - seen)]))
"""


@pytest.mark.parametrize("name", ["shop", "orders", "library"])
def test_nothing_is_read_that_an_answer_does_not_look_at(name: str, tmp_path: Path) -> None:
    root = tmp_path / "service"
    shutil.copytree(ROOT / "examples" / name, root, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([*GIT, "init", "-q"], cwd=root, check=True)
    command = [sys.executable, "-c", _WATCH, "check"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    opened, unseen = json.loads(done.stderr)
    assert len(opened) > 3
    assert unseen == []


# The package as a copy, so that its files can be changed. A file is a second old here when it is new.
_COPY = """\
import sys
from splice.cache import keep
keep.MARGIN = 0
from splice.cli import main
main(["check"])
sys.stderr.write("anew" if "splice.pipeline" in sys.modules else "kept")
"""


def test_another_tool_gives_another_answer(service: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(ROOT / "src/splice", site / "splice", ignore=shutil.ignore_patterns("__pycache__"))
    info = site / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (site / "acme.py").write_text("from splice.codemods.spans import codemod\n")

    def asked() -> str:
        environment = {**os.environ, "PYTHONPATH": str(site)}
        command = [sys.executable, "-c", _COPY]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.stdout
        return done.stderr

    settle(site)
    assert [asked(), asked()] == ["anew", "kept"]
    for change in (
        lambda: append("splice/rules/spans.yaml", "\n")(site),
        lambda: append("splice/plan.py", "\n")(site),
        lambda: (site / "splice/codemods/another.py").write_text("from splice.codemods.spans import codemod\n"),
        lambda: (info / "entry_points.txt").write_text("[splice.codemods]\nacme = acme:codemod\n"),
        lambda: append("acme.py", "\n")(site),
        lambda: (site / "other-1.0.dist-info").mkdir(),
    ):
        change()
        settle(site)
        assert [asked(), asked()] == ["anew", "kept"]


def settle(folder: Path) -> None:
    """Wait until the clock of the file system has left the tick of the last change."""
    last = max(path.stat().st_ctime_ns for path in [folder, *folder.rglob("*")])
    probe = folder.parent / "tick"
    while True:
        probe.write_text("")
        if probe.stat().st_ctime_ns > last:
            return
        time.sleep(0.005)
