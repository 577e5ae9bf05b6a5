"""The language server: which root a message is about, what it asks of it, and what the editor gets.

Handlers only look up and hand on. Text comes whole with each change: the protocol's lines are not Python's, and a
form feed in a file would shift every partial change after it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path

from splice import __version__
from splice.lsp.actions import Document, actions
from splice.lsp.buffers import Buffer
from splice.lsp.fixes import Abilities, Only, changes_for, workspace_edit
from splice.lsp.messages import Told, of_error
from splice.lsp.roots import path_of, root_of
from splice.lsp.service import Look, Service
from splice.model import Change

APPLIED = "codemod.applied"
EXPLAIN = "codemod.explain"
PAUSE = 0.3  # seconds of silence before a text is looked at
_OFFERED = 64  # edits that are remembered until the editor says which it has made
_STACK = 64 * 1024 * 1024  # bytes; the engine follows long chains of names, and some platforms give threads half a MiB
_log = logging.getLogger(__name__)


class Server(LanguageServer):
    """One conversation with one editor."""

    def __init__(self) -> None:
        super().__init__("codemod", __version__, types.TextDocumentSyncKind.Full)
        before = threading.stack_size(_STACK)
        self.pool = ThreadPoolExecutor(1, "engine")
        self.pool.submit(int).result()  # its thread is made now, with that stack
        threading.stack_size(before)
        self.folders: list[Path] = []
        self.services: dict[Path, Service] = {}
        self.places: dict[str, tuple[Service, str]] = {}  # URI of an open document -> its root and file
        self.offered: dict[str, tuple[Service, tuple[Change, ...]]] = {}
        self._wrong: dict[Path, str] = {}  # root -> the configuration file that is marked
        self._titles: dict[Path, int] = {}

    def units(self, text: str) -> int:
        """How long a piece of text is for the editor."""
        return int(self.workspace.position_codec.client_num_units(text))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """To the log: an error of ours is nothing that a message box helps with."""
        _log.error("%s: %s", getattr(source, "__name__", source), error)

    # -- documents

    def opened(self, uri: str, version: int, text: str) -> None:
        path = path_of(uri)
        if path is None:
            return
        root = root_of(path, self.folders)
        if root not in self.services:
            self.services[root] = Service(root, self.pool, self.units, self.publish)
        service, file = self.services[root], path.relative_to(root).as_posix()
        self.places[uri] = service, file
        service.buffers[file] = Buffer(uri, path, version, text)
        service.changed(0)

    def edited(self, uri: str, version: int, text: str) -> None:
        if uri in self.places:
            service, file = self.places[uri]
            buffer = service.buffers[file]
            buffer.text, buffer.version = text, version
            service.changed(PAUSE)

    def closed(self, uri: str) -> None:
        if uri in self.places:
            service, file = self.places.pop(uri)
            service.buffers.pop(file, None)
            self._publish(uri, None, [])
            service.changed(PAUSE)

    def saved(self, paths: list[Path], pause: float) -> None:
        """Files of these roots are other ones on the disk now, or may be."""
        for service in self.services.values():
            if service.buffers and any(path.is_relative_to(service.root) for path in paths):
                service.changed(pause)

    def refolded(self, folders: list[str]) -> None:
        """The workspace has these folders now: open documents may belong to other roots."""
        self.folders = [path for path in map(path_of, folders) if path is not None]
        for uri, (service, file) in list(self.places.items()):
            buffer = service.buffers[file]
            if root_of(buffer.path, self.folders) != service.root:
                self.closed(uri)
                self.opened(uri, buffer.version, buffer.text)

    # -- what a look came to

    def publish(self, service: Service) -> None:
        """Tell the editor what a look has found in open files, and what is wrong with the configuration."""
        wrong = ""
        if service.error is not None:
            wrong = service.error.file or "codemod.toml"
            self._publish(self.uri_of(service, wrong), None, [of_error(service.error)])
        elif service.latest is not None:
            for file, (version, told) in service.latest.told.items():
                if file in service.buffers:
                    self._publish(service.buffers[file].uri, version, [one.shown for one in told])
        before = self._wrong.pop(service.root, wrong)
        if before != wrong and before not in service.buffers:
            self._publish(self.uri_of(service, before), None, [])
        if wrong:
            self._wrong[service.root] = wrong
        self._refresh()

    def _publish(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def _refresh(self) -> None:
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.code_lens is not None and workspace.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)

    def uri_of(self, service: Service, file: str) -> str:
        """The URI of a file, as the editor spells it where it is open."""
        if file in service.buffers:
            return service.buffers[file].uri
        path = Path(file)
        return from_fs_path(str(path if path.is_absolute() else service.root / path)) or ""

    async def place(self, uri: str) -> tuple[Service, str, Look] | None:
        """The root and file of an open document and the look at its text as it is now."""
        if uri not in self.places:
            return None
        service, file = self.places[uri]
        look = await service.current()
        there = look is not None and file in look.told and file in service.buffers
        return (service, file, look) if look is not None and there else None

    # -- fixes

    async def offers(self, uri: str, params: types.CodeActionParams) -> list[types.CodeAction]:
        """What may be done at a place. Nothing while the file is no Python: no edit could be proven."""
        found = await self.place(uri)
        if found is None:
            return []
        service, file, look = found
        buffer = service.buffers[file]
        if buffer.raw != look.report.planned.survey.files.get(file):
            return []
        told: tuple[Told, ...] = look.told[file][1]
        document = Document(uri, buffer.version, self.units)
        offered = await service.work(lambda: list(actions(look.report.planned, told, params, document)))
        for action, only in offered:
            if only is None:
                continue
            if not self.abilities.documents:
                action.disabled = types.CodeActionDisabled(f"this editor cannot make it: codemod run {file}")
                continue
            token = hashlib.sha256(repr((str(service.root), sorted(only))).encode()).hexdigest()[:16]
            action.data = {"root": str(service.root), "only": sorted(only), "token": token}
            action.command = types.Command("codemod: the edit was made", APPLIED, arguments=[token])
            if not self._resolves():
                await self.resolved(action)
        return [one for one, only in offered if only is None or one.edit or one.disabled or self._resolves()]

    @property
    def abilities(self) -> Abilities:
        """What the editor can do with an edit."""
        workspace = self.client_capabilities.workspace
        edit = workspace.workspace_edit if workspace is not None else None
        if edit is None:
            return Abilities(False, False, False)
        files = edit.resource_operations or ()
        made, gone = (
            kind in files for kind in (types.ResourceOperationKind.Create, types.ResourceOperationKind.Delete)
        )
        return Abilities(bool(edit.document_changes) or made, made, gone)  # Neovim 0.7 says the second only

    def _resolves(self) -> bool:
        document = self.client_capabilities.text_document
        support = document.code_action.resolve_support if document and document.code_action else None
        return support is not None and "edit" in support.properties

    async def chosen(self, action: types.CodeAction) -> types.CodeAction:
        """An action that somebody has chosen, with its edit; where there is none to be had, they are told."""
        action = await self.resolved(action)
        if action.edit is None:
            text = f"{action.title}: no edit that could be proven; `codemod run` says why"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, text))
        return action

    async def resolved(self, action: types.CodeAction) -> types.CodeAction:
        """An action with its edit. Its command will say that it was made: some of the files are open nowhere."""
        data = action.data
        if not isinstance(data, dict) or action.edit is not None:
            return action
        service = self.services.get(Path(data["root"]))
        only: Only = frozenset((file, symbol, name) for file, symbol, name in data["only"])
        for _ in range(2):
            look = await service.current() if service is not None else None
            if service is None or look is None:
                return action
            planned = look.report.planned
            changes = await service.work(lambda planned=planned: changes_for(planned, only))  # type: ignore[misc]
            if all(service.holds(change) for change in changes):
                self._complete(action, data["token"], service, changes)
                return action
            service.changed(0)
        return action

    def _complete(self, action: types.CodeAction, token: str, service: Service, changes: tuple[Change, ...]) -> None:
        versions = {file: buffer.version for file, buffer in service.buffers.items()}
        edit = workspace_edit(changes, lambda file: self.uri_of(service, file), versions, self.units, self.abilities)
        if edit is None or not changes:
            return
        action.edit = edit
        self.offered[token] = service, changes
        while len(self.offered) > _OFFERED:
            del self.offered[next(iter(self.offered))]

    def applied(self, token: str) -> None:
        """The editor has made an edit that was offered."""
        if token in self.offered:
            service, changes = self.offered.pop(token)
            service.apply(changes)
            service.changed(PAUSE)

    def end(self) -> None:
        for service in self.services.values():
            service.close()
        self.pool.shutdown(wait=False, cancel_futures=True)
