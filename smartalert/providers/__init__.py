"""One outside service a folder; `provider` is what they share."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from smartalert.config import Mode, Settings
from smartalert.providers.lease import always
from smartalert.providers.pace import Pace
from smartalert.providers.provider import Provider
from smartalert.wording import Channel

if TYPE_CHECKING:
    from smartalert.providers.residents import Residents


def relay_of(settings: Settings, mode: Mode, may_send: Callable[[], bool] = always) -> Provider | None:
    """The force's own mail relay, if it has one, or ModeRefused or SetupError."""
    from smartalert.providers import deployment

    return deployment.relay(settings, mode, may_send)


def for_deployment(
    settings: Settings,
    mode: Mode,
    may_send: Callable[[], bool] = always,
    drill: int | None = None,
    paces: Mapping[Channel, Pace] | None = None,
) -> dict[Channel, Provider]:
    """The provider of each channel for a database of this mode, or ModeRefused or SetupError; a drill has its own."""
    # The clients are heavy, and the pages need only the seam.
    from smartalert.providers import deployment

    return deployment.providers(settings, mode, may_send, drill, paces)


def paces_of(settings: Settings) -> dict[Channel, Pace]:
    """How fast each channel's messages may leave, by the quotas of the force's accounts."""
    return {Channel.PUSH: Pace(settings.pushes_per_s), Channel.EMAIL: Pace(settings.mails_per_s)}


def simulated_residents(settings: Settings) -> "Residents":
    """The residents of a training deployment; ModeRefused for any other."""
    from smartalert.providers import deployment

    return deployment.residents(settings)
