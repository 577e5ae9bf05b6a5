"""Every function of three packages of the standard library, there and back; `make corpus` does that for whole trees."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import pytest

from corpus.roundtrip import Trip, markdown, travel
from splice import testing
from splice.landing import Done

PACKAGES = ("json", "concurrent", "importlib")


@pytest.fixture(scope="module")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Trip:
    root = tmp_path_factory.mktemp("trees") / "lib"
    for package in PACKAGES:
        folder = Path(sysconfig.get_path("stdlib")) / package
        shutil.copytree(folder, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    testing.put(
        root,
        {
            "odd/old.py": "print 'Python 2'\n",
            "odd/none.py": "",
            "odd/skip.py": "# isort: skip_file\ndef f(): return 1\n",
        },
    )
    return travel(root, "lib")


def test_nothing_breaks_and_everything_comes_back(trip: Trip) -> None:
    assert (trip.failed, trip.broken, trip.moved, trip.lost) == ([], [], [], [])
    assert trip.holds
    assert trip.insertions > 300


def test_what_is_not_done_is_counted_by_reason(trip: Trip) -> None:
    assert trip.unread == {"syntax-error": 1}
    assert trip.refused == {"isort-skip-file": 1}
    assert set(trip.left) <= {"declaration-only", "dunder-method", "property"}
    assert "| failures | 0 |" in markdown([trip])


_MODULE = "def main():\n    return 1\n"
TREES: dict[str, dict[str, str]] = {
    # `test` is a package, a folder of scripts in it is none, and a run names what stands below that with all folders.
    "what a run names": {
        "check.py": "from test.units import y\n",
        "test/units/y.py": "",
        "test/fork/run.py": f"import vendored\n\n\n{_MODULE}",
        "test/fork/vendored.py": _MODULE,
        "test/fork/plugins/spew.py": _MODULE,
    },
    # Nothing but the scaffold stands in `one/plugins`, and the one in `two/plugins` has the same name.
    "scaffolds of one name": {
        f"{one}/plugins/modules/hello.py": f"from ..utils import x\n\n\n{_MODULE}" for one in ("one", "two")
    },
    # `async` cannot be imported by name: a test runner does it all the same, and one dot means what stands beside.
    "a package without a name": {
        "tests/async/__init__.py": "",
        "tests/async/models.py": _MODULE,
        "tests/async/tests.py": f"from .models import main as other\n\n\n{_MODULE}",
    },
}


@pytest.mark.parametrize("case", TREES)
def test_small_trees_that_once_did_not_come_back(case: str, tmp_path: Path) -> None:
    testing.put(tmp_path, TREES[case])
    trip = travel(tmp_path, case)
    assert (trip.failed, trip.refused, trip.broken, trip.moved, trip.lost) == ([], {}, [], [], [])
    assert trip.insertions > sum(_MODULE in text for text in TREES[case].values())


def test_a_tree_that_does_not_come_back_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    testing.put(tmp_path, {"a.py": "def f():\n    return 1\n"})
    real = testing.run

    def forgetful(root: Path, *, strip: bool = False, rules: bool = True) -> Done:
        return real(root, rules=rules, write=not strip)

    monkeypatch.setattr(testing, "run", forgetful)
    trip = travel(tmp_path, "x")
    assert "a.py" in trip.lost
    assert not trip.holds
