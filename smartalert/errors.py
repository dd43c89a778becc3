"""One exception tree. A docstring is the message an officer reads when nothing more exact is given.

SmartAlertError
├── AreaRefused          the area is missing, malformed, too large or outside the force
├── AlertRefused         the alert may not be issued as it stands
│   ├── PreviewOutOfDate what would happen is no longer what was shown
│   └── ApprovalNeeded   a second person must agree first
├── PolicyRefused        the rules of approval cannot be changed so
├── NotAllowed           this officer may not do this
│   └── SignInOver       nobody is signed in any more
├── PhotoRefused         this is no photograph that we can take
├── ResponseRefused      this may not be done with a response
├── TeamRefused          a team cannot be kept so
├── CampaignRefused      a campaign cannot be put on the charts
├── ReaderRefused        nobody can be mailed the report so
├── DrillRefused         this cannot be done with a drill
├── ScenarioRefused      a drill's scenario is not what it should be
├── ImportRefused        a file is not what it should be; nothing was changed
├── BackupRefused        a backup cannot be taken, or not be restored
├── ChainBroken          the audit is not what was written
├── ModeRefused          live and training were about to meet
├── ClockWrong           this machine's clock is not the database's
├── WorkerGivenUp        others have taken over what this worker held
├── NotLetGo             the database came from a backup, and nobody has said yet that it may send
└── SetupError           this machine or its settings lack something
"""


class SmartAlertError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class ScenarioRefused(SmartAlertError):
    """This is not a scenario."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DrillRefused(SmartAlertError):
    """This cannot be done with a drill."""


class DemonstrationStopped(SmartAlertError):
    """The demonstration did not come to its end."""


class AreaRefused(SmartAlertError):
    """This is not an area that an alert can go to. Draw a circle or pick a street."""


class AlertRefused(SmartAlertError):
    """This alert cannot be issued as it stands."""


class PreviewOutOfDate(AlertRefused):
    """This has changed since you looked. Check it again."""


class ApprovalNeeded(AlertRefused):
    """A second person must approve this alert. Ask for approval."""


class PolicyRefused(SmartAlertError):
    """You cannot change the approval rules like this."""


class NotAllowed(SmartAlertError):
    """Your role does not allow this."""


class SignInOver(NotAllowed):
    """You are no longer signed in. Sign in again; nothing was changed."""


class PhotoRefused(SmartAlertError):
    """We could not read this photo. Choose a JPEG, PNG or WebP, or leave the photo out."""


class ResponseRefused(SmartAlertError):
    """You cannot do this with this response."""


class WordsRefused(SmartAlertError):
    """These words cannot be used. Change them and try again."""


class TeamRefused(SmartAlertError):
    """Enter the team’s name."""


class CampaignRefused(SmartAlertError):
    """Name the campaign and say when it began."""


class ReaderRefused(SmartAlertError):
    """Enter their name and e-mail address."""


class NoAddress(SmartAlertError):
    """Your e-mail address is not known here. Use “Make the report” instead, or ask whoever runs Smart Alert."""


class TargetRefused(SmartAlertError):
    """Say what the target is for, how much, and from when to when."""


class CostRefused(SmartAlertError):
    """Say what it costs, in pounds, and from which month."""


class ImportRefused(SmartAlertError):
    """The file could not be read. Nothing was changed."""

    @classmethod
    def at_line(cls, file: str, line: int, reason: str) -> "ImportRefused":
        """The refusal of one line of a file."""
        return cls(f"{file}, line {line}: {reason}. Nothing was changed.")


class BackupRefused(SmartAlertError):
    """This backup cannot be taken, or not be restored. Nothing was changed."""


class ChainBroken(SmartAlertError):
    """The audit is not what was written. Keep the database as it is, and tell whoever answers for it."""


class ModeRefused(SmartAlertError):
    """Live and training must never meet."""


class ClockWrong(SmartAlertError):
    """The clock of this machine is not the database’s. Set both by the same time server, and start again."""


class WorkerGivenUp(SmartAlertError):
    """This worker was not heard of for too long: others have taken over what it held. Start it again."""


class NotLetGo(SmartAlertError):
    """This database was restored from a backup. Nothing is sent until somebody says so."""


class SetupError(SmartAlertError):
    """This machine is not ready to run Smart Alert."""
