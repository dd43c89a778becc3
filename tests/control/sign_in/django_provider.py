"""An OpenID Connect provider that is not ours: Django's own accounts and pages, by Django OAuth Toolkit.

`python -m tests.control.sign_in.django_provider PORT FOLDER BACK` serves it on loopback for one client, whose redirect
address is BACK, until it is told to stop. Officers' groups are in its UserInfo answer, not in its ID tokens.
"""

import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from types import ModuleType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.urls import include, path

CLIENT, SECRET, PASSWORD = "smart-alert", "only for tests", "correct horse battery staple"
OFFICERS = {"alison": ["SA-Senders", "SA-Admins"], "visitor": ["Staff"]}
PARTS: Any = ModuleType("provider_parts")
LOGIN = '<form method="post">{% csrf_token %}{{ form }}<button>Log in</button></form>'


def configure(folder: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    settings.configure(
        SECRET_KEY="only for tests, never for people",
        ALLOWED_HOSTS=["localhost"],
        DEBUG_PROPAGATE_EXCEPTIONS=True,
        ROOT_URLCONF=PARTS.__name__,
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.db"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN}),
                    "django.template.loaders.app_directories.Loader",
                ],
                "context_processors": ["django.template.context_processors.request"],
            },
        }],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        LOGIN_URL="/login/",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "who", "profile": "name", "email": "address"},
            "OAUTH2_VALIDATOR_CLASS": f"{PARTS.__name__}.Validator",
        },
    )  # fmt: skip


def make_parts() -> None:
    """What Django looks up by name and can be made only once it is configured: addresses, and what is said of whom."""
    from django.contrib.auth.views import LoginView
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Validator(OAuth2Validator):
        """Says who it is in the token, and which groups they are in only when it is asked."""

        oidc_claim_scope = None

        def get_additional_claims(self, request: Any) -> dict[str, object]:
            return {"name": request.user.get_full_name()}

        def get_userinfo_claims(self, request: Any) -> dict[str, object]:
            return {**super().get_userinfo_claims(request), "groups": OFFICERS[request.user.username]}

    PARTS.Validator = Validator
    PARTS.urlpatterns = [path("o/", include("oauth2_provider.urls")), path("login/", LoginView.as_view())]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None: ...


def main() -> None:
    port, folder, back = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    configure(folder)
    sys.modules[PARTS.__name__] = PARTS
    django.setup()
    make_parts()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name in OFFICERS:
        User.objects.create_user(name, password=PASSWORD, first_name=name.title(), last_name="O’Neill-Łuczak")
    Application.objects.create(
        client_id=CLIENT,
        client_secret=SECRET,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=f"{back}/sign-in/back",
        post_logout_redirect_uris=f"{back}/sign-in",
        algorithm="RS256",
        skip_authorization=True,
    )
    make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet).serve_forever()


if __name__ == "__main__":
    main()
