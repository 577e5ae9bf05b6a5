"""The benchmark of the scaffold runs, and compares what it says that it compares. Figures are not looked at here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from splice.scaffold import Spec, render

REPOSITORY = Path(__file__).parents[1]
GUARDS = (("_GUARD_MODE", '"enforce"'), ("_AUTHENTICATE", '"orders.security:current_principal"'))
SPECS = {
    "spans": Spec(("observed",), (("spans", 1),), "{}", signals=("spans",)),
    "metrics": Spec(("observed",), (("metrics", 1),), "{}", signals=("metrics",)),
    "all": Spec(("guarded", "observed", "retried"), (("spans", 1),), "{}", settings=GUARDS),
}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `generate` leaves, without its three runs."""
    folder = tmp_path_factory.mktemp("services")
    for name, spec in SPECS.items():
        shutil.copytree(REPOSITORY / "examples" / "orders", folder / name)
        (folder / name / "orders" / "scaffold.py").write_text(render(spec).text, "utf-8")
    return folder


def measured(state: str, services: Path, **variables: str) -> Any:
    command = [sys.executable, "-m", "benchmarks.scaffold", "--rounds", "1", "--measure", state, str(services)]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_contender_is_measured(services: Path) -> None:
    found = measured("recording", services)
    assert set(found) == {"sync", "async", "generator"}
    for places in found.values():
        assert {"`@observed`, span", "`@observed`, span and metric"} <= set(places["root"]) & set(places["below"])
        assert all(ratio is not None for ratios in places.values() for ratio in ratios.values())
    assert "`@guarded`, allowed" in found["sync"]["request"]


def test_what_is_switched_off_is_the_function_itself_and_a_guard_is_not(services: Path) -> None:
    found = measured("kill switch", services, SCAFFOLD_DISABLE="observed,retried")
    for colour, places in found.items():
        none = {name for ratios in places.values() for name, ratio in ratios.items() if ratio is None}
        ours = {name for ratios in places.values() for name in ratios if name.startswith(("`@observed`", "`retried"))}
        assert none == ours and len(none) == (5 if colour == "generator" else 6)
    assert found["sync"]["request"]["`@guarded`, allowed"] is not None
