"""`codemod list --auth`: every operation with who may call it, as people and as programs read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shop_service import SHOP, shop
from splice.cli import main
from splice.testing import put

__all__ = ["shop"]

GUARDED = SHOP["shop/views.py"].replace(
    "from flask import Blueprint\n", "from flask import Blueprint\nfrom flask_login import login_required\n"
)
GUARDED = GUARDED.replace("def create_cart", "@login_required\ndef create_cart")
POLICY = 'codemods = ["spans"]\n[auth]\npublic = ["GET /healthz"]\n'


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["list", "--auth", "--color", "never", *arguments]) == 0
    return capsys.readouterr().out


def test_a_row_for_each_operation_and_the_counts(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(shop, {"shop/views.py": GUARDED, "codemod.toml": POLICY})
    assert listed(capsys) == (
        "OPERATION             ACCESS     PLACE             BY\n"
        "GET /healthz          public     shop/app.py:10    GET /healthz, codemod.toml:3\n"
        "GET /carts/{cart_id}  unguarded  shop/views.py:8\n"
        "POST /carts/          guarded    shop/views.py:14  login_required, shop/views.py:13\n"
        "\n"
        "3 operations: 1 guarded, 1 public, 1 unguarded\n"
    )


def test_paths_limit_what_is_listed(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "GET /healthz" not in listed(capsys, "shop/views.py")
    assert "2 operations: 2 unguarded\n" in listed(capsys, "shop/views.py")


def test_the_json_has_exactly_the_schema(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(shop, {"shop/views.py": GUARDED, "codemod.toml": POLICY})
    report = json.loads(listed(capsys, "--format", "json"))
    assert set(report) == {"schema", "operations", "counts"}
    assert report["schema"] == 1
    assert report["counts"] == {"guarded": 1, "public": 1, "unguarded": 1, "unknown": 0}
    assert report["operations"][2] == {
        "file": "shop/views.py",
        "line": 14,
        "symbol": "create_cart",
        "kind": "handler",
        "framework": "flask",
        "operation": "POST /carts/",
        "state": "guarded",
        "by": "login_required",
        "by_file": "shop/views.py",
        "by_line": 13,
        "reason": None,
        "unchecked": [],
    }
    assert [row["operation"] for row in report["operations"]] == [
        "GET /healthz",
        "GET /carts/{cart_id}",
        "POST /carts/",
    ]


def test_what_only_may_guard_says_why(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(shop, {"shop/views.py": GUARDED.replace("flask_login", "acme_auth")})
    table = listed(capsys)
    assert "unknown" in table
    assert "what login_required does is not in this project (shop/views.py:13)" in table
    assert "unknown is neither guarded nor missing: `auth.guards` names what guards\n" in table
    put(shop, {"codemod.toml": POLICY + 'guards = ["acme_auth:login_required"]\n'})
    assert "1 guarded" in listed(capsys)


def test_a_guard_above_the_route_is_told(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    above = GUARDED.replace('@bp.post("/")\n@login_required\n', '@login_required\n@bp.post("/")\n')
    put(shop, {"shop/views.py": above})
    table = listed(capsys)
    never = "login_required does not guard POST /carts/ (create_cart): it stands above the route decorator"
    assert "POST /carts/          unguarded" in table
    assert f"shop/views.py:12: warning: {never}, where it never runs\n" in table


def test_a_guard_above_the_route_is_a_finding_where_guards_are_asked_for(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    above = GUARDED.replace('@bp.post("/")\n@login_required\n', '@login_required\n@bp.post("/")\n')
    put(
        shop,
        {
            "shop/views.py": above,
            "codemod.toml": 'codemods = ["auth"]\n[auth]\npreset = "flask-login"\nmode = "enforce"\n',
        },
    )
    main(["check", "--color", "never"])
    said = capsys.readouterr().out
    assert "shop/views.py:12: warning: login_required does not guard POST /carts/" in said
    assert "[guard-never-runs]\n  fix: put it directly under the route decorator\n" in said


def test_our_own_insertions_are_no_guards(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = json.loads(listed(capsys, "--format", "json"))
    main(["run", "-q"])
    capsys.readouterr()
    after = json.loads(listed(capsys, "--format", "json"))
    states = [(row["operation"], row["state"], row["reason"]) for row in before["operations"]]
    assert [(row["operation"], row["state"], row["reason"]) for row in after["operations"]] == states


def test_a_run_without_configuration_says_how_many_nobody_guards(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(shop, {"shop/views.py": GUARDED})
    assert main(["run"]) == 0
    said = capsys.readouterr().out
    assert "note: 2 of 3 endpoints are guarded by nothing; nothing was changed [unguarded]\n" in said
    assert "  fix: codemod list --auth\n" in said
    put(shop, {"codemod.toml": 'codemods = ["spans"]\n'})
    assert main(["run"]) == 0
    assert "unguarded" not in capsys.readouterr().out


def test_names_of_the_repository_are_escaped(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(shop, {"shop/views.py": GUARDED.replace("flask_login", "acme_auth").replace("/carts", "/\\x1b]0;x\\x07")})
    assert listed(capsys).replace("\n", "").isprintable()
    assert listed(capsys, "--format", "json").replace("\n", "").isprintable()
