"""What members see of themselves, and how people become members."""

import json

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from members.models import Member


@login_required
def card(request: HttpRequest) -> JsonResponse:
    member = get_object_or_404(Member, user=request.user)
    if member.suspended:
        raise PermissionDenied("this card is suspended")
    return JsonResponse({"card": member.card, "name": member.user.username})


@csrf_exempt  # the kiosk at the door has no session
@require_POST
def register(request: HttpRequest) -> JsonResponse:
    try:
        name = json.loads(request.body)["name"].strip()
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"error": "a name is needed"}, status=400)
    if User.objects.filter(username=name).exists():
        return JsonResponse({"error": f"{name} is a member"}, status=409)
    user = User.objects.create_user(name)
    member = Member.objects.create(user=user, card=str(1000 + user.pk))
    return JsonResponse({"card": member.card}, status=201)
