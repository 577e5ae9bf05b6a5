"""Add the official OpenTelemetry instrumentor beside the app object, so that there is a server span to enrich."""

from splice.codemod import AddStatement, Circumstances, Codemod, Decision, Declined, apps
from splice.model import Example, JoinPoint, NoChange, Reason

_ADVICE = AddStatement("{part}({target})", part="instrument")


def _advise(point: JoinPoint, _: Circumstances) -> Decision:
    """An app that has a server span already, its own or that of the app around it, gets no second one."""
    if point.reason in (Reason.ALREADY_INSTRUMENTED, Reason.MOUNTED_BELOW):
        return Declined(point.reason, point.detail)
    return _ADVICE


codemod = Codemod(
    summary="Instrument the app object with OpenTelemetry's own instrumentor for its framework",
    why="the instrumentor makes the server span: it sees the whole request, routing and validation included",
    pointcut=apps(),
    advice=_ADVICE,
    advise=_advise,
    examples=(
        Example(
            "directly after the app is made, before anything is registered on it",
            before="""\
from flask import Flask


def create_app():
    app = Flask(__name__)
    app.config["JSON_SORT_KEYS"] = False
    return app
""",
            after="""\
from flask import Flask

from scaffold import instrument


def create_app():
    app = Flask(__name__)
    instrument(app)
    app.config["JSON_SORT_KEYS"] = False
    return app
""",
        ),
        Example(
            "Django: before the application is made, since that is when its middleware is loaded",
            before="""\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "library.settings")

application = get_wsgi_application()
""",
            after="""\
import os

from django.core.wsgi import get_wsgi_application

from scaffold import instrument

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "library.settings")

instrument("django")
application = get_wsgi_application()
""",
        ),
        NoChange(
            "an app without a name cannot be handed on",
            """\
from flask import Flask


def create_app():
    return Flask(__name__)
""",
        ),
    ),
)
