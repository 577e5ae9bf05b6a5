"""Source files that have led code generators astray, each with what `run` must make of it.

A line that starts with `+` is inserted; without these lines the text is what the service's author wrote.
`encode` turns a text into the bytes of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def utf8(text: str) -> bytes:
    return text.encode()


@dataclass(frozen=True)
class Trap:
    """One file. `runs`: whether it can be imported where only the frameworks are installed."""

    marked: str
    encode: Callable[[str], bytes] = utf8
    runs: bool = True

    @property
    def before(self) -> bytes:
        lines = self.marked.splitlines(keepends=True)
        return self.encode("".join(line for line in lines if not line.startswith("+")))

    @property
    def after(self) -> bytes:
        return self.encode("".join(line.removeprefix("+") for line in self.marked.splitlines(keepends=True)))


IMPORT = "+from svc.scaffold import observed\n+\n"
APP = f"from flask import Flask\n\n{IMPORT}app = Flask(__name__)\n"
ADD = '\n\n@app.get("/x")\n+@observed("GET /x")\ndef x():\n    return ""\n'
PLAIN = APP + ADD


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def lone_cr(text: str) -> bytes:
    return text.replace("\n", "\r").encode()


TRAPS = {
    "plain": Trap(PLAIN),
    "barrier: gevent patches before anything else is imported": Trap(
        "from gevent import monkey\n\nmonkey.patch_all()\n\nfrom flask import Flask  # noqa: E402\n\n"
        "+from svc.scaffold import observed  # noqa: E402\n+\napp = Flask(__name__)\n" + ADD,
        runs=False,
    ),
    "barrier: gevent on one line": Trap(
        "from gevent import monkey; monkey.patch_all()\nfrom flask import Flask  # noqa: E402\n\n"
        "+from svc.scaffold import observed  # noqa: E402\n+\napp = Flask(__name__)\n" + ADD,
        runs=False,
    ),
    "barrier: sys.path": Trap(
        'import sys\n\nsys.path.insert(0, "lib")\n\nfrom flask import Flask  # noqa: E402\n\n'
        "+from svc.scaffold import observed  # noqa: E402\n+\napp = Flask(__name__)\n" + ADD
    ),
    "a name that is imported for type checkers only": Trap(
        "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\nfrom flask import Flask\n\n"
        + IMPORT
        + "if TYPE_CHECKING:\n    from decimal import Decimal\n\napp = Flask(__name__)\n\n\n"
        '@app.get("/x/<key>")\n+@observed("GET /x/{key}")\ndef x(key: Decimal) -> str:\n    return ""\n'
    ),
    "a star import, which may bring any name": Trap(
        "from string import *\n\nfrom flask import Flask\n\n+from svc.scaffold import observed as _observed\n+\n"
        "app = Flask(__name__)\n" + ADD.replace("observed", "_observed")
    ),
    "a function of the same name": Trap(
        APP.replace("import observed", "import observed as _observed")
        + "\n\ndef observed(x):\n    return x\n"
        + ADD.replace("observed", "_observed")
    ),
    "a parameter of the same name": Trap(
        APP.replace("import observed", "import observed as _observed")
        + ADD.replace("observed", "_observed")
        + "\n\ndef other(observed):\n    return observed\n"
    ),
    "a comprehension's variable of the same name": Trap(
        APP.replace("import observed", "import observed as _observed")
        + "\nSQUARES = [observed * observed for observed in range(3)]\n"
        + ADD.replace("observed", "_observed")
    ),
    "a builtin look-up of the same name": Trap(
        APP.replace("import observed", "import observed as _observed")
        + ADD.replace("observed", "_observed")
        + "\n\ndef other():\n    return observed\n"
    ),
    "both spellings taken": Trap(
        APP.replace("import observed", "import observed as _splice_observed")
        + "\nobserved = _observed = None\n"
        + ADD.replace("observed", "_splice_observed")
    ),
    "__all__ stays what it was": Trap(
        'from flask import Flask\n\n+from svc.scaffold import observed\n+\n__all__ = ["app", "x"]\n\n'
        "app = Flask(__name__)\n" + ADD
    ),
    "latin-1": Trap("# -*- coding: latin-1 -*-\n# Käse\n" + PLAIN, lambda text: text.encode("latin-1")),
    "a string in latin-1 before the place on the same line": Trap(
        "# coding: latin-1\n"
        + APP
        + '\n\nÄ = "ÄÖÜ"; ß = 1\n\n\n@app.get("/käse")  # ÄÖÜ\n+@observed("GET /k\\xe4se")\ndef käse(): return "ÄÖ"\n',
        lambda text: text.encode("latin-1"),
    ),
    "CRLF": Trap(PLAIN, crlf),
    "lone CR": Trap(PLAIN, lone_cr),
    "byte order mark": Trap(PLAIN, lambda text: b"\xef\xbb\xbf" + text.encode()),
    "byte order mark and CRLF": Trap('"""Ä"""\n\n' + PLAIN, lambda text: b"\xef\xbb\xbf" + crlf(text)),
    "no final newline": Trap(PLAIN, lambda text: text.encode().removesuffix(b"\n")),
    "no final newline, on one line": Trap(
        APP + '\n\n@app.get("/x")\n+@observed("GET /x")\ndef x(): return ""\n',
        lambda text: text.encode().removesuffix(b"\n"),
    ),
    "shebang and coding line": Trap("#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# © us\n" + PLAIN),
    "docstring and future imports": Trap(
        '"""Says what it is."""\n\nfrom __future__ import annotations\n\n' + PLAIN,
    ),
    "comments between decorators": Trap(
        APP
        + """

