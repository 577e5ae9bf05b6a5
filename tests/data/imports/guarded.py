"""Conditional imports before and after."""

try:
    import ujson as json
except ImportError:
    import json

from fastapi import FastAPI

try:
    from .zones import Zone
except ImportError:
    Zone = None

app = FastAPI()


@app.get("/x", description="""
some
text
""")
def x() -> list[int]:
    return json.loads("[]")
