"""Outbound calls with and without timeouts."""

import smtplib
import socket
from urllib.request import urlopen

import requests
import requests as http

from scaffold import REQUESTS_TIMEOUT, retried


def fetch(url, options):
    # ruleid: timeouts-call-without-timeout
    requests.get(url)
    # ruleid: timeouts-call-without-timeout
    http.post(url, json={})
    # ruleid: timeouts-call-without-timeout
    requests.request("GET", url)
    # ok: timeouts-call-without-timeout
    requests.get(url, timeout=REQUESTS_TIMEOUT)
    # ok: timeouts-call-without-timeout
    retried(requests.get)(url, timeout=REQUESTS_TIMEOUT)
    # ok: timeouts-call-without-timeout
    requests.get(url, timeout=None)
    # ok: timeouts-call-without-timeout
    requests.get(url, **options)
    # ok: timeouts-call-without-timeout
    requests.Session()
    # ok: timeouts-call-without-timeout
    options.get(url)


def others(url):
    # ruleid: timeouts-call-without-timeout
    urlopen(url)
    # ok: timeouts-call-without-timeout
    urlopen(url, None, 3)
    # ruleid: timeouts-call-without-timeout
    smtplib.SMTP("mail")
    # ok: timeouts-call-without-timeout
    smtplib.SMTP("mail", timeout=3)
    # ruleid: timeouts-call-without-timeout
    socket.create_connection(("mail", 25))
    # ok: timeouts-call-without-timeout
    socket.create_connection(("mail", 25), 3)


def again(url, client):
    # ruleid: retry-call-without-timeout
    retried(requests.get)(url)
    # ok: retry-call-without-timeout
    retried(requests.get)(url, timeout=3)
    # ruleid: retry-around-what-is-not-idempotent
    retried(client.post)(url, timeout=3)
    # ok: retry-around-what-is-not-idempotent
    retried(client.put)(url, timeout=3)
