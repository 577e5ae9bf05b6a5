"""A wrong route is worse than a dotted name: what the source does not settle is not named after a route."""

from __future__ import annotations

from pathlib import Path

import pytest

from splice import testing

FASTAPI = "from fastapi import APIRouter, FastAPI\n\napp = FastAPI()\nrouter = APIRouter()\n"
HANDLER = '\n\n@router.get("/x")\ndef x():\n    return ""\n\n\n'
UNSETTLED = {
    "a prefix rebound in a branch": 'P = "/a"\nif app:\n    P = "/b"\n'
    + HANDLER
    + "app.include_router(router, prefix=P)\n",
    "a prefix that may fail to load": 'try:\n    from conf import P\nexcept ImportError:\n    P = "/a"\n'
    + HANDLER
    + "app.include_router(router, prefix=P)\n",
    "a prefix set later": HANDLER + 'router.prefix = "/late"\napp.include_router(router)\n',
    "a prefix from the environment": "import os\n"
    + HANDLER
    + 'app.include_router(router, prefix=os.getenv("P", "/a"))\n',
    "a path that depends on a condition": '\n\n@app.get("/a" if app else "/b")\ndef x():\n    return ""\n',
}


@pytest.mark.parametrize("source", UNSETTLED.values(), ids=UNSETTLED)
def test_what_is_not_settled_is_named_after_the_function(tmp_path: Path, source: str) -> None:
    testing.put(tmp_path, {"main.py": FASTAPI + source, "codemod.toml": ""})
    testing.run(tmp_path)
    assert '@observed("main.x")\ndef x' in (tmp_path / "main.py").read_text()


def test_a_blueprint_whose_prefix_is_set_later(tmp_path: Path) -> None:
    source = 'from flask import Blueprint, Flask\n\nbp = Blueprint("b", __name__, url_prefix="/a")\n\n\n@bp.get("/x")\ndef x():\n    return ""\n\n\nbp.url_prefix = "/late"\napp = Flask(__name__)\napp.register_blueprint(bp)\n'
    testing.put(tmp_path, {"main.py": source, "codemod.toml": ""})
    testing.run(tmp_path)
    assert '@observed("main.x")\ndef x' in (tmp_path / "main.py").read_text()
