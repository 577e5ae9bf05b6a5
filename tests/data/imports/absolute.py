#!/usr/bin/env python
# Licence: none

import json

import flask

import orders.db
from orders.models import Order
from orders.zones import Zone

app = flask.Flask(__name__)


# about the handler
@app.post(
    "/orders",
)
async def create():
    return json.dumps([orders.db, Order, Zone])
