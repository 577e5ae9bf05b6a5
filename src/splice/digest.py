"""The digest by which the cache tells contents apart: nobody can make two contents with the same one."""

from __future__ import annotations

try:
    from _blake2 import blake2b  # what hashlib gives as well; importing that one loads all of OpenSSL
except ImportError:  # another implementation of Python
    from hashlib import blake2b

SIZE = 32


def digest(raw: bytes) -> bytes:
    return blake2b(raw, digest_size=SIZE).digest()
