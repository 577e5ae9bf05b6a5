import sys

sys.path.insert(0, "..")

import flask  # noqa: E402

app = flask.Flask(__name__)

if sys.argv:

    @app.get("/")
    def index():
        return ""

else:

    @app.get("/else")
    @app.get("/twice")
    def index():
        return ""
