import datetime

import pytest

from catalogue.models import Author, Review
from loans.api import Desk
from loans.models import Loan
from loans.service import today
from members.models import Member

BOOKS = "/api/v1/books/"
LOANS = "/api/v1/loans/"
NEW = {"isbn": "1", "title": "Eden", "author": 2, "year": 1959, "copies": 1}


def test_books(anybody):
    assert anybody.get(BOOKS).json()["count"] == 2
    assert anybody.get("/api/v1/books.json").json()["count"] == 2
    assert anybody.get(f"{BOOKS}2/").json()["title"] == "Solaris"
    assert anybody.get(f"{BOOKS}9/").status_code == 404


def test_root_names_the_lists(anybody):
    assert set(anybody.get("/api/v1/").json()) == {"books", "loans"}


def test_books_are_written_with_a_card(anybody, ann):
    assert anybody.post(BOOKS, NEW).status_code == 401
    path = f"{BOOKS}{ann.post(BOOKS, NEW).json()['id']}/"
    assert ann.put(path, {**NEW, "copies": 2}).json()["copies"] == 2
    assert ann.patch(path, {"copies": 3}).json()["copies"] == 3
    assert ann.delete(path).status_code == 204


def test_available(anybody, solaris):
    counts = anybody.get(f"{BOOKS}{solaris.pk}/available/").json()
    assert counts == {"copies": 1, "available": 0}


def test_reviews(anybody, ben):
    path = f"{BOOKS}2/reviews/"
    assert ben.post(path, {"stars": 5, "text": "deep"}).status_code == 201
    assert anybody.get(path).json()["results"][0]["stars"] == 5
    assert anybody.get(f"{BOOKS}1/reviews/").json()["count"] == 0
    assert str(Review.objects.get()) == "***** Solaris"


def test_reviews_invalid(ben):
    assert ben.post(f"{BOOKS}2/reviews/", {"stars": 6}).status_code == 400
    assert ben.post(f"{BOOKS}9/reviews/", {"stars": 1}).status_code == 404


def test_authors_are_read_only(anybody, ann):
    rows = anybody.get("/api/v1/authors").json()["results"]
    assert [row["name"] for row in rows] == ["Le Guin", "Lem"]
    assert anybody.get("/api/v1/authors/2").json()["name"] == "Lem"
    assert ann.delete("/api/v1/authors/2").status_code == 405
    assert str(Author.objects.get(pk=2)) == "Lem"


@pytest.mark.parametrize(("who", "count"), [("ann", 2), ("ben", 2)])
def test_loans(request, who, count):
    assert request.getfixturevalue(who).get(LOANS).json()["count"] == count


def test_loans_of_others(ann, ben):
    loan = ann.post(LOANS, {"book": 1}).json()
    assert ben.get(f"{LOANS}{loan['id']}/").status_code == 404
    assert ann.get(f"{LOANS}{loan['id']}/").json() == loan


def test_lend(ben):
    loan = ben.post(LOANS, {"book": 1}).json()
    assert loan["member"] == 2
    assert loan["due"] == str(today() + datetime.timedelta(days=28))


def test_lend_nonsense(ben, anybody):
    assert ben.post(LOANS, {"book": 9}).status_code == 400
    assert anybody.post(LOANS, {"book": 1}).status_code == 401


def test_no_copy_left(ben):
    response = ben.post(LOANS, {"book": 2})
    assert response.status_code == 409
    assert response.json() == {"detail": "no copy of Solaris is left"}


def test_suspended_members_borrow_nothing(ben):
    Member.objects.filter(card="1002").update(suspended=True)
    assert ben.post(LOANS, {"book": 1}).status_code == 409


def test_renew(ben):
    assert ben.post(f"{LOANS}2/renew/").json()["due"] != "2099-01-31"
    assert ben.post(f"{LOANS}1/renew/").status_code == 409


@pytest.mark.parametrize("method", ["post", "put"])
def test_return(ben, late, method):
    path = f"{LOANS}{late.pk}/return/"
    assert getattr(ben, method)(path).json()["returned"] == str(today())
    assert ben.get(path).status_code == 405


def test_overdue(ann, ben, late):
    assert [row["id"] for row in ann.get(f"{LOANS}overdue/").json()] == [late.pk]
    assert ben.get(f"{LOANS}overdue/").status_code == 403


def test_desk(ben, solaris):
    assert ben.get("/api/v1/desk").json() == {"open": True}
    body = {"isbn": solaris.isbn}
    assert ben.post("/api/v1/desk", body).json()["book"] == solaris.pk
    assert ben.post("/api/v1/desk", body).status_code == 400
    assert ben.post("/api/v1/desk", {"isbn": "9"}).status_code == 404


def test_desk_closed(ben, monkeypatch):
    monkeypatch.setattr(Desk, "is_open", False)
    response = ben.post("/api/v1/desk", {})
    assert response.status_code == 503
    assert response.json() == {"detail": "the desk is closed"}


def test_stats(ann, ben):
    assert ann.get("/api/v1/stats").json() == {"loans": 2, "open": 2}
    assert ben.get("/api/v1/stats").status_code == 403
    assert str(Loan.objects.get(pk=1)) == "Solaris until 2020-01-31"
