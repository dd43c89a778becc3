"""One outside service a folder; `provider` is what they share."""

from collections.abc import Callable

from smartalert.config import Mode, Settings
from smartalert.providers.lease import always
from smartalert.providers.provider import Provider
from smartalert.wording import Channel


def relay_of(settings: Settings, mode: Mode, may_send: Callable[[], bool] = always) -> Provider | None:
    """The force's own mail relay, if it has one, or ModeRefused or SetupError."""
    from smartalert.providers import deployment

    return deployment.relay(settings, mode, may_send)


def for_deployment(settings: Settings, mode: Mode, may_send: Callable[[], bool] = always) -> dict[Channel, Provider]:
    """The provider of each channel for a database of this mode, or ModeRefused or SetupError."""
    # The clients are heavy, and the pages need only the seam.
    from smartalert.providers import deployment

    return deployment.providers(settings, mode, may_send)
