"""Every address of the editors' desk. `tests/matrix` holds the list of who may use which."""

from __future__ import annotations

from allauth.account import views as accounts
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
    path("account/login/", accounts.login, name="account_login"),
    path("account/logout/", accounts.logout, name="account_logout"),
    path("account/inactive/", accounts.account_inactive, name="account_inactive"),
    path("account/reauthenticate/", accounts.reauthenticate, name="account_reauthenticate"),
    path("account/password/", accounts.password_change, name="account_change_password"),
    # The accounts library asks for this name when an account has no password. People choose one by invitation alone.
    path("account/set/", views.closed, name="account_set_password"),
    path("account/second/", include("allauth.mfa.urls")),
]
