"""SCAFFOLD_DISABLE takes telemetry out, entirely and at import; guards it cannot reach."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from conftest import Load, Telemetry


def read() -> int:
    return 1


def test_a_disabled_decorator_returns_the_function_itself(
    load: Load, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAFFOLD_DISABLE", " observed , instrument")
    scaffold = load()
    assert scaffold.observed("shop.read")(read) is read

    class App:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError("not even looked at")

    assert scaffold.instrument(App()) is None


def test_parts_are_switched_off_one_by_one(load: Load, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAFFOLD_DISABLE", "instrument")
    assert load().observed("shop.read")(read) is not read


def test_it_is_read_once_at_import(load: Load, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch) -> None:
    scaffold = load()
    monkeypatch.setenv("SCAFFOLD_DISABLE", "observed")
    assert scaffold.observed("shop.read")(read) is not read


def test_unknown_names_are_a_warning_and_guards_an_error(
    load: Load, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SCAFFOLD_DISABLE", "obsrved,guarded,,REQUESTS_TIMEOUT")
    scaffold = load(parts=("REQUESTS_TIMEOUT", "observed"))
    assert scaffold.observed("shop.read")(read) is not read
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "SCAFFOLD_DISABLE: nothing to switch off is `obsrved`"),
        (logging.ERROR, "SCAFFOLD_DISABLE: `guarded` is a guard and stays on"),
        (logging.WARNING, "SCAFFOLD_DISABLE: nothing to switch off is `REQUESTS_TIMEOUT`"),
    ]
