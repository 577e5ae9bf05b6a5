"""The rules of lending. Knows the tables, does not know HTTP."""

import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import APIException

from catalogue.models import Book
from loans.models import Loan
from members.models import Member


class Refused(APIException):
    """The request is fine, the state of the world is not."""

    status_code = 409
    default_code = "refused"


class DeskClosed(APIException):
    status_code = 503
    default_detail = "the desk is closed"
    default_code = "closed"


def today() -> datetime.date:
    return timezone.localdate()


def _due() -> datetime.date:
    return today() + datetime.timedelta(days=settings.LOAN_DAYS)


def lend(book: Book, member: Member) -> Loan:
    if member.suspended:
        raise Refused("this card is suspended")
    with transaction.atomic():
        if book.loans.filter(returned=None).count() >= book.copies:
            raise Refused(f"no copy of {book} is left")
        return Loan.objects.create(book=book, member=member, due=_due())


def renew(loan: Loan) -> Loan:
    if loan.returned or loan.due < today():
        raise Refused("this loan has ended")
    loan.due = _due()
    loan.save()
    return loan


def take_back(loan: Loan) -> Loan:
    if loan.returned is None:
        loan.returned = today()
        loan.save()
    return loan
