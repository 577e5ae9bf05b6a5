"""From an exported span back to the inserted line: scope attribute and operation, the command, file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from e2e.conftest import Instrumented
from e2e.kit import INSTRUMENTED, Ask, codemod, serve
from e2e.library_data import library_data

ASK = Ask("GET", "/orders/1", 404, "GET /orders/{order_id}")
TWO_ROUTES = Ask("GET", "/livez", 200, "orders.app.create_app.health")


@pytest.mark.parametrize("ask", [ASK, TWO_ROUTES], ids=["a route", "two routes"])
def test_an_exported_span_leads_to_its_decorator(ask: Ask, instrumented: Instrumented, tmp_path: Path) -> None:
    service = instrumented("orders", "")
    database = str(tmp_path / "db.sqlite3")
    served = serve(service.root, "orders:create_app()", [ask], setup="orders.db:init_db()", ORDERS_DATABASE=database)
    (span,) = served.answers[0].spans
    assert span.codegen_id == service.codegen_id

    done = codemod(service.root, "explain", "--operation", span.name, "--codegen-id", span.codegen_id)
    assert done.returncode == 0, done.stderr
    place = re.match(r"(\S+\.py):(\d+): ", done.stdout)
    assert place is not None, done.stdout
    line = (service.root / place[1]).read_text().splitlines()[int(place[2]) - 1]
    assert line.strip() == f'@observed("{ask.operation}")'


def test_the_span_of_an_inherited_method_leads_to_its_class(instrumented: Instrumented, tmp_path: Path) -> None:
    service, ask = instrumented("library", ""), Ask("GET", "/api/v1/authors/2", 200, "GET /api/v1/authors/{pk}")
    served = serve(service.root, "library.wsgi:application", [ask], **library_data(tmp_path))
    (span,) = served.answers[0].spans
    assert span.attributes["code.function.name"] == "catalogue.api.AuthorViewSet.retrieve"

    done = codemod(service.root, "explain", "--operation", span.name, "--codegen-id", span.codegen_id)
    assert done.returncode == 0, done.stderr
    place = re.match(r"(\S+\.py):(\d+): ", done.stdout)
    assert place is not None, done.stdout
    lines = (service.root / place[1]).read_text().splitlines()[int(place[2]) - 1 :]
    assert 'retrieve="GET /api/v1/authors/{pk}"' in lines[0]
    assert lines[1].startswith("class AuthorViewSet(")


def test_an_enriched_span_names_the_generation_too(instrumented: Instrumented, tmp_path: Path) -> None:
    service = instrumented("orders", INSTRUMENTED)
    database = str(tmp_path / "db.sqlite3")
    served = serve(service.root, "orders:create_app()", [ASK], setup="orders.db:init_db()", ORDERS_DATABASE=database)
    (span,) = served.answers[0].spans
    assert span.scope != "splice"
    wanted = {"app.operation": ASK.operation, "codegen.id": service.codegen_id}
    assert wanted.items() <= span.attributes.items()
    assert span.attributes["code.function.name"] == "orders.views.orders.read_order"


def test_the_codegen_id_is_never_a_label_of_the_duration(instrumented: Instrumented, tmp_path: Path) -> None:
    service = instrumented("orders", "")
    database = str(tmp_path / "db.sqlite3")
    served = serve(service.root, "orders:create_app()", [ASK], setup="orders.db:init_db()", ORDERS_DATABASE=database)
    assert served.points == ({"operation": ASK.operation},)


def test_an_operation_of_another_generation_is_refused(instrumented: Instrumented) -> None:
    done = codemod(instrumented("orders", "").root, "explain", "--operation", ASK.operation, "--codegen-id", "0" * 12)
    assert done.returncode == 2
    assert "0" * 12 in done.stderr
