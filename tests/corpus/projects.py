"""The services of the corpus: where their source comes from, how their apps are made and their tests are run.

To add one: an entry here and `locks/NAME.txt`, the output of `pip freeze` in an environment in which its own
tests pass (with typing-extensions, which OpenTelemetry needs, and with the service itself where it asks for its
own version: the copies come before it on the path).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
LOCKS = HERE / "locks"


@dataclass(frozen=True, slots=True)
class Project:
    """One service.

    `apps` says what to import for the routing tables of the running frameworks: for "flask" `module:expression`, for
    "fastapi" a module, or with a `*` at the end every module of a folder, for "django" the settings, and after a
    colon the root of its urls where its tests choose another. Without any there
    is nothing to instrument, and not one byte may change; `unknown` are the frameworks that it is built on and that
    are told to be not understood yet. `roots` are the import roots.
    """

    name: str
    about: str
    folder: str  # of the service in its sdist, or in this repository
    apps: tuple[tuple[Literal["flask", "fastapi", "django"], str], ...] = ()
    sdist: str = ""  # NAME==VERSION; "" for a folder of this repository
    paths: tuple[str, ...] = ()  # what is given to `codemod run`; () for everything
    roots: tuple[str, ...] = (".",)
    tests: tuple[str, ...] = ()  # arguments of pytest
    not_run: tuple[str, ...] = ()  # own tests that cannot be run reliably as published; say why at the entry
    typed: tuple[str, ...] = ()  # what mypy can check quickly; () for nothing
    isort: tuple[str, ...] = ("--profile", "black")  # what the project says to isort, or to ruff in its place
    unknown: tuple[str, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()  # functions that hide handlers without functools.wraps, and which
    left_to_do: tuple[
        str, ...
    ] = ()  # errors that only a human can mend, so that `check` fails after `run`: exactly these
    prepare: str = ""  # Python that fills its database before it is asked; `app` is Flask's
    open_why: str = ""  # why routes of its running framework stay open although the policy is enforced
    include: tuple[str, ...] = ()  # files that its policy takes back from the default excludes: a root among its tests
    guards: tuple[str, ...] = ()  # what guards by the service's own means, for its policy: `module:name`
    unfound: tuple[tuple[str, str], ...] = ()  # handlers that are not found: `file:line` and why; exactly these


_PRETALX = """\
import datetime
from django_scopes import scopes_disabled
from pretalx.event.models import Event, Organiser, Team
from pretalx.person.models import SpeakerProfile, User
from pretalx.submission.models import Submission

with scopes_disabled():
    organiser = Organiser.objects.create(name="1", slug="1")
    team = Team.objects.create(name="1", organiser=organiser, all_events=True)
    day = datetime.date(2024, 5, 1)
    about = {"name": "1", "slug": "1", "email": "a@example.org", "is_public": True}
    event = Event.objects.create(date_from=day, date_to=day, organiser=organiser, **about)
    user = User.objects.create_user(password="only in tests", email="a@example.org", name="1")
    User.objects.filter(pk=user.pk).update(code="1")
    team.members.add(user)
    SpeakerProfile.objects.create(user=user, event=event, biography="1")
    kind = event.cfp.default_type
    talk = Submission.objects.create(title="1", event=event, submission_type=kind, content_locale="en", code="1")
    talk.speakers.add(user)
    talk.accept()
    event.release_schedule("1")
"""
_DJ_REST_AUTH = """\
from django.contrib.auth import get_user_model

