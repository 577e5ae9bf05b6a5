"""The tables of the membership."""

from django.contrib.auth.models import User
from django.db import models


class Member(models.Model):
    user = models.OneToOneField(User, models.CASCADE, related_name="member")
    card = models.CharField(max_length=10, unique=True)
    suspended = models.BooleanField(default=False)

    class Meta:
        ordering = ["card"]

    def __str__(self) -> str:
        return f"{self.card} {self.user.username}"