@app.get("/x")
+@observed("GET /x")
# why it is cached
@app.template_global()  # and shown

# and nobody else
def x():
    return ""
"""
    ),
    "a decorator over several lines": Trap(
        APP
        + """

@app.route(
    "/x",  # the only one
    methods=[
        "POST",
        "GET",
    ],
)
+@observed("GET|POST /x")
def x():
    return ""
"""
    ),
    "an odd decorator": Trap(
        APP
        + """

@ app.get("/x")
+@observed("GET /x")
def \\
        x(
    a=1, *, b=lambda: 0
) -> "int" : return "" ; 1
"""
    ),
    "one-line def": Trap(APP + '\n\n@app.get("/x")\n+@observed("GET /x")\nasync def x(): return ""\n'),
    "tabs": Trap(
        APP + '\n\nif app:\n\tif app:\n\t\t@app.get("/x")\n+\t\t@observed("GET /x")\n\t\tdef x():\n\t\t\treturn ""\n'
    ),
    "form feeds": Trap(
        APP + '\x0c\n\n@app.get("/x")\n+@observed("GET /x")\ndef x():\n    a = "\x0c\u2028"\n    return a\n'
    ),
    "conditional defs": Trap(
        APP
        + """
if app.debug:

    @app.get("/x")
+    @observed("GET /x")
    def x():
        return "debug"

else:

    @app.get("/x")
+    @observed("GET /x")
    def x():
        return "live"
"""
    ),
    "in try and with": Trap(
        APP
        + """
try:
    with open(__file__):

        @app.get("/x")
+        @observed("GET /x")
        def x():
            return ""
except OSError:
    raise
"""
    ),
    "the same name again": Trap(
        APP
        + """

@app.get("/x", endpoint="one")
+@observed("GET /x")
def handler():
    return "one"


@app.get("/y", endpoint="two")
+@observed("GET /y")
def handler():
    return "two"
"""
    ),
    "nested in a factory": Trap(
        f"from flask import Flask\n\n{IMPORT}"
        + """
def create_app():
    app = Flask(__name__)

    @app.get("/x")
+    @observed("GET /x")
    def x():
        return ""

    return app


app = create_app()
"""
    ),
    "a quote and a backslash in the route": Trap(
        APP
        + """

@app.get("/it's")
+@observed("GET /it's")
def quote():
    return ""


@app.get('/say-"x"')
+@observed('GET /say-"x"')
def double():
    return ""


@app.get("/back\\\\slash")
+@observed("GET /back\\\\slash")
def backslash():
    return ""
"""
    ),
    "a string that holds our text": Trap(
        '"""\n@observed("GET /x")\nfrom svc.scaffold import observed\n"""\n\n' + PLAIN,
    ),
    "parenthesised imports with comments": Trap(
        "from flask import (\n    Flask,  # keep\n    jsonify,\n)\n\n" + IMPORT + "app = Flask(__name__)\n" + ADD
    ),
    "an existing import of the package": Trap(
        "import os\n\nfrom flask import Flask\n\n"
        "from svc.helpers import help_me\n"
        "+from svc.scaffold import observed\n"
        "\napp = Flask(__name__)\n" + ADD + "\n\nhelp_me(os)\n"
    ),
    "an import in try": Trap(
        "try:\n    import nothing_like_it\nexcept ImportError:\n    nothing_like_it = None\n\nfrom flask import Flask\n\n"
        + IMPORT
        + "app = Flask(__name__)\n"
        + ADD
    ),
    "FastAPI and Depends with future annotations": Trap(
        "from __future__ import annotations\n\nfrom typing import Annotated\n\nfrom fastapi import Depends, FastAPI\n"
        "from pydantic import BaseModel\n\n" + IMPORT + "app = FastAPI()\n"
        """

class Body(BaseModel):
    x: int


def one() -> int:
    return 1


@app.post("/x")
+@observed("POST /x")
def x(body: Body, n: Annotated[int, Depends(one)]) -> Body:
    return body
"""
    ),
}
