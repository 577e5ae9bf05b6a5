"""Files that make an app and are left out by a default, where an outer policy wants guards in front of all apps.

A repository says in its own files what is generated, a test or vendored. That is no way to get rid of a guard: the
outer policy may exclude such a file, and the repository may take it back (`include`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from splice import scaffold
from splice.config import Config
from splice.discover import Discovery
from splice.headers import generated
from splice.model import Finding
from splice.parse import Files

#: What makes an app in one of the frameworks, or what Django is served by.
_APP = re.compile(rb"\b(?:Flask|FastAPI|Starlette|get_[aw]sgi_application)\b|^urlpatterns\b", re.MULTILINE)
_OWN_CHOICE = ("excluded by the configuration", "stub", "notebook")


def unseen(config: Config, discovery: Discovery, files: Files, editable: Callable[[str], bool]) -> Iterator[Finding]:
    """One finding for each; of tests, which make apps of their own, a warning."""
    if config.trusts_markers or "auth" not in config.codemods:
        return
    left = [(file, why) for file, why in discovery.excluded if why not in _OWN_CHOICE and not why.startswith("link ")]
    left += [(file, generated(files.read(file))) for file in discovery.candidates if not editable(file)]
    for file, why in sorted(left):
        found = _APP.search(files.read(file))
        if found is None or scaffold.is_genuine(files.read(file).decode("utf-8", "replace")):
            continue
        line = files.read(file).count(b"\n", 0, found.start()) + 1
        text = f"it seems to make an app, and is left out ({why}): nothing closes that for the outer policy"
        fix = "name it in `include`; or let the outer policy exclude it"
        yield Finding("warning" if why == "test" else "error", "app-unseen", text, file, line, fix)
