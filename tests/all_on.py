"""Services with every codemod on: Flask, FastAPI and Django, each with outbound calls, a policy and an aspect."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from splice import testing

CONFIG = """\
codemods = ["spans", "metrics", "instrument", "auth", "timeouts", "retry"]

[auth]
mode = "enforce"
authenticate = "shop.auth:current_principal"
public = ["* /healthz"]

[[auth.rules]]
operation = "* /carts/**"
require = ["carts:read"]

[timeouts]
connect = 3.0
read = 10.0

[[aspects]]
name = "audit"
where = { kind = "handler", operation = "POST **" }
decorator = "shop.audit:audited"
"""
CODEMODS = ("spans", "metrics", "instrument", "auth", "timeouts", "retry", "audit")  # the last is an aspect
RATES = '''\
import aiohttp
import httpx
import requests

session = requests.Session()


def rate(currency):
    return session.get("http://rates/" + currency, headers={"accept": "application/json"}).json()


def rates(currencies):
    return [
        requests.get(
            "http://rates",
            params={"currency": currency},  # one by one
        ).json()
        for currency in currencies
    ]


async def later(url):
    async with aiohttp.ClientSession() as client:
        async with client.get(url) as response:
            return await response.json()


class Stock:
    """Two calls in one line, and one in the other."""

    def __init__(self):
        self._client = httpx.Client(base_url='http://stock')

    def put(self, item):
        return self._client.put("/" + item, json={})

    def both(self, url):
        return requests.get(requests.get(url).text), requests.post(url)
'''
FLASK = '''\
import requests
from flask import Flask, jsonify

from . import rates

app = Flask(__name__)


@app.get("/carts/<int:cart_id>")
def read_cart(cart_id):
    """Read."""
    return jsonify(requests.get(f"http://stock/{cart_id}").json(), rates.rate("EUR"))


@app.post('/carts')
def create_cart():
    requests.post("http://stock", json={}, timeout=3)
    return "", 201


@app.get("/healthz")
def healthz():
    return "ok"
'''
FASTAPI = '''\
import httpx
from fastapi import APIRouter, Depends, FastAPI, WebSocket

app = FastAPI()
router = APIRouter(prefix="/carts", tags=["carts"])


def limited() -> None:
    """Guards nothing."""


def paged() -> None:
    """Neither does this."""


@router.get("/{cart_id}", dependencies=[Depends(limited)])
async def read_cart(cart_id: int) -> dict:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://stock/{cart_id}")).json()


@router.post(
    "",
    dependencies=[
        # first the limits
        Depends(limited),  # per minute
        Depends(paged),
    ],
)
def create_cart() -> dict:
    return {}


@router.delete('/{cart_id}')
def delete_cart(cart_id: int) -> dict:
    return {}


@router.api_route("/all", methods=["GET", "POST"], dependencies=[])
def every_cart() -> dict:
    return {}


@app.websocket("/carts/{cart_id}/live")
async def live(websocket: WebSocket) -> None:
    await websocket.accept()


@app.get("/healthz")
def healthz() -> str:
    return "ok"


def list_carts() -> list:
    return []


router.add_api_route("", list_carts, methods=["GET"])
app.include_router(router)
'''
VIEWS = """\
import requests
from django.http import HttpResponse, JsonResponse
from django.views import View


def read_cart(request, cart_id):
    return JsonResponse(requests.get(f"http://stock/{cart_id}").json())


class Carts(View):
    def get(self, request):
        return HttpResponse(requests.head("http://stock", allow_redirects=False).status_code)

    def post(self, request):
        return HttpResponse(status=201)


def healthz(request):
    return HttpResponse("ok")
"""
URLS = """\
from django.urls import path

from . import views

urlpatterns = [
    path("carts/<int:cart_id>", views.read_cart),
    path("carts", views.Carts.as_view()),
    path("healthz", views.healthz),
]
"""
_BASE = {
    "codemod.toml": CONFIG,
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = [\n    "requests",\n]\n',
    "shop/__init__.py": "",
    "shop/audit.py": "def audited(function):\n    return function\n",
    "shop/auth.py": "def current_principal(request):\n    return None\n",
    "shop/rates.py": RATES,
}
_DJANGO = {
    "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/settings.py": 'SECRET_KEY = "x"\nROOT_URLCONF = "shop.urls"\nINSTALLED_APPS = ["shop"]\nMIDDLEWARE = []\n',
    "shop/views.py": VIEWS,
    "shop/urls.py": URLS,
}
SERVICES = {
    "flask": {**_BASE, "shop/app.py": FLASK},
    "fastapi": {**_BASE, "shop/app.py": FASTAPI},
    "django": {**_BASE, **_DJANGO},
}


def config(codemods: Sequence[str] = CODEMODS) -> str:
    """The configuration with some of the codemods."""
    text = CONFIG if "audit" in codemods else CONFIG[: CONFIG.index("[[aspects]]")]
    listed = ", ".join(f'"{name}"' for name in codemods if name != "audit")
    return text.replace(text.splitlines()[0], f"codemods = [{listed}]")


@functools.cache
def instrumented(name: str) -> Mapping[str, bytes]:
    """A service as `run` leaves it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, name)
        testing.put(root, SERVICES[name])
        done = testing.run(root, rules=False)
        assert not done.refused
        return testing.tree(root)


def made(root: Path, name: str) -> Path:
    """A folder that holds a service as `run` left it."""
    testing.put(root / name, instrumented(name))
    return root / name


def plain(name: str) -> dict[str, bytes]:
    """A service as it was before."""
    return {file: text.encode() for file, text in SERVICES[name].items()}
