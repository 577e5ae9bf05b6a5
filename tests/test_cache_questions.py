"""What is asked otherwise is another question: options, policies, commits, the terminal, the day."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cache_kit import GIT, MANY, Capture, another, answer, append, cache, replaced, service, shop, told
from splice.cache import store
from splice.cache.answer import Answer, question

__all__ = ["cache", "service", "shop"]

DOCUMENT = """\
openapi: 3.1.0
info: {title: shop, version: "1"}
paths:
  /healthz: {get: {security: [], responses: {"200": {description: ok}}}}
"""
# Each is given to a command that has answered without it, or with what it was before.
OTHERWISE: dict[str, tuple[list[str], Callable[[Path, pytest.MonkeyPatch], None]]] = {
    "an outer policy": (
        ["check", "--policy", "../policy.toml"],
        lambda root, _: another("../policy.toml", 'codemods = ["metrics"]\n')(root),
    ),
    "a policy that is extended": (["check"], lambda root, _: another("policy.toml", 'codemods = ["metrics"]\n')(root)),
    "a configuration elsewhere": (
        ["check", "--config", "../codemod.toml"],
        lambda root, _: another("../codemod.toml", 'codemods = ["metrics"]\n')(root),
    ),
    "the commit of the policy": (["check", "--policy-ref", "HEAD"], lambda root, _: commit(root)),
    "the commit before the changes": (["check", "--changed-since", "HEAD"], lambda root, _: commit(root)),
    "what differs from a commit": (
        ["check", "--changed-since", "HEAD"],
        lambda root, _: append("shop/views.py", "\n")(root),
    ),
    "an OpenAPI document": (["check"], lambda root, _: replaced("openapi.yaml", "security: []", "tags: []")(root)),
    "a baseline": (["check"], lambda root, _: another("codemod.baseline", "format = 1\n")(root)),
    "no baseline": (["check"], lambda root, _: (root / "codemod.baseline").unlink()),
    "the folder": (["check"], lambda root, patch: patch.chdir(root / "shop")),
    "another root": (["check", "--root", "../link"], lambda root, _: relink(root.parent / "link", root / "shop")),
    "what PATHS lead to": (["check", "local/here.py"], lambda root, _: (root / "local/here.py").unlink()),
    "colour": (["check"], lambda _, patch: patch.setenv("FORCE_COLOR", "1")),
    "the terminal": (["check"], lambda _, patch: patch.setenv("TERM", "dumb")),
    "where programs are": (["check"], lambda _, patch: patch.setenv("PATH", "/bin:" + os.environ["PATH"])),
    "where modules are": (["check"], lambda root, patch: patch.syspath_prepend(str(root.parent))),
    "the day": (["check"], lambda *_: yesterday(["check"])),
}


def commit(root: Path) -> None:
    append("shop/app.py", MANY)(root)
    subprocess.run([*GIT, "commit", "-qam", "more"], cwd=root, check=True)


def relink(link: Path, to: Path) -> None:
    link.unlink()
    link.symlink_to(to)


def yesterday(words: list[str]) -> None:
    """The kept answer as it would stand there if it had been given the day before."""
    blocks = store.load(question(words))
    assert blocks is not None
    kept = Answer.unpack(blocks)
    kept.day = "2026-01-01"
    store.save(question(words), kept.pack())


@pytest.mark.parametrize("what", OTHERWISE)
def test_what_is_asked_otherwise_is_another_question(
    service: Path, what: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, change = OTHERWISE[what]
    policy = 'codemods = ["spans"]\n'
    for file in ("policy.toml", "../policy.toml", "../codemod.toml"):
        another(file, policy)(service)
    if what == "a policy that is extended":
        another("codemod.toml", 'extends = "policy.toml"\ncodemods = ["spans"]\n')(service)
    if what == "an OpenAPI document":
        another("openapi.yaml", DOCUMENT)(service)
        another("codemod.toml", '[auth]\npolicy = "openapi.yaml"\nguard = "a.b:c"\n')(service)
    if what == "no baseline":
        assert answer(capsys, "baseline")[0] == 0
    (service.parent / "link").symlink_to(service)
    (service / "local/here.py").symlink_to(service / "shop/views.py")
    first = answer(capsys, *words)
    assert told(capsys, *words) == first
    change(service, monkeypatch)
    assert told(capsys, *words) is None


@pytest.mark.parametrize("words", [["check", "--no-cache"], ["check", "--profile"], ["list", "--no-cache"], ["diff"]])
def test_what_is_not_to_be_kept_is_not(service: Path, words: list[str], cache: Path, capsys: Capture) -> None:
    answer(capsys, *words)
    kept = [path.name for path in cache.iterdir()] if cache.exists() else []
    assert not [
        name for name in kept if not name.startswith(("semgrep-", "scans-"))
    ]  # what semgrep has said is another thing
    assert told(capsys, *words) is None
    answer(capsys, "check")
    assert told(capsys, *words) is None


def test_what_is_exported_is_exported_each_time(
    service: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(capsys, "check")
    assert told(capsys, "check")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    assert told(capsys, "check") is None
