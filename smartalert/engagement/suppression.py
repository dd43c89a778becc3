"""Which counts of a published table must be hidden so that none under ten can be read or worked out. Pure.

A hidden count is known exactly when it is the only hidden one of a sum that is published, or becomes so step by step.
Draw each line with a published total as a node and each hidden count as an edge between its row and its column: what
can be worked out are the bridges of that graph (Gusfield 1988, "A graph theoretic approach to statistical data
security"). So we hide more counts, the smallest that do, until every hidden one lies on a ring.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any, TypeVar

#: Counts of people from 1 to 9 are not shown.
LEAST = 10
#: Hiding a nought protects little, for noughts are never hidden by themselves: last resort.
NOUGHT_COSTS = 10**9

Row = TypeVar("Row")
Cell = tuple[int, int]
Node = tuple[str, int]
Values = dict[Cell, int]
#: Cell → the two lines it is part of.
Ends = dict[Cell, tuple[Node, Node]]
#: The cells of a line and, last, their total.
Line = list[Cell]
#: Where lines without a published total end: nothing can be worked out there.
OUTSIDE: Node = ("outside", 0)


def nearest_ten(count: int | None) -> int | None:
    """A count whose change from day to day would show who came or left; one that is hidden stays so."""
    return None if count is None else (count + 5) // 10 * 10


def protect(
    counts: Sequence[int], *, total: bool = True, also: Iterable[int] = ()
) -> tuple[list[int | None], int | None]:
    """One list with hidden counts as None, and its total; with total=False the total is nowhere published.

    `also` are places in the list that must be hidden whatever they hold.
    """
    hidden = {place for place, count in enumerate(counts) if 0 < count < LEAST} | set(also)
    shown = sorted((count, place) for place, count in enumerate(counts) if count and place not in hidden)
    together = sum(counts)
    if total and together >= LEAST:
        for _, place in shown:
            if not hidden or (len(hidden) > 1 and sum(counts[place] for place in hidden) >= LEAST):
                break
            hidden.add(place)
    return [None if place in hidden else count for place, count in enumerate(counts)], (
        None if 0 < together < LEAST else together
    )


def exposed(groups: Sequence[Sequence[int]]) -> list[int]:
    """Of groups whose sums stand beside a list of all their counts: those that would give hidden ones away."""
    flat = iter(protect([count for counts in groups for count in counts])[0])
    found = []
    for place, counts in enumerate(groups):
        behind = [count for count in counts if next(flat) is None]
        if behind and (len(behind) == 1 or sum(behind) < LEAST):
            found.append(place)
    return found


def protect_table(
    counts: Sequence[Sequence[int]], *, row_totals: bool = False, column_totals: bool = False
) -> list[list[int | None]]:
    """A table with hidden counts as None; published totals are its last column and its last row."""
    table = extended(counts, row_totals, column_totals)
    values = {(row, column): count for row, line in enumerate(table) for column, count in enumerate(line)}
    ends: Ends = {
        (row, column): (("row", row) if row_totals else OUTSIDE, ("column", column) if column_totals else OUTSIDE)
        for row, column in values
    }
    rows, columns = len(counts), len(counts[0]) if counts else 0
    lines = [[(row, column) for column in range(columns)] + [(row, columns)] for row in range(rows) if row_totals]
    lines += [[(row, column) for row in range(rows)] + [(rows, column)] for column in range(columns) if column_totals]
    hidden = hide(values, ends, lines)
    return [
        [None if (row, column) in hidden else count for column, count in enumerate(line)]
        for row, line in enumerate(table)
    ]


def protect_tree(counts: Sequence[int], groups: Sequence[str]) -> tuple[list[int | None], dict[str, int | None]]:
    """A list whose counts add up to groups, and these to a total, all of it published: the list and its groups."""
    names = list(dict.fromkeys(groups))
    inside = {name: [(index, 0) for index, group in enumerate(groups) if group == name] for name in names}
    values = {(index, 0): count for index, count in enumerate(counts)}
    values |= {(place, 1): sum(values[cell] for cell in inside[name]) for place, name in enumerate(names)}
    values[0, 2] = sum(counts)
    ends: Ends = {(index, 0): (("group", names.index(group)), OUTSIDE) for index, group in enumerate(groups)}
    ends |= {(place, 1): (("group", place), ("all", 0)) for place in range(len(names))}
    ends[0, 2] = (("all", 0), OUTSIDE)
    lines = [[*inside[name], (place, 1)] for place, name in enumerate(names)]
    # Most groups are settled by themselves; walking the whole graph for each would take a hundred times as long.
    settled = {name: protect([values[cell] for cell in cells])[0] for name, cells in inside.items()}
    first = [cell for name in names for cell, count in zip(inside[name], settled[name], strict=True) if count is None]
    hidden = hide(values, ends, [*lines, [*((place, 1) for place in range(len(names))), (0, 2)]], first)
    shown = {cell: None if cell in hidden else count for cell, count in values.items()}
    return [shown[index, 0] for index in range(len(counts))], {name: shown[i, 1] for i, name in enumerate(names)}


def protect_rows(rows: Sequence[Row], columns: Iterable[str], *, total: bool = True) -> list[Row]:
    """Rows (data classes) with counts hidden, each column for itself."""
    shown = {name: protect([getattr(row, name) for row in rows], total=total)[0] for name in columns}
    change: Any = replace
    return [change(row, **{name: shown[name][index] for name in shown}) for index, row in enumerate(rows)]


def protect_rows_in(
    rows: Sequence[Row], groups: Sequence[str], columns: Sequence[str]
) -> tuple[list[Row], list[tuple[str, list[int | None]]]]:
    """Rows whose counts add up to groups', with counts hidden, and each group's counts in the order of the columns."""
    shown = {name: protect_tree([getattr(row, name) for row in rows], groups) for name in columns}
    change: Any = replace
    leaves = [change(row, **{name: shown[name][0][index] for name in columns}) for index, row in enumerate(rows)]
    return leaves, [(group, [shown[name][1][group] for name in columns]) for group in dict.fromkeys(groups)]


def extended(counts: Sequence[Sequence[int]], row_totals: bool, column_totals: bool) -> list[list[int]]:
    """The table with the totals that are published."""
    lines = [[*line, sum(line)] if row_totals else list(line) for line in counts]
    return [*lines, [sum(column) for column in zip(*lines, strict=True)]] if column_totals else lines


def hide(values: Values, ends: Ends, lines: list[Line], first: Iterable[Cell] = ()) -> set[Cell]:
    """The cells to hide, totals among them; `first` are hidden whatever they hold."""
    hidden = {cell for cell, count in values.items() if 0 < count < LEAST} | set(first)
    while more := {*too_small(lines, values, hidden), *ring(values, ends, hidden)} - hidden:
        hidden |= more
    return hidden


def too_small(lines: list[Line], values: Values, hidden: set[Cell]) -> Iterator[Cell]:
    """In each line whose hidden counts together are under ten, and can be: one more, the smallest."""
    for *cells, total in lines:
        behind = sum(values[cell] for cell in cells if cell in hidden)
        shown = [cell for cell in cells if cell not in hidden and values[cell]]
        if 0 < behind < LEAST and total not in hidden and shown:
            yield min(shown, key=lambda cell: values[cell])


def ring(values: Values, ends: Ends, hidden: set[Cell]) -> list[Cell]:
    """The cheapest cells that put the first exposed count on a ring; none when no count is exposed."""
    exposed = bridges({cell: ends[cell] for cell in hidden})
    for cell in sorted(exposed):
        if path := cheapest(values, ends, hidden, without=cell):
            return path
    return []


def bridges(edges: Ends) -> set[Cell]:
    """The edges whose loss would part the graph: not on any ring. One depth-first walk (Tarjan)."""
    near, found = neighbours(edges), set[Cell]()
    entered: dict[Node, int] = {}
    lowest: dict[Node, int] = {}

    def enter(node: Node, came_by: Cell | None) -> None:
        entered[node] = lowest[node] = len(entered)
        walk.append((node, came_by, iter(near[node])))

    for root in list(near):
        walk: list[tuple[Node, Cell | None, Iterator[tuple[Cell, Node]]]] = []
        if root not in entered:
            enter(root, None)
        while walk:
            node, came_by, ways = walk[-1]
            if (way := next(ways, None)) is None:
                walk.pop()
                if came_by is not None:
                    before = walk[-1][0]
                    lowest[before] = min(lowest[before], lowest[node])
                    if lowest[node] > entered[before]:
                        found.add(came_by)
            elif way[1] not in entered:
                enter(way[1], way[0])
            elif way[0] != came_by:
                lowest[node] = min(lowest[node], entered[way[1]])
    return found


def neighbours(edges: Ends) -> dict[Node, list[tuple[Cell, Node]]]:
    """Node → the edges at it, and where they lead."""
    near: dict[Node, list[tuple[Cell, Node]]] = {}
    for cell, (one, other) in edges.items():
        near.setdefault(one, []).append((cell, other))
        near.setdefault(other, []).append((cell, one))
    return near


def cheapest(values: Values, ends: Ends, hidden: set[Cell], *, without: Cell) -> list[Cell]:
    """The way from one end of a cell to the other that hides least, over other cells (Dijkstra)."""
    near = neighbours({cell: pair for cell, pair in ends.items() if cell != without})
    start, goal = ends[without]
    queue: list[tuple[int, Node, list[Cell]]] = [(0, start, [])]
    seen: set[Node] = set()
    while queue:
        cost, node, path = heappop(queue)
        if node == goal:
            return path
        if node in seen:
            continue
        seen.add(node)
        for cell, to in near.get(node, []):
            price = 0 if cell in hidden else values[cell] or NOUGHT_COSTS
            heappush(queue, (cost + price, to, [*path, cell]))
    return []
