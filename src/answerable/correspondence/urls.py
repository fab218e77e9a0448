"""Every address of the editors' desk. `tests/matrix` holds the list of who may use which."""

from __future__ import annotations

from django.urls import include, path

from answerable.correspondence import views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("clocks/", views.clocks, name="clocks"),
    path("correspondence/", views.heading, name="heading"),
    path("parties/", views.parties, name="parties"),
    path("new/<slug:kind>/", views.write, name="draft_new"),
    path("drafts/<int:pk>/", views.draft, name="draft"),
    path("drafts/<int:pk>/document/", views.document, name="draft_document"),
    path("drafts/<int:pk>/edit/", views.write, name="draft_edit"),
    path("drafts/<int:pk>/errors/", views.errors, name="draft_errors"),
    path("drafts/<int:pk>/withdraw/", views.withdraw, name="draft_withdraw"),
    path("drafts/<int:pk>/return/", views.send_back, name="draft_return"),
    path("drafts/<int:pk>/approve/", views.approve, name="draft_approve"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("account/", include("answerable.ui.accounts.urls")),
]
