"""The language server: each request of the protocol to the file that answers it.

Texts are kept here, not by pygls, whose lines end where the protocol's do not. Everything runs on one thread, so that a
request sees the texts as they were sent; diagnostics follow a short while after the last keystroke.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from .completion.complete import complete
from .completion.request import Request
from .documents import path_of
from .edits import workspace_edit
from .features import code_actions, enclosing_call, hover, inlay_hints, lenses, navigate, outline, rename
from .positions import changed
from .publish import Published, changes, published
from .workspace import View, Workspace

log = logging.getLogger(__name__)

PAUSE = 0.12
"""Seconds after a keystroke before the text is checked, if no other follows."""
FILES = "**/*.{fdl,json}"
"""What a check may read: programs, configs of checkpoints, manifests of data sets."""


class NotNow(JsonRpcException):
    """A request that is refused for a reason that the user should read."""

    CODE = int(lsp.LSPErrorCodes.RequestFailed)
    MESSAGE = "refused"


class Protocol(LanguageServerProtocol):
    """Texts go to `Workspace` only: pygls would read its own copy first, and move the positions of a change."""

    def _handled(self, method: str, params: object) -> Iterator[object]:
        yield self.fm.features[method], (params,), None

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> Iterator[object]:
        yield from self._handled(lsp.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Iterator[object]:
        yield from self._handled(lsp.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> Iterator[object]:
        yield from self._handled(lsp.TEXT_DOCUMENT_DID_CLOSE, params)


class Server(LanguageServer):
    """pygls' server with the workspace, and the diagnostics that were last sent."""

    def __init__(self) -> None:
        super().__init__("fdc", _version(), lsp.TextDocumentSyncKind.Incremental, protocol_cls=Protocol)
        self.files = Workspace()
        self.sent: Published = {}
        self.waiting: asyncio.TimerHandle | None = None
        self.commands: tuple[str, ...] = ()
        """What the client can do when a lens is clicked, as its initialization option `commands` says."""

    def view(self, document: lsp.TextDocumentIdentifier) -> View | None:
        return self.files.view(path_of(document.uri))

    def refresh_after(self, seconds: float) -> None:
        """Checks once no text has changed for a while."""
        if self.waiting is not None:
            self.waiting.cancel()
        self.waiting = asyncio.get_running_loop().call_later(seconds, self.refresh)

    def refresh(self) -> None:
        """Checks what changed, and sends the editor what is new."""
        self.waiting = None
        try:
            now = published(self.files, self.files.views())
            for uri, (number, found) in changes(self.sent, now).items():
                self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, number))
            self.sent = now
        except Exception:
            log.exception("diagnostics could not be sent")

    @property
    def versioned(self) -> bool:
        """Whether the client takes edits of documents of a version."""
        workspace = self.client_capabilities.workspace
        edit = workspace.workspace_edit if workspace is not None else None
        return bool(edit is not None and edit.document_changes)

    @property
    def client(self) -> code_actions.Client:
        document = self.client_capabilities.text_document
        action = document.code_action if document is not None else None
        support = action.resolve_support if action is not None and action.data_support else None
        return code_actions.Client(self.versioned, support is not None and "edit" in support.properties)

    @property
    def markdown(self) -> bool:
        document = self.client_capabilities.text_document
        found = document.hover if document is not None else None
        formats = found.content_format if found is not None else None
        return formats is None or lsp.MarkupKind.Markdown in formats


def _version() -> str:
    try:
        return version("fdc")
    except PackageNotFoundError:
        return "unknown"


def make() -> Server:
    """A server with every feature."""
    server = Server()
    _texts(server)
    _reading(server)
    _changing(server)
    return server


def serve() -> None:
    """Speaks the protocol on standard input and output until the client ends it."""
    server = make()
    # What is there now stays: the collector need not look at it again at every check.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    server.start_io()


# texts come and go


