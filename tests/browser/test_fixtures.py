"""The ground that the other browser tests stand on."""

import pytest

from tools import browser as real


def test_a_plain_page_runs_a_module_from_beside_it(show, tmp_path):
    module = tmp_path / "word.js"
    module.write_text("export const word = 'vertebra';", encoding="utf-8")
    page = show(
        "<!doctype html><script type=module>"
        "import {word} from './word.js'; document.body.append(word)</script>",
        module,
    )
    assert page.inner_text("body") == "vertebra"


def test_a_page_that_asks_another_machine_for_something_fails(chromium):
    with (
        pytest.raises(AssertionError, match=r"another machine for .*elsewhere\.invalid"),
        real.new_page(chromium) as page,
    ):
        page.set_content("<img src='http://elsewhere.invalid/spine.png'>", wait_until="load")
