"""The gate: `check` before and after, a broken file beside whole ones, and the switch that turns it all off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e.conftest import Instrumented
from e2e.kit import INSTRUMENTED, Ask, Service, codemod, copy, engine, fresh, serve
from splice import testing


@pytest.mark.parametrize("name", ["library", "orders", "shop"])
def test_check_fails_before_and_passes_after(name: str, instrumented: Instrumented, tmp_path: Path) -> None:
    root = tmp_path / name
    copy(name, root)
    before = codemod(root, "check")
    assert before.returncode == 1, before.stdout + before.stderr
    assert "missing" in before.stdout
    after = codemod(instrumented(name, "").root, "check")
    assert after.returncode == 0, after.stdout + after.stderr


def test_check_names_every_handler_that_lacks_something(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    copy("shop", root)
    lines = codemod(root, "check").stdout
    operations = engine(root).operations()
    assert operations
    assert [operation for operation in operations if operation not in lines] == []


def test_the_apps_of_a_django_project_share_one_scaffold(instrumented: Instrumented) -> None:
    service = instrumented("library", INSTRUMENTED)
    new = {file for file in testing.tree(service.root) if file not in service.before and "_cache" not in file}
    assert new == {"codemod.lock", "library/scaffold.py"}
    for server in ("wsgi", "asgi"):
        lines = (service.root / f"library/{server}.py").read_text().splitlines()
        assert lines.index('instrument("django")') < lines.index(f"application = get_{server}_application()")


BROKEN = "src/shop/routers/broken.py"
ROUTER = """\
from fastapi import APIRouter

router = APIRouter()


@router.get("/broken")
def broken(:
    return {}
"""


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> tuple[Service, dict[str, object], int]:
    """The shop with one more file, whose syntax is wrong and which mounts nothing; after `codemod run`."""
    root = tmp_path_factory.mktemp("half") / "shop"
    copy("shop", root)
    (root / BROKEN).write_text(ROUTER)
    before = testing.tree(root)
    done = codemod(root, "run", "--format", "json")
    assert done.returncode in (0, 1, 2, 3), done.stderr
    report = json.loads(done.stdout)
    return Service(root, before, testing.run(root, write=False)), report, done.returncode


def test_a_syntax_error_is_exit_3_and_named(half: tuple[Service, dict[str, object], int]) -> None:
    service, report, code = half
    assert code == 3
    files = report["files"]
    assert isinstance(files, list)
    (failed,) = [file for file in files if file["outcome"] == "failed"]
    assert (failed["file"], failed["reason"]) == (BROKEN, "syntax-error")
    assert failed["line"] == 7
    assert (service.root / BROKEN).read_text() == ROUTER


def test_the_other_files_are_done_as_without_it(
    half: tuple[Service, dict[str, object], int], instrumented: Instrumented
) -> None:
    whole = testing.tree(instrumented("shop", "").root)
    after = {file: raw for file, raw in testing.tree(half[0].root).items() if file != BROKEN}
    assert after == whole


@pytest.mark.parametrize("broken", ["main.py", "admin.py", "errors.py", "routers/carts.py"])
def test_a_file_that_breaks_later_changes_nothing_elsewhere(
    broken: str, instrumented: Instrumented, tmp_path: Path
) -> None:
    root = fresh(instrumented("shop", INSTRUMENTED), tmp_path)
    file = root / "src/shop" / broken
    file.write_text(file.read_text() + "\n\ndef (:\n")
    before = testing.tree(root)
    done = codemod(root, "run")
    assert done.returncode == 3, done.stdout + done.stderr
    assert testing.tree(root) == before


def test_what_broke_is_caught_up_with_once_it_is_mended(instrumented: Instrumented, tmp_path: Path) -> None:
    root = fresh(instrumented("shop", ""), tmp_path)
    carts, items = root / "src/shop/routers/carts.py", root / "src/shop/routers/cart_items.py"
    text = carts.read_text()
    carts.write_text(text.replace('prefix="/{cart_id}"', 'prefix="/{cart}"') + "\n\ndef (:\n")
    assert codemod(root, "run").returncode == 3
    assert '@observed("POST /api/carts/{cart_id}/items")' in items.read_text()
    carts.write_text(carts.read_text().replace("\n\ndef (:\n", ""))
    assert codemod(root, "run").returncode == 0
    assert '@observed("POST /api/carts/{cart}/items")' in items.read_text()


def test_strip_takes_everything_although_a_file_is_broken(instrumented: Instrumented, tmp_path: Path) -> None:
    service = instrumented("shop", "")
    root = fresh(service, tmp_path)
    (root / BROKEN).write_text(ROUTER)
    assert codemod(root, "strip").returncode == 3
    assert testing.tree(root) == {**service.before, BROKEN: ROUTER.encode()}


def test_the_switch_turns_spans_off_and_changes_no_response(instrumented: Instrumented, tmp_path: Path) -> None:
    asks = [Ask("GET", "/orders/7", 404), Ask("GET", "/healthz", 200), Ask("GET", "/orders/export.csv", 200)]
    bodies = []
    for index, switch in enumerate(("", "observed,instrument")):
        served = serve(
            instrumented("orders", INSTRUMENTED).root,
            "orders:create_app()",
            asks,
            setup="orders.db:init_db()",
            SCAFFOLD_DISABLE=switch,
            ORDERS_DATABASE=str(tmp_path / f"{index}.sqlite3"),
        )
        bodies.append([(answer.status, answer.body) for answer in served.answers])
        assert [bool(answer.spans) for answer in served.answers] == [not switch] * len(asks)
        assert bool(served.points) is not bool(switch)
    assert bodies[0] == bodies[1]
    assert [status for status, _ in bodies[0]] == [ask.status for ask in asks]


def test_only_the_decorator_can_be_switched_off(instrumented: Instrumented, tmp_path: Path) -> None:
    served = serve(
        instrumented("orders", INSTRUMENTED).root,
        "orders:create_app()",
        [Ask("GET", "/healthz", 200)],
        SCAFFOLD_DISABLE="observed",
    )
    (span,) = served.answers[0].spans
    assert span.scope == "opentelemetry.instrumentation.flask"
    assert "app.operation" not in span.attributes
    assert served.points == ()
