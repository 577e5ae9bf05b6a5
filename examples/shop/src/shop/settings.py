"""Settings from the environment, read once; tests set attributes."""

import os
from dataclasses import dataclass, field


def _tokens() -> dict[str, str]:
    pairs = os.environ.get("SHOP_TOKENS", "").split(",")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


@dataclass
class Settings:
    database: str = os.environ.get("SHOP_DATABASE", "shop.sqlite3")
    tokens: dict[str, str] = field(default_factory=_tokens)


settings = Settings()
