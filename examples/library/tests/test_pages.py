import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from catalogue.models import Book
from library import __version__

NEW = {"isbn": "1", "title": "Fiasco", "author": "2", "year": "1986", "copies": "1"}


def test_health(client):
    assert client.get("/healthz").json() == {"status": "ok", "version": __version__}
    assert client.post("/healthz").status_code == 405


def test_ready(client):
    assert client.get("/readyz").json() == {"status": "ready", "books": 2}


def test_ready_under_asgi(async_client):
    response = async_to_sync(async_client.get)("/readyz")
    assert response.json()["books"] == 2


def test_list(client):
    response = client.get("/en/catalogue/")
    assert response.status_code == 200
    assert [book.title for book in response.context["object_list"]] == [
        "Solaris",
        "The Left Hand of Darkness",
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_list_in_each_language(client, language):
    response = client.get(f"/{language}/catalogue/")
    assert response.headers["Content-Language"] == language


def test_list_picks_the_readers_language(client):
    response = client.get("/catalogue/", headers={"accept-language": "de"})
    assert response.headers["Location"] == "/de/catalogue/"


def test_page(client, solaris):
    response = client.get(solaris.get_absolute_url())
    assert "Lem, 1961. 1 copies." in response.content.decode()


def test_page_missing(client):
    assert client.get("/en/catalogue/books/9/").status_code == 404


def test_new_book_needs_a_login(client):
    response = client.get("/en/catalogue/books/new/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_new_book(staff):
    assert b"<form" in staff.get("/en/catalogue/books/new/").content
    response = staff.post("/en/catalogue/books/new/", NEW)
    book = Book.objects.get(isbn="1")
    assert response.headers["Location"] == book.get_absolute_url()


def test_new_book_invalid(staff):
    response = staff.post("/en/catalogue/books/new/", {**NEW, "year": "soon"})
    assert response.status_code == 200
    assert not Book.objects.filter(isbn="1").exists()


def test_new_book_needs_a_csrf_token(staff):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff.cookies
    assert strict.post("/en/catalogue/books/new/", NEW).status_code == 403


def test_suggestions(client):
    path = "/en/catalogue/suggestions"
    for title in ("Eden", "Fiasco"):
        response = client.post(path, {"title": title})
        assert (response.status_code, response.headers["Location"]) == (302, path)
    assert client.get(path).content == b"Eden, Fiasco"


def test_suggestions_invalid(client):
    path = "/en/catalogue/suggestions"
    assert client.post(path, {"title": " "}).status_code == 400
    assert client.put(path).status_code == 405


def test_search(client):
    response = client.get("/en/catalogue/search?q=left")
    assert [book.year for book in response.context["object_list"]] == [1969]
    assert client.head("/en/catalogue/search?q=left").status_code == 200


def test_search_for_nothing(client):
    assert client.get("/en/catalogue/search").status_code == 400
    assert client.post("/en/catalogue/search").status_code == 405


@pytest.mark.parametrize(("year", "found"), [("1961", 1), ("1962", 0)])
def test_year(client, year, found):
    response = client.get(f"/en/catalogue/years/{year}/")
    assert len(response.context["object_list"]) == found


def test_year_is_a_year(client):
    assert client.get("/en/catalogue/years/61/").status_code == 404


def test_login_page(client):
    assert b"Sign in" in client.get("/accounts/login/").content


def test_admin_is_for_staff(client):
    assert client.get("/admin/").status_code == 302
