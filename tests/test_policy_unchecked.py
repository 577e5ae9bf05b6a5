"""A guard of the service's own where a rule asks for scopes: no second guard, and everybody is told that nobody checks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shop_service import SHOP, shop
from splice import testing
from splice.cli import main
from splice.testing import put

__all__ = ["shop"]

VIEWS = SHOP["shop/views.py"]
GUARDED = VIEWS.replace(
    "from flask import Blueprint\n", "from flask import Blueprint\nfrom flask_login import login_required\n"
).replace("def create_cart", "@login_required\ndef create_cart")
POLICY = (
    'codemods = ["auth"]\n[auth]\nmode = "{mode}"\nobserve-until = "2999-01-01"\nauthenticate = "shop.who:caller"\n'
    'public = ["GET /healthz"]\n[[auth.rules]]\noperation = "POST /carts/**"\nrequire{how} = ["carts:write", "admin"]\n'
)
WHO = "def caller(request):\n    return None\n"
SAID = (
    "'POST /carts/' is guarded by login_required (shop/views.py:13), which is not known to check carts:write and admin, "
    "as 'POST /carts/**' (codemod.toml:7) asks"
)


def policy(mode: str = "enforce", how: str = "") -> str:
    return POLICY.format(mode=mode, how=how)


def checked(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["check", "--color", "never"])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(("mode", "level", "code"), [("enforce", "error", 1), ("observe", "warning", 0)])
def test_the_gate_says_who_guards_and_what_nobody_checks(
    shop: Path, capsys: pytest.CaptureFixture[str], mode: str, level: str, code: int
) -> None:
    put(shop, {"shop/views.py": GUARDED, "shop/who.py": WHO, "codemod.toml": policy(mode)})
    testing.run(shop, rules=False)
    assert '@bp.post("/")\n@login_required\ndef create_cart' in (shop / "shop/views.py").read_text()
    found, said = checked(capsys)
    assert found == code
    place = (shop / "shop/views.py").read_text().splitlines().index("def create_cart():") + 1
    assert f"shop/views.py:{place}: {level}: 'POST /carts/' is guarded by login_required" in said
    assert "not known to check carts:write and admin" in said and "codemod.toml:7" in said


def test_the_table_shows_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(shop, {"shop/views.py": GUARDED, "shop/who.py": WHO, "codemod.toml": policy(how="-any")})
    assert main(["list", "--auth", "--color", "never"]) == 0
    said = capsys.readouterr().out
    assert "login_required, shop/views.py:13; not known to check carts:write or admin\n" in said
    assert "1 operation: a rule asks for scopes that no guard is known to check\n" in said
    assert main(["list", "--auth", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["operations"]
    assert [row["unchecked"] for row in rows] == [[], [], ["carts:write", "admin"]]


def test_the_report_has_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(shop, {"shop/views.py": GUARDED, "shop/who.py": WHO, "codemod.toml": policy()})
    main(["check", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    (found,) = [one for one in report["findings"] if one["code"] == "scopes-unchecked"]
    assert found["message"] == SAID and found["level"] == "error" and found["file"] == "shop/views.py"
    assert report["counts"]["reasons"]["scopes-unchecked"] == 1


def test_a_rule_without_scopes_settles_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the owner says who has looked at the service's own guard."""
    rule = '[[auth.rules]]\noperation = "POST /carts/"\n'
    put(shop, {"shop/views.py": GUARDED, "shop/who.py": WHO, "codemod.toml": policy() + rule})
    testing.run(shop, rules=False)
    put(shop, {"codemod.toml": policy().replace("/carts/**", "/carts/") + rule.replace("/carts/", "/carts/**")})
    assert checked(capsys)[0] == 1
    put(shop, {"codemod.toml": policy() + rule})
    code, said = checked(capsys)
    assert code == 0 and "not known to check" not in said


def test_a_weaker_guard_beside_ours_takes_ours_not_away(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever adds `@login_required` to a handler does not get rid of the scopes that ours checks."""
    put(shop, {"shop/who.py": WHO, "codemod.toml": policy()})
    testing.run(shop, rules=False)
    views = shop / "shop/views.py"
    ours = '@guarded("carts:write", "admin")\ndef create_cart'
    assert ours in views.read_text()
    weaker = views.read_text().replace(ours, ours.replace("def ", "@login_required\ndef "))
    views.write_text("from flask_login import login_required\n" + weaker)
    before = views.read_bytes()
    assert not [change for change in testing.run(shop, rules=False).changes if change.file == "shop/views.py"]
    assert views.read_bytes() == before
    assert "not known to check" in checked(capsys)[1]
