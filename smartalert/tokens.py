"""Signed references: proof that a link or receipt came from a message of ours. Each purpose has its own key."""

import hashlib
from functools import cache

from itsdangerous import Signer

from smartalert.config import settings


@cache
def signer(purpose: str) -> Signer:
    """The signer of one purpose."""
    return Signer(settings().signing_keys, salt=f"smartalert {purpose}", sep=".", digest_method=hashlib.sha256)
