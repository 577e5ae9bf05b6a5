"""Every colour of function stays what it was: sync, async, generators, methods; and what cannot be right is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from e2e.colour_sources import CALLS, FILES
from e2e.kit import Service, engine, environment
from splice import testing
from splice.model import Reason

OBSERVED = {
    *("sync", "asynchronous", "generator", "async_generator", "either", "outer", "outer.inner", "closed_over"),
    *("closed_over.add", "rate", "other_rate", "shown", "opened", "aopened", "fails", "recursive"),
    *("Service.method", "Service.amethod", "Service.static", "Service.made", "Service.__call__"),
}
REFUSED = {
    "Service.size": Reason.PROPERTY,
    "Service.cached": Reason.PROPERTY,
    "Service.__init__": Reason.DUNDER,
    "Service.__len__": Reason.DUNDER,
    "Base.declared": Reason.DECLARATION,
    "Base.empty": Reason.DECLARATION,
    "Base.later": Reason.DECLARATION,
    "Shape.area": Reason.DECLARATION,
    "either": Reason.DECLARATION,  # its two overloads; the third is the function
    "either#2": Reason.DECLARATION,
    "compiled": Reason.REGISTERED_ABOVE,
    "compiled_too": Reason.REGISTERED_ABOVE,
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    root = tmp_path_factory.mktemp("colours")
    testing.put(root, FILES)
    return engine(root, 'functions = ["svc.work.**"]\n')


def call_all(root: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", CALLS], cwd=root, env=environment(root), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def after(service: Service) -> dict[str, Any]:
    return call_all(service.root)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("plain")
    testing.put(root, FILES)
    return call_all(root)


def test_what_can_be_right_is_observed_and_nothing_else(service: Service) -> None:
    assert service.operations() == {f"svc.work.{name}" for name in OBSERVED}


def test_what_cannot_be_right_is_refused_with_its_reason(service: Service) -> None:
    skipped = {p.symbol: p.reason for p in service.done.planned.survey.matched.points if p.skip}
    assert skipped == REFUSED


def test_results_are_what_they_were(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert {name: one["result"] for name, one in after["told"].items()} == {
        name: one["result"] for name, one in before["told"].items()
    }


def test_signatures_colours_and_identity_are_what_they_were(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert after["facts"] == before["facts"]


SPANS = {
    "sync": ["sync"],
    "asynchronous": ["asynchronous"],
    "generator": ["generator"],
    "async_generator": ["async_generator"],
    "Service.method": ["Service.method"],
    "Service.amethod": ["Service.amethod"],
    "Service.static": ["Service.static"] * 2,
    "Service.made": ["Service.made"] * 2,
    "Service.__call__": ["Service.__call__"],
    "Service.size": [],
    "either": ["either"],
    "outer": ["outer.inner", "outer"],
    "closed_over": ["closed_over", "closed_over.add", "closed_over.add"],
    "rate": ["rate"],  # below the cache: only a call that is computed
    "other_rate": ["other_rate"],
    "shown": ["shown"],  # what it dispatches to otherwise is another function
    "opened": ["opened"],
    "aopened": ["aopened"],
    "compiled": [],
    "fails": ["fails"],
    "recursive": ["recursive"] * 3,
}


@pytest.mark.parametrize("name", SPANS)
def test_one_span_for_each_call(name: str, after: dict[str, Any]) -> None:
    spans = after["told"][name]["spans"]
    assert [span[0] for span in spans] == SPANS[name]
    assert {span[1] for span in spans} <= {"ERROR" if name == "fails" else "UNSET"}
    assert {span[2] for span in spans} <= {"INTERNAL"}


def test_strip_gives_every_byte_back(service: Service, tmp_path: Path) -> None:
    testing.put(tmp_path, testing.tree(service.root))
    testing.run(tmp_path, strip=True)
    assert testing.tree(tmp_path) == service.before
