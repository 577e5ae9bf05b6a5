"""`run` brings a service to what is wanted, whatever formatters and people did since; `strip` takes it back.

Each test is a sentence of the rules on who owns an insertion (README, "Who owns what").
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from splice import testing
from splice.model import Changed

FLASK = """\
from flask import Flask, jsonify

from .db import get_db

app = Flask(__name__)


@app.get("/orders/<int:order_id>")
def read_order(order_id):
    return jsonify(get_db()[order_id])


@app.post('/orders')
def create_order():
    return "", 201
"""
FILES: dict[str, str | bytes] = {
    "orders/__init__.py": "",
    "orders/db.py": "def get_db():\n    return {}\n",
    "orders/app.py": FLASK,
    "pyproject.toml": '[project]\nname = "orders"\nversion = "1"\ndependencies = [\n    "flask",\n]\n',
}
DECORATOR = '@observed("GET /orders/{order_id}")\n'


@pytest.fixture
def service(tmp_path: Path) -> Path:
    testing.put(tmp_path, FILES)
    return tmp_path


def text(root: Path, file: str = "orders/app.py") -> str:
    return (root / file).read_text()


def edit(root: Path, old: str, new: str, file: str = "orders/app.py") -> None:
    before = text(root, file)
    assert old in before
    (root / file).write_text(before.replace(old, new, 1))


def changed(root: Path, **options: bool) -> list[str]:
    return [o.change.file for o in testing.run(root, **options).outcomes if isinstance(o, Changed)]  # type: ignore[arg-type]


def codes(root: Path) -> set[str]:
    return {finding.code for finding in testing.run(root, write=False).findings}


def tool(root: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", *arguments], cwd=root, check=True, capture_output=True)


def test_run_observes_every_handler_with_one_import(service: Path) -> None:
    testing.run(service)
    assert text(service) == FLASK.replace(
        "from .db import get_db\n", "from .db import get_db\nfrom .scaffold import observed\n"
    ).replace("def read_order", DECORATOR + "def read_order").replace(
        "def create_order", '@observed("POST /orders")\ndef create_order'
    )


def test_run_after_run_changes_nothing(service: Path) -> None:
    testing.run(service)
    before = testing.tree(service)
    assert changed(service) == []
    assert testing.tree(service) == before


def test_strip_gives_back_every_byte(service: Path) -> None:
    before = testing.tree(service)
    testing.run(service)
    testing.run(service, strip=True)
    assert testing.tree(service) == before


FORMATTERS = {
    "black": (("black", "-q", "."),),
    "ruff format": (("ruff", "format", "-q", "."),),
    "black and isort": (("black", "-q", "."), ("isort", "-q", "--profile", "black", ".")),
    "isort, one name per line": (("isort", "-q", "--force-single-line", "."),),
    "isort, sorted within sections": (("isort", "-q", "--force-sort-within-sections", "."),),
    "black, narrow": (("black", "-q", "-l", "40", "."),),
    "ruff, all": (
        ("ruff", "check", "-q", "--select", "I", "--fix", "."),
        ("ruff", "format", "-q", "--line-length", "50", "."),
    ),
    "black, no string normalisation": (("black", "-q", "-S", "-l", "30", "."),),
}


@pytest.mark.parametrize("commands", FORMATTERS.values(), ids=FORMATTERS)
def test_run_after_a_formatter_changes_nothing(service: Path, commands: tuple[tuple[str, ...], ...]) -> None:
    testing.run(service)
    for command in commands:
        tool(service, *command)
    before = testing.tree(service)
    assert changed(service) == []
    assert testing.tree(service) == before


@pytest.mark.parametrize("commands", FORMATTERS.values(), ids=FORMATTERS)
def test_strip_after_a_formatter_gives_the_tree_formatted_without_us(
    service: Path, tmp_path_factory: pytest.TempPathFactory, commands: tuple[tuple[str, ...], ...]
) -> None:
    import ast

    plain = tmp_path_factory.mktemp("plain")
    testing.put(plain, FILES)
    testing.run(service)
    for command in commands:
        tool(service, *command)
        tool(plain, *command)
    testing.run(service, strip=True)
    assert ast.dump(ast.parse(text(service))) == ast.dump(ast.parse(text(plain)))
    assert not (service / "orders/scaffold.py").exists()


def test_a_deleted_insertion_is_put_back(service: Path) -> None:
    testing.run(service)
    before = text(service)
    edit(service, DECORATOR, "")
    testing.run(service)
    assert text(service) == before


def test_edited_arguments_are_the_humans(service: Path) -> None:
    testing.run(service)
    edit(service, DECORATOR, '@observed("read one order")\n')
    before = text(service)
    assert "edited-by-hand" in codes(service)
    assert changed(service) == ["codemod.lock"]
    assert text(service) == before
    testing.run(service, strip=True)
    assert '@observed("read one order")' in text(service)
    assert "from .scaffold import observed" in text(service)
    assert (service / "orders/scaffold.py").exists()


def test_a_decorator_moved_above_the_route_is_put_in_its_place(service: Path) -> None:
    testing.run(service)
    before = text(service)
    route = '@app.get("/orders/<int:order_id>")\n'
    edit(service, route + DECORATOR, DECORATOR + route)
    assert "misplaced" in codes(service)
    testing.run(service)
    assert text(service) == before


def test_a_copied_handler_gets_its_own_operation(service: Path) -> None:
    testing.run(service)
    edit(service, "@app.post('/orders')\n@observed(\"POST /orders\")", "@app.post('/orders')\n" + DECORATOR.strip())
    assert "stale-operation" in codes(service)
    testing.run(service)
    assert '@observed("POST /orders")' in text(service)


def test_a_changed_route_changes_the_operation(service: Path) -> None:
    testing.run(service)
    edit(service, "/orders/<int:order_id>", "/v2/orders/<int:order_id>")
    testing.run(service)
    assert '@observed("GET /v2/orders/{order_id}")' in text(service)
    assert changed(service) == []


def test_a_new_handler_gains_scaffolding_and_a_removed_route_loses_it(service: Path) -> None:
    testing.run(service)
    edit(service, "@app.post('/orders')\n", "")
    with (service / "orders/app.py").open("a") as file:
        file.write('\n\n@app.get("/new")\ndef new():\n    return ""\n')
    testing.run(service)
    assert '@observed("GET /new")\ndef new' in text(service)
    assert "POST /orders" not in text(service)


def test_a_removed_codemod_takes_its_insertions_away_and_shared_ones_stay(service: Path) -> None:
    before = testing.tree(service)
    (service / "codemod.toml").write_text('codemods = ["spans", "metrics", "instrument"]\n')
    testing.run(service)
    assert "    instrument(app)" not in text(service)
    assert "instrument(app)" in text(service)
    assert "from .scaffold import instrument, observed\n" in text(service)
    (service / "codemod.toml").write_text('codemods = ["metrics"]\n')
    testing.run(service)
    assert "instrument" not in text(service)
    assert DECORATOR in text(service)
    (service / "codemod.toml").unlink()
    testing.run(service, strip=True)
    assert testing.tree(service) == before


def test_an_alias_is_understood_and_used(service: Path) -> None:
    testing.run(service)
    edit(service, "import observed", "import observed as seen")
    for old in ('@observed("GET', '@observed("POST'):
        edit(service, old, old.replace("observed", "seen"))
    assert changed(service) in ([], ["codemod.lock"])
    with (service / "orders/app.py").open("a") as file:
        file.write('\n\n@app.get("/new")\ndef new():\n    return ""\n')
    testing.run(service)
    assert '@seen("GET /new")' in text(service)
    assert text(service).count("scaffold import") == 1


def test_an_attribute_of_the_scaffold_is_understood(service: Path) -> None:
    testing.run(service)
    edit(service, "from .scaffold import observed", "from . import scaffold")
    for old in ('@observed("GET', '@observed("POST'):
        edit(service, old, old.replace("@", "@scaffold."))
    before = text(service)
    testing.run(service)
    assert text(service) == before


def test_a_users_own_decorator_of_the_same_name_is_not_ours(service: Path) -> None:
    edit(service, "from .db import get_db", "from .db import get_db, observed")
    edit(service, "def create_order", '@observed("POST /orders")\ndef create_order')
    before = testing.tree(service)
    testing.run(service)
    assert "from .scaffold import observed as _observed\n" in text(service)
    assert '@_observed("POST /orders")\n@observed("POST /orders")\n' in text(service)
    testing.run(service, strip=True)
    assert testing.tree(service) == before


def test_a_renamed_function_and_a_moved_file_keep_theirs(service: Path) -> None:
    testing.run(service)
    edit(service, "def read_order", "def get_order")
    (service / "orders/app.py").rename(service / "orders/web.py")
    before = text(service, "orders/web.py")
    testing.run(service)
    assert text(service, "orders/web.py") == before
    testing.run(service, strip=True)
    assert text(service, "orders/web.py") == FLASK.replace("def read_order", "def get_order")


def test_without_a_lock_the_template_tells(service: Path) -> None:
    testing.run(service)
    before = testing.tree(service)
    (service / "codemod.lock").unlink()
    testing.run(service)
    after = testing.tree(service)
    assert {k: v for k, v in after.items() if k != "codemod.lock"} == {
        k: v for k, v in before.items() if k != "codemod.lock"
    }
    (service / "codemod.lock").unlink()
    testing.run(service, strip=True)
    assert text(service) == FLASK


def test_two_branches_that_each_add_a_handler_merge_clean(service: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=service, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    testing.run(service)
    git("add", "-A")
    git("commit", "-qm", "base")
    for branch, place in (("one", "\n\n@app.post('/orders')"), ("two", "")):
        git("checkout", "-q", "-b", branch, "main")
        handler = f'\n\n@app.get("/{branch}")\ndef {branch}():\n    return ""\n'
        if place:
            edit(service, place, handler + place)
        else:
            with (service / "orders/app.py").open("a") as file:
                file.write(handler)
        testing.run(service)
        git("commit", "-qam", branch)
    git("merge", "-q", "--no-edit", "one")
    assert changed(service) == []
    assert '@observed("GET /one")' in text(service)
    assert '@observed("GET /two")' in text(service)


def test_paths_limit_what_is_edited_and_nothing_else(service: Path) -> None:
    other = FLASK.replace("Flask, jsonify", "Blueprint, jsonify").replace(
        "app = Flask(__name__)", 'app = Blueprint("b", __name__)'
    )
    testing.put(service, {"orders/more.py": other})
    edit(
        service,
        "app = Flask(__name__)\n",
        "from .more import app as more\n\napp = Flask(__name__)\napp.register_blueprint(more, url_prefix='/more')\n",
    )
    testing.run(service, "orders/more.py")
    assert "observed" in text(service, "orders/more.py")
    assert "observed" not in text(service)
    testing.run(service)
    testing.run(service, "orders/more.py", strip=True)
    assert text(service, "orders/more.py") == other
    assert DECORATOR in text(service)
    assert (service / "orders/scaffold.py").exists()
    assert changed(service) != []


def test_a_scaffold_that_was_edited_is_never_overwritten(service: Path) -> None:
    testing.run(service)
    edit(service, "def observed", "X = 1\n\n\ndef observed", "orders/scaffold.py")
    before = text(service, "orders/scaffold.py")
    (service / "codemod.toml").write_text('codemods = ["metrics"]\n')
    assert "scaffold-edited" in codes(service)
    testing.run(service)
    assert text(service, "orders/scaffold.py") == before


def test_a_docstring_and_a_string_that_hold_our_text_are_left_alone(service: Path) -> None:
    quoted = '"""Example:\n\n@observed("GET /orders/{order_id}")\nfrom .scaffold import observed\n"""\n'
    (service / "orders/app.py").write_text(quoted + FLASK)
    testing.run(service)
    assert text(service).startswith(quoted)
    testing.run(service, strip=True)
    assert text(service) == quoted + FLASK


def test_functions_everywhere_leave_the_scaffold_alone(service: Path) -> None:
    before = testing.tree(service)
    (service / "codemod.toml").write_text('functions = ["**"]\ndefault-excludes = false\n')
    testing.run(service)
    assert '@observed("orders.db.get_db")' in text(service, "orders/db.py")
    assert changed(service) == []
    (service / "codemod.toml").unlink()
    testing.run(service, strip=True)
    assert testing.tree(service) == before


def test_a_handler_called_like_a_task_is_observed_and_stays_so(service: Path) -> None:
    """`send.delay` speaks of the task; our own decorator on the handler is none that a wrapper would hide."""
    tasks = "from celery import shared_task\n\n\n@shared_task\ndef send():\n    return 1\n"
    app = FLASK + '\n\n@app.post("/send")\ndef send():\n    tasks.send.delay()\n    return ""\n'
    testing.put(
        service, {"orders/tasks.py": tasks, "orders/app.py": app.replace("from .db", "from . import tasks\nfrom .db")}
    )
    testing.run(service)
    assert '@observed("POST /send")' in text(service)
    assert not testing.run(service).changes
    (service / "orders/scaffold.py").unlink()
    testing.run(service)
    assert '@observed("POST /send")' in text(service)
