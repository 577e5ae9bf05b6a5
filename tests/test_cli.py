"""The command as people and CI call it: exit codes, usage errors, what is written, and what is never imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from splice.cli import main
from splice.testing import put, tree

SHOP = {
    "shop/__init__.py": "",
    "shop/app.py": (
        "from flask import Flask\n\nfrom shop import views\n\napp = Flask(__name__)\napp.register_blueprint(views.bp)\n"
        '\n\n@app.get("/healthz")\ndef health():\n    return "ok"\n'
    ),
    "shop/views.py": (
        'from flask import Blueprint\n\nbp = Blueprint("shop", __name__, url_prefix="/carts")\n\n\n'
        '@bp.get("/<int:cart_id>")\ndef read_cart(cart_id):\n    return {"id": cart_id}\n\n\n'
        '@bp.post("/")\ndef create_cart():\n    return {}, 201\n'
    ),
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n',
}
HEAVY = ("libcst", "rope", "semgrep", "rich", "opentelemetry")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small service in a git repository, and the working directory in it."""
    root = tmp_path / "shop-service"
    put(root, SHOP)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    monkeypatch.chdir(root)
    for name in ("NO_COLOR", "FORCE_COLOR", "CODEMOD_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    return root


def command(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "splice.cli", *arguments],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


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


def test_a_reader_that_goes_away_is_no_error(shop: Path) -> None:
    pipe = subprocess.Popen(
        [sys.executable, "-m", "splice.cli", "list"], cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert pipe.stdout is not None and pipe.stderr is not None
    pipe.stdout.close()
    assert pipe.stderr.read() == b""
    assert pipe.wait() == 0
    pipe.stderr.close()


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


def test_version_of_the_command_and_of_the_module(shop: Path) -> None:
    from splice import __version__

    assert command("--version", cwd=shop).stdout == f"codemod (splice) {__version__}\n"
