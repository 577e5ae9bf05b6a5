"""What `check` prints for hosts that show it beside the code, each in the words of its own format."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest

from splice import testing
from splice.cli import main

EXAMPLES = Path(__file__).parents[1] / "examples"
SCHEMA = Path(__file__).parent / "data" / "schemas" / "sarif-2.1.0.json"
APP = "from flask import Flask\n\napp = Flask(__name__)\n"
READ = '\n\n@app.get("/orders/<int:order_id>")\ndef read(order_id):\n    return {"id": order_id}\n'
HOSTILE = '\n\n@app.get("/[x](https://evil.example)/{0}::error::\\u202e")\ndef read():\n    return ""\n'


def printed(capsys: pytest.CaptureFixture[str], root: Path, name: str, code: int = 1) -> str:
    assert main(["check", "--root", str(root), "--format", name]) == code
    return capsys.readouterr().out


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8-sig"))
    return found


def fixed(log: dict[str, Any], root: Path) -> dict[str, bytes]:
    """The files as the fixes of a log make them, by the text of the standard alone."""
    files: dict[str, bytes] = {}
    (run,) = log["runs"]
    encodings = {one["location"]["uri"]: one["encoding"] for one in run["artifacts"]}
    for result in run["results"]:
        for fix in result.get("fixes", ()):
            for change in fix["artifactChanges"]:
                uri = change["artifactLocation"]["uri"]
                raw = (root / unquote(uri)).read_bytes()
                bom = raw[:3] if raw.startswith(b"\xef\xbb\xbf") else b""
                text = raw[len(bom) :].decode(encodings[uri])
                starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
                for one in reversed(change["replacements"]):
                    region = one["deletedRegion"]
                    start = starts[region["startLine"] - 1] + region["startColumn"] - 1
                    end = starts[region["endLine"] - 1] + region["endColumn"] - 1
                    assert (start, end - start) == (region["charOffset"], region["charLength"])
                    text = text[:start] + one["insertedContent"]["text"] + text[end:]
                assert uri not in files, "a file has more than one fix"
                files[unquote(uri)] = bom + text.encode(encodings[uri])
    return files


@pytest.mark.parametrize("example", ["orders", "shop", "library"])
def test_sarif_is_valid_and_its_fixes_are_what_run_writes(
    example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / example
    shutil.copytree(EXAMPLES / example, root)
    log = json.loads(printed(capsys, root, "sarif"))
    jsonschema.validate(log, schema())
    before, made = testing.tree(root), fixed(log, root)
    assert main(["run", "--root", str(root), "--quiet"]) == 0
    after = testing.tree(root)
    ours = {file for file in after if file.endswith("scaffold.py")} | {"codemod.lock", ".gitattributes"}
    assert made == {file: raw for file, raw in after.items() if raw != before.get(file) and file not in ours} and made
    assert str(tmp_path) not in json.dumps(log)


def test_fixes_of_texts_that_are_not_plain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    latin = ("# coding: latin-1\n" + APP + READ.replace('"id"', '"\xe9"')).replace("\n", "\r\n")
    marked = b"\xef\xbb\xbf" + (APP + READ.replace("return", '"\U0001f600"; return')).encode()
    testing.put(tmp_path, {"caf\xe9 [1].py": latin.encode("latin-1"), "marked.py": marked})
    log = json.loads(printed(capsys, tmp_path, "sarif"))
    jsonschema.validate(log, schema())
    made = fixed(log, tmp_path)
    assert main(["run", "--root", str(tmp_path), "--quiet"]) == 0
    assert made == {file: raw for file, raw in testing.tree(tmp_path).items() if file in made} and len(made) == 2


def test_sarif_names_a_result_by_its_symbol_and_explains_its_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    testing.put(tmp_path, {"app.py": APP + READ})
    before = json.loads(printed(capsys, tmp_path, "sarif"))["runs"][0]
    testing.put(tmp_path, {"app.py": '"""Moved."""\n' * 50 + APP + READ})
    after = json.loads(printed(capsys, tmp_path, "sarif"))["runs"][0]
    names = [[one["partialFingerprints"] for one in run["results"]] for run in (before, after)]
    assert names[0] == names[1] and len(names[0]) > 2
    assert {one["id"] for one in before["tool"]["driver"]["rules"]} == {one["ruleId"] for one in before["results"]}
    assert all(before["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"] for one in before["results"])
    assert before["invocations"][0]["exitCode"] == 1 and before["columnKind"] == "unicodeCodePoints"


def test_what_a_repository_says_stays_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    testing.put(tmp_path, {"app,1.py": APP + HOSTILE})
    log = json.loads(printed(capsys, tmp_path, "sarif"))
    jsonschema.validate(log, schema())
    (text,) = [one["message"]["text"] for one in log["runs"][0]["results"] if one["ruleId"] == "spans-missing"]
    assert text == "spans missing: GET /\\[x\\](https://evil.example)/{{0}}::error::\\\\u202e (fix: codemod run)"
    lines = printed(capsys, tmp_path, "github").splitlines()
    assert all(re.match(r"::(error|notice) ", line) for line in lines) and "\u202e" not in "".join(lines)
    assert any(
        line.startswith("::error file=app%2C1.py,line=7,title=spans-missing::spans missing: GET /") for line in lines
    )
    ElementTree.fromstring(printed(capsys, tmp_path, "junit"))
    assert "\u202e" not in printed(capsys, tmp_path, "gitlab")


def test_gitlab_and_junit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    testing.put(tmp_path, {"app.py": APP + READ})
    quality = json.loads(printed(capsys, tmp_path, "gitlab"))
    spans = next(one for one in quality if one["check_name"] == "spans-missing")
    assert spans["location"] == {"path": "app.py", "lines": {"begin": 7}} and spans["severity"] == "major"
    assert len({one["fingerprint"] for one in quality}) == len(quality)
    top = ElementTree.fromstring(printed(capsys, tmp_path, "junit"))
    assert top.get("failures") == str(len(top.findall(".//failure"))) == "3"
    assert main(["run", "--root", str(tmp_path), "--quiet"]) == 0
    capsys.readouterr()
    top = ElementTree.fromstring(printed(capsys, tmp_path, "junit", 0))
    assert (top.get("tests"), top.get("failures")) == ("1", "0")


def test_an_error_is_an_annotation_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    testing.put(tmp_path, {"codemod.toml": 'codemods = ["spam"]\n'})
    assert printed(capsys, tmp_path, "github", 2).startswith(
        "::error file=codemod.toml,line=1,title=error::codemods: there"
    )
    assert printed(capsys, tmp_path, "sarif", 2) == ""  # an empty log would close every alert


def test_the_summary_of_a_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ignored = (
        READ.replace("read", "seen").replace("orders", "seen").replace("def ", "# codemod: ignore[spans] -- no\ndef ")
    )
    testing.put(tmp_path, {"app.py": APP + READ + ignored + HOSTILE.replace("def read", "def odd")})
    text = printed(capsys, tmp_path, "markdown")
    assert text.startswith("### codemod check: 6 problems to solve\n")
    assert "| `spans` | 0 of 3 (0 %) | 2 of 3 (66.6 %) | 1 |" in text and "Time series in the worst case: 54." in text
    assert "- `app.py:7` `spans missing: GET /orders/{order_id}` [spans-missing]" in text
    assert (
        "- `spans`: 1 suppressed" in text
        and "`spans missing: GET /[x](https://evil.example)/{0}::error::\\u202e`" in text
    )


def test_a_code_span_holds_whatever_it_is_given() -> None:
    from splice.report.markdown import code

    assert code("a`b") == "``a`b``" and code("``") == "``` `` ```" and code("\n<b>@all") == "`\\n<b>@all`"


def test_the_body_of_a_pull_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    testing.put(tmp_path, {"app.py": APP + READ + '\n\n@app.get("/odd")\ndef odd():\n    """````"""\n    return ""\n'})
    assert main(["diff", "--root", str(tmp_path), "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    assert "| `spans` | 0 of 2 (0 %) | 2 of 2 (100 %) | 0 |" in text and '+@observed("GET /orders/{order_id}")' in text
    fences = [line for line in text.splitlines() if line.startswith("```")]
    assert fences == ["`````diff", "`````"]
    assert main(["run", "--root", str(tmp_path), "--quiet"]) == 0
    codegen = re.search("codegen-id: ([0-9a-f]{12})", (tmp_path / "scaffold.py").read_text())
    assert codegen and text.endswith(f"\n\nCodegen-Id: {codegen[1]}\n")


def test_several_reports_of_one_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = tmp_path / "service", tmp_path / "out"
    testing.put(root, {"app.py": APP + READ})
    out.mkdir()
    (out / "summary.md").write_text("before\n")
    options = [
        f"--report=sarif={out / 'x.sarif'}",
        f"--report=markdown={out / 'summary.md'}",
        f"--report=json={out / 'x'}",
    ]
    assert main(["check", "--root", str(root), "--format", "github", *options]) == 1
    assert capsys.readouterr().out.startswith("::")
    jsonschema.validate(json.loads((out / "x.sarif").read_text()), schema())
    assert (out / "summary.md").read_text().startswith("before\n### codemod check")
    assert json.loads((out / "x").read_text())["exit_cause"] == "drift"
    assert main(["check", "--root", str(root), "--report", "sarif"]) == 2
    assert main(["check", "--root", str(root), "--report", f"json={out}"]) == 2


def test_hosts_know_files_by_the_paths_of_the_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    root = tmp_path / "services" / "orders"
    testing.put(root, {"app.py": APP + READ, "codemod.toml": ""})
    assert "::error file=services/orders/app.py,line=7," in printed(capsys, root, "github")
    assert '"path": "services/orders/app.py"' in printed(capsys, root, "gitlab")
    (run,) = json.loads(printed(capsys, root, "sarif"))["runs"]
    fix = next(one["fixes"][0]["artifactChanges"][0] for one in run["results"] if "fixes" in one)
    assert fix["artifactLocation"]["uri"] == "services/orders/app.py"
    assert {one["location"]["uri"].rpartition("/")[0] for one in run["artifacts"]} == {"services/orders"}
