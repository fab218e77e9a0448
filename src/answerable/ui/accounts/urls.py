"""Addresses of staff accounts, included by every desk under ``account/``."""

from __future__ import annotations

from allauth.account import views as accounts
from django.urls import include, path

from answerable.ui.accounts.views import closed

urlpatterns = [
    path("login/", accounts.login, name="account_login"),
    path("logout/", accounts.logout, name="account_logout"),
    path("inactive/", accounts.account_inactive, name="account_inactive"),
    path("reauthenticate/", accounts.reauthenticate, name="account_reauthenticate"),
    path("password/", accounts.password_change, name="account_change_password"),
    # The accounts library asks for this name when an account has no password. People choose one by invitation alone.
    path("set/", closed, name="account_set_password"),
    path("second/", include("allauth.mfa.urls")),
]