def _texts(server: Server) -> None:
    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        encoding = server.workspace.position_encoding
        server.files.encoding = lsp.PositionEncodingKind(encoding).value
        options = params.initialization_options
        named = options.get("commands") if isinstance(options, dict) else None
        server.commands = tuple(map(str, named)) if isinstance(named, list) else ()
        folders = [f.uri for f in params.workspace_folders or ()]
        if not folders and params.root_uri:
            folders = [params.root_uri]
        server.files.documents.roots = [path_of(uri) for uri in folders]
        # Data and weights are named from the working folder on: for an editor that is the folder that is open.
        for root in server.files.documents.roots[:1]:
            if root.is_dir():
                os.chdir(root)

    @server.feature(lsp.INITIALIZED)
    def initialized(params: lsp.InitializedParams) -> None:
        workspace = server.client_capabilities.workspace
        watched = workspace.did_change_watched_files if workspace is not None else None
        if watched is not None and watched.dynamic_registration:
            options = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher(FILES)])
            method = lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES
            server.client_register_capability(
                lsp.RegistrationParams([lsp.Registration("files", method, options)])
            )

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        server.files.documents.put(item.uri, item.version, item.text)
        server.refresh_after(0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def edited(params: lsp.DidChangeTextDocumentParams) -> None:
        item = params.text_document
        before = server.files.documents.at(item.uri)
        if before is None:
            log.warning("a change of %s, which is not open, is left out", item.uri)
            return
        text = changed(before.text, params.content_changes, server.files.encoding)
        server.files.documents.put(item.uri, item.version, text)
        server.refresh_after(PAUSE)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        server.files.forget()
        server.refresh_after(0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.files.documents.drop(uri)
        server.files.close(path_of(uri))
        server.refresh_after(0)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: lsp.DidChangeWatchedFilesParams) -> None:
        server.files.forget()
        server.refresh_after(PAUSE)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        roots = server.files.documents.roots
        gone = [path_of(f.uri) for f in params.event.removed]
        added = [path_of(f.uri) for f in params.event.added]
        server.files.documents.roots = [*(r for r in roots if r not in gone), *added]


# requests that change nothing


def _reading(server: Server) -> None:
    files = server.files

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _hover(params: lsp.HoverParams) -> lsp.Hover | None:
        now = server.view(params.text_document)
        if now is None:
            return None
        view, offset = files.readable(now, now.text.offset(params.position))
        found = hover.hover(files, view, offset)
        if found is None:
            return None
        text, start, end = found
        kind = lsp.MarkupKind.Markdown if server.markdown else lsp.MarkupKind.PlainText
        return lsp.Hover(lsp.MarkupContent(kind, text), view.text.range(start, end) if view is now else None)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def _definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        now = server.view(params.text_document)
        if now is None:
            return []
        return navigate.definition(files, *files.readable(now, now.text.offset(params.position)))

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def _references(params: lsp.ReferenceParams) -> list[lsp.Location] | None:
        now = server.view(params.text_document)
        if now is None:
            return None
        declaration = params.context.include_declaration
        return navigate.references(files, *files.readable(now, now.text.offset(params.position)), declaration)

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def _highlight(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        view = server.view(params.text_document)
        return navigate.highlights(view, view.text.offset(params.position)) if view is not None else []

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        now = server.view(params.text_document)
        return outline.symbols(files.before(now) or now, now) if now is not None else []

    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def _folds(params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        view = server.view(params.text_document)
        return list(outline.folds(view)) if view is not None else []

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def _hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        now = server.view(params.text_document)
        if now is None:
            return []
        return list(inlay_hints.hints(files.before(now) or now, now, *now.text.offsets(params.range)))

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    def _lenses(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        now = server.view(params.text_document)
        return list(lenses.lenses(files.before(now) or now, now, server.commands)) if now is not None else []

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION,
        lsp.CompletionOptions(trigger_characters=[".", "[", "(", "~", '"', "/"]),
    )
    def _complete(params: lsp.CompletionParams) -> lsp.CompletionList:
        view = server.view(params.text_document)
        found = complete(files, view, view.text.offset(params.position)) if view is not None else []
        return lsp.CompletionList(False, found)

    @server.feature(
        lsp.TEXT_DOCUMENT_SIGNATURE_HELP,
        lsp.SignatureHelpOptions(trigger_characters=["(", ",", "{"], retrigger_characters=["="]),
    )
    def _signature(params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        view = server.view(params.text_document)
        if view is None:
            return None
        request = Request(files, view, view.text.offset(params.position))
        found = request.called if not request.c.comment else None
        return enclosing_call.signature(found) if found is not None else None


# requests for edits


def _changing(server: Server) -> None:
    files = server.files

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def _prepare(params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder:
        view = server.view(params.text_document)
        if view is None:
            raise NotNow("this file is not open")
        try:
            use = rename.prepare(files, view, view.text.offset(params.position))
        except rename.Refused as e:
            raise NotNow(str(e)) from None
        return lsp.PrepareRenamePlaceholder(view.text.range_of(use.span), use.span.text)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def _rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit:
        view = server.view(params.text_document)
        if view is None:
            raise NotNow("this file is not open")
        try:
            edits = rename.rename(files, view, view.text.offset(params.position), params.new_name)
        except rename.Refused as e:
            raise NotNow(str(e)) from None
        return workspace_edit(files, edits, server.versioned)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(
            code_action_kinds=[lsp.CodeActionKind.QuickFix, code_actions.FIX_ALL],
            resolve_provider=True,
        ),
    )
    def _actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        view = server.view(params.text_document)
        if view is None:
            return []
        start, end = view.text.offsets(params.range)
        return list(code_actions.actions(files, view, start, end, params.context.only, server.client))

    @server.feature(lsp.CODE_ACTION_RESOLVE)
    def _resolve(action: lsp.CodeAction) -> lsp.CodeAction:
        data = action.data if isinstance(action.data, dict) else {}
        view = files.view(path_of(str(data.get("uri", ""))))
        if view is None or view.document.version != data.get("version"):
            return action
        return code_actions.fix_all(files, view, action, server.client)

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def _format(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        view = server.view(params.text_document)
        return code_actions.formatted(view) if view is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_RANGE_FORMATTING)
    def _format_range(params: lsp.DocumentRangeFormattingParams) -> list[lsp.TextEdit] | None:
        view = server.view(params.text_document)
        return code_actions.formatted(view, *view.text.offsets(params.range)) if view is not None else None


def _not_refused(record: logging.LogRecord) -> bool:
    """pygls logs what a request raises; a refusal is an answer and no mistake."""
    return not (record.exc_info and isinstance(record.exc_info[1], NotNow))


def log_to(path: Path | None) -> None:
    """Where the server logs what went wrong: a file, else standard error, which editors show."""
    handler = logging.FileHandler(path, encoding="utf-8") if path is not None else logging.StreamHandler()
    handler.addFilter(_not_refused)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level = logging.INFO if path is not None else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler], force=True)
