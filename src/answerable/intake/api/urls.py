"""Addresses of the sealed API, mounted at ``api/``. No address names a person, a mailbox or a submission."""

from __future__ import annotations

from django.urls import path, register_converter

from answerable.intake.api import views


class UploadConverter:
    """An upload's id: 32 lowercase hexadecimal digits."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> bytes:
        """The id's 16 bytes."""
        return bytes.fromhex(value)

    def to_url(self, value: bytes) -> str:
        """The id's 32 digits."""
        return value.hex()


register_converter(UploadConverter, "upload")

urlpatterns = [
    path("challenge/", views.challenge, name="api-challenge"),
    path("readers/", views.readers, name="api-readers"),
    path("reports/", views.reports, name="api-reports"),
    path("box/", views.box, name="api-box"),
    path("box/add/", views.add, name="api-add"),
    path("box/code/", views.code, name="api-code"),
    path("uploads/<upload:upload>/", views.uploads, name="api-upload"),
]
