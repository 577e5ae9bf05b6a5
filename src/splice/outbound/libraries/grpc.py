"""https://grpc.github.io/grpc/python/grpc.html

A call is that of a multicallable, `stub.GetOrder(request)`: made by a channel, or named in a generated `*_pb2_grpc.py`
(multicallables.py finds these). A deadline covers a whole stream, so that only unary calls are given one.
"""

from splice.outbound.library import Library

library = Library(
    tokens=(b"grpc",),
    constant="GRPC_TIMEOUT",
    note="none: a call without a deadline waits for ever",
)
