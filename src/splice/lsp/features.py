"""The messages that the server answers. `serve` is the command `codemod lsp`."""

from __future__ import annotations

from lsprotocol import types

from splice.lsp import hints
from splice.lsp.actions import KINDS
from splice.lsp.messages import shifted
from splice.lsp.positions import offset_of, range_of
from splice.lsp.roots import path_of
from splice.lsp.server import APPLIED, EXPLAIN, PAUSE, Server

_WATCHED = (
    "**/*.py",
    "**/{codemod.lock,codemod.baseline,.gitattributes,.gitignore}",
    "**/*.{toml,cfg,txt,in,json,yaml,yml}",
)


def serve() -> None:
    """Serve one editor over standard input and output, until it hangs up."""
    make().start_io()


def make() -> Server:
    """A server with all its features."""
    server = Server()
    _documents(server)
    _workspace(server)
    _fixes(server)
    _hints(server)
    return server


def _documents(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        ls.opened(document.uri, document.version, document.text)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def edited(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        document = params.text_document
        ls.edited(document.uri, document.version, ls.workspace.get_text_document(document.uri).source)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        ls.saved([path] if path is not None else [], 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        ls.closed(params.text_document.uri)


def _workspace(server: Server) -> None:
    @server.feature(types.INITIALIZED)
    async def initialized(ls: Server, _params: types.InitializedParams) -> None:
        ls.refolded(_folders(ls))
        workspace = ls.client_capabilities.workspace
        watches = workspace.did_change_watched_files if workspace is not None else None
        if watches is not None and watches.dynamic_registration:
            options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(one) for one in _WATCHED])
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = types.Registration("codemod-files", method, options)
            await ls.client_register_capability_async(types.RegistrationParams([registration]))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
        ls.saved([path for change in params.changes if (path := path_of(change.uri)) is not None], PAUSE)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(ls: Server, _params: types.DidChangeWorkspaceFoldersParams) -> None:
        ls.refolded(_folders(ls))

    @server.feature(types.SHUTDOWN)
    def ended(ls: Server, _params: None) -> None:
        ls.end()


def _folders(ls: Server) -> list[str]:
    known = [folder.uri for folder in ls.workspace.folders.values()]
    return known or ([ls.workspace.root_uri] if ls.workspace.root_uri else [])


def _fixes(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(KINDS, resolve_provider=True))
    async def offered(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        return await ls.offers(params.text_document.uri, params)

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolved(ls: Server, action: types.CodeAction) -> types.CodeAction:
        return await ls.chosen(action)

    @server.command(APPLIED)
    def applied(ls: Server, token: str) -> None:
        ls.applied(token)


def _hints(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        found = await ls.place(params.text_document.uri)
        if found is None:
            return None
        service, file, look = found
        module = await service.work(lambda: hints.module_of(look.report, file))
        if module is None:
            return None
        offset = offset_of(module.source, params.position, ls.units)
        said = await service.work(lambda: hints.why(look.report, file, offset))
        return types.Hover(_text(said.lines), range_of(module.source, *said.span, ls.units)) if said else None

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions())
    async def lenses(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
        uri = params.text_document.uri
        found = await ls.place(uri)
        if found is None:
            return []
        service, file, look = found
        module = await service.work(lambda: hints.module_of(look.report, file))
        if module is None:
            return []
        shown = []
        for lens in await service.work(lambda: hints.lenses(look.report, file)):
            command = types.Command(lens.title, EXPLAIN, arguments=[uri, lens.line])
            place = range_of(module.source, *lens.span, ls.units)
            shown.append(types.CodeLens(shifted(place, module.source, service.buffers[file].raw), command))
        return shown

    @server.command(EXPLAIN)
    async def explain(ls: Server, uri: str, line: int) -> None:
        from splice.report.explain import explain_place

        found = await ls.place(uri)
        if found is not None:
            service, file, look = found
            lines = await service.work(lambda: explain_place(look.report, file, line))
            text = "\n".join(_clean(lines))
            ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))


def _text(lines: list[str]) -> types.MarkupContent:
    """Lines that keep their columns, whatever stands in them."""
    fence = "`" * (3 + max((line.count("`") for line in lines), default=0))
    return types.MarkupContent(types.MarkupKind.Markdown, "\n".join([fence + "text", *_clean(lines), fence]))


def _clean(lines: list[str]) -> list[str]:
    from splice.report.terminal import clean

    return [clean(line) for line in lines]
