"""The editor's door: a language server over the engine that `run` and `check` use. It decides nothing of its own.

`server` speaks the protocol, `service` keeps one configuration root looked at, and the others turn what the engine
says into what an editor shows: `places`, `messages`, `fixes`, `actions`, `ignoring`, `hints`.
"""
