"""Which counts of a published table must be hidden so that none under ten can be read or worked out. Pure.

A hidden count is known exactly when it is the only hidden one of a sum that is published, or becomes so step by step.
Draw each line with a published total as a node and each hidden count as an edge between its row and its column: what
can be worked out are the bridges of that graph (Gusfield 1988, "A graph theoretic approach to statistical data
security"). So we hide more counts, the smallest that do, until every hidden one lies on a ring.
"""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

#: Counts of people from 1 to 9 are not shown.
LEAST = 10
#: Hiding a nought protects little, for noughts are never hidden by themselves: last resort.
NOUGHT_COSTS = 10**9

Cell = tuple[int, int]
Node = tuple[str, int]
#: Where lines without a published total end: nothing can be worked out there.
OUTSIDE: Node = ("outside", 0)


def protect(counts: Sequence[int], *, total: bool = True) -> tuple[list[int | None], int | None]:
    """One list with hidden counts as None, and its total; with total=False the total is nowhere published."""
    hidden = hide([[count] for count in counts], column_totals=total)
    shown = [None if (row, 0) in hidden else count for row, count in enumerate(counts)]
    return shown, None if (len(counts), 0) in hidden else sum(counts)


def protect_table(
    counts: Sequence[Sequence[int]], *, row_totals: bool = False, column_totals: bool = False
) -> list[list[int | None]]:
    """A table with hidden counts as None; published totals are its last column and its last row."""
    hidden = hide(counts, row_totals=row_totals, column_totals=column_totals)
    return [
        [None if (row, column) in hidden else count for column, count in enumerate(line)]
        for row, line in enumerate(extended(counts, row_totals, column_totals))
    ]


def extended(counts: Sequence[Sequence[int]], row_totals: bool, column_totals: bool) -> list[list[int]]:
    """The table with the totals that are published."""
    lines = [[*line, sum(line)] if row_totals else list(line) for line in counts]
    return [*lines, [sum(column) for column in zip(*lines, strict=True)]] if column_totals else lines


def hide(counts: Sequence[Sequence[int]], *, row_totals: bool = False, column_totals: bool = False) -> set[Cell]:
    """The cells to hide, totals among them: row and column numbers of the table with its totals."""
    table = extended(counts, row_totals, column_totals)
    values = {(row, column): count for row, line in enumerate(table) for column, count in enumerate(line)}
    ends = {
        (row, column): (("row", row) if row_totals else OUTSIDE, ("column", column) if column_totals else OUTSIDE)
        for row, column in values
    }
    rows, columns = len(counts), len(counts[0]) if counts else 0
    lines = [[(row, column) for column in range(columns)] + [(row, columns)] for row in range(rows) if row_totals]
    lines += [[(row, column) for row in range(rows)] + [(rows, column)] for column in range(columns) if column_totals]
    hidden = {cell for cell, count in values.items() if 0 < count < LEAST}
    while more := {*too_small(lines, values, hidden), *ring(values, ends, hidden)} - hidden:
        hidden |= more
    return hidden


def too_small(lines: list[list[Cell]], values: dict[Cell, int], hidden: set[Cell]) -> Iterator[Cell]:
    """In each line whose hidden counts together are under ten, and can be: one more, the smallest."""
    for *cells, total in lines:
        behind = sum(values[cell] for cell in cells if cell in hidden)
        shown = [cell for cell in cells if cell not in hidden and values[cell]]
        if 0 < behind < LEAST and total not in hidden and shown:
            yield min(shown, key=lambda cell: values[cell])


def ring(values: dict[Cell, int], ends: dict[Cell, tuple[Node, Node]], hidden: set[Cell]) -> list[Cell]:
    """The cheapest cells that put the first exposed count on a ring; none when no count is exposed."""
    exposed = bridges({cell: ends[cell] for cell in hidden})
    for cell in sorted(exposed):
        if path := cheapest(values, ends, hidden, without=cell):
            return path
    return []


def bridges(edges: dict[Cell, tuple[Node, Node]]) -> set[Cell]:
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


def neighbours(edges: dict[Cell, tuple[Node, Node]]) -> dict[Node, list[tuple[Cell, Node]]]:
    """Node → the edges at it, and where they lead."""
    near: dict[Node, list[tuple[Cell, Node]]] = {}
    for cell, (one, other) in edges.items():
        near.setdefault(one, []).append((cell, other))
        near.setdefault(other, []).append((cell, one))
    return near


def cheapest(
    values: dict[Cell, int], ends: dict[Cell, tuple[Node, Node]], hidden: set[Cell], *, without: Cell
) -> list[Cell]:
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
