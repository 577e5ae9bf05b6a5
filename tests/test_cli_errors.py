"""When something is wrong: one message, the right exit code, and nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shop_service import command, shop
from splice.cli import main
from splice.testing import put, tree

__all__ = ["shop"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "nowhere.py"], "'nowhere.py': there is no such file or folder"),
        (["run", ".."], "'..' leads outside the root"),
        (["run", "out.py"], "'out.py' leads outside the root"),
        (["run", "--codemods", "spnas"], "there is no codemod 'spnas'\n  fix: did you mean spans?"),
        (["upgrade", "--only", "metric"], "there is no codemod 'metric'\n  fix: did you mean metrics?"),
        (["run", "--root", "nowhere"], "there is no such folder"),
        (["check", "--config", "nowhere.toml"], "there is no such file"),
        (["explain"], "explain takes FILE:LINE or --operation OP"),
        (["explain", "shop/views.py"], "is not FILE:LINE"),
        (["explain", "--codegen-id", "0" * 12, "shop/views.py:7"], "--codegen-id needs --operation"),
        (["list", "--format", "yaml"], "'yaml' is not one of 'text', 'json'"),
        (["ruin"], "No such command 'ruin'"),
        (["run", "--jobs", "4"], "No such option"),
    ],
)
def test_a_usage_error_is_one_message_and_nothing_is_written(
    shop: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (shop.parent / "out.py").write_text("x = 1\n")
    (shop / "out.py").symlink_to(shop.parent / "out.py")
    before = tree(shop)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert not captured.out
    assert tree(shop) == before


def test_a_configuration_error_names_file_and_line(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(shop, {"codemod.toml": 'codemods = ["spans"]\ncodmods = []\n'})
    assert main(["run", "--format", "json"]) == 2
    captured = capsys.readouterr()
    assert "codemod.toml:2: " in captured.err
    report = json.loads(captured.out)
    assert (report["exit_code"], report["exit_cause"]) == (2, "error")
    assert (report["error"]["file"], report["error"]["line"]) == ("codemod.toml", 2)
    assert not (shop / "codemod.lock").exists()


def test_a_file_that_does_not_parse_is_3_and_the_others_are_handled(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(shop, {"shop/old.py": 'from flask import Flask\n\nprint "two"\n'})
    assert main(["check"]) == 3  # goes before 1
    assert main(["run"]) == 3
    assert "shop/old.py:3: not handled: syntax-error" in capsys.readouterr().out
    assert "@observed" in (shop / "shop" / "views.py").read_text()
    assert main(["list"]) == 3
    assert main(["diff"]) == 3


def test_a_reader_that_goes_away_is_no_error(shop: Path) -> None:
    pipe = subprocess.Popen(
        [sys.executable, "-m", "splice.cli", "list"], cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert pipe.stdout is not None and pipe.stderr is not None
    pipe.stdout.close()
    assert pipe.stderr.read() == b""
    assert pipe.wait() == 0
    pipe.stderr.close()


def third_party(folder: Path, codemod: str) -> dict[str, str]:
    """A package on the path that offers a codemod by an entry point; the environment in which it is found."""
    info = "theirs-1.dist-info"
    put(
        folder,
        {
            f"{info}/METADATA": "Metadata-Version: 2.1\nName: theirs\nVersion: 1\n",
            f"{info}/entry_points.txt": "[splice.codemods]\ntheirs = theirs:codemod\n",
            "theirs.py": codemod,
        },
    )
    return {"PYTHONPATH": str(folder)}


def test_a_bug_is_one_line_exit_code_2_and_a_traceback_on_request(shop: Path, tmp_path: Path) -> None:
    env = third_party(
        tmp_path / "site",
        "from splice.codemod import AddDecorator, Codemod, Pointcut\n"
        "codemod = Codemod('', Pointcut(lambda point: 1 / 0, ''), AddDecorator('{part}()', 'observed'), '', ())\n",
    )
    before = tree(shop)
    done = command("run", "--codemods", "theirs", cwd=shop, **env)
    assert done.returncode == 2
    assert done.stderr == (
        "codemod: error: ZeroDivisionError: division by zero: this is a bug in splice; nothing was written\n"
        "  fix: CODEMOD_TRACEBACK=1 shows the traceback to report\n"
    )
    done = command("run", "--codemods", "theirs", "--format=json", cwd=shop, CODEMOD_TRACEBACK="1", **env)
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert json.loads(done.stdout)["exit_cause"] == "internal-error"
    assert tree(shop) == before
