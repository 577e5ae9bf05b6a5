"""Exchange rates, from the rates service."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Protocol
from urllib.parse import urlencode
from urllib.request import urlopen

from .errors import RatesUnavailable

TIMEOUT = 2.0


class Rates(Protocol):
    def rate(self, base: str, quote: str) -> Decimal: ...


class HttpRates:
    def __init__(self, url: str) -> None:
        self.url = url

    def rate(self, base: str, quote: str) -> Decimal:
        query = urlencode({"base": base, "symbols": quote})
        try:
            with urlopen(f"{self.url}?{query}", timeout=TIMEOUT) as response:
                return Decimal(str(json.load(response)["rates"][quote]))
        except (OSError, ValueError, KeyError, ArithmeticError) as error:
            raise RatesUnavailable(f"{base}/{quote}: {error}") from error
