"""What stands at the top of a generated file: docstrings, imports, barriers, and names that collide with ours."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from .ink import Ink, trailing

_OPENING = ("#!/usr/bin/env python3", "# Copyright: nobody", "#", "\f", "")
_DOCSTRINGS = (
    '"""What it is."""',
    "'''A\n\n  B\n'''",
    'r"""\\d"""',
    '"""é\u2028"""',
    '"x" "y"',
    '("in brackets")',
    '"""a"""; import os',
)
_IMPORTS = (
    "import os",
    "import os, sys",
    "import os; import sys",
    "import functools",
    "import zlib as z  # noqa: E402",
    "from typing import Any",
    "from typing import (\n    Any,\n    Optional,  # c\n)",
    "from os import \\\n    path",
    "from os.path import *",
    "from library import tools",
    "from library import scaffold",
    "import library.scaffold",
    "# about it\nimport json",
    "import json  # isort: skip",
    "try:\n    import ujson as json\nexcept ImportError:\n    import json",
    "if TYPE_CHECKING:\n    from library import Thing",
    "import sys\nsys.path.insert(0, '.')",
    "from gevent import monkey; monkey.patch_all()",
    "from gevent import monkey\n\nmonkey.patch_all()\n\nimport os  # noqa: E402",
    "# isort: split",
    "# isort: off\nimport zlib\nimport abc\n# isort: on",
    "# fmt: off",
    "if True: import os",
)
# Names that `observed` could be mistaken for.
_COLLISIONS = (
    "from library import observed",
    "from library import observed as _observed",
    "def observed(f):\n    return f",
    "observed = _observed = None",
    "class observed: pass",
    "def takes(observed, _observed=1): return observed",
    "for observed in (): pass",
    "scaffold = 1",
    "print([observed for observed in ()])",
    "def instrument(app): return app",
    "__all__ = ['observed']",
    "def late():\n    global observed\n    observed = 1",
    "try:\n    pass\nexcept OSError as observed:\n    pass",
)


@st.composite
def header(draw: DrawFn, ink: Ink, needed: list[str]) -> list[str]:
    """The lines up to the first definition. `needed` are the imports that the file cannot do without."""
    lines: list[str] = []
    odd = ink.noisy or draw(st.integers(0, 3)) == 3
    opening = draw(st.lists(st.sampled_from(_OPENING), max_size=3, unique=True)) if odd else []
    if opening[:1] == ["#!/usr/bin/env python3"]:
        lines.append(opening.pop(0))
    if ink.cookie:
        lines.append(ink.cookie)
    lines += opening
    if odd and draw(st.integers(0, 24)) == 24:
        lines.append("# isort: skip_file")
    if odd and draw(st.booleans()):
        lines.append(draw(st.sampled_from(ink.fits(_DOCSTRINGS))))
        lines += draw(st.sampled_from([[""], []]))
    if not any("; import" in line for line in lines) and draw(st.integers(0, 3)) == 3:
        lines.append("from __future__ import annotations" + draw(trailing(ink)))
    imports = list(needed)
    for extra in draw(st.lists(st.sampled_from(_IMPORTS), max_size=4)) if odd else []:
        imports.insert(draw(st.integers(0, len(imports))), extra.replace("    ", ink.unit))
    for one in imports:
        lines.append(one if "\n" in one or "\\" in one else one + draw(trailing(ink)))
        lines += draw(st.sampled_from([[], [], [""]])) if odd else []
    if odd and draw(st.booleans()):
        lines += ["", draw(st.sampled_from(_COLLISIONS)).replace("    ", ink.unit)]
    return lines
