"""The WSGI application of a witness, for the server that `record witness serve` starts."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.parties.witness")
application = get_wsgi_application()
