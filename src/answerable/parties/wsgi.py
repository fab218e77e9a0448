"""The WSGI application of a party with pages, for the server that `answerable run` starts."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.parties.editors")
application = get_wsgi_application()
