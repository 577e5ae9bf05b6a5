import os

# the framework
import flask

# ours
from .zones import Zone

# after the imports
app = flask.Flask(os.sep)


@app.get("/a")
def a(): return Zone


@app.get("/b")
def b():
    """A very long line of documentation."""
    return 1
