"""What an editor is told: places in UTF-16, texts that are not saved, broken code, configuration, several folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from editor_kit import Editor, conversation, kinds, marked
from lsp_service import API, SERVICE
from lsprotocol import types

from splice import testing
from splice.baseline import Entry
from splice.baseline import write as baseline_of
from splice.invocation import Options, Run

pytestmark = pytest.mark.asyncio(loop_scope="module")
lsp = conversation()

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
READ = '\n\n@app.get("/orders/<int:order_id>")\ndef read(order_id):\n    return {"id": order_id}\n'
FIND = '\n\n@app.get("/orders")\ndef find():\n    return []\n'


async def test_each_thing_at_its_place_in_utf_16(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, SERVICE)
    found = await Editor.at(lsp, tmp_path).open("api.py")
    assert [(str(one.code), marked(API, one.range)) for one in found] == [
        ("auth-missing", "app = FastAPI()"),
        ("auth-missing", "read"),
        ("metrics-missing", "read"),
        ("spans-missing", "read"),
        ("retry-missing", "requests.get"),
        ("timeouts-missing", "requests.get"),
        ("auth-missing", "stock"),
        ("metrics-missing", "stock"),
        ("spans-missing", "stock"),
        ("retry-missing", "httpx.get"),
    ]
    call = found[4].range
    line = API.splitlines()[call.start.line]
    assert call.start.character == line.index("requests.get") + 1  # the banknote is two units
    assert {one.severity for one in found} == {types.DiagnosticSeverity.Warning}
    assert {one.source for one in found} == {"codemod"}
    told = Run("check", Options(root=tmp_path)).look(Run("check", Options(root=tmp_path)).request(())).told
    assert {one.data for one in found} == {one.fingerprint for one in told if one.file == "api.py"}


async def test_what_stands_is_marked_where_it_stands(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP + READ + FIND})
    testing.run(tmp_path, rules=False)
    text = (tmp_path / "app.py").read_text().replace('"/orders/<int:order_id>"', '"/order/<int:order_id>"')
    swapped = '@app.get("/orders")\n@observed("GET /orders")\n'
    text = text.replace(swapped, "".join(reversed(swapped.splitlines(True))))
    text += '\n\n@observed("GET /gone")\ndef gone():\n    pass\n'
    rows = (tmp_path / "codemod.lock").read_text().replace('"GET /orders"', '"GET /orders"')
    row = next(line for line in rows.splitlines() if '"symbol":"find"' in line)
    gone = row.replace('"symbol":"find"', '"symbol":"gone"').replace("GET /orders", "GET /gone")
    testing.put(tmp_path, {"app.py": text + "\n# codemod: ignore[spam] -- no\n", "codemod.lock": rows + gone + "\n"})
    found = await Editor.at(lsp, tmp_path).open("app.py")
    places = {str(one.code): marked((tmp_path / "app.py").read_text(), one.range) for one in found}
    assert places == {
        "spans-stale": '@observed("GET /orders/{order_id}")',
        "metrics-stale": '@observed("GET /orders/{order_id}")',
        "spans-misplaced": '@observed("GET /orders")',
        "metrics-misplaced": '@observed("GET /orders")',
        "spans-unwanted": '@observed("GET /gone")',
        "metrics-unwanted": '@observed("GET /gone")',
        "suppression-wrong": "# codemod: ignore[spam] -- no",
    }
    wrong = next(one for one in found if one.code == "suppression-wrong")
    assert wrong.severity == types.DiagnosticSeverity.Error
    assert next(one for one in found if one.code == "spans-unwanted").tags == (types.DiagnosticTag.Unnecessary,)


async def test_a_text_counts_before_it_is_saved(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": "# nothing\n"})
    editor = Editor.at(lsp, tmp_path)
    assert await editor.open("app.py") == []
    found = await editor.typed("app.py", APP + FIND)
    assert kinds(found) == ["metrics-missing", "spans-missing"]
    assert testing.tree(tmp_path) == {"app.py": b"# nothing\n"}


async def test_broken_code_keeps_what_was_told_at_its_new_place(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP + READ + FIND})
    editor = Editor.at(lsp, tmp_path)
    before = await editor.open("app.py")
    broken = APP + "\n\nx = (\n" + READ + FIND
    found = await editor.typed("app.py", broken)
    assert [one.data for one in found] == [one.data for one in before]
    assert [marked(broken, one.range) for one in found] == ["read", "read", "find", "find"]
    assert await editor.actions("app.py", found[0].range) == []  # nothing could be proven
    found = await editor.typed("app.py", APP + FIND)
    assert [marked(APP + FIND, one.range) for one in found] == ["find", "find"]
    testing.put(tmp_path, {"other.py": "def broken(:\n    flask\n"})
    found = await editor.open("other.py")
    assert kinds(found) == ["syntax-error"]  # it never made sense: the truth


async def test_of_many_texts_the_last_one_is_told(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP})
    editor = Editor.at(lsp, tmp_path)
    await editor.open("app.py")
    heard, uri = editor.heard(editor.uri("app.py")), editor.uri("app.py")
    for count in range(1, 8):
        last = editor.type("app.py", APP + READ * count)
    found = await editor.told(uri, heard, last)
    assert len(found) == 14
    versions = [one.version for one in lsp.published[uri][heard:]]
    assert versions == sorted(versions) and versions[-1] == last


async def test_the_configuration_counts_as_soon_as_it_changes(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP + FIND, "codemod.toml": 'codemods = ["spans"]\n'})
    editor = Editor.at(lsp, tmp_path)
    assert kinds(await editor.open("app.py")) == ["spans-missing"]
    watchers = [one for one in lsp.registered if one.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES]
    assert len(watchers) == 1

    async def changed(text: str, uri: str) -> list[types.Diagnostic]:
        heard = editor.heard(uri)
        (tmp_path / "codemod.toml").write_text(text)
        event = types.FileEvent(editor.uri("codemod.toml"), types.FileChangeType.Changed)
        lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        return await editor.told(uri, heard)

    app, toml = editor.uri("app.py"), editor.uri("codemod.toml")
    assert kinds(await changed('codemods = ["metrics"]\n', app)) == ["metrics-missing"]
    (wrong,) = await changed('\ncodemods = ["metrix"]\n', toml)
    assert wrong.severity == types.DiagnosticSeverity.Error and wrong.range.start.line == 1
    assert "did you mean metrics" in wrong.message
    assert kinds(lsp.published[app][-1].diagnostics) == ["metrics-missing"]  # the last good answer stays
    assert await changed('codemods = ["spans"]\n', toml) == []
    assert kinds(lsp.published[app][-1].diagnostics) == ["spans-missing"]


async def test_a_policy_document_counts_as_soon_as_it_changes(lsp: Any, tmp_path: Path) -> None:
    document = (
        'openapi: "3.1.0"\ninfo: {title: t, version: "1"}\n'
        "components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}\npaths:\n  /orders:\n    get:\n      security: []\n"
    )
    config = 'codemods = ["auth"]\n[auth]\nmode = "enforce"\nauthenticate = "security:user"\npolicy = "openapi.yaml"\n'
    security = "def user(request):\n    return None\n"
    app = APP.replace("Flask", "FastAPI").replace("flask", "fastapi").replace("(__name__)", "()")
    testing.put(
        tmp_path, {"app.py": app + FIND, "codemod.toml": config, "openapi.yaml": document, "security.py": security}
    )
    editor = Editor.at(lsp, tmp_path)
    found = await editor.open("app.py")
    assert [marked(editor.text("app.py"), one.range) for one in found if one.code == "auth-missing"] == [
        "app = FastAPI()"
    ]
    (tmp_path / "openapi.yaml").write_text(document.replace("security: []", "security: [{bearer: []}]"))
    heard, uri = editor.heard(editor.uri("app.py")), editor.uri("app.py")
    event = types.FileEvent(editor.uri("openapi.yaml"), types.FileChangeType.Changed)
    lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    found = await editor.told(uri, heard)
    assert [marked(editor.text("app.py"), one.range) for one in found if one.code == "auth-missing"][1:] == ["find"]


async def test_each_folder_and_each_configured_folder_within_is_a_root(lsp: Any, tmp_path: Path) -> None:
    testing.put(
        tmp_path,
        {
            "one/app.py": APP + FIND,
            "one/codemod.toml": 'codemods = ["spans"]\n',
            "two/services/a/app.py": APP + FIND,
            "two/services/a/codemod.toml": 'codemods = ["metrics"]\n',
            "two/tool/app.py": APP + FIND,
        },
    )
    one, two = Editor.at(lsp, tmp_path / "one"), Editor.at(lsp, tmp_path / "two")
    assert kinds(await one.open("app.py")) == ["spans-missing"]
    assert kinds(await two.open("services/a/app.py")) == ["metrics-missing"]
    assert kinds(await two.open("tool/app.py")) == ["metrics-missing", "spans-missing"]
    (action, *_) = await two.actions("tool/app.py", lsp.published[two.uri("tool/app.py")][-1].diagnostics[0].range)
    edit = await two.apply(action)
    made = [step.uri for step in edit.document_changes or () if isinstance(step, types.CreateFile)]
    assert two.uri("codemod.lock") in made
    heard, uri = one.heard(one.uri("app.py")), one.uri("app.py")
    gone = types.WorkspaceFoldersChangeEvent([], [types.WorkspaceFolder(one.root.as_uri(), "one")])
    lsp.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(gone))
    lsp.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    assert await one.told(uri, heard) == []


async def test_what_the_baseline_knows_is_a_hint(lsp: Any, tmp_path: Path) -> None:
    known = baseline_of([Entry("app.py", "spans-missing", "read")])
    testing.put(
        tmp_path, {"app.py": APP + READ + FIND, "codemod.baseline": known, "codemod.toml": 'codemods = ["spans"]\n'}
    )
    found = await Editor.at(lsp, tmp_path).open("app.py")
    hint, warning = types.DiagnosticSeverity.Hint, types.DiagnosticSeverity.Warning
    assert [one.severity for one in found] == [hint, warning]


async def test_a_form_feed_ends_no_line_and_latin_1_is_read_as_such(lsp: Any, tmp_path: Path) -> None:
    text = "# -*- coding: latin-1 -*-\n\x0c\n# caf\N{LATIN SMALL LETTER E WITH ACUTE}\n" + APP + FIND
    testing.put(tmp_path / "here", {"app.py": text.encode("latin-1")})
    testing.put(tmp_path / "there", {"app.py": text.encode("latin-1")})
    testing.run(tmp_path / "there", rules=False)
    editor = Editor.at(lsp, tmp_path / "here")
    found = await editor.open("app.py", text)
    assert {marked(text, one.range) for one in found} == {"find"}
    (action, *_) = await editor.actions("app.py", found[0].range)
    await editor.apply(action)
    assert editor.text("app.py") == (tmp_path / "there/app.py").read_bytes().decode("latin-1")
