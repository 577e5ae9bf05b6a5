"""https://redis.readthedocs.io/en/stable/connections.html"""

from dataclasses import replace

from splice.outbound.library import Client, Library, Limit

# It counts for connecting, too, where there is no `socket_connect_timeout`. In a URL it wins over the argument.
_LIMIT = Limit("socket_timeout", also=("connection_pool",), text="socket_timeout", text_wins=True)
_POOL = Limit("socket_timeout", also=("connection_class",), text="socket_timeout", text_wins=True)
_BLOCKING = ("blpop", "brpop", "brpoplpush", "blmove", "blmpop", "bzpopmin", "bzpopmax", "bzmpop")
_WAITS = {**dict.fromkeys(_BLOCKING, ""), "xread": "block", "xreadgroup": "block"}
_AT = {"Redis": replace(_LIMIT, position=4)}
_CLASSES = ("Redis", "RedisCluster", "asyncio.Redis", "asyncio.RedisCluster")
_POOLS = ("ConnectionPool", "BlockingConnectionPool", "asyncio.ConnectionPool", "asyncio.BlockingConnectionPool")

library = Library(
    tokens=(b"redis",),
    constant="REDIS_TIMEOUT",
    clients={f"redis.{name}": Client(limit=_AT.get(name, _LIMIT), waits=_WAITS) for name in _CLASSES}
    | {f"redis.{name}": Client(limit=_POOL, waits=_WAITS) for name in _POOLS},
    aliases={
        "redis.StrictRedis": "redis.Redis",
        "redis.client.Redis": "redis.Redis",
        "redis.client.StrictRedis": "redis.Redis",
        "redis.asyncio.StrictRedis": "redis.asyncio.Redis",
        "redis.asyncio.client.Redis": "redis.asyncio.Redis",
        "redis.cluster.RedisCluster": "redis.RedisCluster",
        "redis.asyncio.cluster.RedisCluster": "redis.asyncio.RedisCluster",
        "redis.connection.ConnectionPool": "redis.ConnectionPool",
        "redis.connection.BlockingConnectionPool": "redis.BlockingConnectionPool",
        "redis.from_url": "redis.Redis",
        "redis.asyncio.from_url": "redis.asyncio.Redis",
        **{f"redis.{name}.from_url": f"redis.{name}" for name in (*_CLASSES, *_POOLS)},
        "redis.StrictRedis.from_url": "redis.Redis",
    },
    note="none before version 8 and five seconds since: it counts as missing, a service is not pinned by its source",
)
