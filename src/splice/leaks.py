"""Whether text that is about to be inserted or shown holds a secret: the marks by which issuers let theirs be found.

A route such as `/hooks/<token>` would go on from a source file, where few look, to every span and dashboard. Only
forms that their issuers document are known here: guessing by entropy would refuse names that are none.
"""

from __future__ import annotations

import re

_FORMS: tuple[tuple[str, str], ...] = (
    ("an access key of AWS", r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b"),
    ("a token of GitHub", r"\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{22}"),
    ("a token of GitLab", r"\bgl(?:pat|dt|rt|ptt|soat|ft)-[A-Za-z0-9_-]{20}"),
    ("a token of Slack", r"\bxox[abeoprs]-[A-Za-z0-9-]{10}|/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{20}"),
    ("a key of Stripe", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16}"),
    ("an API key of Google", r"\bAIza[0-9A-Za-z_-]{35}"),
    ("an API key", r"\bsk-(?:ant-|proj-)[A-Za-z0-9_-]{32}|\bsk-[A-Za-z0-9]{40}"),
    ("a token of npm", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a token of PyPI", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{20}"),
    ("a token of a Telegram bot", r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10}"),
    ("a private key", r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"),
    ("a password in a URL", r"\b[a-z][a-z0-9+.-]{1,20}://[^/\s:@\"'{}<>]{1,100}:[^/\s:@\"'{}<>]{1,100}@"),
)
_ANY = re.compile("|".join(f"(?P<f{index}>{form})" for index, (_, form) in enumerate(_FORMS)))


def leak(text: str, before: str = "") -> str:
    """What kind of secret a text holds that did not stand in `before`, in words, never the secret; "" for none."""
    found = next((match for match in _ANY.finditer(text) if match[0] not in before), None)
    return _FORMS[int((found.lastgroup or "f0")[1:])][0] if found else ""
