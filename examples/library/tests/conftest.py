import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from rest_framework.test import APIClient

from catalogue.models import Book
from loans.models import Loan


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The library of the demo: ann works here, ben has two books, one is late."""
    with django_db_blocker.unblock():
        call_command("loaddata", "demo", verbosity=0)


@pytest.fixture(autouse=True)
def demo(db):
    """Every test starts from it."""


@pytest.fixture
def staff(client):
    client.force_login(User.objects.get(username="ann"))
    return client


@pytest.fixture
def reader(client):
    client.force_login(User.objects.get(username="ben"))
    return client


def api(card: str = "") -> APIClient:
    client = APIClient()
    if card:
        client.credentials(HTTP_AUTHORIZATION=f"Card {card}")
    return client


@pytest.fixture
def ann():
    return api("1001")


@pytest.fixture
def ben():
    return api("1002")


@pytest.fixture
def anybody():
    return api()


@pytest.fixture
def solaris():
    return Book.objects.get(title="Solaris")


@pytest.fixture
def late():
    """Ben's copy of Solaris: the only one."""
    return Loan.objects.get(pk=1)
