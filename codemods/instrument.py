"""Add the official OpenTelemetry instrumentor after the app object, so that there is a server span to enrich."""

from splice.codemod import AddStatement, Codemod, apps
from splice.model import Example, NoChange

codemod = Codemod(
    summary="Instrument the app object with OpenTelemetry's own instrumentor for its framework",
    why="the instrumentor makes the server span: it sees the whole request, routing and validation included",
    pointcut=apps(),
    advice=AddStatement("{part}({target})", part="instrument"),
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
