"""https://docs.python.org/3/library/socket.html#socket.create_connection"""

from splice.outbound.library import Function, Library, Limit

library = Library(
    tokens=(b"socket",),
    constant="SOCKET_TIMEOUT",
    functions={"socket.create_connection": Function(limit=Limit(position=1))},
    note="socket.setdefaulttimeout, which is none unless somebody sets it",
)
