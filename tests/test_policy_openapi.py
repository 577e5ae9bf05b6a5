"""An OpenAPI document as the policy: what it says of whom, and where it and the service differ."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from splice.config import Config, load
from splice.model import SpliceError
from splice.policies.documented import documented
from splice.policies.findings import findings
from splice.policies.openapi import Described, read
from splice.policies.requirements import Public, Requires, requirement
from splice.survey import survey
from splice.testing import put

KNOWN = ("auth", "spans")
TODAY = date(2026, 11, 24)
DOCUMENT = """\
openapi: 3.1.0
info: {title: orders, version: "1"}
servers:
  - url: https://api.example.com/v1/
security:
  - oauth: [orders:read]
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {}}
    key: {type: apiKey, name: X-Key, in: header}
paths:
  /healthz:
    get:
      security: []
  /orders:
    get:
      summary: by the usual
    post:
      security:
        - oauth: [orders:write]
        - oauth: [admin]
  /orders/{id}:
    get: {}
    delete:
      security:
        - oauth: [orders:write, admin]
          key: []
  /maybe:
    get:
      security: [{}, {oauth: [x]}]
"""


def described(text: str) -> dict[str, Described]:
    return {f"{each.method} {each.path}": each for each in read(text.encode(), "openapi.yaml").operations}


def refused(text: str) -> SpliceError:
    with pytest.raises(SpliceError) as caught:
        read(text.encode(), "openapi.yaml")
    return caught.value


def test_security_is_read_for_each_operation() -> None:
    found = described(DOCUMENT)
    assert found == {
        "GET /healthz": Described("GET", "/healthz", 13, public=True),
        "GET /orders": Described("GET", "/orders", 16, (("orders:read",),)),
        "POST /orders": Described("POST", "/orders", 18, (("admin",), ("orders:write",))),
        "DELETE /orders/{id}": Described("DELETE", "/orders/{id}", 24, (("admin", "orders:write"),)),
        "GET /orders/{id}": Described("GET", "/orders/{id}", 23, (("orders:read",),)),
        "GET /maybe": Described("GET", "/maybe", 29, public=True),
    }
    assert read(DOCUMENT.encode(), "openapi.yaml").bases == ("/v1",)


def test_without_any_security_nothing_is_public() -> None:
    silent = DOCUMENT.replace("security:\n  - oauth: [orders:read]\n", "")
    assert described(silent)["GET /orders"] == Described("GET", "/orders", 14, said=False)


def test_swagger_2_says_the_same() -> None:
    text = json.dumps(
        {
            "swagger": "2.0",
            "basePath": "/v1",
            "securityDefinitions": {"oauth": {}},
            "security": [{"oauth": ["a"]}],
            "paths": {"/x": {"get": {}, "parameters": [], "options": {"security": []}}, "x-paths": 1},
        },
        indent="\t",
    )
    document = read(text.encode(), "openapi.json")
    assert document.bases == ("/v1",)
    assert [(each.method, each.public) for each in document.operations] == [("GET", False), ("OPTIONS", True)]
    assert document.operations[0].line == 16


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("openapi: 3.1.0", "asyncapi: 3.0.0", 1, "no OpenAPI document"),
        ("paths:", "pathes:", 1, "describes no paths"),
        ("security: []", "security:", 14, "must be a list"),
        ("security: []", "security: {oauth: []}", 14, "must be a list"),
        ("security: []", "security: [oauth]", 14, "must be a mapping"),
        ("security: []", "security: [{oauth: }]", 14, "the scopes of 'oauth' must be a list"),
        ("security: []", "security: [{oauth: read}]", 14, "the scopes of 'oauth' must be a list"),
        ("security: []", "security: [{oauht: []}]", 14, "did you mean 'oauth'?"),
        ("security: []", "security: [{oauth: ['a b']}]", 14, "scopes or roles"),
        ("security: []", "security: [{oauth: [[a]]}]", 14, "must be a list of strings"),
        ("  /maybe:", "  maybe:", 28, "is no path"),
        ("  /maybe:\n    get:\n      security: [{}, {oauth: [x]}]", "  /maybe: {$ref: 'other.yaml'}", 28, "bundle"),
        ("  /maybe:\n    get:", "  /maybe:\n    $ref: '#/paths/~1orders'\n    get:", 29, "stand alone"),
        (
            "  /maybe:\n    get:\n      security: [{}, {oauth: [x]}]",
            "  /m: {$ref: '#/paths/~1m'}",
            28,
            "refers to itself",
        ),
        ("  /maybe:", "  /orders:", 28, "stands twice"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(old: str, new: str, line: int, words: str) -> None:
    assert old in DOCUMENT
    error = refused(DOCUMENT.replace(old, new))
    assert words in str(error)
    assert (error.file, error.line) == ("openapi.yaml", line)


def test_a_path_may_stand_elsewhere_in_the_document() -> None:
    moved = DOCUMENT + "  /other: {$ref: '#/components/pathItems/Other'}\n"
    moved = moved.replace("components:", "components:\n  pathItems: {Other: {put: {security: []}}}")
    assert described(moved)["PUT /other"].public


def test_what_aliases_repeat_is_read_once_and_bounded() -> None:
    head = "openapi: 3.0.0\ncomponents: {securitySchemes: {oauth: {}}}\n"
    alternatives = "x: &many\n" + "\n".join(f"  - oauth: [s{n}]" for n in range(1000)) + "\npaths:\n"
    paths = "".join(f"  /p{n}: {{get: {{security: *many}}}}\n" for n in range(300))
    found = read((head + alternatives + paths).encode(), "openapi.yaml").operations
    assert len(found) == 300 and all(each.alternatives is found[0].alternatives for each in found)
    item = "x: &item {get: {}, put: {}, post: {}, delete: {}, patch: {}}\npaths:\n"
    repeated = "".join(f"  /p{n}: *item\n" for n in range(4100))
    assert "comes to more than" in str(refused(head + item + repeated))


SERVICE = """\
from flask import Flask
app = Flask(__name__)

