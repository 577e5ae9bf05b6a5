"""A service with something for every codemod to insert, and characters that UTF-16 counts twice."""

from __future__ import annotations

API = """import httpx
import requests
from fastapi import FastAPI

app = FastAPI()


@app.get("/orders/{order_id}", tags=["\N{SHOPPING TROLLEY}", "orders"])
def read(order_id: int):
    rates = "\N{BANKNOTE WITH DOLLAR SIGN}", requests.get("https://rates.example/")
    return {"id": order_id, "rates": len(rates)}


@app.get("/stock")
def stock():
    return httpx.get("https://stock.example/", timeout=3).json()
"""
POLICY = """codemods = ["spans", "metrics", "auth", "retry", "timeouts"]

[auth]
mode = "enforce"
authenticate = "security:current_user"
public = ["GET /healthz"]

[[auth.rules]]
operation = "* /orders/**"
require = ["orders"]

[timeouts]
connect = 3.0
read = 10.0
"""
SERVICE: dict[str, str | bytes] = {
    "api.py": API,
    "security.py": "def current_user(request):\n    return None\n",
    "codemod.toml": POLICY,
    "requirements.txt": "fastapi\nhttpx\nrequests\n",
}
