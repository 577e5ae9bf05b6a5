import pytest
from django.contrib.auth.models import User
from django.test import Client

from members.models import Member

PATH = "/api/v1/members/"


def test_card(reader):
    assert reader.get("/members/card").json() == {"card": "1002", "name": "ben"}


def test_card_needs_a_login(client):
    response = client.get("/members/card")
    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=/members/card"


def test_card_suspended(reader):
    Member.objects.filter(card="1002").update(suspended=True)
    assert reader.get("/members/card").status_code == 403


def test_card_of_nobody():
    client = Client()
    client.force_login(User.objects.create_user("guest"))
    assert client.get("/members/card").status_code == 404


def test_register_without_a_csrf_token():
    kiosk = Client(enforce_csrf_checks=True)
    body = {"name": "eve"}
    response = kiosk.post("/members/register", body, "application/json")
    assert response.status_code == 201
    assert Member.objects.get(card=response.json()["card"]).user.username == "eve"


@pytest.mark.parametrize("body", ["", "[]", '{"name": 1}', "{}"])
def test_register_nonsense(client, body):
    response = client.post("/members/register", body, "application/json")
    assert response.status_code == 400


def test_register_twice(client):
    response = client.post("/members/register", {"name": "ben"}, "application/json")
    assert response.status_code == 409
    assert client.get("/members/register").status_code == 405


def test_list(ann):
    rows = ann.get(PATH).json()["results"]
    assert [row["card"] for row in rows] == ["1001", "1002"]


@pytest.mark.parametrize(("who", "status"), [("anybody", 401), ("ben", 403)])
def test_list_is_for_staff(request, who, status):
    assert request.getfixturevalue(who).get(PATH).status_code == status


def test_unknown_card(anybody):
    anybody.credentials(HTTP_AUTHORIZATION="Card 9999")
    assert anybody.get(PATH).status_code == 401


def test_create(ann):
    user = User.objects.create_user("eve")
    response = ann.post(PATH, {"user": user.pk, "card": "1003"})
    assert response.status_code == 201
    assert ann.post(PATH, {"card": "1003"}).status_code == 400


def test_update(ann):
    assert ann.patch(f"{PATH}2/", {"card": "2002"}).json()["card"] == "2002"
    body = {"user": 2, "card": "3002"}
    assert ann.put(f"{PATH}2/", body).json()["card"] == "3002"
    assert ann.get(f"{PATH}2/").json()["card"] == "3002"


def test_delete_suspends(ann):
    assert ann.delete(f"{PATH}2/").status_code == 204
    assert ann.get(f"{PATH}2/").json()["suspended"] is True
    assert ann.delete(f"{PATH}9/").status_code == 404
