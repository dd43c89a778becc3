"""Where the parts of a running deployment are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    """Each begins with http:// and has no slash at its end."""

    control: str
    public: str
    simulator: str
