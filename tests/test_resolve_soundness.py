"""Values that change by other means than an assignment of their name: the operation must not be the old value.

A wrong route is worse than the dotted name: where the resolver cannot know, it has to say so.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from splice import testing

HEAD = "from fastapi import APIRouter, FastAPI\n\napp = FastAPI()\n"
TAIL = '\n\n@router.get("/x")\ndef x():\n    return ""\n\n\napp.include_router(router)\n'
ROUTER = "router = APIRouter(prefix=P)\n"
CASES = {
    "a class attribute overridden by an argument": "from pydantic import BaseModel\n\n\nclass S(BaseModel):\n"
    '    p: str = "/old"\n\n\ns = S(p="/new")\nrouter = APIRouter(prefix=s.p)\n',
    "a class attribute set on the instance": 'class S:\n    p = "/old"\n\n\ns = S()\ns.p = "/new"\n'
    "router = APIRouter(prefix=s.p)\n",
    "a class attribute set by setattr in the initialiser": 'class S:\n    p = "/old"\n\n    def __init__(self):\n'
    '        setattr(self, "p", "/new")\n\n\ns = S()\nrouter = APIRouter(prefix=s.p)\n',
    "a global that a function sets before": 'def late():\n    global P\n    P = "/new"\n\n\nP = "/old"\nlate()\n'
    + ROUTER,
    "an item of a list": 'L = ["/old"]\nL[0] = "/new"\nP = L[0]\n' + ROUTER,
    "an item of a dict": 'D = {"p": "/old"}\nD["p"] = "/new"\nP = D["p"]\n' + ROUTER,
    "a dict that is updated": 'D = {"p": "/old"}\nD.update(p="/new")\nP = D["p"]\n' + ROUTER,
    "arguments from a dict that changed": 'D = {"prefix": "/old"}\nD["prefix"] = "/new"\nrouter = APIRouter(**D)\n',
    "an attribute of a module": 'import conf\n\nconf.P = "/new"\nrouter = APIRouter(prefix=conf.P)\n',
    "a router class that changes its arguments": "class R(APIRouter):\n    def __init__(self, **given):\n"
    '        given["prefix"] = "/new"\n        super().__init__(**given)\n\n\nrouter = R(prefix="/old")\n',
    "a parameter that its function binds again": 'def mount(p):\n    p = "/new"\n    app.include_router(router, prefix=p)\n\n\n'
    'router = APIRouter()\nmount("/old")\nrouter2 = router\n',
    "a parameter that its function may bind again": 'def made(p):\n    if p != "/new":\n        p = "/new"\n'
    '    return APIRouter(prefix=p)\n\n\nrouter = made("/old")\n',
    "a dict under another name": 'D = {"p": "/old"}\nE = D\nE["p"] = "/new"\nP = D["p"]\n' + ROUTER,
    "a dict that a function changes": 'D = {"p": "/old"}\n\n\ndef change(d, n):\n    d["p"] = n\n\n\nchange(D, "/new")\n'
    'P = D["p"]\n' + ROUTER,
    "a dict that a function of a function changes": 'D = {"p": "/old"}\n\n\ndef inner(e):\n    e.update(p="/new")\n\n\n'
    'def change(d):\n    inner(e=d)\n\n\nchange(D)\nP = D["p"]\n' + ROUTER,
    "a dict in a dict": 'D = {"a": {"p": "/old"}}\nD["a"]["p"] = "/new"\nP = D["a"]["p"]\n' + ROUTER,
    "a dict of a loop": 'D = {"a": {"p": "/old"}}\nfor d in D.values():\n    d["p"] = "/new"\nP = D["a"]["p"]\n'
    + ROUTER,
    "a dict of an object": 'class S:\n    def __init__(self):\n        self.d = {"p": "/old"}\n\n    def load(self):\n'
    '        self.d["p"] = "/new"\n\n\ns = S()\ns.load()\nrouter = APIRouter(prefix=s.d["p"])\n',
    "a dict of an object changed from outside": 'class S:\n    d = {"p": "/old"}\n\n\ns = S()\ns.d["p"] = "/new"\n'
    'router = APIRouter(prefix=s.d["p"])\n',
    "a dict of another module": 'import conf\n\nconf.D["p"] = "/new"\nrouter = APIRouter(prefix=conf.D["p"])\n',
    "a dict of another module under an imported name": 'from conf import D\n\nD["p"] = "/new"\n'
    'import conf\n\nrouter = APIRouter(prefix=conf.D["p"])\n',
    "a key that is set where it was not": 'D = {}\nD.setdefault("prefix", "/new")\nrouter = APIRouter(**D)\n',
    "a key that is taken out": 'D = {"prefix": "/old"}\nD.pop("prefix")\nrouter = APIRouter("/new", **D)\n',
    "a list that grew": 'L = ["/old"]\nL.insert(0, "/new")\nP = L[0]\n' + ROUTER,
    "a list that is shuffled": 'import random\n\nL = ["/old", "/new"]\nrandom.shuffle(L)\nP = L[0]\n' + ROUTER,
    "what __dict__ is updated with": 'class S:\n    p = "/old"\n\n\ns = S()\ns.__dict__.update(p="/new")\n'
    "router = APIRouter(prefix=s.p)\n",
    "what vars sets": 'class S:\n    p = "/old"\n\n\ns = S()\nvars(s)["p"] = "/new"\nrouter = APIRouter(prefix=s.p)\n',
    "what globals sets": 'P = "/old"\nglobals()["P"] = "/new"\n' + ROUTER,
    "setattr with a name that is not written": 'class S:\n    p = "/old"\n\n\ns = S()\nfor k, v in [("p", "/new")]:\n'
    "    setattr(s, k, v)\nrouter = APIRouter(prefix=s.p)\n",
    "setattr on a class": 'class S:\n    p = "/old"\n\n\nsetattr(S, "p", "/new")\nrouter = APIRouter(prefix=S().p)\n',
    "setattr on the router": 'router = APIRouter(prefix="/old")\nsetattr(router, "prefix", "/new")\n',
    "an attribute that is added to": 'router = APIRouter(prefix="/n")\nrouter.prefix += "ew"\n',
    "an attribute of a class in a loop": 'class S:\n    p = "/old"\n\n\nfor S.p in ["/new"]:\n    pass\n'
    "router = APIRouter(prefix=S.p)\n",
    "an attribute that another method sets": 'class S:\n    p = "/old"\n\n    def move(self):\n        self.p = "/new"\n\n\n'
    "s = S()\ns.move()\nrouter = APIRouter(prefix=s.p)\n",
    "an attribute that another method may have set": 'class S:\n    p = "/new"\n\n    def move(self):\n        self.p = "/old"\n\n\n'
    "s = S()\nrouter = APIRouter(prefix=s.p)\n",
    "a field that a validator changes": "from pydantic import BaseModel, field_validator\n\n\nclass S(BaseModel):\n"
    '    p: str = "/old"\n\n    @field_validator("p")\n    def change(cls, v):\n        return "/new"\n\n\n'
    "s = S()\nrouter = APIRouter(prefix=s.p)\n",
    "a field given by position": 'from dataclasses import dataclass\n\n\n@dataclass\nclass S:\n    p: str = "/old"\n\n\n'
    's = S("/new")\nrouter = APIRouter(prefix=s.p)\n',
    "a field of a parameter": 'from dataclasses import dataclass\n\n\n@dataclass\nclass S:\n    p: str = "/old"\n\n\n'
    'def made(s: S):\n    return APIRouter(prefix=s.p)\n\n\nrouter = made([S(p="/new")].pop())\n',
    "a name that an inner function sets": 'def made():\n    p = "/old"\n\n    def change():\n        nonlocal p\n'
    '        p = "/new"\n\n    change()\n    return APIRouter(prefix=p)\n\n\nrouter = made()\n',
    "a name that a pattern captures": 'P = "/old"\nmatch {"p": "/new"}:\n    case {"p": P}:\n        pass\n' + ROUTER,
    "keywords that are changed on their way": 'def made(**given):\n    given["prefix"] = "/new"\n    return APIRouter(**given)\n\n\n'
    'router = made(prefix="/old")\n',
    "a condition": 'P = "/old" if app is None else "/new"\n' + ROUTER,
    "a loop variable": 'for P in ("/old", "/new"):\n    pass\n' + ROUTER,
    "a loop variable called like the router": 'router = APIRouter(prefix="/old")\nfor router in [APIRouter(prefix="/new")]:\n    pass\n',
    "an augmented assignment": 'P = "/n"\nP += "ew"\n' + ROUTER,
    "a function with two returns": 'def f():\n    if app is None:\n        return "/old"\n    return "/new"\n\n\nP = f()\n'
    + ROUTER,
    "a walrus": 'P = "/old"\n(P := "/new")\n' + ROUTER,
    "a name that a function keeps to itself": 'P = "/new"\n\n\ndef f():\n    P = "/old"\n    return P\n\n\nf()\n'
    + ROUTER,
    "a name deleted and bound again": 'P = "/old"\ndel P\nP = "/new"\n' + ROUTER,
    "a global that a function sets afterwards": 'P = "/old"\n\n\ndef late():\n    global P\n    P = "/new"\n\n\nlate()\n'
    + ROUTER,
}


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in CASES.items()])
def test_no_value_that_has_changed_since_names_an_operation(tmp_path: Path, source: str) -> None:
    testing.put(
        tmp_path, {"main.py": HEAD + source + TAIL, "conf.py": 'P = "/old"\nD = {"p": "/old"}\n', "codemod.toml": ""}
    )
    testing.run(tmp_path)
    tree = ast.parse((tmp_path / "main.py").read_text())
    handler = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "x")
    assert ast.unparse(handler.decorator_list[1]) in ("observed('GET /new/x')", "observed('main.x')")


def test_methods_that_are_appended_name_an_operation(tmp_path: Path) -> None:
    source = 'from flask import Flask\n\napp = Flask(__name__)\nM = ["GET"]\nM.append("POST")\n\n\n'
    testing.put(tmp_path, {"main.py": source + '@app.route("/x", methods=M)\ndef x():\n    return ""\n'})
    testing.run(tmp_path)
    assert '@observed("GET /x")' not in (tmp_path / "main.py").read_text()


def test_a_static_method_under_a_flask_route_is_wrapped_inside(tmp_path: Path) -> None:
    source = "from flask import Flask\n\napp = Flask(__name__)\n\n\nclass V:\n"
    source += '    @app.route("/x")\n    @staticmethod\n    def x():\n        return ""\n'
    testing.put(tmp_path, {"main.py": source})
    testing.run(tmp_path)
    assert '@staticmethod\n    @observed("GET /x")\n' in (tmp_path / "main.py").read_text()
