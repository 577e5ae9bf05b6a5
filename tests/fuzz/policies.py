"""Policies for generated services: every codemod is on, and what they ask for differs."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

GATE = b'''"""Who calls, and what is done about it."""


def current_principal(request):
    return None


def audited(function):
    return function


def checked(function):
    return function
'''
_CODEMODS = (
    '"spans", "metrics", "instrument", "auth", "timeouts", "retry"',
    '"spans", "metrics", "instrument", "auth", "timeouts", "retry"',
    '"spans", "metrics", "instrument", "auth", "timeouts", "retry"',
    '"spans", "metrics", "instrument", "auth", "timeouts", "retry"',
    '"spans", "auth", "timeouts", "retry"',
    '"auth", "retry", "timeouts"',
    '"retry", "timeouts", "instrument"',
    '"metrics", "auth"',
)
_MODES = ('mode = "enforce"', 'mode = "observe"\nobserve-until = "2030-01-01"')
_ASKED = (
    'authenticate = "gate:current_principal"',
    'authenticate = "gate:current_principal"\nguards = ["gate:checked"]',
    'guard = "gate:checked"',
    'preset = "django"',
)
_PUBLIC = ("", 'public = ["GET /x/**"]', 'public = ["GET **"]', 'public = ["* /nowhere"]')
_RULES = (
    "",
    '[[auth.rules]]\noperation = "* /**"\nrequire = ["a:read"]\n',
    '[[auth.rules]]\noperation = "POST /**"\nrequire-any = ["a", "b.c"]\n',
    '[[auth.rules]]\noperation = "GET /**"\nrequire = ["' + "long:" * 15 + '", "b"]\n',
    '[[auth.rules]]\noperation = "* /x/**"\nrequire = []\n[[auth.rules]]\noperation = "PUT /**"\nrequire = ["w"]\n',
)
_TIMEOUTS = ("connect = 3.0\nread = 10.0", "total = 2", "read = 1.5\nhttpx = true")
_RETRY = ("", "[retry]\nattempts = 2\ntotal = 4.0\n")
_ASPECTS = (
    "",
    '[[aspects]]\nname = "audit"\nwhere = { kind = "handler", operation = "**" }\ndecorator = "gate:audited"\n',
    '[[aspects]]\nname = "audit"\nwhere = { kind = "handler", operation = "POST **" }\n'
    'decorator = "gate:audited"\norder = "outside"\n',
)


@st.composite
def policy(draw: DrawFn, setting: str) -> list[str]:
    """The lines of a codemod.toml; `setting` is one more. The aspects come last."""
    setting, table = ("", setting) if setting.startswith("[") else (setting, "")
    auth = [draw(st.sampled_from(pool)) for pool in (_ASKED, _PUBLIC)]
    mode = draw(st.sampled_from(_MODES))
    scopes = auth[0].startswith("authenticate")  # other guards know of none
    rules, timeouts = draw(st.sampled_from(_RULES)) if scopes else "", draw(st.sampled_from(_TIMEOUTS))
    rest = [draw(st.sampled_from(_RETRY)), table, draw(st.sampled_from(_ASPECTS))]
    codemods = f"codemods = [{draw(st.sampled_from(_CODEMODS))}]"
    return [codemods, setting, "[auth]", mode, *auth, rules, "[timeouts]", timeouts, *rest]
