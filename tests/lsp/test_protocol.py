"""Editors differ: some want edits at once, some make no files, some count in UTF-8; and requests may be taken back."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from editor_kit import CONFIG, PATIENCE, Editor, copied, kinds
from lsprotocol import types
from pytest_lsp import client_capabilities

from splice import testing
from splice.cli import main
from splice.lsp.buffers import Buffer
from splice.lsp.service import Cancelled, Service, look

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
FIND = '\n\n@app.get("/\N{SHOPPING TROLLEY}")\ndef find(): return "\N{SHOPPING TROLLEY}"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    testing.put(tmp_path, {"app.py": APP + FIND})
    return tmp_path


async def talk(root: Path, capabilities: types.ClientCapabilities) -> tuple[Any, Editor, list[types.Diagnostic]]:
    lsp: Any = await CONFIG.start()
    params = types.InitializeParams(capabilities=capabilities, root_uri=root.as_uri())
    lsp.answer = await lsp.initialize_session(params)
    editor = Editor(lsp, root)
    return lsp, editor, await editor.open("app.py")


async def hung_up(lsp: Any) -> None:
    await lsp.shutdown_session()
    await lsp.stop()


@pytest.mark.asyncio
async def test_an_editor_that_resolves_nothing_gets_the_edit_at_once(root: Path) -> None:
    """Its positions are counted in UTF-8, as it asks for, and an action is found by the diagnostics that it names."""
    edits = types.WorkspaceEditClientCapabilities(True, [types.ResourceOperationKind.Create])
    general = types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf8])
    workspace = types.WorkspaceClientCapabilities(workspace_edit=edits)
    lsp, editor, found = await talk(root, types.ClientCapabilities(workspace=workspace, general=general))
    assert kinds(found) == ["metrics-missing", "spans-missing"]
    start = types.Range(types.Position(found[0].range.start.line, 0), types.Position(found[0].range.start.line, 0))
    document = types.TextDocumentIdentifier(editor.uri("app.py"))
    params = types.CodeActionParams(document, start, types.CodeActionContext(found))
    action = (await lsp.text_document_code_action_async(params))[0]
    assert action.edit is not None and action.is_preferred
    assert not await lsp.text_document_code_action_async(
        types.CodeActionParams(document, start, types.CodeActionContext([], [types.CodeActionKind.QuickFix]))
    )
    assert not lsp.registered  # nothing is watched that was not offered
    await hung_up(lsp)


@pytest.mark.asyncio
async def test_an_editor_that_makes_no_files_is_told_the_command(root: Path) -> None:
    lsp, editor, found = await talk(root, types.ClientCapabilities())
    # pygls ends a line at a form feed, the protocol does not: partial changes would go to other places.
    assert lsp.answer.capabilities.text_document_sync.change == types.TextDocumentSyncKind.Full
    actions = await editor.actions("app.py", found[0].range)
    assert actions[0].edit is None and actions[0].disabled is not None
    assert "codemod run app.py" in actions[0].disabled.reason and actions[0].command is None
    await hung_up(lsp)


@pytest.mark.asyncio
async def test_an_editor_that_makes_a_file_as_it_opens_it(root: Path, tmp_path: Path) -> None:
    testing.put(root, {"codemod.toml": 'exclude = ["there/**"]\n'})
    expected = copied(root, tmp_path / "there")
    (expected / "codemod.toml").unlink()
    testing.run(expected, rules=False)
    lsp, editor, found = await talk(root, client_capabilities("emacs"))
    edit = await editor.apply((await editor.actions("app.py", found[0].range))[0])
    assert all(isinstance(step, types.TextDocumentEdit) for step in edit.document_changes or ())
    await editor.save()
    for file in ("app.py", "scaffold.py"):
        assert (root / file).read_text() == (expected / file).read_text()
    assert main(["check", "--root", str(root)]) == 0
    await hung_up(lsp)


@pytest.mark.asyncio
async def test_a_request_may_be_taken_back(root: Path) -> None:
    lsp, editor, _ = await talk(root, types.ClientCapabilities())
    editor.type("app.py", APP + FIND * 2)  # the answer waits for the look at this
    document = types.TextDocumentIdentifier(editor.uri("app.py"))
    asked = lsp.text_document_code_lens_async(types.CodeLensParams(document))
    task = asyncio.ensure_future(asked)
    await asyncio.sleep(0)
    (number,) = [one for one, future in lsp.protocol._request_futures.items() if not future.done()]
    lsp.cancel_request(types.CancelParams(number))
    with pytest.raises(Exception, match="cancel"):
        await asyncio.wait_for(task, PATIENCE)
    assert kinds(await editor.typed("app.py", APP)) == []
    await hung_up(lsp)


def test_a_look_that_nobody_waits_for_ends(root: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        look(root, {}, stop)


@pytest.mark.asyncio
async def test_a_newer_text_takes_the_place_of_the_look_under_way(root: Path) -> None:
    """The first look cannot begin, as the engine's thread is busy; when it could, nobody waits for it."""
    heard: list[tuple[int, int]] = []
    free = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        service = Service(
            root,
            pool,
            len,
            lambda one: (
                heard.append((one.latest.told["app.py"][0], len(one.latest.told["app.py"][1]))) if one.latest else None
            ),
        )
        pool.submit(free.wait)
        service.buffers["app.py"] = Buffer("file:///app.py", root / "app.py", 1, APP + FIND)
        service.changed(0)
        while service._task is None or not pool._work_queue.qsize():
            await asyncio.sleep(0)
        buffer = service.buffers["app.py"]
        buffer.version, buffer.text = 2, APP
        service.changed(0)
        free.set()
        latest = await service.current()
        assert latest is not None and latest.told["app.py"] == (2, ())
    assert heard == [(2, 0)]


class Slow(Buffer):
    """A text that the engine has to wait for."""

    wanted, free = threading.Event(), threading.Event()

    def settled(self) -> bytes:
        self.wanted.set()
        self.free.wait()
        return super().settled()


@pytest.mark.asyncio
async def test_a_look_under_way_ends_when_a_newer_text_comes(root: Path) -> None:
    measured: list[str] = []  # what is told of a text has places, which are measured

    def units(text: str) -> int:
        measured.append(text)
        return len(text)

    with ThreadPoolExecutor(1) as pool:
        service = Service(root, pool, units, lambda _: None)
        service.buffers["app.py"] = Slow("file:///app.py", root / "app.py", 1, APP + FIND)
        service.changed(0)
        while not Slow.wanted.is_set():
            await asyncio.sleep(0.01)
        service.buffers["app.py"] = Buffer("file:///app.py", root / "app.py", 2, APP)
        service.changed(0)
        for _ in range(5):
            await asyncio.sleep(0)  # the first one hears of it here
        Slow.free.set()
        latest = await service.current()
    assert latest is not None and latest.told["app.py"] == (2, ())
    assert not measured


def test_without_pygls_the_command_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['pygls'] = None\nfrom splice.cli import main\nsys.exit(main(['lsp', '--stdio']))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert "needs pygls" in done.stderr and "pip install 'splice[lsp]'" in done.stderr
