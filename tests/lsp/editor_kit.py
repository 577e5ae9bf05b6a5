"""An editor for tests: documents, the edits of the server carried out, and the messages of a real server process.

It keeps positions in UTF-16 by itself, opens what a workspace edit touches in buffers that the server is told nothing
of (as editors do with files of no language), and refuses an edit of another version than the one that it holds.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest_lsp
from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

PATIENCE = 240  # seconds until a server that says nothing has failed a test; nothing depends on how soon it answers


class Client(LanguageClient):
    """Remembers everything that was published, with its version."""

    def __init__(self) -> None:
        super().__init__(converter_factory=converter)
        self.published: dict[str, list[types.PublishDiagnosticsParams]] = {}
        self.registered: list[types.Registration] = []
        self.refreshed = 0
        self.news = asyncio.Event()


def converter() -> Any:
    """lsprotocol reads every action that has a command as that command."""
    made: Any = default_converter()  # type: ignore[no-untyped-call]

    def action(given: Any, _: type) -> Any:
        return made.structure(given, types.Command if isinstance(given.get("command"), str) else types.CodeAction)

    made.register_structure_hook(types.Command | types.CodeAction, action)
    return made


def client() -> Client:
    made = Client()

    def published(ls: Client, params: types.PublishDiagnosticsParams) -> None:
        ls.published.setdefault(params.uri, []).append(params)
        ls.news.set()

    def refreshed(ls: Client, _params: None) -> None:
        ls.refreshed += 1
        ls.news.set()

    def registered(ls: Client, params: types.RegistrationParams) -> None:
        ls.registered += params.registrations
        ls.news.set()

    features = {
        types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: published,
        types.WORKSPACE_CODE_LENS_REFRESH: refreshed,
        types.CLIENT_REGISTER_CAPABILITY: registered,
    }
    register_lsp_features(made, {**DEFAULT_CLIENT_FEATURES, **features})
    return made


CONFIG = ClientServerConfig(server_command=[sys.executable, "-m", "splice.cli", "lsp"], client_factory=client)


def conversation(like: str = "visual-studio-code", *folders: Path) -> Any:
    """A fixture for a module: a server that talks with an editor of this kind, which has these folders."""

    @pytest_lsp.fixture(config=CONFIG, scope="module")  # type: ignore[untyped-decorator]
    async def lsp(lsp_client: LanguageClient) -> AsyncIterator[None]:
        params = types.InitializeParams(
            capabilities=client_capabilities(like),
            workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders],
        )
        await lsp_client.initialize_session(params)
        yield
        await lsp_client.shutdown_session()

    return lsp


class Editor:
    """One editor in one workspace folder."""

    def __init__(self, lsp: Any, root: Path) -> None:
        self.lsp, self.root = lsp, root
        self.documents: dict[str, tuple[int, str]] = {}  # URI -> version and text, of those the server knows
        self.buffers: dict[str, str] = {}  # URI -> text that no server knows and no disk has

    @classmethod
    def at(cls, lsp: Any, root: Path) -> Editor:
        """An editor that adds a folder to its workspace."""
        folder = types.WorkspaceFolder(root.as_uri(), root.name)
        change = types.WorkspaceFoldersChangeEvent([folder], [])
        lsp.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
        return cls(lsp, root)

    def uri(self, file: str) -> str:
        return (self.root / file).as_uri()

    def text(self, file: str) -> str:
        return self.documents[self.uri(file)][1]

    async def told(self, uri: str, after: int, version: int | None = None) -> list[types.Diagnostic]:
        """What is published of a document after so many messages about it, of a version where one is named."""

        async def come() -> list[types.Diagnostic]:
            while True:
                self.lsp.news.clear()
                for params in self.lsp.published.get(uri, [])[after:]:
                    if version is None or params.version == version:
                        return list(params.diagnostics)
                await self.lsp.news.wait()

        return await asyncio.wait_for(come(), PATIENCE)

    def heard(self, uri: str) -> int:
        return len(self.lsp.published.get(uri, []))

    async def open(self, file: str, text: str | None = None) -> list[types.Diagnostic]:
        uri, heard = self.uri(file), self.heard(self.uri(file))
        text = (self.root / file).read_bytes().decode() if text is None else text
        self.documents[uri] = 1, text
        item = types.TextDocumentItem(uri, "python", 1, text)
        self.lsp.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.told(uri, heard)

    def type(self, file: str, text: str) -> int:
        """Change a document; returns its new version."""
        uri = self.uri(file)
        version = self.documents[uri][0] + 1
        self.documents[uri] = version, text
        document = types.VersionedTextDocumentIdentifier(version=version, uri=uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.lsp.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
        return version

    async def typed(self, file: str, text: str) -> list[types.Diagnostic]:
        """Change a document, and what is told of it then."""
        uri, heard = self.uri(file), self.heard(self.uri(file))
        return await self.told(uri, heard, self.type(file, text))

    async def actions(self, file: str, place: types.Range, only: Sequence[str] | None = None) -> list[types.CodeAction]:
        context = types.CodeActionContext([], only)
        document = types.TextDocumentIdentifier(self.uri(file))
        found = await self.lsp.text_document_code_action_async(types.CodeActionParams(document, place, context))
        return [one for one in found or [] if isinstance(one, types.CodeAction)]

    async def apply(self, action: types.CodeAction) -> types.WorkspaceEdit:
        """Make an action's edit, as an editor does: resolve it, change buffers, then run its command."""
        if action.edit is None:
            action = await self.lsp.code_action_resolve_async(action)
        assert action.edit is not None and action.edit.document_changes is not None, action.title
        for step in action.edit.document_changes:
            self._step(step)
        if action.command is not None:
            command = types.ExecuteCommandParams(action.command.command, action.command.arguments)
            await self.lsp.workspace_execute_command_async(command)
        return action.edit

    def _step(self, step: object) -> None:
        if isinstance(step, types.CreateFile):
            path = Path(step.uri.removeprefix("file://"))
            assert not path.exists(), step.uri
            path.touch()
            self.buffers[step.uri] = ""
        elif isinstance(step, types.DeleteFile):
            Path(step.uri.removeprefix("file://")).unlink()
            self.buffers.pop(step.uri, None)
        else:
            assert isinstance(step, types.TextDocumentEdit)
            uri = step.text_document.uri
            if uri in self.documents:
                version, text = self.documents[uri]
                assert step.text_document.version == version, "an edit of another version"
                self.type(str(Path(uri.removeprefix("file://")).relative_to(self.root)), edited(text, step.edits))
            else:
                assert step.text_document.version is None
                path = Path(uri.removeprefix("file://"))
                there = path.read_bytes().decode() if path.exists() else ""
                before = self.buffers.get(uri, there)
                self.buffers[uri] = edited(before, step.edits)

    async def save(self) -> None:
        """Save everything, and tell the server of what it knows."""
        for uri, text in self.buffers.items():
            Path(uri.removeprefix("file://")).write_bytes(text.encode())
        self.buffers.clear()
        for uri, (_, text) in self.documents.items():
            heard = self.heard(uri)
            Path(uri.removeprefix("file://")).write_bytes(text.encode())
            self.lsp.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))
            await self.told(uri, heard)


