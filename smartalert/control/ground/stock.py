"""What there is of each kind of ground: a list that ticks itself, with where to get what is missing."""

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Role, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.ground import acts
from smartalert.control.ground.sources import BY_KEY, PUBLISHERS, SOURCES, Source
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction
from smartalert.control.words import count
from smartalert.database.connection import Connection
from smartalert.geography import ground_map
from smartalert.geography.ground_map import GroundMap
from smartalert.importers import coverage, requests, sent_files
from smartalert.importers.coverage import Stock
from smartalert.importers.ground import named
from smartalert.importers.requests import Importer

MEGABYTE = 1_000_000
#: What a map was made from that no file made.
MADE_UP = {"training": "the made-up county"}


@states.or_failed
def panel() -> None:
    """Every kind with what there is of it, the next to be imported marked."""
    require_officer(Role.ADMINISTRATOR)
    found, importer, is_open = in_transaction(look)
    boundary = in_transaction(coverage.boundary)
    missing = [source for source in SOURCES if not found[source.key].found]
    with st.container(key="panel-stock", gap=None):
        small = f"{len(SOURCES) - len(missing)} of {len(SOURCES)} are there" if missing else "all are there"
        st.html(piece("heading", "What is loaded", small))
        for number, source in enumerate(SOURCES, 1):
            is_next = missing[:1] == [source]
            amount = (
                boundary
                if source.key == coverage.NEEDED
                else how_many(source, found[source.key], found["neighbourhoods"].found)
            )
            is_chosen = st.session_state.get(acts.CHOOSING) == source.key and not is_open
            with st.container(key=f"ground-{'next' if is_next else 'one'}-{source.key}", gap="small"):
                may = importer.is_there and not is_open
                row(source, found[source.key], number, amount, is_next=is_next, is_chosen=is_chosen, may=may)
                if is_chosen or is_next:
                    st.html(draw("control/ground/products.html", source=source))
                if is_chosen:
                    files(source, importer)
        st.html(piece("line", ". ".join(credits(found, in_transaction(ground_map.drawn))), "sa-credit"))


def look(conn: Connection) -> tuple[dict[str, Stock], Importer, bool]:
    """What there is, the importer, and whether something is under way."""
    newest = requests.newest(conn)
    return coverage.stock(conn), requests.importer(conn), newest is not None and not newest.state.is_over


def row(source: Source, stock: Stock, number: int, amount: str, *, is_next: bool, is_chosen: bool, may: bool) -> None:
    """One kind: what there is, or what it is for; and the way to import it."""
    facts: dict[str, object] = {
        "publisher": ", ".join(PUBLISHERS[name].name for name in stock.publishers),
        "files": named([MADE_UP.get(name, name) for name in stock.files or []]),
        "by": name_of(stock.done_by or ""),
    }
    facts |= {"source": source, "stock": stock, "number": number, "amount": amount, "now": utc_now()}
    with st.container(key=f"stock-{source.key}", horizontal=True, vertical_alignment="center"):
        st.html(draw("control/ground/stock.html", **facts))
        if not is_chosen:
            label = "Replace …" if stock.found else "Import …"
            key, args = f"choose-{source.key}", (source.key,)
            st.button(
                label,
                key=key,
                help=source.title,
                type="primary" if is_next else "secondary",
                on_click=acts.choose,
                args=args,
                disabled=not may,
            )


def how_many(source: Source, stock: Stock, areas: int) -> str:
    """How many there are; of the residents, of how many areas they are known. There is one map."""
    if source.key == "map":
        return ""
    known = f"{stock.found:,} of " if source.key == "population" else ""
    return f"{known}{count(areas if known else stock.found, source.one, source.many)}"


def credits(found: dict[str, Stock], drawn: list[GroundMap]) -> list[str]:
    """What the publishers of what is loaded ask to be said, each once."""
    known = [PUBLISHERS[name].credit for stock in found.values() for name in stock.publishers]
    others = [credit for source in SOURCES if found[source.key].files for credit in source.credits]
    asked = [*known, *others, *(one.attribution for one in drawn)]
    return [credit for credit in dict.fromkeys(asked) if credit]


def files(source: Source, importer: Importer) -> None:
    """Where the files are: on this computer, or in the folder on the server."""
    endings = [*sent_files.ENDINGS[source.key], ".zip"]
    alone = [ending for ending in endings if ending != ".shp"]  # which has its parts beside it
    facts = {"endings": alone, "most_mb": sent_files.MOST_BYTES // MEGABYTE}
    many = source.key not in sent_files.ONE_FILE
    st.html(draw("control/ground/send.html", source=source, many=many, **facts))
    if importer.folder is not None:
        there = {name: size for name, size in importer.folder.items() if name.lower().endswith(tuple(endings))}
        with st.container(key=f"on-server-{source.key}", horizontal=True, vertical_alignment="bottom", gap="small"):
            st.selectbox(
                "Or a file on the server",
                list(there),
                key=acts.FILE,
                index=None,
                disabled=not there,
                format_func=lambda name: f"{name} ({there[name] / MEGABYTE:,.1f} MB)" if name in there else name,
                placeholder="Choose a file" if there else "No such file lies in the folder",
            )
            key, args = f"look-{source.key}", (source.key,)
            st.button("Look at it", key=key, on_click=acts.look_at, args=args, disabled=not there)
    st.button("Cancel", key=f"leave-{source.key}", width="content", on_click=acts.choose, args=(None,))


def title(key: str) -> str:
    """What a kind is called."""
    return BY_KEY[key].title if key in BY_KEY else key
