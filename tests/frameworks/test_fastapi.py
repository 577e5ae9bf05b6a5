"""What `find` says of a FastAPI project is what the running framework's routing table says."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi_projects import APP, CASES
from routing_table import agree, points_of, project

from splice.frameworks.fastapi import framework
from splice.frameworks.starlette import framework as starlette
from splice.model import Reason


@pytest.mark.parametrize("case", CASES)
def test_what_is_found_is_what_runs(tmp_path: Path, case: str) -> None:
    agree(tmp_path, CASES[case], framework)


def test_factories_and_closures(tmp_path: Path) -> None:
    files = {
        "main.py": """
            from fastapi import APIRouter, FastAPI
            from views import router
            def build():
                local = APIRouter(prefix="/local")
                @local.get("/x")
                async def x(): ...
                return local
            def create_app(settings=None, prefix="/api") -> FastAPI:
                app = FastAPI()
                @app.get("/")
                def index(): ...
                app.include_router(router, prefix=prefix)
                app.include_router(build())
                return app
            """,
        "views.py": """
            from fastapi import APIRouter
            router = APIRouter()
            @router.get("/view")
            async def view(): ...
            """,
    }
    points = agree(tmp_path, files, framework, attribute="create_app")
    assert points["create_app.index"].operation == "GET /"
    assert points["build.x"].operation == "GET /local/x"
    assert points["views.py:view"].operation == "GET /api/view"


def test_operations_follow_the_grammar(tmp_path: Path) -> None:
    points = agree(tmp_path, CASES["every decorator of an app"], framework)
    assert points["get_item"].operation == "GET /get/{item_id}"
    assert points["many"].operation == "GET|HEAD|POST /many"
    assert points["plain"].operation == "GET|POST /plain"
    assert (points["ws"].operation, points["ws"].kind) == ("WEBSOCKET /ws", "websocket")


def test_several_routes_are_the_dotted_name_and_several_methods_are_not(tmp_path: Path) -> None:
    points = agree(tmp_path, CASES["several routes"], framework)
    assert (points["both"].operation, points["both"].routes) == ("main.both", ("/a", "/b"))
    assert points["same"].operation == "GET|POST /same"


def test_converters_stay_in_routes_and_leave_operations(tmp_path: Path) -> None:
    points = agree(tmp_path, CASES["prefixes add up through files and re-exports"], framework)
    deep = points["api/nested.py:deep"]
    assert (deep.operation, deep.routes) == (
        "GET /v1/outer/mid/inner/{path}",
        ("/v1/outer/mid/inner/{path:path}",),
    )


def test_the_slot_is_below_the_lowest_decorator_that_registers(tmp_path: Path) -> None:
    points = points_of(
        tmp_path,
        {
            "main.py": APP
            + """
def login(f): return f
@login
@app.get("/a")
@app.post("/b")
@login
def several(): ...
@login
def called(): ...
app.add_api_route("/c", called)
class C:
    @app.get("/d")
    @staticmethod
    def static(): ...
    @staticmethod
    @login
    def inner(): ...
app.add_api_route("/e", C.inner)
"""
        },
        framework,
    )
    assert {name: point.slot for name, point in points.items()} == {
        "several": 3,
        "called": 0,
        "C.static": 2,
        "C.inner": 1,
    }


def test_an_override_that_passes_its_path_on_changes_nothing(tmp_path: Path) -> None:
    text = """
class R(APIRouter):
    def add_api_route(self, path, endpoint, **options):
        options.setdefault("tags", ["x"])
        super().add_api_route(path, endpoint, **options)
r = R()
@r.get("/x")
def f(): ...
app.include_router(r)
"""
    assert agree(tmp_path, {"main.py": APP + text}, framework)["f"].operation == "GET /x"


def test_apps_are_join_points_with_the_statement_that_makes_them(tmp_path: Path) -> None:
    text = """
from fastapi import FastAPI
class App(FastAPI): ...
app = App(
    title="x",
)
def create():
    inner: FastAPI = FastAPI()
    return inner
def other(): return FastAPI()
"""
    (tmp_path / "main.py").write_text(text)
    apps = [p for p in framework.find(project(tmp_path, framework)) if p.kind == "app"]
    assert [(p.symbol, p.anchor and (p.anchor.line, p.anchor.end_line, p.anchor.target), p.skip) for p in apps] == [
        ("app", (4, 6, "app"), False),
        ("create.inner", (8, 8, "inner"), False),
        ("other.app", None, True),
    ]


def test_a_fastapi_project_has_no_join_points_of_starlette(tmp_path: Path) -> None:
    points_of(tmp_path, CASES["mounts"], framework)
    found = list(starlette.find(project(tmp_path, starlette)))
    assert [(p.kind, p.symbol, p.reason) for p in found] == [("app", "plain", Reason.MOUNTED_BELOW)]


def test_mapped_exceptions_have_their_name_and_status(tmp_path: Path) -> None:
    text = """
from http import HTTPStatus
from fastapi import FastAPI, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException as Http
from errors import Gone, Many, Odd
async def gone(request, exc):
    return JSONResponse({}, status_code=status.HTTP_410_GONE)
async def many(request, exc):
    if exc: return PlainTextResponse("x", 409)
    return JSONResponse({}, HTTPStatus.CONFLICT)
app = FastAPI(exception_handlers={Gone: gone, 404: gone})
app.add_exception_handler(Many, many)
@app.exception_handler(Odd)
async def odd(request, exc):
    return await something(request, exc)
@app.exception_handler(ValueError)
async def value(request, exc):
    return JSONResponse(status_code=400, content={})
@app.exception_handler(RequestValidationError)
async def invalid(request, exc):
    return PlainTextResponse(str(exc), status_code=422)
@app.exception_handler(Http)
async def http(request, exc):
    return JSONResponse({}, status_code=exc.status_code)
@app.exception_handler(500)
async def error(request, exc):
    return JSONResponse({}, status_code=500)
"""
    (tmp_path / "main.py").write_text(text)
    (tmp_path / "errors.py").write_text("".join(f"class {n}(Exception): ...\n" for n in ("Gone", "Many", "Odd")))
    assert dict(framework.mapped(project(tmp_path, framework))) == {
        "errors.Gone": 410,
        "errors.Many": 409,
        "errors.Odd": 0,
        "builtins.ValueError": 400,
        "fastapi.exceptions.RequestValidationError": 422,
        "starlette.exceptions.HTTPException": 0,
    }


def test_an_app_whose_class_has_hundreds_of_names_is_not_missed(tmp_path: Path) -> None:
    names = "".join(f"A{number} = FastAPI\n" for number in range(400))
    (tmp_path / "main.py").write_text(
        f"from fastapi import FastAPI\n\n{names}B = A7\nC = B\napp = C()\n", encoding="utf-8"
    )
    assert [p.symbol for p in framework.find(project(tmp_path, framework)) if p.kind == "app"] == ["app"]