def edited(text: str, edits: Sequence[Any]) -> str:
    """A text with edits made in it, counted from its end so that none moves another."""
    wide = text.encode("utf-16-le", "surrogatepass")
    spans = [(_offset(text, e.range.start), _offset(text, e.range.end), e.new_text) for e in edits]
    for start, end, new in sorted(spans, reverse=True):
        wide = wide[:start] + new.encode("utf-16-le", "surrogatepass") + wide[end:]
    return wide.decode("utf-16-le", "surrogatepass")


def _offset(text: str, at: types.Position) -> int:
    """The byte of a position in the text as UTF-16; lines end as the protocol says."""
    lines = text.replace("\r\n", "\0\n").replace("\r", "\n").replace("\0\n", "\r\n").split("\n")
    before = sum(len((line + "\n").encode("utf-16-le")) for line in lines[: at.line])
    return before + 2 * at.character


def marked(text: str, place: types.Range) -> str:
    """The text that a range covers."""
    start, end = _offset(text, place.start), _offset(text, place.end)
    return text.encode("utf-16-le")[start:end].decode("utf-16-le")


def kinds(found: Sequence[types.Diagnostic]) -> list[str]:
    return sorted(str(one.code) for one in found)


def copied(root: Path, to: Path) -> Path:
    """The same repository in another place."""
    shutil.copytree(root, to, ignore=shutil.ignore_patterns("__pycache__"))
    return to
