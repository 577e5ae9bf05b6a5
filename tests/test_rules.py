"""Every rule fires where `# ruleid:` stands above a line of tests/data/rules, and nowhere else."""

import json
import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from splice import testing
from splice.semgrep import rule_files, scan

DATA = Path(__file__).parent / "data" / "rules"
ALL = ["auth", "metrics", "retry", "spans", "timeouts"]
FILES = sorted(path.name for path in DATA.glob("*.py"))
RULES = {rule["id"]: rule for path in rule_files(ALL) for rule in YAML(typ="safe").load(path)["rules"]}


@lru_cache
def fired() -> dict[str, set[tuple[str, int]]]:
    found = scan({name: (DATA / name).read_bytes() for name in FILES}, rule_files(ALL))
    assert found.errors == ()
    assert found.scanned == tuple(FILES)
    places = defaultdict(set)
    for match in found.matches:
        places[match.rule].add((match.file, match.line))
    return places


def annotated(word: str, rule: str) -> set[tuple[str, int]]:
    """The lines below a comment such as `# ruleid: spans-handler-not-observed`."""
    places = set()
    for name in FILES:
        for number, line in enumerate((DATA / name).read_text().splitlines(), 1):
            found = re.fullmatch(rf"\s*# {word}: (.+)", line)
            if found and rule in found[1].split(", "):
                places.add((name, number + 1))
    return places


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_fires_on_exactly_the_annotated_lines(rule: str) -> None:
    must, must_not = annotated("ruleid", rule), annotated("ok", rule)
    assert must and must_not, "a rule needs both kinds of examples"
    assert fired()[rule] == must


def test_no_annotation_names_a_rule_that_is_not_there() -> None:
    named = {
        rule
        for name in FILES
        for found in re.findall(r"# (?:ruleid|ok): (.+)", (DATA / name).read_text())
        for rule in found.split(", ")
    }
    assert named == set(RULES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_says_who_it_belongs_to_and_what_to_do(rule: str) -> None:
    metadata = RULES[rule]["metadata"]
    assert rule.startswith(metadata["codemod"] + "-")
    assert metadata["codemod-safety"] in ("safe", "review", "unsafe")
    assert metadata["help"]
    assert all(reference.startswith("https://") for reference in metadata["references"])
    assert RULES[rule]["severity"] in ("ERROR", "WARNING", "INFO")


def test_spans_and_metrics_agree_on_what_a_handler_without_observation_is() -> None:
    """But for websockets, whose duration says nothing."""
    spans, metrics = RULES["spans-handler-not-observed"], RULES["metrics-handler-not-observed"]
    http = json.dumps(spans["patterns"]).replace("|websocket|websocket_route)$", ")$")
    assert json.loads(http) == metrics["patterns"]
    assert spans["options"] == metrics["options"]


@pytest.mark.parametrize("codemods", [["metrics"], ["auth", "metrics"], ["spans"]], ids=" ".join)
def test_what_is_not_observed_by_decision_is_no_reason_to_refuse(codemods: list[str], tmp_path: Path) -> None:
    """Also where another codemod inserts something: a guard at a websocket, or at a handler that is suppressed."""
    source = "from fastapi import FastAPI, WebSocket\n\napp = FastAPI()\n\n\n"
    source += '@app.get("/x")  # codemod: ignore[metrics] -- too many\ndef read():\n    return {}\n\n\n'
    source += '@app.get("/y")\ndef other():\n    return {}\n\n\n'
    source += '@app.websocket("/live")\nasync def live(socket: WebSocket):\n    await socket.accept()\n'
    auth = {"authenticate": "main:read", "observe-until": "2030-01-01"} if "auth" in codemods else {}
    testing.put(tmp_path, {"main.py": source, "codemod.toml": testing.toml({"codemods": codemods, "auth": auth})})
    assert not testing.run(tmp_path).refused
    text = (tmp_path / "main.py").read_text()
    assert text.count("@observed(") == (3 if "spans" in codemods else 1)
    assert text.count("[guard()]") == (3 if auth else 0)