@app.get("/v1/healthz")
def health():
    return "ok"

@app.route("/v1/orders", methods=["GET"])
def orders():
    return "orders"

@app.post("/v1/orders")
def place():
    return "placed"

@app.get("/v1/orders/<int:order_id>")
def read(order_id):
    return "read"

@app.delete("/v1/orders/<int:number>")
def delete(number):
    return "deleted"

@app.get("/v1/maybe")
@app.get("/v1/orders/all")
def several():
    return "several"
"""
OWN = """\
codemods = ["auth"]
[auth]
mode = "enforce"
authenticate = "auth:who"
policy = "api/openapi.yaml"
"""


def joined(root: Path, service: str, document: str, own: str = OWN) -> tuple[Config, list[str], dict[str, object]]:
    """The configuration with the document, the findings, and what each operation requires."""
    put(root, {"app.py": service, "api/openapi.yaml": document, "codemod.toml": own})
    points = survey(root, Config(), TODAY).matched.points
    config, told = documented(load(root, None, KNOWN), points)
    shown = [f"{f.level} {f.code} {f.file}:{f.line} {f.message}" for f in (*told, *findings(config, points, TODAY))]
    return config, shown, {p.operation: requirement(config.auth, p) for p in points if p.kind == "handler"}


def test_the_document_drives_the_guards(tmp_path: Path) -> None:
    service = SERVICE.replace('@app.get("/v1/orders/all")\n', "")
    config, told, required = joined(tmp_path, service, DOCUMENT)
    assert told == []
    assert required.pop("GET /v1/healthz") == Public("GET /v1/healthz")
    assert required.pop("GET /v1/maybe") == Public("GET /v1/maybe")
    asked = {
        name: (found.scopes, found.any_of, found.rule and (found.rule.file, found.rule.line))
        for name, found in required.items()
        if isinstance(found, Requires)
    }
    assert asked == {
        "GET /v1/orders": (("orders:read",), False, ("api/openapi.yaml", 16)),
        "POST /v1/orders": (("admin", "orders:write"), True, ("api/openapi.yaml", 18)),
        "GET /v1/orders/{order_id}": (("orders:read",), False, ("api/openapi.yaml", 23)),
        "DELETE /v1/orders/{number}": (("admin", "orders:write"), False, ("api/openapi.yaml", 24)),
    }
    changed = replace(config, auth=load(tmp_path, None, KNOWN).auth)
    assert config.normalised() != changed.normalised(), "what the document says shows in the codegen id"


def test_a_proxy_may_take_the_servers_path_off(tmp_path: Path) -> None:
    service = SERVICE.replace("/v1", "").replace('@app.get("/orders/all")\n', "")
    _, told, required = joined(tmp_path, service, DOCUMENT)
    assert told == [] and required["GET /healthz"] == Public("GET /healthz")


def test_what_is_in_one_only_is_told_with_its_place(tmp_path: Path) -> None:
    document = DOCUMENT.replace("  /maybe:", "  /healtz:\n    get: {security: []}\n  /maybe:").replace(
        "/healthz:", "/x:"
    )
    _, told, required = joined(tmp_path, SERVICE, document)
    assert told == [
        "error policy-unmatched api/openapi.yaml:13 GET '/x' is in the document, and no operation of the project",
        "error policy-unmatched api/openapi.yaml:29 GET '/healtz' is in the document, and no operation of the project",
        "error policy-undocumented app.py:5 'GET /v1/healthz' is not in 'api/openapi.yaml'",
        "error policy-undocumented app.py:26 'GET /v1/orders/all' is not in 'api/openapi.yaml'",
        told[-1],
    ]
    assert required["GET /v1/healthz"] == Requires(), "an operation that nobody describes is not public"
    assert "policy-undecided" in told[-1] and "'GET /v1/maybe' is public" in told[-1]


def test_a_literal_path_is_not_the_documents_parameter(tmp_path: Path) -> None:
    """`/orders/{id}` in the document says nothing of `/orders/all`, though a pattern with a star would."""
    open_one = DOCUMENT.replace("    get: {}\n", "    get: {security: []}\n")
    _, _, required = joined(tmp_path, SERVICE.replace('@app.get("/v1/maybe")\n', ""), open_one)
    assert required["GET /v1/orders/{order_id}"] == Public("GET /v1/orders/{order_id}")
    assert required["GET /v1/orders/all"] == Requires()


def test_a_rule_may_decide_what_the_document_leaves_out(tmp_path: Path) -> None:
    own = OWN + "public = ['GET /v1/orders/all', 'GET /v1/maybe']\n"
    document = DOCUMENT.replace("  /maybe:\n    get:\n      security: [{}, {oauth: [x]}]\n", "")
    _, told, required = joined(tmp_path, SERVICE, document, own)
    assert told == [] and isinstance(required["app.several"], Public)


def test_what_is_decided_twice_is_an_error_and_stays_closed(tmp_path: Path) -> None:
    own = OWN + "public = ['GET /v1/orders']\n[[auth.rules]]\noperation = 'GET /v1/healthz'\nrequire = ['x']\n"
    _, told, required = joined(tmp_path, SERVICE.replace('@app.get("/v1/orders/all")\n', ""), DOCUMENT, own)
    assert [line.split(" '")[0] for line in told] == [
        "error policy-twice api/openapi.yaml:13",
        "error policy-twice api/openapi.yaml:16",
    ]
    health, orders = required["GET /v1/healthz"], required["GET /v1/orders"]
    assert isinstance(health, Requires) and health.scopes == ("x",)
    assert isinstance(orders, Requires) and orders.scopes == ("orders:read",)


def test_alternatives_that_no_guard_can_tell_apart_are_all_required(tmp_path: Path) -> None:
    document = DOCUMENT.replace("        - oauth: [admin]\n", "        - key: []\n")
    _, told, required = joined(tmp_path, SERVICE.replace('@app.get("/v1/orders/all")\n', ""), document)
    assert [line.split(" POST")[0] for line in told] == ["error policy-alternatives api/openapi.yaml:18"]
    place = required["POST /v1/orders"]
    assert isinstance(place, Requires) and (place.scopes, place.any_of) == (("orders:write",), False)


def test_a_document_that_says_nothing_closes_and_tells(tmp_path: Path) -> None:
    document = DOCUMENT.replace("security:\n  - oauth: [orders:read]\n", "")
    _, told, required = joined(tmp_path, SERVICE.replace('@app.get("/v1/orders/all")\n', ""), document)
    assert [line.split(" GET")[0] for line in told] == [
        "warning policy-silent api/openapi.yaml:14",
        "warning policy-silent api/openapi.yaml:21",
    ]
    orders = required["GET /v1/orders"]
    assert isinstance(orders, Requires) and orders.scopes == ()


def test_a_document_outside_the_root_is_not_read(tmp_path: Path) -> None:
    root = tmp_path / "service"
    put(root, {"app.py": SERVICE, "codemod.toml": OWN})
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    (root / "api").symlink_to(tmp_path)
    with pytest.raises(SpliceError, match="leads outside the root"):
        load(root, None, KNOWN)


# --- floors

HEALTH = SERVICE.replace('@app.get("/v1/orders/all")\n', "")


def judged(root: Path, document: str, own: str = OWN) -> dict[str, object]:
    """What each operation requires, for a change of the document judged by the commit before."""
    put(root, {"api/openapi.yaml": document, "codemod.toml": own})
    points = survey(root, Config(), TODAY).matched.points
    config, _ = documented(load(root, None, KNOWN, policy_ref="HEAD"), points)
    return {p.operation: requirement(config.auth, p) for p in points if p.kind == "handler"}


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    put(tmp_path, {"app.py": HEALTH, "api/openapi.yaml": DOCUMENT, "codemod.toml": OWN})
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_a_change_of_the_document_may_tighten(committed: Path) -> None:
    found = judged(committed, DOCUMENT.replace("get: {}", "get: {security: [{oauth: [orders:read, x]}]}"))
    one = found["GET /v1/orders/{order_id}"]
    assert isinstance(one, Requires) and one.scopes == ("orders:read", "x")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("get: {}", "get: {security: []}", 23),
        ("get: {}", "get: {security: [{oauth: []}]}", 23),
        ("        - oauth: [admin]\n", "        - oauth: [admin]\n        - oauth: [user]\n", 18),
        ("  - oauth: [orders:read]\n", "  - oauth: []\n", 16),
    ],
)
def test_a_change_of_the_document_may_not_loosen(committed: Path, old: str, new: str, line: int) -> None:
    with pytest.raises(SpliceError) as caught:
        judged(committed, DOCUMENT.replace(old, new))
    assert (caught.value.file, caught.value.line) == ("api/openapi.yaml", line)
    assert "HEAD:" in caught.value.message


def test_what_a_change_takes_out_of_the_document_stays_as_it_was(committed: Path) -> None:
    gone = DOCUMENT.replace(
        "    delete:\n      security:\n        - oauth: [orders:write, admin]\n          key: []\n", ""
    )
    assert gone != DOCUMENT
    one = judged(committed, gone)["DELETE /v1/orders/{number}"]
    assert isinstance(one, Requires) and one.scopes == ("admin", "orders:write")
    one = judged(committed, DOCUMENT, OWN.replace('policy = "api/openapi.yaml"\n', ""))["DELETE /v1/orders/{number}"]
    assert isinstance(one, Requires) and one.scopes == ("admin", "orders:write")


def test_a_document_is_held_to_an_outer_policy(tmp_path: Path) -> None:
    outer = "[auth]\npublic = ['GET /v1/healthz']\n[[auth.rules]]\noperation = 'POST /**'\nrequire = ['admin']\n"
    put(tmp_path, {"app.py": HEALTH, "api/openapi.yaml": DOCUMENT, "codemod.toml": OWN, "outer.toml": outer})
    points = survey(tmp_path, Config(), TODAY).matched.points
    for change, line in (("", 29), (DOCUMENT[DOCUMENT.index("  /maybe") :], 18)):
        put(tmp_path, {"api/openapi.yaml": DOCUMENT.replace(change, "") if change else DOCUMENT})
        with pytest.raises(SpliceError) as caught:
            documented(load(tmp_path, None, KNOWN, policy=tmp_path / "outer.toml"), points)
        assert (caught.value.file, caught.value.line) == ("api/openapi.yaml", line), str(caught.value)
        assert "outer.toml" in caught.value.message
