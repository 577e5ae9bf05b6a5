"""Writing: files are whole at every moment, and what must not be touched is not."""

import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from splice import testing
from splice.config import load
from splice.landing import carry_out
from splice.model import Change, Changed, Failed, Outcome, Reason, SpliceError
from splice.pipeline import Request, plan
from splice.registry import codemods
from splice.write import PREFIX, Step, alone, is_inside, sweep
from splice.write import write as write_steps


def reasons(outcomes: list[Outcome]) -> list[Reason | None]:
    return [outcome.reason if isinstance(outcome, Failed) else None for outcome in outcomes]


def write(root: Path, changes: Sequence[Change]) -> list[Outcome]:
    return write_steps(root, [Step(change) for change in changes])


def leftovers(root: Path) -> list[Path]:
    return sorted(root.rglob(f"{PREFIX}*"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "app.py").write_bytes(b"old\r\n")
    return root


APP = Change("pkg/app.py", b"old\r\n", b"new\r\n")


def test_changed_new_and_vanishing_files(root: Path) -> None:
    (root / "gone.py").write_bytes(b"x")
    changes = [Change("pkg/scaffold.py", None, b"new file"), APP, Change("gone.py", b"x", None)]
    assert write(root, changes) == [Changed(change) for change in changes]
    assert (root / "pkg" / "scaffold.py").read_bytes() == b"new file"
    assert (root / "pkg" / "app.py").read_bytes() == b"new\r\n"
    assert not (root / "gone.py").exists()
    assert leftovers(root) == []


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o664, 0o2755])
def test_mode_and_owner_stay(root: Path, mode: int) -> None:
    path = root / "pkg" / "app.py"
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    path.chmod(mode)
    before = path.stat()
    write(root, [APP])
    after = path.stat()
    assert path.read_bytes() == APP.after
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_a_new_file_has_the_mode_that_the_umask_gives(root: Path) -> None:
    previous = os.umask(0o027)
    try:
        write(root, [Change("a.py", None, b"")])
    finally:
        os.umask(previous)
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o640


def test_a_file_that_changed_on_disk_is_left_alone(root: Path) -> None:
    (root / "pkg" / "app.py").write_bytes(b"edited by a human")
    (root / "new.py").write_bytes(b"somebody was faster")
    changes = [
        APP,
        Change("new.py", None, b"ours"),
        Change("gone.py", b"old", b"new"),
        Change("pkg/app.py", b"old\r\n", None),
    ]
    assert reasons(write(root, changes)) == [Reason.CHANGED_ON_DISK] * 4
    assert (root / "pkg" / "app.py").read_bytes() == b"edited by a human"
    assert (root / "new.py").read_bytes() == b"somebody was faster"
    assert not (root / "gone.py").exists()


def test_what_is_there_already_is_not_written_again(root: Path) -> None:
    write(root, [APP])
    before = (root / "pkg" / "app.py").stat()
    assert write(root, [APP]) == [Changed(APP)]
    assert (root / "pkg" / "app.py").stat() == before


def test_a_link_inside_the_root_stays_a_link(root: Path) -> None:
    (root / "linked.py").symlink_to("pkg/app.py")
    assert reasons(write(root, [Change("linked.py", APP.before, APP.after)])) == [None]
    assert (root / "linked.py").readlink() == Path("pkg/app.py")
    assert (root / "pkg" / "app.py").read_bytes() == APP.after


def test_two_names_of_one_file_are_written_once(root: Path) -> None:
    (root / "linked.py").symlink_to("pkg/app.py")
    assert reasons(write(root, [APP, Change("linked.py", APP.before, APP.after)])) == [None, None]
    assert (root / "pkg" / "app.py").read_bytes() == APP.after


def test_nothing_leads_outside_the_root(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "app.py").write_bytes(b"old")
    (root / "file.py").symlink_to(outside / "app.py")
    (root / "folder").symlink_to(outside)
    (root / "dangling.py").symlink_to(outside / "new.py")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_bytes(b"old")
    (root / "git.py").symlink_to(".git/config")
    paths = [
        "file.py",
        "folder/app.py",
        "../outside/app.py",
        str(outside / "app.py"),
        "pkg/../../outside/app.py",
        "git.py",
    ]
    changes = [Change(path, b"old", b"new") for path in paths]
    changes += [Change(path, None, b"new") for path in ("folder/new.py", "dangling.py", "", ".", ".git/hooks", "a\0b")]
    assert reasons(write(root, changes)) == [Reason.OUTSIDE_ROOT] * len(changes)
    assert [path.name for path in outside.iterdir()] == ["app.py"]
    assert (outside / "app.py").read_bytes() == b"old"
    assert (root / ".git" / "config").read_bytes() == b"old"


