"""Every route and method of the example services, without and with a token: enforced, and observed.

What `python -m tests.corpus.auth` proves on public services, here without network or environments.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from corpus.claims import Result
from corpus.guards import ask, prove_guards
from corpus.place import Place
from corpus.projects import PROJECTS
from corpus.source import fetch

BY_NAME = {project.name: project for project in PROJECTS}
GUARD, PROTECT = "no token: refused by a guard", "no token: refused by `protect` alone"
OWN, PUBLIC = "no token: refused by the service's own guards", "no token: public, served"
FIGURES = {
    "orders": {"routes": "23", GUARD: "22", PROTECT: "2", OWN: "14", PUBLIC: "5"},
    "shop": {"routes": "29", GUARD: "14", PROTECT: "16", OWN: "7", PUBLIC: "3"},
    "library": {"routes": "77", GUARD: "42", PROTECT: "46", OWN: "362", PUBLIC: "9"},
}
CLAIMS = 13


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Place, Result]]:
    @functools.cache
    def result(name: str) -> tuple[Place, Result]:
        place = Place(BY_NAME[name], tmp_path_factory.mktemp(name))
        fetch(place.project, place["sdists"], place["before"])
        return place, prove_guards(place)

    return result


@pytest.mark.parametrize("name", FIGURES)
def test_no_token_is_refused_and_the_right_one_is_served(
    proven: Callable[[str], tuple[Place, Result]], name: str
) -> None:
    _, result = proven(name)
    assert [(claim.text, claim.differences) for claim in result.claims if not claim.holds] == []
    assert len(result.claims) == CLAIMS
    assert {label: result.figures[label] for label in FIGURES[name]} == FIGURES[name]


def test_a_guard_that_is_taken_away_is_noticed(proven: Callable[[str], tuple[Place, Result]]) -> None:
    """By `protect`; without that, by what is claimed above."""
    place, _ = proven("orders")
    place.copy("enforce", "holed")
    for name in ("catalogue.py", "orders.py"):
        views = place["holed"] / "orders" / "views" / name
        text = views.read_text(encoding="utf-8")
        views.write_text(text.replace('@guarded("all")\n', ""), encoding="utf-8")
    key = ("orders:create_app()", "/orders/1", "GET", "nobody")
    assert ask(place, "holed", [key]).rows[key]["decisions"] == [["GET /orders/{order_id}", "unguarded", 1]]
    app = place["holed"] / "orders" / "app.py"
    text = app.read_text(encoding="utf-8")
    assert "    protect(app)\n" in text
    app.write_text(text.replace("    protect(app)\n", ""), encoding="utf-8")
    row = ask(place, "holed", [key]).rows[key]
    assert (row["status"], row["decisions"]) == (404, [])
