"""Cards to read, in a real browser."""

import pytest

from backcare_nb.html import course_cards

HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Cards</title>'
WIDTH = "document.documentElement.scrollWidth"


@pytest.mark.parametrize(
    "card", [course_cards.overview, lambda: course_cards.recap("relax_the_back")]
)
def test_a_table_on_a_phone_is_as_wide_as_the_phone(page, show, card):
    page.set_viewport_size({"width": 360, "height": 780})
    show(HEAD + card()._repr_html_())
    assert page.evaluate(WIDTH) <= 360
    rows = page.locator(".rows tbody tr")
    for row in rows.all():
        for cell in row.locator("td").all():
            box = cell.bounding_box()
            assert box["x"] + box["width"] <= 360


def test_where_there_are_no_columns_each_cell_has_its_heading(page, show):
    page.set_viewport_size({"width": 360, "height": 780})
    show(HEAD + course_cards.overview()._repr_html_())
    before = "(cell) => getComputedStyle(cell, '::before').content"
    cells = page.locator(".rows tbody tr").first.locator("td")
    assert cells.last.evaluate(before) == '"As taught: "'
    page.set_viewport_size({"width": 1000, "height": 780})
    assert cells.last.evaluate(before) == "none"
