"""Bearer tokens to users."""

from typing import Annotated

from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shop.settings import settings

bearer = HTTPBearer(auto_error=False)


def current_user(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str:
    name = settings.tokens.get(credentials.credentials) if credentials else None
    if name is None:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED,
            "who are you?",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return name


User = Annotated[str, Depends(current_user)]


def require_staff(user: User) -> None:
    if user != "staff":
        raise HTTPException(status.HTTP_403_FORBIDDEN, "staff only")
