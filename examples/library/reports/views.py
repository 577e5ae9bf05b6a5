"""Reports: what the office prints, downloads or worries about."""

import csv
from collections.abc import Iterator

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import SuspiciousFileOperation
from django.db.models import Count, F, Q, Sum
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_safe

from catalogue.models import Book
from loans.models import Loan
from loans.service import today


class NoPrice(Exception):
    """Somebody has to look a price up."""


class _Line:
    """A file for the csv module that hands its lines on."""

    def write(self, line: str) -> str:
        return line


def _rows() -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(["book", "member", "due", "returned"])
    loans = Loan.objects.values_list(
        "book__isbn", "member__card", "due", "returned"
    ).order_by("pk")
    for loan in loans.iterator():
        yield writer.writerow(loan)


@staff_member_required
def export_loans(request: HttpRequest) -> StreamingHttpResponse:
    """All loans, without holding them in memory."""
    return StreamingHttpResponse(_rows(), content_type="text/csv")


@require_safe
def integrity(request: HttpRequest) -> JsonResponse:
    """For a monitor that reads status codes: 500 if more is out than there is."""
    out = Count("loans", filter=Q(loans__returned=None))
    wrong = Book.objects.annotate(out=out).filter(out__gt=F("copies"))
    isbns = [book.isbn for book in wrong]
    return JsonResponse({"wrong": isbns}, status=500 if isbns else 200)


def valuation(request: HttpRequest) -> JsonResponse:
    """What it would cost to buy it all again."""
    unpriced = Book.objects.filter(cents=0).first()
    if unpriced is not None:
        raise NoPrice(f"{unpriced} has no price")
    cents = Book.objects.aggregate(sum=Sum(F("cents") * F("copies")))["sum"]
    return JsonResponse({"cents": cents or 0})


def archive(request: HttpRequest, name: str) -> HttpResponseBase:
    """A scanned report from the archive."""
    path = (settings.ARCHIVE / name).resolve()
    if not path.is_relative_to(settings.ARCHIVE.resolve()):
        raise SuspiciousFileOperation(f"{name} is outside of the archive")
    if not path.is_file():
        raise Http404(f"no report {name}")
    return FileResponse(path.open("rb"), filename=path.name)


@method_decorator(staff_member_required, name="dispatch")
class Fines(View):
    """Ten cents for each day that a book is late."""

    def get(self, request: HttpRequest) -> HttpResponse:
        late = Loan.objects.filter(returned=None, due__lt=today())
        fines = {loan.pk: 10 * (today() - loan.due).days for loan in late}
        return JsonResponse(fines)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Suspend everybody who owes more than two euros."""
        late = Loan.objects.select_related("member").filter(returned=None)
        members = {loan.member for loan in late if 10 * (today() - loan.due).days > 200}
        for member in members:
            member.suspended = True
            member.save()
        return JsonResponse({"suspended": len(members)})
