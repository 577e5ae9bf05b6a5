"""The source of a service as it was published, in a folder that is a git repository of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from .projects import REPOSITORY, Project


def fetch(project: Project, sdists: Path, target: Path) -> None:
    """Put the service as it was published into `target`, a git repository of its own.

    The sdist is kept in `sdists`. Raises CalledProcessError when it cannot be downloaded.
    """
    if target.exists():
        shutil.rmtree(target)
    source = unpacked(project.sdist, sdists) if project.sdist else REPOSITORY
    caches = shutil.ignore_patterns("__pycache__", ".*_cache", "*.egg-info", ".git")
    shutil.copytree(source / project.folder, target, ignore=caches)
    subprocess.run(["git", "init", "-q", str(target)], check=True)


def unpacked(requirement: str, sdists: Path) -> Path:
    """The folder of an sdist `NAME==VERSION`, downloaded and unpacked at most once."""
    name, _, version = requirement.partition("==")
    sdists.mkdir(parents=True, exist_ok=True)
    stem = f"{name.lower().replace('-', '_')}-{version}"
    archive = sdists / f"{stem}.tar.gz"
    if not archive.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(sdists), requirement], check=True)
    if not (sdists / stem).exists():
        with tarfile.open(archive) as packed:
            if hasattr(tarfile, "data_filter"):  # Python 3.11.4 and newer
                packed.extractall(sdists, filter="data")
            else:
                packed.extractall(sdists)
    return sdists / stem
