from __future__ import annotations

import os
import typing as t
from collections import defaultdict

import flask
from flask import Blueprint

from .. import config
from ..models import Order
from . import views
from .helpers import (
    first,  # why
    second,
)
from .zones import Zone

if t.TYPE_CHECKING:
    from .late import Late

bp = Blueprint("orders", __name__)


class Store:
    @bp.get("/orders/<int:order_id>")
    # the handler
    def read(self, order_id: int) -> Late:  # trailing
        return defaultdict(list, {os.sep: [config, Order, views, first, second, Zone, flask]})
