"""The command as people and CI call it: exit codes, usage errors, what is written, and what is never imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shop_service import SHOP, command, shop
from splice.cli import main
from splice.testing import put, tree

__all__ = ["shop"]

HEAVY = ("libcst", "rope", "semgrep", "rich", "opentelemetry", "pygls", "lsprotocol", "asyncio")


def test_help_fits_on_a_screen_and_says_what_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert len(text.splitlines()) <= 40
    for word in ("list", "diff", "run", "check", "explain", "strip", "upgrade", "Exit codes", "  3  a file"):
        assert word in text


@pytest.mark.parametrize("name", ["run", "check", "diff", "strip", "upgrade", "list", "explain"])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "-h"]) == 0
    assert "--root DIR" in capsys.readouterr().out


def test_check_run_check_strip(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(shop)
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "shop/views.py:7: spans,metrics missing: GET /carts/{cart_id}\n" in out
    assert "codemod run" in out
    assert tree(shop) == before, "check wrote something"
    assert main(["run"]) == 0
    assert "3 handlers observed (3 new)" in capsys.readouterr().out
    after = tree(shop)
    assert b'@observed("GET /carts/{cart_id}")' in after["shop/views.py"]
    assert main(["check"]) == 0
    assert "3 handlers: 3 covered: nothing to do" in capsys.readouterr().out
    assert main(["run"]) == 0
    assert "3 handlers observed (3 were there)\nno file had to change\n" in capsys.readouterr().out
    assert tree(shop) == after
    assert main(["strip"]) == 0
    assert "3 insertions taken out of 2 files" in capsys.readouterr().out
    assert tree(shop) == before


def test_check_fails_when_only_the_lock_or_only_the_scaffold_is_gone(shop: Path) -> None:
    main(["run", "-q"])
    for gone in ("codemod.lock", "shop/scaffold.py"):
        content = (shop / gone).read_bytes()
        (shop / gone).unlink()
        assert main(["check", "-q"]) == 1, gone
        (shop / gone).write_bytes(content)
        assert main(["check", "-q"]) == 0, gone


def test_check_does_not_ask_for_ever_for_what_no_run_can_place(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(shop, {"shop/odd.py": "# isort: skip_file\n" + SHOP["shop/views.py"].replace('"shop"', '"odd"')})
    app = shop / "shop" / "app.py"
    app.write_text(
        app.read_text().replace("import views\n", "import odd, views\n") + "\n\napp.register_blueprint(odd.bp)\n"
    )
    assert main(["run"]) == 0
    ran = capsys.readouterr().out
    code = main(["check"])
    checked = capsys.readouterr().out
    assert code == 0, ran + checked
    assert "skipped" in ran
    assert "skipped" in checked


def test_paths_are_relative_to_the_working_directory_and_limit_what_is_edited(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop / "shop")
    assert main(["run", "-q", "views.py"]) == 0
    assert "@observed" in (shop / "shop" / "views.py").read_text()
    assert (shop / "shop" / "app.py").read_text() == SHOP["shop/app.py"]
    assert (shop / "shop" / "scaffold.py").is_file()


def test_diff_is_what_run_writes_byte_for_byte(shop: Path, tmp_path: Path) -> None:
    odd = SHOP["shop/views.py"].replace('"shop"', '"odd"').replace("/carts", "/odd")
    put(
        shop,
        {
            "shop/crlf views.py": odd.replace("\n", "\r\n").rstrip().encode(),
            "shop/latin.py": ("# coding: latin-1\n# caf\xe9\n" + odd.replace("/odd", "/latin")).encode("latin-1"),
        },
    )
    diff = subprocess.run([sys.executable, "-m", "splice.cli", "diff"], cwd=shop, capture_output=True, check=False)
    assert (diff.returncode, diff.stderr) == (0, b"")
    assert b"--- /dev/null\n+++ b/shop/scaffold.py\n" in diff.stdout
    assert b"\x1b" not in diff.stdout
    assert main(["run", "-q"]) == 0
    wanted = tree(shop)
    assert main(["strip", "-q"]) == 0
    subprocess.run(["git", "apply", "-"], cwd=shop, input=diff.stdout, check=True)
    assert tree(shop) == wanted


def test_json_reports_are_deterministic_and_hold_no_absolute_path(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = []
    for _ in range(2):
        assert main(["check", "--format", "json"]) == 1
        report = json.loads(capsys.readouterr().out)
        report.pop("seconds")
        texts.append(json.dumps(report))
    assert texts[0] == texts[1]
    assert str(shop.parent) not in texts[0]


def test_list_json_has_exactly_the_schema(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "-q", "shop/views.py"])
    assert main(["list", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"schema", "join_points"}
    health, read, _ = report["join_points"]
    assert health["codemods"] == {"spans": "missing", "metrics": "missing"}
    assert read == {
        "file": "shop/views.py",
        "line": 10,
        "symbol": "read_cart",
        "kind": "handler",
        "framework": "flask",
        "operation": "GET /carts/{cart_id}",
        "methods": ["GET"],
        "route": "/carts/<int:cart_id>",
        "routes": ["/carts/<int:cart_id>"],
        "codemods": {"spans": "inserted", "metrics": "inserted"},
        "observed_by": None,
        "members": {},
        "reasons": {},
        "reason": None,
        "detail": "",
    }


def test_no_name_of_the_repository_reaches_the_terminal_unescaped(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "shop/ev\x1b[31mil\n\u202ename.py"
    views = SHOP["shop/views.py"].replace('"shop"', '"evil"').replace("/carts", "/\\x1b]0;owned\\x07")
    put(shop, {evil: views, "shop/\x1b[2J.py": "from flask import Flask\n(\n"})
    for arguments in (["list"], ["check"], ["run"], ["list", "--format", "json"], ["explain", f"{evil}:7"], ["strip"]):
        main([*arguments, "--color", "never"])
        captured = capsys.readouterr()
        for text in (captured.out, captured.err):
            assert text.replace("\n", "").isprintable(), arguments
            assert "il\n" not in text, arguments
    assert main(["explain", f"{evil}:0"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_colour_is_asked_for_or_for_a_terminal(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def coloured(*arguments: str) -> bool:
        main(["list", *arguments])
        return "\x1b[" in capsys.readouterr().out

    assert not coloured()
    assert coloured("--color", "always")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert coloured()
    assert not coloured("--color", "never")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured()


def test_words_stand_for_ticks_where_the_terminal_knows_none(shop: Path) -> None:
    main(["run", "-q", "shop/views.py"])
    said = command("list", cwd=shop, PYTHONIOENCODING="ascii").stdout
    assert said.isascii()
    rows = {line.split()[0]: line.split()[2:4] for line in said.splitlines() if ".py:" in line}
    assert rows == {"GET": ["yes", "yes"], "POST": ["yes", "yes"]} or rows["POST"] == ["yes", "yes"]
    assert "no" in said.split()


@pytest.mark.parametrize("arguments", [["--version"], ["check"], ["list"], ["explain", "shop/views.py:8"]])
@pytest.mark.parametrize("instrumented", [False, True])
def test_what_only_looks_imports_nothing_heavy(shop: Path, arguments: list[str], instrumented: bool) -> None:
    if instrumented:
        main(["run", "-q"])
    probe = (
        "import sys\nfrom splice.cli import main\nmain(sys.argv[2:])\n"
        "sys.stderr.write(' '.join(m for m in sys.argv[1].split() if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, " ".join(HEAVY), *arguments], cwd=shop, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_version_of_the_command_and_of_the_module(shop: Path) -> None:
    from splice import __version__

    assert command("--version", cwd=shop).stdout == f"codemod (splice) {__version__}\n"
