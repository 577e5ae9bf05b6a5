"""Runs git over a repository that nobody trusts.

Everything is off through which a repository's own configuration starts programs or fetches.
"""

from __future__ import annotations

import os
import stat

from splice import ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from typing import Any

PATIENCE = 5  # seconds, after which it is worth a look what git waits for
TIMEOUT = 120  # seconds; where git reads a .gitignore there may be a FIFO, and git would wait for ever
_OFF = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false", "protocol.allow=never")
_KEPT = ("GIT_CEILING_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH")
_SKIPPED = frozenset(
    {".bzr", ".cache", ".eggs", ".git", ".hg", ".hypothesis", ".nox", ".svn", ".tox", ".venv"}
    | {"__pycache__", "__pypackages__", "node_modules"}
)


def is_skipped(folder: str) -> bool:
    """Whether a folder of this name holds caches, packages of others or a version control's own files."""
    return folder in _SKIPPED or (folder.startswith(".") and folder.endswith("_cache"))


def command(base: str, *arguments: str) -> list[str] | None:
    """The words that start git in a folder, or None where there is no git."""
    executable = _executable()
    settings = [part for setting in (*_OFF, "safe.directory=*") for part in ("-c", setting)]
    return [executable, "-C", base, *settings, *arguments] if executable else None


def environment() -> dict[str, str]:
    """What git is to know of the caller's environment. A hook's GIT_DIR or index does not count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
    return kept | {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def git(base: str, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    """One git command, or None when it cannot be run or does not end.

    Another owner's repository is listed as well (containers in CI): that check protects from the
    configuration that `_OFF` and the environment switch off.
    """
    done = _run(base, *arguments)
    if ledger.current is not None:
        ledger.current.asked(base, arguments, (done.returncode, done.stdout, done.stderr) if done else None)
    return done


def _run(base: str, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    import subprocess

    words = command(base, *arguments)
    if words is None:
        return None
    options: dict[str, Any] = {"env": environment(), "stdin": subprocess.DEVNULL}
    try:
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
            try:
                output, complaint = _output(process, base)
            finally:
                process.kill()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return subprocess.CompletedProcess(words, process.returncode, output, complaint)


def _executable() -> str | None:
    """The git on PATH; relative entries of PATH would run what the repository put into the current folder."""
    folders = [folder for folder in os.get_exec_path() if os.path.isabs(folder)]
    if os.name == "nt":
        import shutil

        return shutil.which("git", path=os.pathsep.join(folders)) if folders else None
    files = (os.path.join(folder, "git") for folder in folders)
    return next((file for file in files if os.path.isfile(file) and os.access(file, os.X_OK)), None)


def _output(process: subprocess.Popen[bytes], base: str) -> tuple[bytes, bytes]:
    """What git says. Raises TimeoutExpired when it waits for a FIFO, or for longer than any repository takes."""
    import subprocess

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
