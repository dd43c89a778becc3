"""One outside service a folder; `provider` is what they share."""

from smartalert.config import Mode, Settings
from smartalert.providers.provider import Provider
from smartalert.wording import Channel


def for_deployment(settings: Settings, mode: Mode) -> dict[Channel, Provider]:
    """The provider of each channel for a database of this mode, or ModeRefused or SetupError."""
    # The clients are heavy, and the pages need only the seam.
    from smartalert.providers import deployment

    return deployment.providers(settings, mode)
