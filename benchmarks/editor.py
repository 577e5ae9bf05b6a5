"""What an editor waits for: `codemod lsp` over its own pipes, beside one `libcst.parse_module` of the same text.

Each round types a character, waits for the diagnostics of that text, asks for one quick-fix and takes its edit, and
parses the text with libcst, in turn.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import libcst

from benchmarks.measure import Contender

PATIENCE = 300.0  # seconds, after which the server counts as dead
_CAPABILITIES = {
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]}},
    "textDocument": {"codeAction": {"resolveSupport": {"properties": ["edit"]}}, "publishDiagnostics": {}},
}


@dataclass(slots=True)
class Waits:
    """Seconds per round: of the server's processor time, and by the clock of who waits."""

    diagnostics_cpu: list[float] = field(default_factory=list)
    diagnostics_wall: list[float] = field(default_factory=list)
    fix_cpu: list[float] = field(default_factory=list)
    fix_wall: list[float] = field(default_factory=list)
    parse_cpu: list[float] = field(default_factory=list)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


class Editor:
    """One conversation with a server in a process of its own."""

    def __init__(self, command: Sequence[str], root: Path, environment: Mapping[str, str]) -> None:
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(
            command, cwd=root, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment
        )
        self._told: Queue[dict[str, Any]] = Queue()
        self._number = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.request("initialize", processId=None, rootUri=root.as_uri(), capabilities=_CAPABILITIES)
        self._send({"method": "initialized", "params": {}})

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the server has taken until now, its threads together."""
        return time.clock_gettime((~self._server.pid << 3) | 2)  # the kernel's name of a process's own clock

    def tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, **params: Any) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        answer = self._until(lambda message: message.get("id") == number and "method" not in message)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def diagnostics(self, uri: str, version: int) -> list[dict[str, Any]]:
        """What the server says of this version of a text."""

        def wanted(message: dict[str, Any]) -> bool:
            params = message.get("params", {})
            published = message.get("method") == "textDocument/publishDiagnostics"
            return published and params["uri"] == uri and params.get("version") == version

        found: list[dict[str, Any]] = self._until(wanted)["params"]["diagnostics"]
        return found

    def end(self) -> None:
        self.request("shutdown")
        self._send({"method": "exit"})
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(PATIENCE)

    def _until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = self._told.get(timeout=PATIENCE)
            if wanted(message):
                return message
            if "id" in message and "method" in message:  # a request of the server's own: agreed
                self._send({"id": message["id"], "result": None})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._server.stdin.flush()

    def _read(self) -> None:
        stream = self._server.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.partition(b":")[2]) if header.lower().startswith(b"content-length") else 0
            while stream.readline().strip():
                pass
            self._told.put(json.loads(stream.read(length)))


def waits(server: Contender, file: str, rounds: int, budget: float) -> Waits:
    """Type into a file of the server's repository, for so many rounds or until `budget` seconds are over.

    Nothing is written.
    """
    root = server.folder
    editor = Editor(server.command, root, {**os.environ, **server.environment})
    found = Waits()
    path = root / file
    uri, text = path.as_uri(), path.read_text(encoding="utf-8")
    document = {"uri": uri, "languageId": "python", "version": 0, "text": text}
    editor.tell("textDocument/didOpen", textDocument=document)
    editor.diagnostics(uri, 0)
    ends = time.perf_counter() + budget
    for version in range(1, rounds + 2):
        typed = _typed(text, version)
        libcst_before = time.process_time()
        libcst.parse_module(typed)
        parsed = time.process_time() - libcst_before
        cpu, clock = editor.cpu, time.perf_counter()
        change = {"contentChanges": [{"text": typed}], "textDocument": {"uri": uri, "version": version}}
        editor.tell("textDocument/didChange", **change)
        diagnostics = editor.diagnostics(uri, version)
        told = editor.cpu - cpu, time.perf_counter() - clock
        missing = [one for one in diagnostics if "missing" in str(one.get("code"))]
        cpu, clock = editor.cpu, time.perf_counter()
        _fixed(editor, uri, missing[version % len(missing)])
        fixed = editor.cpu - cpu, time.perf_counter() - clock
        if version == 1:
            continue  # the first round warms everybody up
        found.parse_cpu.append(parsed)
        found.diagnostics_cpu.append(told[0])
        found.diagnostics_wall.append(told[1])
        found.fix_cpu.append(fixed[0])
        found.fix_wall.append(fixed[1])
        if time.perf_counter() > ends and version > 3:
            break
    editor.end()
    return found


def _typed(text: str, version: int) -> str:
    """The text after one more keystroke: a word in the body of a function grows."""
    return text.replace('"""One ', f'"""One {"and only " * (version // 9)}{"and only "[: version % 9]}', 1)


def _fixed(editor: Editor, uri: str, diagnostic: dict[str, Any]) -> None:
    """From the question what may be done about a diagnostic to the finished edit."""
    context = {"diagnostics": [diagnostic], "only": ["quickfix"]}
    document = {"textDocument": {"uri": uri}, "range": diagnostic["range"], "context": context}
    actions = editor.request("textDocument/codeAction", **document)
    chosen = next(action for action in actions if action.get("isPreferred"))
    edit = editor.request("codeAction/resolve", **chosen).get("edit")
    if not edit or not any(change.get("edits") for change in edit["documentChanges"]):
        raise RuntimeError(f"no edit for {diagnostic['code']}")
