"""What counts as an error, by every road on which one can leave a function."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from conftest import Load, Telemetry
from fastapi import HTTPException as FastAPIException
from fastapi.responses import JSONResponse
from flask import Flask
from opentelemetry import trace
from starlette.exceptions import HTTPException as StarletteException
from starlette.websockets import WebSocketDisconnect
from werkzeug.exceptions import Aborter, BadGateway, NotFound
from werkzeug.wrappers import Response as WerkzeugResponse


class Missing(Exception):
    """A domain error that the service answers with 404."""


class MissingOrder(Missing):
    pass


class Broken(MissingOrder):
    """... and one below it that it answers with 503."""


class Unread(Exception):
    """One whose handler computes its status."""


class HTTPException(Exception):
    """The name alone means nothing."""

    status_code = 404


MAPPED = (
    ("builtins.Exception", 500),
    (f"{__name__}.Broken", 503),
    (f"{__name__}.Missing", 404),
    (f"{__name__}.Unread", 0),
)


def aborted(argument: Any) -> BaseException:
    """What `abort(argument)` raises."""
    try:
        Aborter()(argument)
    except Exception as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("x"), "ValueError"),
        (threading.BrokenBarrierError(), "threading.BrokenBarrierError"),
        (Missing(), ""),
        (MissingOrder(), ""),
        (Broken(), f"{__name__}.Broken"),
        (Unread(), ""),
        (HTTPException(), f"{__name__}.HTTPException"),
        (StarletteException(404), ""),
        (FastAPIException(401), ""),
        (FastAPIException(503), "503"),
        (NotFound(), ""),
        (BadGateway(), "502"),
        (aborted(WerkzeugResponse(status=409)), ""),
        (aborted(WerkzeugResponse(status=504)), "504"),
        (WebSocketDisconnect(), ""),
        (asyncio.CancelledError(), ""),
        (GeneratorExit(), ""),
        (KeyboardInterrupt(), ""),
        (SystemExit(1), ""),
    ],
    ids=repr,
)
def test_an_exception(error: BaseException, expected: str, load: Load, telemetry: Telemetry) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        load(mapped=MAPPED).observed("shop.fail")(fail)()
    assert caught.value is error
    assert telemetry.counts() == {("shop.fail", expected): 1}
    span = telemetry.span()
    assert (span.attributes or {}).get("error.type", "") == expected
    failed = trace.StatusCode.ERROR if expected else trace.StatusCode.UNSET
    assert (span.status.status_code, span.status.description, span.events) == (failed, None, ())


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (JSONResponse({}, 500), "500"),
        (JSONResponse({}, 499), ""),
        (WerkzeugResponse(status=503), "503"),
        (WerkzeugResponse(status=404), ""),
        (("a picture of that size", 600), ""),
        ((1, 2, 3), ""),
        (((1, 500), 1), ""),
        ({"status_code": 500}, ""),
        (None, ""),
    ],
    ids=lambda value: f"{type(value).__name__} {getattr(value, 'status_code', value)}",
)
def test_a_result(result: Any, expected: str, load: Load, telemetry: Telemetry) -> None:
    assert load().observed("shop.give")(lambda: result)() is result
    assert telemetry.counts() == {("shop.give", expected): 1}


def test_another_librarys_response_is_no_error(load: Load, telemetry: Telemetry) -> None:
    import httpx

    load().observed("shop.fetch")(lambda: httpx.Response(503))()
    assert telemetry.counts() == {("shop.fetch", ""): 1}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (("body", 503), "503"),
        (("body", 503, {"X": "1"}), "503"),
        (("body", "503 SERVICE UNAVAILABLE"), "503"),
        (("body", 404), ""),
        (("body", {"X": "1"}), ""),
        ((WerkzeugResponse("x", status=500), {"X": "1"}), "500"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("operation", ["GET /x", "shop.views.multi_route"])
def test_a_flask_tuple(operation: str, result: Any, expected: str, load: Load, telemetry: Telemetry) -> None:
    scaffold = load()
    app = Flask(__name__)

    @scaffold.observed("shop.size")
    def size() -> tuple[int, int]:
        return 800, 600  # called by a view, but no view

    @app.get("/x")
    @scaffold.observed(operation)
    def view() -> Any:
        size()
        return result

    app.test_client().get("/x")
    assert telemetry.counts() == {("shop.size", ""): 1, (operation, expected): 1}


def test_messages_and_stacks_stay_inside(load: Load, telemetry: Telemetry) -> None:
    def fail(secret: str) -> None:
        raise ValueError(f"password {secret}")

    with pytest.raises(ValueError, match="password"):
        load().observed("shop.fail")(fail)("hunter2")
    assert "hunter2" not in telemetry.span().to_json()


def test_messages_and_stacks_are_recorded_when_asked_for(load: Load, telemetry: Telemetry) -> None:
    def fail() -> None:
        raise ValueError("what was wrong")

    with pytest.raises(ValueError, match="wrong"):
        load(record_messages=True).observed("shop.fail")(fail)()
    span = telemetry.span()
    assert span.status.description == "what was wrong"
    assert [event.name for event in span.events] == ["exception"]


def test_error_types_are_capped(load: Load, telemetry: Telemetry) -> None:
    scaffold = load()

    @scaffold.observed("shop.fail")
    def fail(error: Exception) -> None:
        raise error

    for number in range(20):
        error = type(f"Error{number}", (Exception,), {})()
        for _again in range(2):
            with pytest.raises(type(error)):
                fail(error)
    counts = telemetry.counts()
    assert len(counts) == 17
    assert counts["shop.fail", "_OTHER"] == 2 * 4
    assert {span.attributes["error.type"] for span in telemetry.spans()} == {  # type: ignore[index]
        error_type for _operation, error_type in counts
    }


def test_an_exception_that_cannot_be_looked_at_still_arrives(load: Load, telemetry: Telemetry) -> None:
    class Evil(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    error = Evil()

    def fail() -> None:
        raise error

    with pytest.raises(Evil) as caught:
        load(record_messages=True).observed("shop.fail")(fail)()
    assert caught.value is error
    assert len(telemetry.spans()) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [(NotFound(), None), (BadGateway(), "502"), (FastAPIException(404), None), (FastAPIException(503), "503")],
)
def test_a_handler_of_unknown_status_answers_http_exceptions_with_their_own(
    load: Load, telemetry: Telemetry, error: Exception, expected: str | None
) -> None:
    mapped = (("starlette.exceptions.HTTPException", 0), ("werkzeug.exceptions.HTTPException", 0))

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        load(mapped=mapped).observed("shop.fail")(fail)()
    assert (telemetry.span().attributes or {}).get("error.type") == expected


def test_a_handler_of_unknown_status_for_whatever_happens_reports_failures(load: Load, telemetry: Telemetry) -> None:
    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        load(mapped=(("builtins.Exception", 0),)).observed("shop.fail")(fail)()
    assert (telemetry.span().attributes or {}).get("error.type") == "LookupError"
