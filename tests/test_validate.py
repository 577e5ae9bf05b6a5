"""The proofs: a correct change passes, and every way of damaging a service is caught."""

import warnings

import pytest

from splice.model import Change, Edit, Reason, Refused
from splice.source import Source
from splice.validate import Proof, compiles, prove

SERVICE = '''\
"""Orders."""
import flask

app = flask.Flask(__name__)


@app.get("/orders/<int:order_id>")
@cached
def read_order(order_id: int = 1, *, page=2):
    """One order."""
    return requests.get(URL, timeout=3)
'''
IMPORT = "from orders.scaffold import observed\n"
DECORATOR = '@observed("GET /orders/{order_id}")\n'


def edited(before: str | bytes, *edits: tuple[str, str], removing: str = "") -> Change:
    """A change that inserts each text before the first place where a marker stands, and may take one text out."""
    raw = before.encode() if isinstance(before, str) else before
    source = Source.decode(raw)
    done = [Edit(source.text.index(marker), source.text.index(marker), text) for marker, text in edits]
    if removing:
        done.append(Edit(source.text.index(removing), source.text.index(removing) + len(removing), ""))
    return Change("orders/app.py", raw, source.apply(tuple(done)), tuple(done))


def reason(change: Change, **options: object) -> tuple[Reason, str]:
    with pytest.raises(Refused) as caught:
        prove(change, **options)  # type: ignore[arg-type]
    return caught.value.reason, caught.value.detail


GOOD = edited(SERVICE, ("import flask", IMPORT), ("@cached", DECORATOR))


def test_insertions_pass_and_tell_where_things_are() -> None:
    proof = prove(GOOD, stripped_after=SERVICE.encode(), slots={7: 1})
    assert GOOD.after is not None
    lines = GOOD.after.decode().splitlines()
    assert {lines[n - 1] + "\n" for n in proof.inserted} == {IMPORT, DECORATOR}
    assert {lines[proof.defs[n] - 1] for n in (7, 8, 9)} == {"def read_order(order_id: int = 1, *, page=2):"}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encodings_and_newlines_pass(encoding: str, newline: str) -> None:
    cookie = "# coding: latin-1\n" if encoding == "latin-1" else ""
    text = (cookie + SERVICE.replace("One order", "Ä\fñ €" if cookie == "" else "Ä\fñ")).replace("\n", newline)
    change = edited(text.encode(encoding), ("@cached", DECORATOR.replace("\n", newline)))
    offset = 1 if cookie else 0
    assert prove(change, stripped_after=change.before).inserted == {8 + offset}


def test_every_kind_of_insertion_passes() -> None:
    service = SERVICE.replace("@cached", "@app.post('/x', dependencies=[a])").replace("flask\n", "flask, sys\n", 1)
    change = edited(
        service,
        (", sys", ", observed"),
        ("])\ndef", ", guard(b)"),
        ("requests.get(", "retried("),
        ("(URL", ")"),
        ("\n\n\n@app", "\ninstrument(app)"),
    )
    assert len(prove(change, stripped_after=change.before).inserted) == 4


def test_taking_our_own_insertions_back_passes() -> None:
    before = GOOD.after
    assert before is not None
    change = edited(before, removing=DECORATOR)
    assert prove(change, stripped_before=SERVICE.encode(), stripped_after=SERVICE.encode()).inserted == frozenset()


def test_a_wrap_is_taken_back() -> None:
    change = edited("x = retried(f)(1)\n", removing="retried(")
    edits = (*change.edits, Edit(13, 14, ""))
    after = Source.decode(b"x = retried(f)(1)\n").apply(edits)
    assert after == b"x = f(1)\n"
    prove(Change("a.py", change.before, after, edits))


def test_bytes_that_are_not_the_edits_are_caught() -> None:
    assert GOOD.after is not None
    damaged = Change(GOOD.file, GOOD.before, GOOD.after.replace(b"timeout=3", b"timeout=4"), GOOD.edits)
    assert reason(damaged) == (Reason.PROOF_FAILED, "the result is not the file plus the planned edits")
    outside = Change(GOOD.file, GOOD.before, GOOD.after, (Edit(10**6, 10**6, "x"),))
    assert reason(outside)[1] == "edits overlap or lie outside the file"
    overlap = Change(GOOD.file, GOOD.before, GOOD.after, (Edit(0, 9, ""), Edit(5, 8, "")))
    assert reason(overlap)[1] == "edits overlap or lie outside the file"


MEANING = "the service's own code would change its meaning"


