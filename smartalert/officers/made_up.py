"""Made-up officers who may sign in to a training control room: nobody else can, and nowhere else do they exist."""

from typing import NamedTuple


class MadeUpOfficer(NamedTuple):
    """One person of the exercise; roles are names of the control room's roles."""

    id: str
    name: str
    post: str
    roles: tuple[str, ...]
    #: The town whose neighbourhoods are theirs; empty: the whole force.
    beat: str = ""
    #: Their own mailbox, which is the simulator's; empty: nobody knows it.
    address: str = ""
    #: Their own phone, likewise.
    phone: str = ""


OFFICERS = {
    officer.id: officer
    for officer in (
        MadeUpOfficer(
            "inspector.carr", "Insp. Alison Carr", "Duty inspector, Stafford", ("sender", "approver"),
            address="alison.carr@training.example", phone="android-alison-carr",
        ),
        MadeUpOfficer(
            "sergeant.okoye", "Sgt Daniel Okoye", "Neighbourhood sergeant, Cannock", ("sender", "responder"), "Cannock"
        ),
        MadeUpOfficer("officer.bailey", "PC Megan Bailey", "Neighbourhood officer, Leek", ("sender",), "Leek"),
        MadeUpOfficer(
            "chief.whitlock", "Ch. Insp. Ruth Whitlock", "Force incident manager", ("approver", "responder"),
            address="ruth.whitlock@training.example", phone="ios-ruth-whitlock",
        ),
        MadeUpOfficer("desk.hussain", "Imran Hussain", "Contact centre", ("responder",)),
        MadeUpOfficer(
            "analyst.price", "Gwen Price", "Commissioner’s office", ("analyst",), address="gwen.price@training.example"
        ),
        MadeUpOfficer(
            "trainer.marsh", "Tom Marsh", "Operational training", ("trainer", "sender", "approver"),
            address="tom.marsh@training.example", phone="android-tom-marsh",
        ),
        MadeUpOfficer("admin.foster", "Helen Foster", "Digital services", ("administrator",)),
    )
}  # fmt: skip
#: Team → its members, who are some of OFFICERS.
TEAMS = {
    "CID, Stafford": ("inspector.carr",),
    "Missing persons unit": ("chief.whitlock", "desk.hussain"),
    "Neighbourhood team, Cannock": ("sergeant.okoye",),
}
