"""Which files there are, as git sees them, and which of those a codemod may touch.

Tests, migrations, vendored and generated code are left out by default, each with its reason, so that the
report can count them. Nothing outside the root is listed, whatever links say, and nothing that could hang.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from splice import ledger
from splice.config import Config
from splice.git import is_skipped
from splice.listing import from_git, walk
from splice.model import Failed, Reason
from splice.patterns import matcher

_TEST_DIRS = frozenset({"test", "tests"})
_VENDOR_DIRS = frozenset({"_vendor", "node_modules", "site-packages", "third_party", "vendor", "vendored"})
_DOC_DIRS = frozenset({"doc", "docs"})
_TOOLS = frozenset({"noxfile.py", "setup.py"})


@dataclass(frozen=True, slots=True)
class Discovery:
    """Paths are relative to the root, with `/`, sorted; bytes that are no UTF-8 stand as surrogate escapes."""

    files: tuple[str, ...]  # all regular files: manifests, Dockerfiles, tests, too
    candidates: tuple[str, ...]  # the .py files that may be transformed, going by their names
    excluded: tuple[tuple[str, str], ...] = ()  # Python files that may not, and why
    kept: frozenset[str] = frozenset()  # candidates that stay so whatever their header says (`include`)
    unused: tuple[tuple[str, str], ...] = ()  # (key, pattern) of the configuration that match nothing
    failed: tuple[Failed, ...] = ()  # folders and files that could not be looked into
    git: bool = False  # listed by git, not by walking

    def counts(self) -> Mapping[str, int]:
        """How many Python files are left out, per reason, sorted by it."""
        return dict(sorted(Counter(why for _, why in self.excluded).items()))


def discover(root: Path, config: Config) -> Discovery:
    """The files below `root`. Raises nothing for what it meets there: see `failed`."""
    base = os.fspath(root)
    failed: list[Failed] = []
    listed = from_git(base, failed)
    git = listed is not None
    if listed is None:
        listed = walk(base, failed)
    files, links = _regular(base, listed, failed)
    files = _without_environments(files)
    excluded = [(file, why) for file, why in links if file.endswith(".py")]
    candidates, kept = [], set()
    by_user, back = matcher(config.exclude), matcher(config.include)
    for file in files:
        if not file.endswith((".py", ".pyi", ".ipynb")):
            continue
        why = "excluded by the configuration" if by_user(file) else _kind(file)
        if not why:
            taken_back = not config.default_excludes or back(file)
            why = "" if taken_back else by_name(file)
            if taken_back:
                kept.add(file)
        if why:
            excluded.append((file, why))
        else:
            candidates.append(file)
    return Discovery(
        files=tuple(files),
        candidates=tuple(candidates),
        excluded=tuple(sorted(excluded)),
        kept=frozenset(kept),
        unused=_unused(config, files),
        failed=tuple(sorted(failed, key=lambda one: one.file)),
        git=git,
    )


def by_name(file: str) -> str:
    """Why the default excludes leave out a path, or ""."""
    *folders, name = file.split("/")
    inside = frozenset(folders)
    if not inside.isdisjoint(_VENDOR_DIRS):
        return "vendored"
    if not inside.isdisjoint(_TEST_DIRS) or name in ("conftest.py", "tests.py"):
        return "test"
    if name.startswith("test_") or name.endswith("_test.py"):
        return "test"
    if "migrations" in inside or ("alembic" in inside and "versions" in inside):
        return "migration"
    if name.endswith(("_pb2.py", "_pb2_grpc.py")):
        return "generated"
    if name in _TOOLS or (name == "conf.py" and not inside.isdisjoint(_DOC_DIRS)):
        return "packaging or documentation"
    return ""


def _kind(file: str) -> str:
    """What nothing in the configuration makes a candidate."""
    return "stub" if file.endswith(".pyi") else "notebook" if file.endswith(".ipynb") else ""


def _without_environments(files: list[str]) -> list[str]:
    """Files outside caches and virtual environments: a repository without .gitignore lists those too."""
    environments = {file[: -len("pyvenv.cfg")] for file in files if file.endswith("/pyvenv.cfg")}
    skipped: dict[str, bool] = {"": False}
    kept = []
    for file in files:
        folder = file.rpartition("/")[0]
        if folder not in skipped:
            parts = folder.split("/")
            above = {"/".join(parts[:stop]) + "/" for stop in range(1, len(parts) + 1)}
            skipped[folder] = not above.isdisjoint(environments) or any(is_skipped(part) for part in parts)
        if not skipped[folder]:
            kept.append(file)
    return kept


def _regular(base: str, listed: list[str], failed: list[Failed]) -> tuple[list[str], list[tuple[str, str]]]:
    """Regular files, sorted, each once by real path; then links that are left out, with the reason.

    Files are only looked at, never opened: a FIFO would block.
    """
    top = os.path.realpath(base).rstrip("/")
    noted = ledger.current
    folders: dict[str, str] = {}  # folder -> where it really is
    plain: dict[str, str] = {}
    linked: list[tuple[str, str]] = []
    dropped: list[tuple[str, str]] = []
    for file in sorted(set(listed)):
        folder, _, name = file.rpartition("/")
        if folder not in folders:
            folders[folder] = os.path.realpath(f"{top}/{folder}").rstrip("/")
        odd = folders[folder] != f"{top}/{folder}".rstrip("/")
        real = f"{folders[folder]}/{name}"
        try:
            mode = os.lstat(real).st_mode
            if stat.S_ISLNK(mode):
                odd = True
                real = os.path.realpath(real)
                mode = os.lstat(real).st_mode
        except (FileNotFoundError, NotADirectoryError):
            odd = True
            continue  # deleted, or a dangling link
        except (OSError, ValueError) as error:
            odd = True
            if getattr(error, "errno", None) != errno.ELOOP:  # a link to itself is no file
                failed.append(Failed(file, Reason.UNREADABLE, str(getattr(error, "strerror", error))))
            continue
        finally:
            if noted is not None and (odd or not stat.S_ISREG(mode)):
                noted.place(f"{top}/{file}", file)
        if not stat.S_ISREG(mode):
            continue
        if real == f"{top}/{file}":
            plain[real] = file
        else:
            linked.append((file, real))
    for file, real in linked:
        if not real.startswith(f"{top}/"):
            dropped.append((file, "link that leads outside the root"))
        elif any(is_skipped(part) for part in real[len(top) :].split("/")):
            dropped.append((file, "link into an environment or a cache"))
        elif real in plain:
            dropped.append((file, "link to a listed file"))
        else:
            plain[real] = file
    return sorted(plain.values()), dropped


def _unused(config: Config, files: list[str]) -> tuple[tuple[str, str], ...]:
    """Path patterns that match no file: as a rule a typing error."""
    pairs = [("exclude", pattern) for pattern in config.exclude] + [("include", pattern) for pattern in config.include]
    positive = [(key, pattern) for key, pattern in pairs if not pattern.startswith(("!", "#"))]
    unused = []
    for key, pattern in positive:
        fits = matcher([pattern])
        if not any(fits(file) for file in files):
            unused.append((key, pattern))
    return tuple(unused)
