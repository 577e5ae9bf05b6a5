"""Small services on disk: what is said of who may call them, and what they answer to a request without a credential."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from splice.config import load
from splice.model import Access
from splice.registry import codemods
from splice.survey import survey
from splice.testing import put, toml

REFUSED = frozenset({301, 302, 303, 307, 401, 403})


def files_of(text: str) -> dict[str, str]:
    """`main.py`, and after each line `# file: PATH` another file."""
    lines: list[str] = []
    files = {"main.py": lines}
    for line in text.strip("\n").split("\n"):
        if line.startswith("# file: "):
            lines = files.setdefault(line.removeprefix("# file: "), [])
        else:
            lines.append(line)
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


def said(root: Path, text: str, **config: Any) -> Mapping[str, Access]:
    """Who may call each operation of a small service."""
    put(root, {**files_of(text), "codemod.toml": toml({"codemods": ["spans"], **config})})
    found = survey(root, load(root, None, codemods()), date(2026, 1, 1))
    return {operation: access for (_, _, kind, operation), access in found.access.items() if kind != "app"}


def answers(root: Path, services: Mapping[str, tuple[str, Iterable[str]]], script: str) -> dict[str, dict[str, int]]:
    """What each service answers to each of its operations, all of them in one process, one after the other."""
    folders = {}
    for index, (name, (text, operations)) in enumerate(services.items()):
        folder = root / f"s{index}"
        put(folder, files_of(text))
        folders[name] = str(folder), [one for one in operations if " " in one]
    command = [sys.executable, "-B", "-W", "ignore", "-c", _RUN + script, json.dumps(folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, int]] = json.loads(done.stdout.rpartition("ANSWERS")[2])
    return found


def compare(found: Mapping[str, Access], expected: Mapping[str, str], answered: Mapping[str, int]) -> None:
    """What is said is what is expected, and what the running service does."""
    assert {operation: access.state for operation, access in found.items()} == expected
    for operation, status in answered.items():
        access = found[operation]
        if access.state == "guarded":
            assert status in REFUSED, f"{operation} is said to be guarded by {access.by} and answers {status}"
        elif access.state == "unguarded":
            assert status == 200, f"{operation} is said to be unguarded and answers {status}"
    for access in found.values():
        told = access.state == "unknown" or (access.state == "unguarded" and bool(access.by))
        assert bool(access.reason) == told, access
        assert access.state != "guarded" or (access.by and access.file and access.line), access


_RUN = """
import importlib, json, sys, traceback
def each(answer):
    found = {}
    for name, (folder, operations) in json.loads(sys.argv[1]).items():
        sys.path.insert(0, folder)
        before = set(sys.modules)
        try:
            found[name] = answer(importlib.import_module("main"), operations)
        except ImportError as error:
            if "acme_" not in str(error):
                raise
            found[name] = {}
        for new in set(sys.modules) - before:
            if str(getattr(sys.modules[new], "__file__", "")).startswith(folder):
                del sys.modules[new]
        sys.path.remove(folder)
    print("ANSWERS" + json.dumps(found))
"""

FLASK = """
import re
def answer(main, operations):
    found, client = {}, main.app.test_client()
    main.app.config["PROPAGATE_EXCEPTIONS"] = False
    for operation in operations:
        method, path = operation.split(" ")
        found[operation] = client.open(re.sub("{[^}]*}", "1", path), method=method).status_code
    return found
each(answer)
"""

ASGI = """
import re
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
def answer(main, operations):
    found, client = {}, TestClient(main.app, raise_server_exceptions=False, follow_redirects=False)
    for operation in operations:
        method, path = operation.split(" ")
        path = re.sub("{[^}]*}", "1", path)
        if method != "WEBSOCKET":
            form = {"username": "x", "password": "x"} if method == "POST" else None
            found[operation] = client.request(method, path, data=form).status_code
            continue
        try:
            with client.websocket_connect(path):
                found[operation] = 200
        except WebSocketDisconnect:
            found[operation] = 403
    return found
each(answer)
"""
