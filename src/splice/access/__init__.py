"""Who may call an operation, going by the source: what frameworks share when they answer that.

`known` holds the guards of well-known libraries as data, `absent` and `flow` follow a function through a request
that carries no credential, `decorators` says what a decorator does to who may call, `gates` puts answers together.
What only may guard is `unknown`, with its reason: never guarded, and never missing.
"""
