"""Guards whose demands are readable, and some that are not."""

from fastapi import Depends, FastAPI

from scaffold import guard, guarded, observed

app = FastAPI()
NAME = "orders"


# ok: auth-scope-not-literal
@guarded("orders:read")
def read():
    return ""


# ok: auth-scope-not-literal
@guarded("orders:read", "orders:write", any_of=True)
def write():
    return ""


# ok: auth-scope-not-literal
@guarded()
def known():
    return ""


# ruleid: auth-scope-not-literal
@guarded(f"{NAME}:read")
def computed():
    return ""


# ruleid: auth-scope-not-literal
@guarded(NAME + ":read")
def added():
    return ""


# ok: auth-guard-inside-depends
@app.get("/x", dependencies=[guard("orders:read")])
@observed("GET /x")
def listed():
    return ""


# ruleid: auth-guard-inside-depends
@app.get("/y", dependencies=[Depends(guard("orders:read"))])
@observed("GET /y")
def wrapped():
    return ""