def test_is_inside(root: Path, tmp_path: Path) -> None:
    (root / "up").symlink_to("..")
    (tmp_path / "alias").symlink_to("root")
    assert is_inside(root, root / "pkg" / "not-there.py")
    assert is_inside(tmp_path / "alias", root / "pkg")
    assert is_inside(Path("/"), root)
    assert not is_inside(root, root / "up" / "x.py")
    assert not is_inside(root, tmp_path / "root-too" / "x.py")


def test_what_is_no_file_is_not_written(root: Path) -> None:
    (root / "folder.py").mkdir()
    os.mkfifo(root / "pipe.py")
    (root / "loop.py").symlink_to("loop.py")
    paths = ["folder.py", "pipe.py", "loop.py", "pkg/app.py/below.py", "missing/new.py", "x" * 300]
    outcomes = write(root, [*(Change(path, None, b"new") for path in paths), APP])
    assert reasons(outcomes)[:-1].count(None) == 0
    assert set(reasons(outcomes)[:-1]) <= {Reason.UNWRITABLE, Reason.CHANGED_ON_DISK}
    assert reasons(outcomes)[-1] is None


@contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions do not bite root: become somebody else for a while."""
    if os.getuid() != 0:
        yield
        return
    os.setresgid(65534, 65534, 0)
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)


def test_read_only_files_and_folders() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, mode in {"locked": 0o555, "open": 0o777, "closed": 0o000}.items():
            (root / name).mkdir()
            (root / name / "app.py").write_bytes(b"old")
            (root / name / "app.py").chmod(0o666)
            (root / name).chmod(mode)
        (root / "open" / "read-only.py").write_bytes(b"old")
        (root / "open" / "read-only.py").chmod(0o444)
        root.chmod(0o755)
        files = ["locked/app.py", "open/read-only.py", "closed/app.py", "open/app.py"]
        changes = [*(Change(file, b"old", b"new") for file in files), Change("locked/new.py", None, b"new")]
        with as_nobody():
            outcomes = write(root, changes)
        for name in ("locked", "closed"):
            (root / name).chmod(0o755)
        failed = Reason.UNWRITABLE
        assert reasons(outcomes) == [failed, failed, failed, None, failed]
        assert [(root / file).read_bytes() for file in files] == [b"old", b"old", b"old", b"new"]
        assert leftovers(root) == []


def test_a_full_disk_leaves_the_old_file_and_the_others_go_on(root: Path) -> None:
    (root / "small.py").write_bytes(b"s")
    big = Change("pkg/app.py", APP.before, b"x" * 100_000)
    changes = [big, Change("small.py", b"s", b"t")]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        outcomes = write(root, changes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert reasons(outcomes) == [Reason.UNWRITABLE, None]
    assert (root / "pkg" / "app.py").read_bytes() == APP.before
    assert (root / "small.py").read_bytes() == b"t"
    assert leftovers(root) == []


def test_what_needs_a_file_that_could_not_be_written_is_left_as_it_is_and_the_rest_is_done(root: Path) -> None:
    (root / "other.py").write_bytes(b"old")
    scaffold = Change("pkg/scaffold.py", None, b"x" * 100_000)
    other = Change("other.py", b"old", b"new")
    needs = frozenset({scaffold.file})
    steps = [Step(scaffold), Step(APP, needs), Step(other, frozenset({"elsewhere.py"}))]
    steps += [Step(Change("after.py", None, b"x"), frozenset({APP.file}))]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        outcomes = write_steps(root, steps)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert reasons(outcomes) == [Reason.UNWRITABLE, Reason.UNWRITABLE, None, Reason.UNWRITABLE]
    assert isinstance(outcomes[1], Failed)
    assert "pkg/scaffold.py could not be written" in outcomes[1].detail
    assert (root / "pkg" / "app.py").read_bytes() == APP.before
    assert (root / "other.py").read_bytes() == b"new"
    assert not (root / "pkg" / "scaffold.py").exists() and not (root / "after.py").exists()


def test_a_file_of_several_steps_stops_at_the_first_that_fails(root: Path) -> None:
    steps = [Change("pkg/app.py", b"other", b"mid"), Change("pkg/app.py", b"old\r\n", b"new")]
    assert reasons(write(root, steps)) == [Reason.CHANGED_ON_DISK] * 2
    assert (root / "pkg" / "app.py").read_bytes() == b"old\r\n"


def test_what_a_killed_run_left_is_swept_and_what_a_living_one_writes_is_not(root: Path) -> None:
    import fcntl

    dead, alive, link, other = (f"{PREFIX}{digit * 16}" for digit in "0123")
    (root / "pkg" / dead).write_bytes(b"half")
    (root / "pkg" / link).symlink_to("app.py")
    (root / "pkg" / f"{PREFIX}mine").write_bytes(b"not one of ours")
    (root / other).write_bytes(b"half")
    with (root / "pkg" / alive).open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        sweep(root, {"pkg", "", "gone", "../pkg"})
        assert [path.name for path in leftovers(root)] == [alive, link, f"{PREFIX}mine"]


def test_two_runs_write_one_after_the_other(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("splice.write.WAIT", 0.1)
    with alone(root), pytest.raises(SpliceError, match="another codemod has been running here"), alone(root):
        pass
    with alone(root):  # and it is free again
        pass


def test_extended_attributes_stay(root: Path) -> None:
    path = root / "pkg" / "app.py"
    try:
        os.setxattr(path, "user.origin", b"here")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    write(root, [APP])
    assert (path.read_bytes(), os.getxattr(path, "user.origin")) == (APP.after, b"here")


def test_a_hard_link_is_broken_and_the_other_name_keeps_its_bytes(root: Path) -> None:
    os.link(root / "pkg" / "app.py", root / "other.py")
    write(root, [APP])
    assert ((root / "pkg" / "app.py").read_bytes(), (root / "other.py").read_bytes()) == (APP.after, APP.before)


WRITER = """
import sys
from pathlib import Path
from splice.model import Change
from splice.write import Step, write
old, new = b"old" * 50_000, b"new" * 60_000
print(write(Path(sys.argv[1]), [Step(Change(f"f{n:03}.py", old, new)) for n in range(200)])[-1].change.file)
"""


@pytest.mark.parametrize("after", [0, 1, 17, 60, 150])
def test_a_kill_leaves_every_file_whole_and_the_next_run_converges(tmp_path: Path, after: int) -> None:
    old, new = b"old" * 50_000, b"new" * 60_000
    files = [f"f{number:03}.py" for number in range(200)]
    for file in files:
        (tmp_path / file).write_bytes(old)
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(WRITER), tmp_path], stdout=subprocess.DEVNULL)
    seen = tmp_path / files[after]
    while process.poll() is None and seen.stat().st_size == len(old):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    contents = [(tmp_path / file).read_bytes() for file in files]
    assert set(contents) <= {old, new}
    assert new in contents
    assert contents == sorted(contents)  # in the order given
    rest = [Change(file, old, new) for file in files if (tmp_path / file).read_bytes() == old]
    assert reasons(write(tmp_path, rest)) == [None] * len(rest)
    assert {(tmp_path / file).read_bytes() for file in files} == {new}
    sweep(tmp_path, {""})
    assert leftovers(tmp_path) == []


def test_a_scaffold_or_lock_that_changes_between_plan_and_write_keeps_the_files_from_being_written(
    tmp_path: Path,
) -> None:
    """Files that are to import a scaffold, and to have rows in a lock, of which the plan changes neither."""
    app = 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/x")\ndef x():\n    return ""\n'
    for file in ("scaffold.py", "codemod.lock"):
        testing.put(tmp_path, {"app.py": app})
        testing.run(tmp_path, rules=False)
        (tmp_path / "app.py").write_text(app)
        planned = plan(Request(tmp_path, load(tmp_path, None, codemods()), testing.TODAY))
        (tmp_path / file).unlink()
        done = carry_out(planned, write=True, rules=False)
        assert {o.file: o.reason for o in done.outcomes if isinstance(o, Failed)} == {
            file: Reason.CHANGED_ON_DISK,
            "app.py": Reason.UNWRITABLE,
        }
        assert (tmp_path / "app.py").read_text() == app
        assert not (tmp_path / file).exists()
