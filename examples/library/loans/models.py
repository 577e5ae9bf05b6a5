"""The table of loans."""

from django.db import models

from catalogue.models import Book
from members.models import Member


class Loan(models.Model):
    book = models.ForeignKey(Book, models.PROTECT, related_name="loans")
    member = models.ForeignKey(Member, models.PROTECT, related_name="loans")
    due = models.DateField()
    returned = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.book} until {self.due}"
