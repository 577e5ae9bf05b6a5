"""What examples/library finds when it starts: the demo's data, ann and ben signed in, an archive with one report."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from e2e.kit import EXAMPLES, environment

_FILL = """
import datetime

import django

django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

call_command("migrate", verbosity=0)
call_command("loaddata", "demo", verbosity=0)
for user in User.objects.all():
    session = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    key, until = f"session-of-{user.username}", timezone.now() + datetime.timedelta(days=1)
    Session.objects.create(session_key=key, session_data=SessionStore().encode(session), expire_date=until)
"""
SETTINGS = {"DJANGO_SETTINGS_MODULE": "library.settings.dev"}
_made: dict[str, Path] = {}


def library_data(folder: Path) -> dict[str, str]:
    """The environment of a library whose data are in `folder`; made once, copied then."""
    database, archive = folder / "library.sqlite3", folder / "archive"
    if "database" in _made:
        shutil.copyfile(_made["database"], database)
    else:
        fill = [sys.executable, "-c", _FILL]
        env = environment(EXAMPLES / "library", **SETTINGS, LIBRARY_DATABASE=str(database))
        subprocess.run(fill, cwd=folder, env=env, check=True)
        _made["database"] = folder / "made.sqlite3"
        shutil.copyfile(database, _made["database"])
    archive.mkdir()
    (archive / "1999.txt").write_text("a good year")
    (folder / "secret.txt").write_text("secret")
    return {**SETTINGS, "LIBRARY_DATABASE": str(database), "LIBRARY_ARCHIVE": str(archive)}
