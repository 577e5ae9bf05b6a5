"""Two ways to list the files below a root: ask git, or walk and honour .gitignore files.

The repository is not trusted: git runs with everything off through which a repository's own configuration
starts programs or fetches, and the walk follows no link to a folder.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from splice.model import Failed, Reason
from splice.patterns import refusal
from splice.prefilter import read

if TYPE_CHECKING:
    import pathspec

PATIENCE = 5  # seconds, after which it is worth a look what git waits for
TIMEOUT = 120  # seconds; where git reads a .gitignore there may be a FIFO, and git would wait for ever
_OFF = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false", "protocol.allow=never")
_KEPT = ("GIT_CEILING_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH")
_UNREAD = re.compile(rb"^warning: could not open directory '(.+?)': ([^\n]+)$", re.MULTILINE | re.DOTALL)
_SKIPPED = frozenset(
    {".bzr", ".cache", ".eggs", ".git", ".hg", ".hypothesis", ".nox", ".svn", ".tox", ".venv"}
    | {"__pycache__", "__pypackages__", "node_modules"}
)


def from_git(base: str, failed: list[Failed]) -> list[str] | None:
    """Tracked and untracked files that git does not ignore, or None where git cannot say.

    That is: no git, no work tree, or a root that an outer repository ignores and so sees nothing of.
    Folders that git cannot read go to `failed`: it passes over them, and says so aside.
    """
    if not os.path.lexists(f"{base}/.git"):
        ignored = _git(base, "check-ignore", "--no-index", "--quiet", ".")
        if ignored is None or ignored.returncode != 1:
            return None
    listed = _git(base, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None or listed.returncode != 0:
        return None
    unread = [(os.fsdecode(m[1]).rstrip("/"), m[2].decode("ascii", "replace")) for m in _UNREAD.finditer(listed.stderr)]
    failed += [Failed(folder, Reason.UNREADABLE, why) for folder, why in unread]
    return [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name and not name.endswith(b"/")]


def walk(base: str, failed: list[Failed]) -> list[str]:
    """Files and links below `base` that no .gitignore there names; folders that cannot be read go to `failed`."""
    found: list[str] = []
    todo: list[tuple[str, tuple[tuple[str, pathspec.GitIgnoreSpec], ...]]] = [("", ())]
    while todo:
        folder, rules = todo.pop()
        try:
            with os.scandir(f"{base}/{folder}") as scanned:
                entries = list(scanned)
        except OSError as error:
            failed.append(Failed(folder.rstrip("/") or ".", Reason.UNREADABLE, error.strerror or "cannot be listed"))
            continue
        names = {entry.name for entry in entries}
        ignores = any(entry.name == ".gitignore" and not entry.is_dir() for entry in entries)
        if folder and "pyvenv.cfg" in names:
            continue
        if ignores:
            rules = (*rules, (folder, _ignore_file(base, folder + ".gitignore", failed)))
        for entry in entries:
            path = folder + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not is_skipped(entry.name) and not _ignored(path + "/", rules):
                    todo.append((path + "/", rules))
            elif not _ignored(path, rules):
                found.append(path)
    return found


def is_skipped(folder: str) -> bool:
    """Whether a folder of this name holds caches, packages of others or a version control's own files."""
    return folder in _SKIPPED or (folder.startswith(".") and folder.endswith("_cache"))


def _git(base: str, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    """One git command, or None when it cannot be run or does not end.

    Another owner's repository is listed as well (containers in CI): that check protects from the
    configuration that `_OFF` and the environment switch off. A hook's GIT_DIR or index does not count.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    settings = [part for setting in (*_OFF, "safe.directory=*") for part in ("-c", setting)]
    executable = _executable()
    if executable is None:
        return None
    command = [executable, "-C", base, *settings, *arguments]
    options: dict[str, Any] = {"env": environment, "stdin": subprocess.DEVNULL}
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
            try:
                output, complaint = _output(process, base)
            finally:
                process.kill()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return subprocess.CompletedProcess(command, process.returncode, output, complaint)


def _executable() -> str | None:
    """The git on PATH; relative entries of PATH would run what the repository put into the current folder."""
    folders = [folder for folder in os.get_exec_path() if Path(folder).is_absolute()]
    return shutil.which("git", path=os.pathsep.join(folders)) if folders else None


def _output(process: subprocess.Popen[bytes], base: str) -> tuple[bytes, bytes]:
    """What git says. Raises TimeoutExpired when it waits for a FIFO, or for longer than any repository takes."""
    try:
        return process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        if _has_pipe(base):
            raise
        return process.communicate(timeout=TIMEOUT)


def _has_pipe(base: str) -> bool:
    """Whether one of the files that git reads while it lists is no file."""
    for folder, folders, names in os.walk(base):
        folders[:] = [name for name in folders if not is_skipped(name)]
        for name in names:
            if name in (".gitignore", ".gitattributes") and not stat.S_ISREG(os.lstat(f"{folder}/{name}").st_mode):
                return True
    return False


def _ignore_file(base: str, file: str, failed: list[Failed]) -> pathspec.GitIgnoreSpec:
    """The rules of one .gitignore. Patterns that cannot be used are left out: more files are seen, not fewer."""
    import pathspec

    raw = read(Path(base), file)
    if isinstance(raw, Failed):
        failed.append(raw)
    text = "" if isinstance(raw, Failed) else os.fsdecode(raw.removeprefix(b"\xef\xbb\xbf"))
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return pathspec.GitIgnoreSpec.from_lines([line for line in lines if not refusal(line)])


def _ignored(path: str, rules: tuple[tuple[str, pathspec.GitIgnoreSpec], ...]) -> bool:
    """The .gitignore nearest to the path that says anything decides."""
    for folder, spec in reversed(rules):
        decision = spec.check_file(path[len(folder) :]).include
        if decision is not None:
            return decision
    return False
