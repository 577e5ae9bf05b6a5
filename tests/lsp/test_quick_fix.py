"""A quick-fix writes what `run` writes: the insertion, its import, the scaffold, the requirement and the lock."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from editor_kit import Editor, conversation, copied, kinds, marked
from lsprotocol import types

from splice import testing
from splice.cli import main

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP = (
    "from flask import Flask\n\nfrom shop import views\n\napp = Flask(__name__)\napp.register_blueprint(views.bp)\n"
    '\n\n@app.get("/healthz")\ndef health():\n    return "ok"\n'
)
VIEWS = (
    'from flask import Blueprint\n\nbp = Blueprint("shop", __name__, url_prefix="/carts")\n\n\n'
    '@bp.get("/<int:cart_id>")\ndef read_cart(cart_id):\n    return {"id": cart_id}\n\n\n'
    '@bp.post("/")\ndef create_cart():\n    return {}, 201\n'
)
SHOP = {
    "shop/__init__.py": "",
    "shop/app.py": APP,
    "shop/views.py": VIEWS,
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n',
}


lsp = conversation()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    testing.put(tmp_path / "shop", SHOP)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path / "shop", check=True)
    return tmp_path / "shop"


async def test_one_handler_as_run_would_write_it(lsp: Any, root: Path, tmp_path: Path) -> None:
    expected = copied(root, tmp_path / "expected")
    testing.run(expected, "shop/app.py", rules=False)
    editor = Editor.at(lsp, root)
    found = await editor.open("shop/app.py")
    assert kinds(found) == ["metrics-missing", "spans-missing"]
    assert {marked(APP, one.range) for one in found} == {"health"}
    actions = await editor.actions("shop/app.py", found[0].range, [types.CodeActionKind.QuickFix])
    assert actions[0].title == 'codemod: insert @observed("GET /healthz") (spans, metrics)'
    assert actions[0].is_preferred
    edit = await editor.apply(actions[0])
    assert edit.document_changes is not None
    assert [one.uri for one in edit.document_changes if isinstance(one, types.CreateFile)] == [
        editor.uri("shop/scaffold.py"),
        editor.uri(".gitattributes"),
        editor.uri("codemod.lock"),
    ]
    await editor.save()
    assert testing.tree(root) == testing.tree(expected)
    assert main(["check", "--root", str(root), str(root / "shop/app.py")]) == 0


async def test_one_after_the_other_comes_to_the_whole(lsp: Any, root: Path, tmp_path: Path) -> None:
    expected = copied(root, tmp_path / "expected")
    testing.run(expected, "shop/views.py", rules=False)
    editor = Editor.at(lsp, root)
    found = await editor.open("shop/views.py")
    assert [marked(VIEWS, one.range) for one in found] == ["read_cart", "read_cart", "create_cart", "create_cart"]
    for place in (found[2].range, found[0].range):
        (action, *_) = await editor.actions("shop/views.py", place)
        await editor.apply(action)  # nothing is saved between the two
    assert editor.text("shop/views.py") == (expected / "shop/views.py").read_text()
    await editor.save()
    assert testing.tree(root) == testing.tree(expected)
