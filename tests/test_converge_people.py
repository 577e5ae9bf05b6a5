"""With every codemod on, people edit what we inserted, move it, copy it, wrap it and merge it; the next run converges.

Nothing of theirs is lost, and no guard is ever lost or weakened by it. Each test is a sentence of the rules on who owns
an insertion (README, "Who owns what").
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from all_on import FASTAPI, FLASK, RATES, made
from fuzz.properties import settled
from splice import testing
from splice.landing import Done
from splice.model import SpliceError

PLAIN = {"flask": FLASK, "fastapi": FASTAPI}
GUARD = '@guarded("carts:read")\n'
GUARDED = 'dependencies=[guard("carts:read")]'
LISTED = '[guard("carts:read"), Depends(limited)]'


@pytest.fixture
def flask(tmp_path: Path) -> Path:
    return made(tmp_path, "flask")


def text(root: Path, file: str = "shop/app.py") -> str:
    return (root / file).read_text()


def edit(root: Path, old: str, new: str, file: str = "shop/app.py") -> None:
    before = text(root, file)
    assert old in before, before
    (root / file).write_text(before.replace(old, new, 1))


def run(root: Path) -> Done:
    """Run, and see that this was the last word."""
    done = testing.run(root, rules=False)
    settled(root)
    return done


def stripped(root: Path, file: str = "shop/app.py") -> str:
    testing.run(root, strip=True, rules=False)
    return text(root, file)


def codes(done: Done) -> set[str]:
    return {finding.code for finding in done.findings}


DELETED = {
    "a wrap": ("flask", "shop/rates.py", "retried(session.get)", "session.get"),
    "an argument": ("flask", "shop/rates.py", ", timeout=REQUESTS_TIMEOUT", ""),
    "a guard": ("flask", "shop/app.py", GUARD, ""),
    "a guard of a method": ("django", "shop/views.py", '    @guarded("carts:read")\n', ""),
    "an element": ("fastapi", "shop/app.py", 'guard("carts:read"), Depends(limited)', "Depends(limited)"),
    "a whole list": ("fastapi", "shop/app.py", "'/{cart_id}', dependencies=[guard(\"carts:read\")]", "'/{cart_id}'"),
    "the statement that closes an app": ("flask", "shop/app.py", "protect(app)\n", ""),
    "an aspect": ("flask", "shop/app.py", "@audited\n", ""),
}


@pytest.mark.parametrize("case", DELETED)
def test_what_is_deleted_comes_back_where_it_was(case: str, tmp_path: Path) -> None:
    name, file, old, new = DELETED[case]
    root = made(tmp_path, name)
    before = text(root, file)
    edit(root, old, new, file)
    run(root)
    assert text(root, file) == before


def test_an_import_that_is_deleted_comes_back_in_one_run(tmp_path: Path) -> None:
    """The calls that it was for are known meanwhile; the blank line that came with it is theirs now."""
    root = made(tmp_path, "flask")
    before = text(root, "shop/rates.py").split()
    edit(root, "from .scaffold import AIOHTTP_TIMEOUT, REQUESTS_TIMEOUT, retried\n", "", "shop/rates.py")
    run(root)
    assert text(root, "shop/rates.py").split() == before


KEPT = {
    "a timeout": ("flask", "shop/rates.py", "timeout=REQUESTS_TIMEOUT).json", "timeout=30).json", ""),
    "a calculated timeout": (
        "flask",
        "shop/rates.py",
        "timeout=REQUESTS_TIMEOUT).j",
        "timeout=REQUESTS_TIMEOUT[1]).j",
        "",
    ),
    "a stricter guard": ("flask", "shop/app.py", GUARD, '@guarded("carts:read", "admin")\n', "edited-by-hand"),
    "a weaker guard": ("flask", "shop/app.py", GUARD, "@guarded()\n", "guard-weakened"),
    "another scope": ("fastapi", "shop/app.py", LISTED, '[guard("x"), Depends(limited)]', "guard-weakened"),
    "a guard above ours": ("flask", "shop/app.py", GUARD, '@guarded("admin")\n' + GUARD, ""),
    "an argument before ours": (
        "flask",
        "shop/rates.py",
        "# one by one\n",
        "# one by one\n            headers={},\n",
        "",
    ),
    "an argument behind ours": (
        "flask",
        "shop/rates.py",
        "AIOHTTP_TIMEOUT) as",
        "AIOHTTP_TIMEOUT, trust_env=True) as",
        "",
    ),
    "an argument before a list": (
        "fastapi",
        "shop/app.py",
        f"dependencies={LISTED}",
        f"tags=[], dependencies={LISTED}",
        "",
    ),
    "another order": ("fastapi", "shop/app.py", LISTED, '[Depends(limited), guard("carts:read")]', ""),
    "a guard of a public route": ("flask", "shop/app.py", "def healthz", GUARD + "def healthz", "guard-stays"),
    "a guard of a router": ("fastapi", "shop/app.py", 'tags=["carts"])', f'tags=["carts"], {GUARDED})', "guard-stays"),
    "a guard of an app": ("fastapi", "shop/app.py", "FastAPI()", f"FastAPI({GUARDED})", "guard-stays"),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_people_write_is_kept_and_nothing_is_added_to_it(case: str, tmp_path: Path) -> None:
    """Also a guard where the policy asks for none: they may have copied ours, and taking it away opens something."""
    name, file, old, new, code = KEPT[case]
    root = made(tmp_path, name)
    edit(root, old, new, file)
    before = text(root, file)
    done = testing.run(root, rules=False)
    assert text(root, file) == before
    assert not code or code in codes(done)
    assert not testing.run(root, rules=False).changes


UNREAD = {
    "a router": ("fastapi", "APIRouter(prefix", "made(prefix"),
    "an app": ("flask", "Flask(__name__)", "made(Flask)"),
    "a route": ("flask", "@app.post('/carts')", "@route(app)"),
}


@pytest.mark.parametrize("case", UNREAD)
def test_no_guard_goes_because_a_registration_cannot_be_read_any_more(case: str, tmp_path: Path) -> None:
    name, old, new = UNREAD[case]
    root = made(tmp_path, name)
    guards = [text(root).count(word) for word in ("guarded(", "guard(", "protect(app)")]
    edit(root, old, new)
    assert "guard-stays" in codes(testing.run(root, rules=False))
    assert [text(root).count(word) for word in ("guarded(", "guard(", "protect(app)")] == guards
    assert not testing.run(root, rules=False).changes
    assert stripped(root) == PLAIN[name].replace(old, new)


def test_a_guard_goes_where_the_policy_says_so(flask: Path) -> None:
    edit(flask, 'public = ["* /healthz"]', 'public = ["* /healthz", "GET /carts/*"]', "codemod.toml")
    run(flask)
    assert text(flask).count("@guarded(") == 1


DOUBLED = {
    "a guard": ("flask", GUARD, GUARD + GUARD),
    "an app that is closed": ("flask", "protect(app)\n", "protect(app)\nprotect(app)\n"),
    "an element": ("fastapi", LISTED, f'[guard("carts:read"), {LISTED[1:]}'),
}


@pytest.mark.parametrize("case", DOUBLED)
def test_what_a_merge_has_doubled_stands_once(case: str, tmp_path: Path) -> None:
    name, old, new = DOUBLED[case]
    root = made(tmp_path, name)
    before = text(root)
    edit(root, old, new)
    run(root)
    assert text(root) == before
    assert stripped(root) == PLAIN[name]


def test_a_guard_above_the_route_is_put_below(flask: Path) -> None:
    before, route = text(flask), '@app.get("/carts/<int:cart_id>")\n@observed("GET /carts/{cart_id}")\n'
    edit(flask, route + GUARD, GUARD + route)
    assert "misplaced" in codes(testing.run(flask, write=False, rules=False))
    run(flask)
    assert text(flask) == before


def test_a_call_that_is_not_safe_to_repeat_any_more_loses_its_wrap(flask: Path) -> None:
    edit(flask, "retried(requests.get)(\n", "retried(requests.post)(\n", "shop/rates.py")
    run(flask)
    assert "        requests.post(\n" in text(flask, "shop/rates.py")
    assert stripped(flask, "shop/rates.py") == RATES.replace("requests.get(\n", "requests.post(\n")


def test_a_handler_that_is_copied_gets_what_the_policy_asks_of_its_own_route(flask: Path) -> None:
    rule = '[[auth.rules]]\noperation = "* /admin"\nrequire = ["admin"]\n\n[timeouts]'
    edit(flask, "[timeouts]", rule, "codemod.toml")
    head, _, _ = text(flask).partition("@app.post")
    start = head.index("@app.get(")
    copy = head[start:].replace("/carts/<int:cart_id>", "/admin").replace("def read_cart(cart_id)", "def admin()")
    (flask / "shop/app.py").write_text(text(flask) + "\n\n" + copy)
    run(flask)
    new = text(flask).partition('@app.get("/admin")\n')[2]
    assert new.startswith('@observed("GET /admin")\n@guarded("admin")\ndef admin():\n')
    assert "retried(requests.get)" in new and "timeout=REQUESTS_TIMEOUT" in new


def test_a_renamed_handler_and_a_call_that_moved_to_another_file_keep_theirs(flask: Path) -> None:
    edit(flask, "def read_cart", "def get_cart")
    whole = text(flask, "shop/rates.py")
    kept, _, stock = whole.partition("class Stock:")
    (flask / "shop/rates.py").write_text(kept)
    imports = "import httpx\nimport requests\n\nfrom .scaffold import REQUESTS_TIMEOUT, retried\n\n\nclass Stock:"
    (flask / "shop/stock.py").write_text(imports + stock)
    before = testing.tree(flask)
    run(flask)
    now = testing.tree(flask)
    assert {file for file in now if now[file] != before[file]} == {"codemod.lock"}
    testing.run(flask, strip=True, rules=False)
    plain = RATES.partition("class Stock:")
    assert text(flask) == FLASK.replace("def read_cart", "def get_cart")
    assert text(flask, "shop/stock.py").endswith(plain[1] + plain[2])
    assert "scaffold" not in text(flask, "shop/stock.py") + text(flask, "shop/rates.py")


def test_two_branches_that_both_ran_merge_clean(flask: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *words], cwd=flask, check=True, capture_output=True)

    added = {
        "one": ("shop/rates.py", '\n\ndef other(url):\n    return requests.delete(url, headers={"a": "b"})\n'),
        "two": ("shop/app.py", '\n\n@app.put("/carts")\ndef put_cart():\n    return requests.get("http://x").text\n'),
    }
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "base")
    for branch, (file, code) in added.items():
        git("checkout", "-q", "-b", branch, "main")
        (flask / file).write_text(text(flask, file) + code)
        run(flask)
        git("commit", "-qam", branch)
    git("merge", "-q", "--no-edit", "one")
    settled(flask)
    assert 'retried(requests.delete)(url, headers={"a": "b"}, timeout=REQUESTS_TIMEOUT)' in text(flask, "shop/rates.py")
    assert '@observed("PUT /carts")\n@guarded("carts:read")\ndef put_cart' in text(flask)
    testing.run(flask, strip=True, rules=False)
    assert text(flask) == FLASK + added["two"][1]
    assert text(flask, "shop/rates.py") == RATES + added["one"][1]


def test_a_conflict_in_the_lock_is_an_error_and_either_side_of_it_will_do(flask: Path) -> None:
    lock, before = flask / "codemod.lock", testing.tree(flask)
    head, *rows = lock.read_text().splitlines()
    half = len(rows) // 2
    lock.write_text("\n".join([head, "<<<<<<< one", *rows[:half], "=======", *rows[half:], ">>>>>>> two", ""]))
    with pytest.raises(SpliceError, match="conflict"):
        testing.run(flask, rules=False)
    for side in (rows[:half], rows[half:]):
        lock.write_text("\n".join([head, *side, ""]))
        testing.run(flask, rules=False)
        now = testing.tree(flask)
        assert {f: raw for f, raw in now.items() if f.endswith(".py")} == {
            f: raw for f, raw in before.items() if f.endswith(".py")
        }
