import pytest
from django.test import Client

from catalogue.models import Book
from members.models import Member
from reports.views import NoPrice


@pytest.fixture
def archive(settings, tmp_path):
    settings.ARCHIVE = tmp_path / "archive"
    settings.ARCHIVE.mkdir()
    (settings.ARCHIVE / "1999.pdf").write_bytes(b"%PDF")
    (tmp_path / "secret.txt").write_text("secret")


def test_loans(staff):
    response = staff.get("/reports/loans.csv")
    assert response.streaming
    assert response.headers["Content-Type"] == "text/csv"
    assert b"".join(response.streaming_content).decode().split("\r\n") == [
        "book,member,due,returned",
        "9780156027601,1002,2020-01-31,",
        "9780441007318,1002,2099-01-31,",
        "",
    ]


@pytest.mark.parametrize("path", ["/reports/loans.csv", "/reports/fines"])
def test_for_staff_only(reader, path):
    assert reader.get(path).status_code == 302


def test_integrity(client):
    response = client.get("/reports/integrity")
    assert (response.status_code, response.json()) == (200, {"wrong": []})
    assert "no-store" in response.headers["Cache-Control"]
    assert client.post("/reports/integrity").status_code == 405


def test_integrity_lost(client, solaris):
    Book.objects.filter(pk=solaris.pk).update(copies=0)
    response = client.get("/reports/integrity")
    assert (response.status_code, response.json()) == (500, {"wrong": [solaris.isbn]})


def test_valuation(client):
    assert client.get("/reports/valuation").json() == {"cents": 3400}


def test_valuation_of_a_book_without_a_price(client, solaris):
    Book.objects.filter(pk=solaris.pk).update(cents=0)
    with pytest.raises(NoPrice):
        client.get("/reports/valuation")
    patient = Client(raise_request_exception=False)
    assert patient.get("/reports/valuation").status_code == 500


def test_archive(client, archive):
    response = client.get("/reports/archive/1999.pdf")
    assert b"".join(response.streaming_content) == b"%PDF"
    assert response.headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize(
    ("name", "status"), [("2000.pdf", 404), ("../secret.txt", 400)]
)
def test_archive_refuses(client, archive, name, status):
    assert client.get(f"/reports/archive/{name}").status_code == status


def test_fines(staff, late):
    fines = staff.get("/reports/fines").json()
    assert fines.keys() == {str(late.pk)}
    assert fines[str(late.pk)] > 200


def test_fines_suspend(staff, late):
    assert staff.post("/reports/fines").json() == {"suspended": 1}
    assert str(Member.objects.get(suspended=True)) == "1002 ben"
