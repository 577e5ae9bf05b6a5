"""Receivers made in another module, in another function, in a way that only rope follows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from splice import testing
from splice.config import Config
from splice.discover import discover
from splice.layout import Layout
from splice.outbound.calls import Calls
from splice.outbound.find import find
from splice.parse import Files, loader
from splice.resolve import Project


def calls(root: Path, files: Mapping[str, str]) -> Calls:
    """The outbound calls of files on a disk, as a run finds them."""
    testing.put(root, files)
    return calls_below(root)


def calls_below(root: Path) -> Calls:
    config = Config()
    discovery = discover(root, config)
    read = Files(root, discovery.files)
    layout = Layout.build(discovery.files, read.read, scaffold="scaffold", import_root=None, is_ours=lambda _: False)
    project = Project(layout, loader(read, layout, {}), discovery.candidates)
    return find(project, config, root=root)


def found(root: Path, files: Mapping[str, str]) -> list[str]:
    """The callees of the requests in app/main.py."""
    facts = calls(root, files).facts.values()
    return [fact.callee for fact in facts if fact.file == "app/main.py" and fact.role == "request"]


CLIENTS = """\
import contextlib

import aiohttp
import httpx
import requests

api = httpx.Client()
_session = None


def get_client():
    return httpx.Client()


def shared() -> requests.Session:
    global _session
    if _session is None:
        _session = requests.Session()
    return _session


@contextlib.contextmanager
def opened():
    client = httpx.Client()
    try:
        yield client
    finally:
        client.close()


def depended():
    with httpx.Client() as client:
        yield client


class Base:
    def __init__(self):
        self._session = requests.Session()

    @property
    def session(self):
        return self._session


class Holder:
    client: httpx.AsyncClient

    def __enter__(self):
        self.client = httpx.AsyncClient()
        return self


def pair():
    return httpx.Client(), "https://example.org"


def each():
    for url in URLS:
        yield httpx.Client(base_url=url)


POOL = {name: httpx.Client() for name in NAMES}


def registered():
    '''Give the client.

    :rtype: httpx.Client
    '''
    return REGISTRY["client"]