@pytest.mark.parametrize(
    ("marker", "text", "why"),
    [
        ("order_id: int", "force, ", MEANING),  # a parameter of a public function
        (':\n    "', " -> int", MEANING),
        ("Flask(", "x.", MEANING),
        ("URL", "not ", MEANING),
        ("(URL", "or_", MEANING),
        ("2):", "1", MEANING),
        ('"""One', "pass\n    ", "a docstring would be lost"),
        ('"""Orders', "import x\n", "a docstring would be lost"),
        ("def read", "async ", MEANING),
        ("requests", "(yield) or ", MEANING),
        ("@app.get", "# coding: latin-1\n", None),
        ('"""Orders', "# coding: latin-1\n", "the file would be read in another encoding"),
        ("@cached", "@observed(\n", "would not compile"),
        ("@cached", "  @observed('x')\n", "would not compile"),
        ("def read", "return 1\n", "would not compile"),
    ],
)
def test_an_insertion_that_changes_the_service(marker: str, text: str, why: str | None) -> None:
    change = edited(SERVICE, (marker, text))
    if why is None:
        assert prove(change).inserted
    else:
        found, detail = reason(change)
        assert found is Reason.PROOF_FAILED
        assert why in detail


def test_a_removal_of_the_services_own_code_is_caught() -> None:
    change = edited(SERVICE, removing=", timeout=3")
    why = "strip would not give the original bytes back"
    assert reason(change, stripped_before=change.before, stripped_after=change.after) == (Reason.PROOF_FAILED, why)


def test_a_base_class_is_no_insertion_of_ours() -> None:
    assert reason(edited("class A(B):\n    x = 1\n", ("B)", "Mixin, ")))[1] == MEANING


@pytest.mark.parametrize(("slot", "marker", "fine"), [(1, "@cached", True), (1, "@app", False), (2, "@cached", False)])
def test_order_of_decorators(slot: int, marker: str, fine: bool) -> None:
    change = edited(SERVICE, (marker, DECORATOR))
    if fine:
        prove(change, slots={9: slot})
    else:
        assert "it would never run" in reason(change, slots={9: slot})[1]


def test_order_when_ours_is_moved_below_the_route() -> None:
    wrong = SERVICE.replace("@app", DECORATOR + "@app").replace("@cached\n", "")
    change = edited(wrong, ("def read", DECORATOR), removing=DECORATOR)
    prove(change, slots={9: 2}, stripped_before=b"same", stripped_after=b"same")
    unmoved = edited(wrong, ("@app", DECORATOR), removing=DECORATOR)
    assert "it would never run" in reason(unmoved, slots={9: 2})[1]


def test_strip_must_give_the_original_back() -> None:
    assert reason(GOOD, stripped_after=SERVICE.encode() + b"\n")[1] == "strip would not give the original bytes back"


def test_after_a_formatter_strip_gives_back_the_tree() -> None:
    assert GOOD.after is not None
    formatted = edited(GOOD.after, ("@cached", "@guarded('x')\n"))
    other = SERVICE.replace("(URL, timeout=3)", "(\n        URL,\n        timeout=3,\n    )").encode()
    prove(formatted, stripped_before=SERVICE.encode(), stripped_after=other)
    lost = SERVICE.replace("timeout=3", "timeout=4").encode()
    assert reason(formatted, stripped_before=SERVICE.encode(), stripped_after=lost)[1] == MEANING


def test_a_service_that_never_compiled_is_refused_for_its_own_sake() -> None:
    for broken in ("def f(:\n", "print 'x'\n", "return 1\n"):
        change = edited("import flask\n" + broken, ("import flask", IMPORT))
        assert reason(change)[0] is Reason.SYNTAX


@pytest.mark.parametrize(
    "deep", ["x = " + "(" * 5000 + "1" + ")" * 5000, "x = " + "-" * 20000 + "1", "x = " + "[" * 150]
)
def test_deep_nesting_is_refused_and_nothing_crashes(deep: str) -> None:
    assert reason(edited("import flask\n" + deep + "\n", ("import flask", IMPORT)))[0] in (
        Reason.TOO_DEEP,
        Reason.SYNTAX,
    )


def test_a_long_sum_is_no_deep_nesting() -> None:
    service = "import flask\nx = " + " + ".join(["'a'"] * 800) + "\n"
    assert prove(edited(service, ("import flask", IMPORT))).inserted == {1}


def test_the_services_warnings_stay_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prove(edited("import flask\nx = '\\d'\ny = 1 is 1\n", ("import flask", IMPORT)))


def test_nothing_is_executed() -> None:
    prove(edited("import flask_that_is_not_there\nraise SystemExit(3)\n", ("import", IMPORT)))


def test_new_and_vanishing_files() -> None:
    assert prove(Change("a.py", None, b"x = 1\ny = 2\n")).inserted == {1, 2, 3}
    assert prove(Change("a.py", b"x = 1\n", None)) == Proof()
    assert prove(Change("pyproject.toml", b"[a", b"[b")) == Proof()
    with pytest.raises(Refused, match="syntax-error"):
        prove(Change("a.py", None, b"def f(:\n"))


def test_compiles_names_the_line() -> None:
    with pytest.raises(Refused) as caught:
        compiles(b"x = 1\nbreak\n", "a.py")
    assert caught.value.line == 2
