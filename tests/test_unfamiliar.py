"""A service on a framework that is not understood comes through untouched, and the report says so once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from splice import testing, unfamiliar
from splice.cli import main
from splice.config import Config
from splice.model import Finding
from splice.pipeline import Request, plan
from splice.registry import frameworks

SERVES = {
    "aiohttp": "from aiohttp import web\n\nroutes = web.RouteTableDef()\n\n\n@routes.get('/')\nasync def x(request):\n    return web.Response()\n\n\napp = web.Application()\n",
    "bottle": "import bottle\n\n\n@bottle.route('/x')\ndef x():\n    return ''\n",
    "celery": "from celery import shared_task\n\n\n@shared_task(bind=True)\ndef x(self):\n    pass\n",
    "cherrypy": "import cherrypy\n\n\nclass X:\n    @cherrypy.expose\n    def index(self):\n        return ''\n",
    "falcon": "import falcon.asgi\n\napp = falcon.asgi.App()\n",
    "grpc": "import grpc\nfrom orders_pb2_grpc import OrdersServicer\n\n\nclass X(OrdersServicer):\n    def Get(self, request, context):\n        pass\n",
    "litestar": "from litestar import Litestar, get\n\n\n@get('/')\nasync def x() -> str:\n    return ''\n\n\napp = Litestar([x])\n",
    "pyramid": "from pyramid.view import view_config\n\n\n@view_config(route_name='x')\ndef x(request):\n    return {}\n",
    "quart": "from quart import Quart\n\napp = Quart(__name__)\n\n\n@app.get('/')\nasync def x():\n    return ''\n",
    "sanic": "from sanic import Sanic\n\napp = Sanic('x')\n",
    "tornado": "import tornado.web\n\n\nclass X(tornado.web.RequestHandler):\n    def get(self):\n        self.write('')\n",
    "werkzeug": "from werkzeug.routing import Map, Rule\n\nurls = Map([Rule('/', endpoint='x')])\n",
}  # fmt: skip
CLIENTS = {
    "aiohttp": "import aiohttp\nfrom aiohttp import web\n\n\nasync def x(request: web.Request):\n    async with aiohttp.ClientSession() as s:\n        raise web.HTTPFound('/')\n",
    "tornado": "from tornado.httpclient import AsyncHTTPClient, HTTPRequest\nfrom tornado import ioloop\n\nAsyncHTTPClient().fetch(HTTPRequest('x'))\n",
    "werkzeug": "from werkzeug.exceptions import NotFound\nfrom werkzeug.utils import secure_filename\n\nsecure_filename('x')\n",
    "grpc": "import grpc\nfrom orders_pb2_grpc import OrdersStub\n\nOrdersStub(grpc.insecure_channel('x'))\n",
    "celery": "from celery.result import AsyncResult\nfrom celery.utils.log import get_task_logger\n\nlog = get_task_logger('x')\nAsyncResult('x')\n",
    "words only": '"""tornado.web.RequestHandler, celery.shared_task, bottle, pyramid."""\n# from sanic import Sanic\nbottle = "bottle"\n',
    "twine": "import requests\n\n\ndef upload(session: requests.Session):\n    session.post('x')\n",
    "a class of the same name": "import tornado\n\n\nclass RequestHandler: ...\n\n\nclass X(RequestHandler): ...\n\n\nclass Application: ...\n\n\nApplication()\n",
}  # fmt: skip


def notes(root: Path) -> list[Finding]:
    made = plan(Request(root, Config(), date(2026, 1, 1)))
    return [finding for finding in made.findings if finding.code == unfamiliar.CODE]


@pytest.mark.parametrize("name", SERVES)
def test_each_is_said_with_a_place_and_nothing_is_touched(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    testing.put(tmp_path, {"orders/__init__.py": "", "orders/app.py": SERVES[name]})
    before = testing.tree(tmp_path)
    assert main(["run", "--root", str(tmp_path)]) == 0
    assert testing.tree(tmp_path) == before
    assert capsys.readouterr().out.count(f"{name} is not understood yet: 1 file uses it, such as orders/app.py:") == 1


@pytest.mark.parametrize("name", CLIENTS)
def test_clients_and_words_are_no_service(tmp_path: Path, name: str) -> None:
    testing.put(tmp_path, {"main.py": CLIENTS[name]})
    assert notes(tmp_path) == []


def test_files_are_counted_and_a_class_derived_elsewhere_counts_too(tmp_path: Path) -> None:
    derived = "import tornado\nfrom base import Base\n\n\nclass {0}(Base):\n    pass\n"
    files = {name: derived.format(name.upper()[0]) for name in ("a.py", "b.py")}
    base = "from tornado.web import RequestHandler as R\n\n\nclass Base(R):\n    pass\n"
    testing.put(tmp_path, {**files, "base.py": base, "tests/test_a.py": base, "vendor/t.py": base})
    (note,) = notes(tmp_path)
    assert note.message == "tornado is not understood yet: 3 files use it, such as a.py:5; nothing of it is changed"
    assert (note.level, note.file, note.line) == ("note", "a.py", 5)


def test_the_example_is_of_the_service_before_it_is_of_a_demonstration(tmp_path: Path) -> None:
    testing.put(tmp_path, {"docs/a.py": SERVES["tornado"], "web/b.py": SERVES["tornado"]})
    (note,) = notes(tmp_path)
    assert "2 files use it, such as web/b.py:" in note.message


def test_one_note_for_each_framework(tmp_path: Path) -> None:
    testing.put(tmp_path, {f"{name}_app.py": text for name, text in SERVES.items()})
    assert [note.message.split()[0] for note in notes(tmp_path)] == sorted(SERVES, key=lambda n: f"{n}_app.py")


def test_handlers_of_a_framework_that_is_understood_are_done_beside_it(tmp_path: Path) -> None:
    flask = 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/a")\ndef a():\n    return ""\n'
    testing.put(tmp_path, {"main.py": flask, "tasks.py": SERVES["celery"]})
    done = testing.run(tmp_path)
    assert "@observed" in (tmp_path / "main.py").read_text()
    assert (tmp_path / "tasks.py").read_text() == SERVES["celery"]
    assert [f.message.split()[0] for f in done.findings if f.code == unfamiliar.CODE] == ["celery"]


def test_a_file_that_does_not_parse_is_none_of_our_business(tmp_path: Path) -> None:
    testing.put(tmp_path, {"old.py": "import tornado.web\nprint 'x'\n"})
    made = plan(Request(tmp_path, Config(), date(2026, 1, 1)))
    assert made.survey.failures == ()
    assert notes(tmp_path) == []


def test_what_the_registry_gains_is_silent_by_itself(tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": SERVES["tornado"] + SERVES["sanic"]})
    made = plan(Request(tmp_path, Config(), date(2026, 1, 1))).survey
    files, read = ["app.py"], made.files.read
    assert len([*unfamiliar.not_understood(made.project, files, read, frameworks())]) == 2
    (left,) = unfamiliar.not_understood(made.project, files, read, {*frameworks(), "tornado"})
    assert left.message.startswith("sanic")
    assert not set(unfamiliar.FRAMEWORKS) & {"flask", "fastapi", "starlette"}
