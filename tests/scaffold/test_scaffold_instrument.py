"""`instrument(app)` calls the official instrumentor once, and never keeps a service from starting."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest
from conftest import Load, Telemetry
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask
from opentelemetry import trace
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware


class OurFlask(Flask):
    pass


def servers(telemetry: Telemetry) -> list[str]:
    return [span.name for span in telemetry.spans() if span.kind is trace.SpanKind.SERVER]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("make", [Flask, OurFlask])
def test_flask(
    make: type[Flask], times: int, load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    scaffold, app = load(), make(__name__)

    @app.get("/x")
    @scaffold.observed("GET /x")
    def read() -> str:
        return "ok"

    for _time in range(times):
        assert scaffold.instrument(app) is None
    assert app.test_client().get("/x").text == "ok"
    assert servers(telemetry) == ["GET /x"]
    assert "app.operation" in (telemetry.span().attributes or {})
    assert caplog.records == []


def test_fastapi(load: Load, telemetry: Telemetry) -> None:
    scaffold, app = load(), FastAPI()
    scaffold.instrument(app)

    @app.get("/x")
    @scaffold.observed("GET /x")
    def read() -> str:
        return "ok"

    assert TestClient(app).get("/x").json() == "ok"
    assert servers(telemetry) == ["GET /x"]


def test_a_missing_package_is_a_warning(
    load: Load, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.instrumentation.starlette", None)
    scaffold = load()
    assert scaffold.instrument(Starlette()) is None
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "opentelemetry.instrumentation.starlette" in caplog.text
    scaffold.instrument(Starlette())
    assert [one.levelno for one in caplog.records if one.levelno >= logging.WARNING] == [logging.WARNING]


def test_only_configured_frameworks(load: Load, telemetry: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    load(instruments=("flask",)).instrument(app)
    assert not getattr(app, "_is_instrumented_by_opentelemetry", False)
    assert "no instrumentor is configured" in caplog.text


def test_starlettes_own_middleware_is_left_alone(load: Load, telemetry: Telemetry) -> None:
    app = FastAPI(middleware=[Middleware(OpenTelemetryMiddleware)])
    load().instrument(app)
    assert not getattr(app, "_is_instrumented_by_opentelemetry", False)


@pytest.mark.parametrize("thing", [None, 3, object()])
def test_what_is_no_app_does_no_harm(thing: Any, load: Load, telemetry: Telemetry) -> None:
    assert load().instrument(thing) is None
