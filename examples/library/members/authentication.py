"""A member's card speaks for the member."""

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from members.models import Member


class CardAuthentication(BaseAuthentication):
    """``Authorization: Card 1001``."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        scheme, _, card = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Card":
            return None
        try:
            member = Member.objects.select_related("user").get(card=card)
        except Member.DoesNotExist:
            raise AuthenticationFailed("no such card") from None
        return member.user, None

    def authenticate_header(self, request: Request) -> str:
        return "Card"