"""
OWN = {
    "an object of another module": ("from app.clients import api\napi.get(u)", "httpx.Client.get"),
    "by the module": ("from app import clients\nclients.api.get(u)", "httpx.Client.get"),
    "under another name": ("import app.clients as c\nhttp = c.api\nhttp.post(u)", "httpx.Client.post"),
    "a factory": ("from .clients import get_client\nget_client().get(u)", "httpx.Client.get"),
    "a global that a function fills": ("from .clients import shared\nshared().get(u)", "requests.Session.get"),
    "a context manager of the service's own": (
        "from .clients import opened\nwith opened() as c:\n    c.get(u)",
        "httpx.Client.get",
    ),
    "a dependency of FastAPI": (
        "from fastapi import Depends\nfrom .clients import depended\ndef f(c=Depends(depended)):\n    c.get(u)",
        "httpx.Client.get",
    ),
    "a dependency in an annotation": (
        "from typing import Annotated\nfrom fastapi import Depends\nimport httpx\nfrom .clients import depended\n"
        "Client = Annotated[httpx.Client, Depends(depended)]\ndef f(c: Client):\n    c.get(u)",
        "httpx.Client.get",
    ),
    "an attribute that a base class sets": (
        "from .clients import Base\nclass A(Base):\n    def f(self):\n        self._session.get(u)",
        "requests.Session.get",
    ),
    "a property of a base class": (
        "from .clients import Base\nclass A(Base):\n    def f(self):\n        self.session.get(u)",
        "requests.Session.get",
    ),
    "an attribute of an object": (
        "from .clients import Base\nBase()._session.get(u)",
        "requests.Session.get",
    ),
    "an attribute with a declared class": (
        "from .clients import Holder\nasync def f():\n    with Holder() as h:\n        await h.client.get(u)",
        "httpx.AsyncClient.get",
    ),
    "what a constructor is given": (
        "from .clients import api\nclass A:\n    def __init__(self, http):\n        self.http = http\n"
        "    def f(self):\n        self.http.get(u)\nA(api)",
        "httpx.Client.get",
    ),
    "an exit stack": (
        "import contextlib, aiohttp\nasync def f():\n    async with contextlib.AsyncExitStack() as stack:\n"
        "        s = await stack.enter_async_context(aiohttp.ClientSession())\n        await s.get(u)",
        "aiohttp.ClientSession.get",
    ),
    "a subclass of the service's own": (
        "import requests\nclass Api(requests.Session):\n    def orders(self):\n        return self.get(u)",
        "requests.Session.get",
    ),
    "super()": (
        "import requests\nclass Api(requests.Session):\n    def get(self, u):\n        return super().get(u)",
        "requests.Session.get",
    ),
    "the state of an application": (
        "import httpx\nfrom fastapi import FastAPI, Request\napp = FastAPI()\napp.state.client = None\n"
        "async def start():\n    app.state.client = httpx.AsyncClient()\n"
        "async def f(request: Request):\n    await request.app.state.client.get(u)",
        "httpx.AsyncClient.get",
    ),
    "the state of a request": (
        "import contextlib, httpx\nfrom starlette.requests import Request\n@contextlib.asynccontextmanager\n"
        "async def lifespan(app):\n    async with httpx.AsyncClient() as client:\n        yield {'client': client}\n"
        "async def f(request: Request):\n    await request.state.client.get(u)",
        "httpx.AsyncClient.get",
    ),
    "typing.cast": ("import httpx, typing\ntyping.cast(httpx.Client, state['c']).get(u)", "httpx.Client.get"),
    "a dict of clients": ("import httpx\nC = {'a': httpx.Client(), 'b': httpx.Client()}\nC[k].get(u)", "httpx.Client.get"),
}  # fmt: skip
ROPE = {
    "a tuple that is taken apart": ("from .clients import pair\nc, u = pair()\nc.get(u)", "httpx.Client.get"),
    "a generator": ("from .clients import each\nfor c in each():\n    c.get(u)", "httpx.Client.get"),
    "a list comprehension": (
        "import httpx\nCLIENTS = [httpx.Client() for n in NAMES]\nfor c in CLIENTS:\n    c.get(u)",
        "httpx.Client.get",
    ),
    "a docstring's result": ("from .clients import registered\nregistered().get(u)", "httpx.Client.get"),
    "a docstring's parameter": (
        "import httpx\ndef f(client):\n    '''\n    :type client: httpx.Client\n    '''\n    client.get(u)",
        "httpx.Client.get",
    ),
    "a type comment": ("import httpx\nc = make()  # type: httpx.Client\nc.get(u)", "httpx.Client.get"),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_the_resolver_follows_a_receiver(tmp_path: Path, name: str) -> None:
    source, callee = OWN[name]
    files = {"app/__init__.py": "", "app/clients.py": CLIENTS, "app/main.py": source + "\n"}
    assert found(tmp_path, files) == [callee]


@pytest.mark.parametrize("name", ROPE)
def test_rope_follows_what_the_resolver_does_not(tmp_path: Path, name: str) -> None:
    source, callee = ROPE[name]
    files = {"app/__init__.py": "", "app/clients.py": CLIENTS, "app/main.py": source + "\n"}
    assert found(tmp_path, files) == [callee]


LEAD_BACK = {
    "a package that imports its own part": (
        "from app import clients\n",
        "from app import clients\nclients.api.get(u)",
        ["httpx.Client.get"],
    ),
    "a name that goes in a circle": ("from app.main import client\n", "from app import client\nclient.get(u)", []),
}


@pytest.mark.parametrize("name", LEAD_BACK)
def test_imports_that_lead_back_to_themselves_end(tmp_path: Path, name: str) -> None:
    package, source, callees = LEAD_BACK[name]
    files = {"app/__init__.py": package, "app/clients.py": CLIENTS, "app/main.py": source + "\n"}
    assert found(tmp_path, files) == callees


# rope takes the first or the last of several values: it is asked only where there is one.
UNSETTLED = {
    "a state that something else may fill": "import httpx\nfrom fastapi import FastAPI, Request\napp = FastAPI()\napp.state.client = httpx.Client()\n"
    "def swap(c):\n    app.state.client = c\ndef f(request: Request):\n    request.app.state.client.get(u)",
    "a state of something else": "import httpx\napp.state.client = httpx.Client()\napp.state.client.get(u)",
    "two values": "import httpx\nc, u = pair()\nif t:\n    c = fake()\nc.get(u)",
    "two returns": "import httpx\ndef pair():\n    if t:\n        return fake(), 1\n    return httpx.Client(), 1\nc, u = pair()\nc.get(u)",
    "two kinds of elements": "import httpx\nfor c in [httpx.Client(), fake()]:\n    c.get(u)",
    "two things that a generator gives": "import httpx\ndef g():\n    yield httpx.Client()\n    yield fake()\nfor c in g():\n    c.get(u)",
    "a docstring of a name that is bound again": "import httpx\ndef f(c):\n    ''':type c: httpx.Client'''\n    c = wrap(c)\n    c.get(u)",
    "a comprehension of what is not known": "import httpx\nC = [c for c in clients(httpx.Client)]\nfor c in C:\n    c.get(u)",
    "a decorated function": "import httpx\n@wrapped\ndef pair():\n    return httpx.Client(), 1\nc, u = pair()\nc.get(u)",
    "a parameter that callers decide about": "import httpx\ndef f(c):\n    c.get(u)\nf(*[httpx.Client()])",
}


@pytest.mark.parametrize("name", UNSETTLED)
def test_what_may_be_several_things_is_left_alone(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, {"app/__init__.py": "", "app/main.py": UNSETTLED[name] + "\n"}) == []


HOSTILE = "open({marker!r}, 'w').write('ran')\n"
USES_ROPE = "import httpx\nc = make()  # type: httpx.Client\nc.get(u)\n"


def test_nothing_of_the_repository_runs_and_nothing_is_left_there(tmp_path: Path) -> None:
    """rope executes `.ropeproject/config.py`, and imports what `[tool.rope]` names, unless it is kept from it."""
    root, marker = tmp_path / "repo", tmp_path / "marker"
    program = HOSTILE.format(marker=str(marker))
    files = {
        ".ropeproject/config.py": program + "def project_opened(project):\n    " + program,
        "pyproject.toml": '[tool.rope]\ntype_hinting_factory = "evil.hints.factory"\nextension_modules = ["evil", "zlib"]\n'
        'python_path = ["."]\nimport_dynload_stdmods = true\n',
        "evil/__init__.py": program,
        "evil/hints.py": program,
        "zlib.py": program,
        "app/__init__.py": program,
        "app/main.py": "import evil, zlib\n" + USES_ROPE,
    }
    testing.put(root, files)
    before = testing.tree(root)
    code = (
        "import sys\nfrom pathlib import Path\nsys.path[:] = [sys.argv[1], *sys.path[1:], sys.argv[2]]\n"
        "import test_outbound_receivers as t\n"
        "print([f.callee for f in t.calls_below(Path(sys.argv[2])).facts.values() if f.role == 'request'])\n"
        "print('rope.base.project' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(root)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "['httpx.Client.get']\nTrue\n"  # rope was asked
    assert not marker.exists()
    assert testing.tree(root) == before


def test_rope_is_imported_only_when_there_is_a_question(tmp_path: Path) -> None:
    testing.put(tmp_path, {"main.py": "import httpx\nhttpx.Client().get(u)\n"})
    code = (
        "import sys\nfrom pathlib import Path\nsys.path[:0] = [sys.argv[1]]\nimport test_outbound_receivers as t\n"
        "print(len(t.calls_below(Path(sys.argv[2])).facts), 'rope' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "2 False\n"


def test_modules_that_import_everything_from_each_other_come_to_an_end(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/a.py": "from app.b import *\n",
        "app/b.py": "from app.a import *\nimport httpx\nclient = httpx.Client()\n",
        "app/main.py": "from app.a import client, requests\nclient.get(u)\nrequests.get(u)\n",
    }
    assert found(tmp_path, files) == ["httpx.Client.get"]
