"""Nothing under ten can be read, nor worked out from its neighbours and the totals."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from smartalert.engagement import suppression
from smartalert.engagement.suppression import LEAST, protect, protect_table, protect_tree


def test_a_small_count_takes_the_next_smallest_with_it() -> None:
    assert protect([120, 7, 40]) == ([120, None, None], 167)


def test_without_a_published_total_nothing_else_needs_hiding() -> None:
    assert protect([120, 7, 40], total=False)[0] == [120, None, 40]


def test_two_small_counts_hide_a_third_while_their_sum_is_small_too() -> None:
    # 1 and 1 would be read from a sum of 2
    assert protect([1, 1, 30, 50]) == ([None, None, None, 50], 82)


def test_noughts_point_at_nobody_and_stay() -> None:
    assert protect([0, 0, 25]) == ([0, 0, 25], 25)


def test_a_small_total_is_hidden_with_what_it_counts() -> None:
    assert protect([3, 0]) == ([None, 0], None)


def test_a_table_hides_a_rectangle() -> None:
    shown = protect_table([[5, 20, 30], [40, 50, 60], [70, 80, 90]], row_totals=True, column_totals=True)
    assert shown == [[None, None, 30, 55], [None, None, 60, 150], [70, 80, 90, 240], [115, 150, 180, 445]]


tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.integers(0, 12), st.integers(0, 400)), min_size=width, max_size=width),
        min_size=1, max_size=6,
    )
)  # fmt: skip


@settings(max_examples=200)
@given(tables, st.booleans(), st.booleans())
def test_no_hidden_count_can_be_worked_out(counts: list[list[int]], row_totals: bool, column_totals: bool) -> None:
    """By linear algebra, knowing every published sum: a count is known if it alone is in the row space of the sums."""
    shown = protect_table(counts, row_totals=row_totals, column_totals=column_totals)
    table = suppression.extended(counts, row_totals, column_totals)
    unknown = [(r, c) for r, line in enumerate(shown) for c, count in enumerate(line) if count is None]
    assert not [count for line in shown for count in line if count is not None and 0 < count < LEAST]
    assert all(table[r][c] for r, c in unknown) or any(0 in line for line in table)
    sums = equations(len(counts), len(counts[0]), row_totals, column_totals)
    matrix = np.array([[sum_.get(cell, 0) for cell in unknown] for sum_ in sums] or np.empty((0, len(unknown))))
    rank = np.linalg.matrix_rank(matrix) if matrix.size else 0
    for index, (row, column) in enumerate(unknown):
        alone = np.eye(len(unknown))[index]
        widened = np.linalg.matrix_rank(np.vstack([matrix, alone])) if matrix.size else 1
        assert widened > rank, f"{row}, {column} of {shown} can be worked out"


@settings(max_examples=100)
@given(tables)
def test_what_is_hidden_in_a_line_is_never_few_people(counts: list[list[int]]) -> None:
    shown = protect_table(counts, row_totals=True, column_totals=True)
    for line, true in zip(shown[:-1], counts, strict=False):
        if line[-1] is not None:
            behind = sum(count for count, seen in zip(true, line[:-1], strict=True) if seen is None)
            assert behind == 0 or behind >= LEAST


def test_a_sum_beside_a_list_gives_none_of_the_list_away() -> None:
    # the list shows 12 and 30 and hides 5; 17 would show the 5 again, 33 of the others hides two
    assert suppression.exposed([[12, 5], [30, 1, 2], [4, 8, 9]]) == [0, 1]
    assert protect([17, 33, 21], also=[0, 1]) == ([None, None, 21], 71)


def test_one_sum_that_must_be_hidden_takes_another_with_it() -> None:
    assert protect([17, 33, 21], also=[0]) == ([None, 33, None], 71)


@settings(max_examples=200)
@given(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 400)), min_size=1))
def test_a_list_hides_enough_to_hide_anything(counts: list[int]) -> None:
    shown, total = protect(counts)
    hidden = [count for count, seen in zip(counts, shown, strict=True) if seen is None]
    assert not [count for count in (*shown, total) if count is not None and 0 < count < LEAST]
    assert not hidden or total is None or (len(hidden) > 1 and sum(hidden) >= LEAST)


def test_a_districts_total_gives_none_of_its_neighbourhoods_away() -> None:
    shown, districts = protect_tree([40, 6, 80, 300, 200], ["North", "North", "North", "South", "South"])
    assert shown == [None, None, 80, 300, 200]
    assert districts == {"North": 126, "South": 500}


def test_a_small_district_takes_another_with_it_and_one_of_its_neighbourhoods() -> None:
    # North is 5; were only South's total hidden, adding up its neighbourhoods would show it again
    shown, districts = protect_tree([5, 60, 70, 90], ["North", "South", "South", "East"])
    assert districts["North"] is None
    assert None in shown[1:]


@settings(max_examples=100)
@given(st.lists(st.tuples(st.one_of(st.integers(0, 12), st.integers(0, 400)), st.sampled_from("ABC")), min_size=1))
def test_no_hidden_count_of_a_tree_can_be_worked_out(leaves: list[tuple[int, str]]) -> None:
    counts, groups = [count for count, _ in leaves], [group for _, group in leaves]
    shown, districts = protect_tree(counts, groups)
    assert not [count for count in (*shown, *districts.values()) if count is not None and 0 < count < LEAST]
    names, size = list(districts), len(counts) + len(districts)
    lines = np.zeros((len(names) + 1, size + 1))
    for index, group in enumerate(groups):
        lines[names.index(group), index] = 1
    for place in range(len(names)):
        lines[place, len(counts) + place], lines[-1, len(counts) + place] = -1, 1
    lines[-1, -1] = -1
    unknown = [i for i, count in enumerate([*shown, *districts.values()]) if count is None]
    unknown += [size] if 0 < sum(counts) < LEAST else []
    matrix = lines[:, unknown]
    for index in range(len(unknown)):
        alone = np.eye(len(unknown))[index]
        assert np.linalg.matrix_rank(np.vstack([matrix, alone])) > np.linalg.matrix_rank(matrix)


def test_a_table_of_two_years_and_every_neighbourhood_is_quick() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(9, size=(24, 120)).tolist()
    assert len(protect_table(counts, row_totals=True, column_totals=True)) == 25


def equations(rows: int, columns: int, row_totals: bool, column_totals: bool) -> list[dict[tuple[int, int], int]]:
    """Each published sum: cell → +1, its total → −1."""
    width, height = columns + row_totals, rows + column_totals
    sums = []
    if row_totals:
        sums += [{**{(r, c): 1 for c in range(columns)}, (r, columns): -1} for r in range(height)]
    if column_totals:
        sums += [{**{(r, c): 1 for r in range(rows)}, (rows, c): -1} for c in range(width)]
    return sums
