"""Database drivers that take a timeout for connecting. SQLAlchemy's `create_engine(connect_args=...)` is left alone.

https://www.psycopg.org/docs/module.html https://pymysql.readthedocs.io/ https://mysqlclient.readthedocs.io/
https://magicstack.github.io/asyncpg/current/api/ https://pymongo.readthedocs.io/
"""

from splice.outbound.library import Client, Function, Library, Limit

_LIBPQ = Limit("connect_timeout", text="connect_timeout")
_MYSQL = Limit("connect_timeout", also=("read_default_file", "read_default_group"), default=10.0)
_ASYNCPG = Limit("timeout", also=("command_timeout",), default=60.0)
_ALSO = ("timeoutMS", "socketTimeoutMS", "connectTimeoutMS")
_MONGO = Limit("serverSelectionTimeoutMS", also=_ALSO, default=30.0, milliseconds=True)

library = Library(
    tokens=(b"psycopg", b"MySQLdb", b"pymysql", b"asyncpg", b"pymongo", b"motor"),
    constant="DATABASE_TIMEOUT",
    functions={
        "psycopg2.connect": Function(limit=_LIBPQ),
        "psycopg.connect": Function(limit=_LIBPQ),
        "psycopg.AsyncConnection.connect": Function(limit=_LIBPQ, style="async"),
        "pymysql.connect": Function(limit=_MYSQL),
        "MySQLdb.connect": Function(limit=Limit("connect_timeout", also=_MYSQL.also)),
        "asyncpg.connect": Function(limit=_ASYNCPG, style="async"),
        "asyncpg.create_pool": Function(limit=_ASYNCPG, style="awaitable or context"),
    },
    clients={
        "pymongo.MongoClient": Client(limit=_MONGO),
        "pymongo.AsyncMongoClient": Client(limit=_MONGO),
        "motor.motor_asyncio.AsyncIOMotorClient": Client(limit=_MONGO),
    },
    aliases={
        "psycopg.Connection.connect": "psycopg.connect",
        "pymysql.Connect": "pymysql.connect",
        "pymysql.connections.Connection": "pymysql.connect",
        "MySQLdb.Connect": "MySQLdb.connect",
        "MySQLdb.connections.Connection": "MySQLdb.connect",
        "asyncpg.connection.connect": "asyncpg.connect",
        "asyncpg.pool.create_pool": "asyncpg.create_pool",
        "pymongo.mongo_client.MongoClient": "pymongo.MongoClient",
    },
    note="libpq and mysqlclient wait as long as TCP does, psycopg 3 for 130 s: these count as missing; "
    "PyMySQL waits 10 s, asyncpg 60 s, pymongo 30 s for a server: left alone",
)