get_user_model().objects.create_user("a", "a@example.org", "only in tests")
"""
_CRUD = "CRUDView makes its urls in a comprehension, by a method of the class"

PROJECTS = (
    Project(
        "orders",
        "Flask: application factory, blueprints, class-based views",
        "examples/orders",
        (("flask", "orders:create_app()"),),
        prepare="from orders import db\nwith app.app_context(): db.init_db()",
        guards=("orders.security:require_admin", "orders.security:require_api_key"),
        typed=("orders",),
        isort=(),
    ),
    Project(
        "shop",
        "FastAPI: routers below routers, a mounted app, websockets, streaming",
        "examples/shop",
        (("fastapi", "shop.main"),),
        roots=("src",),
        typed=("src",),
        isort=(),
    ),
    Project(
        "library",
        "Django and Django REST framework: pages, viewsets, routers of its own and nested ones, translated routes",
        "examples/library",
        (("django", "library.settings.dev"),),
        typed=("library", "catalogue", "members", "loans", "reports"),
        isort=(),
    ),
    Project(
        "flask-tutorial",
        "Flask: the blog of Flask's tutorial",
        "examples/tutorial",
        (("flask", "flaskr:create_app()"),),
        sdist="Flask==3.1.3",
        prepare="from flaskr import db\nwith app.app_context(): db.init_db()",
        guards=("flaskr.auth:login_required",),
        typed=("flaskr",),
    ),
    Project(
        "fastapi-docs",
        "FastAPI: the hundreds of small applications of its documentation",
        "",
        (("fastapi", "docs_src.*"), ("flask", "docs_src.wsgi.tutorial001:flask_app")),
        sdist="fastapi==0.115.14",
        paths=("docs_src",),
        tests=("-W", "ignore", "tests/test_tutorial"),
        # One event loop sends into the other's stream there, which wakes nobody: they hang on a busy machine.
        not_run=(
            "tests/test_tutorial/test_websockets/test_tutorial003.py::test_websocket_handle_disconnection",
            "tests/test_tutorial/test_websockets/test_tutorial003_py39.py::test_websocket_handle_disconnection",
        ),
        isort=("--profile", "black", "-o", "fastapi", "-o", "pydantic", "-o", "starlette"),
    ),
    Project(
        "httpbin",
        "Flask: requests and responses of every kind, 54 handlers in one file",
        "",
        (("flask", "httpbin.core:app"),),
        sdist="httpbin==0.10.4",
        tests=("-W", "ignore", "tests"),
    ),
    Project(
        "ihatemoney",
        "Flask and Flask-RESTful: shared budgets, pages and an interface of resources, SQLite",
        "",
        (("flask", "ihatemoney.run:create_app()"),),
        sdist="ihatemoney==7.2.1",
        tests=("-W", "ignore", *(f"ihatemoney/tests/{name}_test.py" for name in ("api", "budget", "history", "main"))),
    ),
    Project(
        "flask-monitoringdashboard",
        "Flask: a dashboard that hangs on the app of others, below a prefix that their configuration gives",
        "",
        (("flask", "flask_monitoringdashboard.main:(dashboard.bind(app, schedule=False), app)[1]"),),
        sdist="flask_monitoringdashboard==5.1.0",
        tests=("-W", "ignore", "tests/api"),
    ),
    Project(
        "dj-rest-auth",
        "Django REST framework: log in, register and log out, for the urls of others; its own tests mount it",
        "",
        (("django", "tests.settings:tests.urls"), ("django", "tests.settings:dj_rest_auth.tests.mfa_urls")),
        sdist="dj-rest-auth==7.2.0",
        prepare=_DJ_REST_AUTH,
        include=("dj_rest_auth/tests/urls.py", "dj_rest_auth/tests/mfa_urls.py"),
        roots=(".", "dj_rest_auth"),
        tests=("-W", "ignore", "--ds=tests.settings", "dj_rest_auth/tests"),
        # It asks Facebook.
        not_run=("dj_rest_auth/tests/test_serializers.py::TestSocialLoginSerializer::test_http_error",),
        left_to_do=("setup.py is code and is not edited; its install_requires lacks opentelemetry-api>=1.30",),
        unfound=(
            ("dj_rest_auth/registration/views.py:193", "only the urls of its tests mount it"),
            ("dj_rest_auth/registration/views.py:215", "only the urls of its tests mount it"),
        ),
    ),
    Project(
        "pretalx",
        "Django and Django REST framework: calls for papers and schedules of conferences; a part of its tests",
        "",
        (("django", "pretalx.common.settings.test_settings"),),
        sdist="pretalx==2025.2.2",
        prepare=_PRETALX,
        paths=("src/pretalx",),
        roots=("src",),
        tests=(
            *("-W", "ignore", "--ds=pretalx.common.settings.test_settings"),
            *("src/tests/agenda/views", "src/tests/cfp", "src/tests/orga/test_orga_auth.py"),
            *(f"src/tests/api/test_api_{name}.py" for name in ("events", "reviews", "rooms", "teams")),
        ),
        hidden=(
            (
                "pretalx.common.views.cache.conditional_cache_page.<locals>.decorator.<locals>.wrapper",
                "pretalx.agenda.views.widget.widget_data",
            ),
        ),
        unfound=(
            ("src/pretalx/common/views/generic.py:305", _CRUD),
            ("src/pretalx/orga/views/admin.py:155", _CRUD),
            ("src/pretalx/orga/views/cfp.py:307", _CRUD),
            ("src/pretalx/orga/views/event.py:609", "get comes from a library's wizard, of which nothing is known"),
        ),
    ),
    Project(
        "isso",
        "a comment server on werkzeug's routing",
        "",
        sdist="isso==0.14.0",
        tests=("-o", "addopts=", "isso"),
        unknown=("werkzeug",),
    ),
    Project(
        "jupyter-server",
        "Tornado: the server of notebooks; a part of its tests",
        "",
        sdist="jupyter_server==2.21.1",
        tests=(
            *("-W", "ignore", "-o", "addopts="),
            *("tests/services/contents/test_api.py", "tests/services/config", "tests/services/kernelspecs"),
            *("tests/auth/test_login.py", "tests/auth/test_authorizer.py", "tests/nbconvert", "tests/extension"),
            "--ignore=tests/extension/test_launch.py",  # starts servers, which do not answer here
        ),
        unknown=("tornado",),
    ),
    Project(
        "flower",
        "Tornado and Celery: a monitor of tasks",
        "",
        sdist="flower==2.2.0",
        tests=("tests/unit",),
        unknown=("celery", "tornado"),
    ),
    Project(
        "aiohttp-session",
        "sessions for the handlers of others on aiohttp; nothing to instrument",
        "",
        sdist="aiohttp-session==2.12.1",
        # Redis and memcached would need containers.
        tests=(
            *("-o", "addopts=--asyncio-mode=auto", "tests"),
            *("--ignore=tests/test_redis_storage.py", "--ignore=tests/test_memcached_storage.py"),
        ),
    ),
    Project(
        "gidgethub",
        "a client of GitHub; nothing to instrument",
        "",
        sdist="gidgethub==6.0.0",
        # The tests of two of its clients, and two of the third's, ask api.github.com.
        tests=(
            *("-W", "ignore", "-o", "addopts=", "tests"),
            *("--ignore=tests/test_tornado.py", "--ignore=tests/test_httpx.py"),
        ),
        not_run=("tests/test_aiohttp.py::test__request", "tests/test_aiohttp.py::test_get"),
    ),
    Project(
        "twine",
        "a command that uploads packages; nothing to instrument",
        "",
        sdist="twine==7.0.0",
        tests=("tests", "--ignore=tests/test_integration.py"),  # those upload to servers of their own
    ),
)
