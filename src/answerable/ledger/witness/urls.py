"""The addresses of a witness, under its submission and monitoring prefix alike."""

from __future__ import annotations

from django.urls import path, re_path

from answerable.ledger.witness import views

urlpatterns = [
    path("add-checkpoint", views.add_checkpoint),
    re_path(r"^(?P<origin_sha256>[0-9a-f]{64})/checkpoint$", views.checkpoint),
]

handler404 = "answerable.ledger.witness.views.absent"
