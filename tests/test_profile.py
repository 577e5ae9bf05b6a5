"""`--profile`: every stage of a run has its line, and the lines come to the whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shop_service import command, shop
from splice.report.profile import profile

__all__ = ["shop"]

LOOKING = ["start-up", "discover", "parse", "match", "plan", "report", "all"]
WRITING = [*LOOKING[:5], "transform", "validate", "semgrep", "write", "report", "all"]


def rows(text: str) -> dict[str, tuple[float, float]]:
    """Stage -> seconds and percent, of the table that stands in `text`."""
    head, *lines = text.splitlines()
    assert head.split() == ["STAGE", "SECONDS", "SHARE"]
    cells = [line.split() for line in lines]
    return {stage: (float(seconds), float(share.rstrip("%"))) for stage, seconds, share in cells}


@pytest.mark.parametrize(("name", "stages", "code"), [("check", LOOKING, 1), ("run", WRITING, 0)])
def test_each_stage_has_a_line(shop: Path, name: str, stages: list[str], code: int) -> None:
    done = command(name, "--profile", "--format", "json", cwd=shop)
    assert done.returncode == code
    found = rows(done.stderr)
    assert list(found) == stages
    told = json.loads(done.stdout)["seconds"]
    assert list(told) == stages[1:-2]
    for stage, seconds in told.items():
        assert found[stage][0] == pytest.approx(seconds, abs=0.001)
    parts = [value for stage, value in found.items() if stage != "all"]
    assert sum(seconds for seconds, _ in parts) == pytest.approx(found["all"][0], abs=0.01)
    assert all(seconds >= 0 for seconds, _ in parts)
    assert found["start-up"][0] > 0.01, "an interpreter does not start in no time"


def test_unasked_there_is_none(shop: Path) -> None:
    assert command("check", cwd=shop).stderr == ""


def test_what_no_stage_took_went_into_the_report() -> None:
    found = rows(profile(1.0, {"parse": 2.0, "match": 0.5}, 4.0))
    assert found == {
        "start-up": (1.0, 25.0),
        "parse": (2.0, 50.0),
        "match": (0.5, 12.5),
        "report": (0.5, 12.5),
        "all": (4.0, 100.0),
    }
