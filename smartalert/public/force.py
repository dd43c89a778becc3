"""Who answers for this service, as the law asks public pages to say: from the settings, made up in training."""

from dataclasses import dataclass, fields

from smartalert.config import Mode, settings


@dataclass(frozen=True, slots=True)
class Particulars:
    """The force's particulars; what the settings lack is empty, and the pages say so."""

    #: In law the chief constable decides what personal data are used for.
    controller: str
    #: Of the force's headquarters, in one line.
    address: str
    phone: str
    #: How to reach the data protection officer.
    dpo: str
    #: Where complaints about personal data go.
    complaints: str
    #: Who helps with this website.
    help: str

    @property
    def missing(self) -> list[str]:
        """The settings that a live deployment still has to set."""
        return [SETTING_OF[one.name] for one in fields(self) if not getattr(self, one.name)]


#: Of each particular: the setting that holds it.
SETTING_OF = {
    "controller": "SMARTALERT_CONTROLLER",
    "address": "SMARTALERT_FORCE_ADDRESS",
    "phone": "SMARTALERT_FORCE_PHONE",
    "dpo": "SMARTALERT_DATA_PROTECTION_OFFICER",
    "complaints": "SMARTALERT_COMPLAINTS",
    "help": "SMARTALERT_HELP",
}
#: For training: nobody's, so that nobody is written to.
MADE_UP = Particulars(
    controller="the Chief Constable (made up for training)",
    address="Headquarters, 1 Training Street, Made-up Town, ZZ1 1ZZ",
    phone="101",
    dpo="dpo@training.example",
    complaints="complaints@training.example",
    help="help@training.example",
)


def particulars() -> Particulars:
    """Those of this deployment."""
    ours = settings()
    given = Particulars(
        controller=ours.controller,
        address=ours.force_address,
        phone=ours.force_phone,
        dpo=ours.data_protection_officer,
        complaints=ours.complaints,
        help=ours.help,
    )
    if ours.mode is not Mode.TRAINING:
        return given
    return Particulars(*(getattr(given, one.name) or getattr(MADE_UP, one.name) for one in fields(given)))
