"""What an editor offers and shows: fixes that are safe and those that want a look, all at once, ignoring, hovers, lenses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from editor_kit import Editor, conversation, copied, kinds, marked
from lsp_service import API, POLICY, SERVICE
from lsprotocol import types

from splice import testing
from splice.cli import main

pytestmark = pytest.mark.asyncio(loop_scope="module")
lsp = conversation()

QUICK = [types.CodeActionKind.QuickFix]
EVERYTHING = types.Range(types.Position(0, 0), types.Position(99, 0))


def titles(actions: list[types.CodeAction]) -> list[str]:
    return [one.title.removeprefix("codemod: ") for one in actions]


def named(actions: list[types.CodeAction], start: str) -> types.CodeAction:
    (found,) = (one for one in actions if one.title.startswith(f"codemod: {start}"))
    return found


async def test_what_wants_a_look_is_offered_and_never_preferred(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, SERVICE)
    editor = Editor.at(lsp, tmp_path)
    found = await editor.open("api.py")
    read = next(one for one in found if one.code == "auth-missing" and marked(API, one.range) == "read")
    actions = await editor.actions("api.py", read.range, QUICK)
    assert titles(actions) == [
        'add dependencies=guard("orders") (auth)',
        'insert @observed("GET /orders/{order_id}") (spans, metrics)',
        "insert all 2 of spans, metrics in this file",
        "ignore metrics here, with a reason",
        "ignore spans here, with a reason",
    ]
    assert [bool(one.is_preferred) for one in actions] == [False, True, False, False, False]
    call = next(one for one in found if one.code == "retry-missing" and marked(API, one.range) == "requests.get")
    actions = await editor.actions("api.py", call.range, QUICK)
    assert titles(actions) == [
        "call it through retried(...) (retry)",
        "add timeout=REQUESTS_TIMEOUT (timeouts)",
        "ignore retry here, with a reason",
        "ignore timeouts here, with a reason",
    ]
    assert not any(one.is_preferred for one in actions)


async def test_a_guard_beside_an_emoji_and_nothing_else(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, SERVICE)
    editor = Editor.at(lsp, tmp_path)
    found = await editor.open("api.py")
    read = next(one for one in found if one.code == "auth-missing" and marked(API, one.range) == "read")
    await editor.apply(named(await editor.actions("api.py", read.range, QUICK), "add dependencies"))
    decorator = '@app.get("/orders/{order_id}", tags=["\N{SHOPPING TROLLEY}", "orders"]'
    with_guard = API.replace(decorator, decorator + ', dependencies=[guard("orders")]')
    assert editor.text("api.py") == with_guard.replace("app =", "from scaffold import guard\n\napp =", 1)
    await editor.save()
    assert '"codemods":["auth"]' in (tmp_path / "codemod.lock").read_text()
    assert "observed" not in (tmp_path / "codemod.lock").read_text()
    left = {
        (one.code, marked(editor.text("api.py"), one.range))
        for one in lsp.published[editor.uri("api.py")][-1].diagnostics
    }
    assert ("auth-missing", "read") not in left and ("auth-missing", "stock") in left


async def test_a_call_is_repeated_only_with_what_ends_it(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, SERVICE)
    editor = Editor.at(lsp, tmp_path)
    found = await editor.open("api.py")
    call = next(one for one in found if one.code == "retry-missing" and marked(API, one.range) == "requests.get")
    await editor.apply(named(await editor.actions("api.py", call.range, QUICK), "call it through"))
    assert 'retried(requests.get)("https://rates.example/", timeout=REQUESTS_TIMEOUT)' in editor.text("api.py")
    assert editor.text("api.py").count("retried(") == 1


async def test_all_fixes_one_by_one_are_the_run(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path / "here", SERVICE)
    expected = copied(tmp_path / "here", tmp_path / "there")
    testing.run(expected, rules=False)
    editor = Editor.at(lsp, tmp_path / "here")
    found = await editor.open("api.py")
    while found:
        uri, heard = editor.uri("api.py"), editor.heard(editor.uri("api.py"))
        (action, *_) = await editor.actions("api.py", found[-1].range, QUICK)
        await editor.apply(action)
        found = await editor.told(uri, heard, editor.documents[uri][0])
    await editor.save()
    assert testing.tree(tmp_path / "here") == testing.tree(expected)
    assert main(["check", "--root", str(tmp_path / "here")]) == 0


async def test_fix_all_takes_what_is_safe(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, SERVICE)
    editor = Editor.at(lsp, tmp_path)
    await editor.open("api.py")
    for asked in ("source.fixAll", "source.fixAll.codemod", "source"):
        (action,) = await editor.actions("api.py", EVERYTHING, [asked])
        assert action.kind == "source.fixAll.codemod" and not action.is_preferred
    assert await editor.actions("api.py", EVERYTHING, ["source.organizeImports", "refactor"]) == []
    await editor.apply(action)
    await editor.save()
    text = editor.text("api.py")
    assert text.count("@observed(") == 2 and "guard" not in text and "retried" not in text and "TIMEOUT" not in text
    assert await editor.actions("api.py", EVERYTHING, ["source.fixAll"]) == []
    left = lsp.published[editor.uri("api.py")][-1].diagnostics
    assert kinds(left) == ["auth-missing"] * 3 + ["retry-missing"] * 2 + ["timeouts-missing"]


async def test_ignoring_is_a_comment_that_counts(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, SERVICE)
    editor = Editor.at(lsp, tmp_path)
    found = await editor.open("api.py")
    read = next(one for one in found if one.code == "spans-missing")
    await editor.apply(named(await editor.actions("api.py", read.range, QUICK), "ignore spans"))
    comment = "# codemod: ignore[spans] -- TODO: say why\n"
    assert editor.text("api.py") == API.replace('@app.get("/orders', comment + '@app.get("/orders')
    await editor.save()
    found = list(lsp.published[editor.uri("api.py")][-1].diagnostics)
    assert ("spans-missing", "read") not in [(one.code, marked(editor.text("api.py"), one.range)) for one in found]
    assert not [one for one in found if str(one.code).startswith("suppression")]
    call = next(one for one in found if one.code == "retry-missing")
    await editor.apply(named(await editor.actions("api.py", call.range, QUICK), "ignore retry"))
    assert '    # codemod: ignore[retry] -- TODO: say why\n    rates = "' in editor.text("api.py")


async def test_a_guard_is_ignored_only_where_the_outer_policy_allows_it(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, {**SERVICE, "outer.toml": 'allow-suppress = ["auth"]\n'})
    editor = Editor.at(lsp, tmp_path)
    place = next(one.range for one in await editor.open("api.py") if marked(API, one.range) == "stock")
    assert "ignore auth here, with a reason" not in titles(await editor.actions("api.py", place, QUICK))
    uri, heard = editor.uri("api.py"), editor.heard(editor.uri("api.py"))
    (tmp_path / "codemod.toml").write_text(f'extends = "outer.toml"\n{POLICY}')
    event = types.FileEvent(editor.uri("codemod.toml"), types.FileChangeType.Changed)
    lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await editor.told(uri, heard)
    await editor.apply(named(await editor.actions("api.py", place, QUICK), "ignore auth"))
    assert '# codemod: ignore[auth] -- TODO: say why\n@app.get("/stock")' in editor.text("api.py")


async def test_what_cannot_be_placed_is_said_and_changes_nothing(lsp: Any, tmp_path: Path) -> None:
    text = "# isort: skip_file\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef find():\n    return []\n"
    testing.put(tmp_path, {"app.py": text})
    editor = Editor.at(lsp, tmp_path)
    found = await editor.open("app.py")
    (action, *_) = await editor.actions("app.py", found[0].range, QUICK)
    action = await lsp.code_action_resolve_async(action)
    assert action.edit is None
    assert "no edit that could be proven" in lsp.messages[-1].message
    assert set(testing.tree(tmp_path)) == {"app.py"}


async def test_a_comment_within_a_text_of_several_lines_would_not_count(lsp: Any, tmp_path: Path) -> None:
    text = 'import requests\n\n\ndef rates():\n    return f"""\n    {requests.get("https://rates.example/")}\n    """\n'
    testing.put(tmp_path, {"api.py": text, "codemod.toml": 'codemods = ["timeouts"]\n[timeouts]\nread = 3.0\n'})
    editor = Editor.at(lsp, tmp_path)
    (found,) = await editor.open("api.py")
    assert not [one for one in titles(await editor.actions("api.py", found.range, QUICK)) if one.startswith("ignore")]


async def test_what_is_stale_misplaced_or_unwanted_is_put_right(lsp: Any, tmp_path: Path) -> None:
    app = "from flask import Flask\n\napp = Flask(__name__)\n"
    find = '\n\n@app.get("/orders")\ndef find():\n    return []\n'
    read = '\n\n@app.get("/orders/<int:order_id>")\ndef read(order_id):\n    return {"id": order_id}\n'
    testing.put(tmp_path, {"app.py": app + find + read})
    testing.run(tmp_path, rules=False)
    text = (tmp_path / "app.py").read_text().replace('"/orders/<int:order_id>"', '"/order/<int:order_id>"')
    placed = '@app.get("/orders")\n@observed("GET /orders")\n'
    text = text.replace(placed, "".join(reversed(placed.splitlines(True))))
    (tmp_path / "app.py").write_text(text)
    editor = Editor.at(lsp, tmp_path)
    found = await editor.open("app.py")
    assert kinds(found) == ["metrics-misplaced", "metrics-stale", "spans-misplaced", "spans-stale"]
    for code, title in (("spans-misplaced", "move into place spans"), ("spans-stale", "bring up to date spans")):
        found = list(lsp.published[editor.uri("app.py")][-1].diagnostics)
        place = next(one for one in found if one.code == code).range
        heard, uri = editor.heard(editor.uri("app.py")), editor.uri("app.py")
        await editor.apply(named(await editor.actions("app.py", place, QUICK), title))
        await editor.told(uri, heard, editor.documents[uri][0])
    assert not lsp.published[editor.uri("app.py")][-1].diagnostics
    assert editor.text("app.py") == text.replace("".join(reversed(placed.splitlines(True))), placed).replace(
        "GET /orders/{order_id}", "GET /order/{order_id}"
    )
    await editor.save()
    (tmp_path / "codemod.toml").write_text('codemods = ["retry"]\n')
    heard = editor.heard(uri)
    event = types.FileEvent(editor.uri("codemod.toml"), types.FileChangeType.Created)
    lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    found = await editor.told(uri, heard)
    assert kinds(found) == ["metrics-unwanted"] * 2 + ["spans-unwanted"] * 2
    for _ in range(2):
        heard, place = editor.heard(uri), lsp.published[uri][-1].diagnostics[0].range
        await editor.apply(named(await editor.actions("app.py", place, QUICK), "take out metrics, spans"))
        await editor.told(uri, heard, editor.documents[uri][0])
    await editor.save()
    assert set(testing.tree(tmp_path)) == {"app.py", "codemod.toml"}
    assert "observed" not in editor.text("app.py")


async def test_a_hover_says_which_codemod_and_why(lsp: Any, tmp_path: Path) -> None:
    testing.put(tmp_path, SERVICE)
    testing.run(tmp_path, rules=False)
    editor = Editor.at(lsp, tmp_path)
    await editor.open("api.py")
    text = editor.text("api.py")

    async def hover(word: str) -> tuple[str, str]:
        line = next(number for number, row in enumerate(text.splitlines()) if word in row)
        row = text.splitlines()[line]
        units = len(row[: row.index(word) + 1].encode("utf-16-le")) // 2
        document, place = types.TextDocumentIdentifier(editor.uri("api.py")), types.Position(line, units)
        found = await lsp.text_document_hover_async(types.HoverParams(document, place))
        if found is None:
            return "", ""
        assert isinstance(found.contents, types.MarkupContent) and found.range is not None
        return marked(text, found.range), found.contents.value

    where, said = await hover('observed("GET /orders')
    assert where == '@observed("GET /orders/{order_id}")'
    assert "inserted by codemod" in said and "spans        inserted" in said and "GET /orders/{order_id}" in said
    where, said = await hover('guard("orders")')
    assert where == 'guard("orders")' and "requires" in said and "codemod.toml:" in said
    where, said = await hover("retried(requests")
    assert where == "retried" and "retry        inserted" in said
    where, said = await hover("REQUESTS_TIMEOUT)")
    assert where == "REQUESTS_TIMEOUT" and "timeouts     inserted" in said
    where, said = await hover("from scaffold")
    assert "imports" in said and "opt out" in said
    assert await hover("len(rates)") == ("", "")


async def test_a_lens_names_the_operation_and_its_series(lsp: Any, tmp_path: Path) -> None:
    testing.put(
        tmp_path, {**SERVICE, "codemod.toml": POLICY.replace('"retry", "timeouts"', '"retry"').split("[timeouts]")[0]}
    )
    editor = Editor.at(lsp, tmp_path)
    await editor.open("api.py")
    document = types.TextDocumentIdentifier(editor.uri("api.py"))
    lenses = await lsp.text_document_code_lens_async(types.CodeLensParams(document))
    assert [(marked(API, one.range), one.command.title) for one in lenses] == [
        ("read", "GET /orders/{order_id} \N{MIDDLE DOT} up to 18 series \N{MIDDLE DOT} without spans, metrics, auth"),
        ("stock", "GET /stock \N{MIDDLE DOT} up to 18 series \N{MIDDLE DOT} without spans, metrics, auth"),
    ]
    assert lsp.refreshed
    command = lenses[0].command
    await lsp.workspace_execute_command_async(types.ExecuteCommandParams(command.command, command.arguments))
    assert "would get    @observed" in lsp.messages[-1].message
