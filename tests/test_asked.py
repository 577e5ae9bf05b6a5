"""Some insertions only, and texts that no disk holds: what an editor asks of the engine, and `run` never does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from splice import testing
from splice.config import load
from splice.invocation import Options, Run
from splice.landing import Done, carry_out
from splice.pipeline import Planned, Request, plan, plan_of
from splice.registry import codemods
from splice.report.drift import Drift, drift

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
READ = '\n\n@app.get("/orders/<int:order_id>")\ndef read(order_id):\n    return {"id": order_id}\n'
FIND = '\n\n@app.get("/orders")\ndef find():\n    return []\n'
MAKE = '\n\n@app.post("/orders")\ndef make():\n    return {}, 201\n'


def planned(root: Path, unsaved: Mapping[str, bytes] | None = None) -> Planned:
    return plan(Request(root, load(root, None, codemods()), date(2026, 1, 1), unsaved=unsaved or {}))


def asked(found: Planned, *wanted: Drift) -> Done:
    """What is carried out where nothing but these is asked for."""
    only = frozenset(key for one in wanted for key in one.keys)
    return carry_out(plan_of(found.survey, replace(found.request, only=only)), write=False, rules=False)


def after(done: Done, file: str) -> str:
    (change,) = (one for one in done.changes if one.file == file)
    assert change.after is not None
    return change.after.decode()


def test_one_of_two_is_inserted_and_the_other_is_left_alone(tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP + READ + FIND})
    found = planned(tmp_path)
    read, find = drift(found)[:2]
    assert (read.symbol, find.symbol) == ("read", "find")
    done = asked(found, find)
    text = after(done, "app.py")
    assert text.count("@observed(") == 1 and '@observed("GET /orders")\ndef find' in text
    assert "def read" in text and "from scaffold import observed" in text
    assert [one.file for one in done.changes] == ["scaffold.py", "app.py", "codemod.lock"]
    assert '"symbol":"read"' not in after(done, "codemod.lock")


def test_what_is_stale_misplaced_or_unwanted_beside_it_stays_with_its_rows(tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP + READ + FIND + MAKE})
    testing.run(tmp_path, rules=False)
    text = (tmp_path / "app.py").read_text()
    text = text.replace('"/orders/<int:order_id>"', '"/order/<int:order_id>"')  # stale
    moved = '@app.get("/orders")\n@observed("GET /orders")\n'
    text = text.replace(moved, "".join(reversed(moved.splitlines(True))))  # misplaced
    text = text.replace('@app.post("/orders")\n', "")  # no handler any more
    testing.put(tmp_path, {"app.py": text + MAKE.replace("make", "more")})
    lock = (tmp_path / "codemod.lock").read_text().splitlines()
    found = planned(tmp_path)
    whats: dict[str, Drift] = {one.what: one for one in drift(found)}
    assert set(whats) == {"stale", "misplaced", "not wanted", "missing"}
    done = asked(found, whats["missing"])
    assert after(done, "app.py") == text + MAKE.replace("make", "more").replace(
        "\ndef", '\n@observed("POST /orders")\ndef'
    )
    assert set(lock) < set(after(done, "codemod.lock").splitlines())
    for what, gone in (("stale", '"GET /orders/{order_id}"'), ("not wanted", '@observed("POST /orders")\ndef make')):
        assert gone in text and gone not in after(asked(found, whats[what]), "app.py")
    correct = after(asked(found, whats["misplaced"]), "app.py")
    assert moved in correct and '"GET /orders/{order_id}"' in correct and "def more" in correct


def test_all_of_them_come_to_what_run_writes(tmp_path: Path) -> None:
    for name in ("all", "each"):
        testing.put(tmp_path / name, {"app.py": APP + READ + FIND + MAKE, "requirements.txt": "flask\n"})
    testing.run(tmp_path / "all", rules=False)
    for symbol in ("make", "read", "find"):
        found = planned(tmp_path / "each")
        (one,) = (one for one in drift(found) if one.symbol == symbol)
        for change in asked(found, one).changes:
            assert change.after is not None
            (tmp_path / "each" / change.file).write_bytes(change.after)
    assert testing.tree(tmp_path / "each") == testing.tree(tmp_path / "all")


def test_a_text_that_is_not_saved_is_what_is_looked_at(tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": "# nothing yet\n"})
    before = testing.tree(tmp_path)
    found = planned(tmp_path, {"app.py": (APP + FIND).encode()})
    assert drift(found)[0].text == "app.py:7: spans,metrics missing: GET /orders"
    assert '@observed("GET /orders")' in after(asked(found, drift(found)[0]), "app.py")
    assert not drift(planned(tmp_path))
    assert testing.tree(tmp_path) == before


def test_a_lock_that_is_not_saved_counts_too(tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP + FIND})
    testing.run(tmp_path, rules=False)
    held = (tmp_path / "codemod.lock").read_bytes()
    (tmp_path / "codemod.lock").unlink()
    assert [one.subject for one in drift(planned(tmp_path))] == ["record of insertions"]
    assert not drift(planned(tmp_path, {"codemod.lock": held}))


def test_no_command_sees_an_unsaved_text(tmp_path: Path) -> None:
    testing.put(tmp_path, {"app.py": APP})
    for command in ("run", "check", "diff", "list", "strip", "upgrade", "explain", "baseline"):
        request = Run(command, Options(root=tmp_path)).request(())
        assert not request.unsaved and request.only is None and request.is_whole


def test_rope_reads_the_unsaved_text(tmp_path: Path) -> None:
    made = "import httpx\n\n\ndef pair():\n    return httpx.Client(), 1\n\n\nclient, _ = pair()\n"
    main = "from .made import client\n\n\ndef read():\n    return client.get('http://x')\n"
    files: dict[str, str | bytes] = {
        "app/__init__.py": "",
        "app/main.py": main,
        "codemod.toml": 'codemods = ["timeouts"]\n',
    }
    testing.put(tmp_path, {**files, "app/made.py": "client = None\n"})

    def callees(unsaved: Mapping[str, bytes]) -> list[str]:
        return [fact.callee for fact in planned(tmp_path, unsaved).survey.matched.calls.facts.values()]

    assert "httpx.Client.get" not in callees({})
    assert "httpx.Client.get" in callees({"app/made.py": made.encode()})
