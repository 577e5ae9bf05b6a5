"""Methods that a class inherits are covered at the class: one decorator that converges like any other insertion."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from splice import testing
from splice.cli import main

API = """\
from rest_framework.viewsets import ModelViewSet

from books.models import Book


class BookViewSet(ModelViewSet):
    # every book there is
    queryset = Book.objects.all()
"""
URLS = """\
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from books.api import BookViewSet

router = SimpleRouter()
router.register("books", BookViewSet)
urlpatterns = [path("api/", include(router.urls))]
"""
FILES: dict[str, str | bytes] = {
    "books/__init__.py": "",
    "books/models.py": "from django.db import models\n\n\nclass Book(models.Model):\n    pass\n",
    "books/api.py": API,
    "library/__init__.py": "",
    "library/settings.py": 'ROOT_URLCONF = "library.urls"\n',
    "library/urls.py": URLS,
    "library/wsgi.py": "from django.core.wsgi import get_wsgi_application\n\n"
    "# served by gunicorn\napplication = get_wsgi_application()\n",
    "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "library.settings")\n',
}
DECORATOR = """\
@observed_view(
    create="POST /api/books/",
    destroy="DELETE /api/books/{pk}/",
    list="GET /api/books/",
    retrieve="GET /api/books/{pk}/",
    update="PATCH|PUT /api/books/{pk}/",
)
class BookViewSet"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    testing.put(tmp_path, FILES)
    return tmp_path


def text(root: Path, file: str = "books/api.py") -> str:
    return (root / file).read_text()


def edit(root: Path, old: str, new: str, file: str = "books/api.py") -> None:
    assert old in text(root, file)
    (root / file).write_text(text(root, file).replace(old, new, 1))


def settles(root: Path) -> None:
    """A run brings everything: a second one changes nothing, and `strip` leaves nothing of ours."""
    testing.run(root)
    before = testing.tree(root)
    assert not testing.run(root).changes
    testing.run(root, strip=True)
    assert not any(b"observed" in raw or b"instrument(" in raw for raw in testing.tree(root).values())
    testing.run(root)
    assert {name: raw for name, raw in testing.tree(root).items() if name != "codemod.lock"} == {
        name: raw for name, raw in before.items() if name != "codemod.lock"
    }


def test_the_class_gets_one_decorator_and_every_byte_comes_back(service: Path) -> None:
    before = testing.tree(service)
    testing.run(service)
    assert DECORATOR in text(service)
    assert "from library.scaffold import observed_view\n" in text(service)
    assert not (service / "books/scaffold.py").exists()  # settings and apps run in one process
    assert not testing.run(service).changes
    testing.run(service, strip=True)
    assert testing.tree(service) == before


@pytest.mark.parametrize("formatter", [["ruff", "format"], ["black", "-q"], ["black", "-q", "-l", "40"]])
def test_a_formatter_makes_no_difference(service: Path, formatter: list[str]) -> None:
    testing.run(service)
    subprocess.run([sys.executable, "-m", *formatter, "."], cwd=service, check=True, capture_output=True)
    before = testing.tree(service)
    assert not testing.run(service).changes
    assert testing.tree(service) == before
    testing.run(service, strip=True)
    assert ast.dump(ast.parse(text(service))) == ast.dump(ast.parse(API))


def test_a_method_of_its_own_takes_the_inherited_ones_place(service: Path) -> None:
    testing.run(service)
    with (service / "books/api.py").open("a") as file:
        file.write("\n    def list(self, request):\n        return None\n")
    testing.run(service)
    assert '    @observed("GET /api/books/")\n    def list' in text(service)
    assert "list=" not in text(service) and 'retrieve="GET /api/books/{pk}/"' in text(service)
    settles(service)


def test_another_route_is_another_operation_in_place_and_wrapped_as_before(service: Path) -> None:
    testing.run(service)
    edit(service, '"api/"', '"v2/"', "library/urls.py")
    testing.run(service)
    assert DECORATOR.replace("/api/", "/v2/") in text(service)
    edit(service, "(ModelViewSet)", "(ReadOnlyModelViewSet)")
    edit(service, "import ModelViewSet", "import ReadOnlyModelViewSet")
    testing.run(service)
    assert '@observed_view(list="GET /v2/books/", retrieve="GET /v2/books/{pk}/")\nclass' in text(service)
    settles(service)


def test_without_the_lock_it_is_known_by_what_it_says(service: Path) -> None:
    testing.run(service)
    (service / "codemod.lock").unlink()
    before = text(service)
    testing.run(service)
    assert text(service) == before
    (service / "codemod.lock").unlink()
    testing.run(service, strip=True)
    assert text(service) == API


def test_what_a_human_deletes_comes_back_and_what_a_human_edits_stays(service: Path) -> None:
    testing.run(service)
    before = text(service)
    edit(service, DECORATOR, "class BookViewSet")
    testing.run(service)
    assert text(service) == before
    edit(service, 'list="GET /api/books/"', 'list="every book"')
    done = testing.run(service)
    assert 'list="every book"' in text(service) and text(service).count("@observed_view") == 1
    assert "edited-by-hand" in {finding.code for finding in done.findings}
    testing.run(service, strip=True)
    assert 'list="every book"' in text(service)


def test_it_goes_where_the_class_goes(service: Path) -> None:
    testing.run(service)
    (service / "books/views.py").write_text(text(service))
    (service / "books/api.py").unlink()
    edit(service, "books.api", "books.views", "library/urls.py")
    testing.run(service)
    assert DECORATOR in text(service, "books/views.py")
    settles(service)


def test_a_class_that_is_served_no_more_loses_it(service: Path) -> None:
    testing.run(service)
    edit(service, 'router.register("books", BookViewSet)\n', "", "library/urls.py")
    testing.run(service)
    assert text(service) == API


def test_instrument_stands_before_the_application_and_goes_again(service: Path) -> None:
    (service / "codemod.toml").write_text('codemods = ["spans", "instrument"]\n')
    before = text(service, "library/wsgi.py")
    testing.run(service)
    assert '# served by gunicorn\ninstrument("django")\napplication = ' in text(service, "library/wsgi.py")
    settles(service)
    (service / "codemod.toml").write_text('codemods = ["spans"]\n')
    testing.run(service)
    assert text(service, "library/wsgi.py") == before


def test_a_suppression_at_the_class_counts_for_all_of_it(service: Path) -> None:
    edit(service, "class BookViewSet", "# codemod: ignore -- measured elsewhere\nclass BookViewSet")
    testing.run(service)
    assert "observed_view" not in text(service)


def test_people_see_each_method_as_a_handler(
    service: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(service)
    assert main(["run"]) == 0
    assert "5 handlers observed (5 new)" in capsys.readouterr().out
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert "DELETE /api/books/{pk}/" in listed and "5 handlers: 5 covered" in listed
    assert main(["explain", "--operation", "DELETE /api/books/{pk}/"]) == 0
    assert 'books/api.py:7: @observed_view(create="POST /api/books/",' in capsys.readouterr().out
    (service / "codemod.toml").write_text("[metrics]\nmax-series = 89\n")
    assert main(["check"]) == 1
    assert "90 series in the worst case" in capsys.readouterr().out
