"""The journal where it is used: consent and words in the browser, kernels that die, two tabs."""

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from backcare_nb.journal.store import JOURNAL_FILE_NAME, REFUSAL_FILE_NAME, Journal
from backcare_nb.notebook.practice import NOT_SAVED_WITH_PAGE_SENTENCE
from tests.browser.cells import (
    accept_restart,
    begin_again,
    kill,
    restart,
    results,
    run,
    wait_until_delivered,
)
from tests.browser.stage import Player, widget_html
from tools import browser as real

HOSTILE = "<img src=x onerror='window.harmed=1'><script>window.harmed=1</script>"
SAID = {"before": None, "after": None, "left": None, "right": None, "note": ""}
STATE = {
    "stage": "form",
    "words": "In your journal: Knee rolls, 3 minutes.",
    "scale": "Give what you feel a number.",
    "message": "",
    "sessions": [{"id": "a", "title": "Monday: Knee rolls", "angles": True, "said": SAID}],
    "choice": "",
    "answers": [],
    "answered": [],
}


# The form, without a notebook


@pytest.fixture
def form(show):
    """Opens the form; words beside are its state. What it sends is in ``model.messages``."""

    def open_one(**changes):
        page = show(widget_html("journal_form", STATE | changes))
        page.wait_for_function("window.ready")
        return page

    return open_one


def chip(page, which, words):
    page.locator("fieldset").nth(which).get_by_text(words, exact=True).click()


def sent(page):
    return page.evaluate("model.messages.at(-1)?.answers")


def say_more(page):
    page.get_by_text("Say more").click()


def save(page):
    page.locator(".backcare-after").get_by_role("button", name="Save").click()


STORED = "Object.keys(localStorage).filter((key) => key.startsWith('backcare:answer:')).length"


def stored(page):
    return page.evaluate(STORED)


def wait_until_said(page):
    """Wait until what was said has been acknowledged."""
    page.wait_for_function(f"{STORED} === 0")


def test_the_journal_form_sends_only_chosen_answers_and_refuses_an_impossible_angle(form):
    page = form()
    assert page.get_by_label("not said").nth(0).is_checked()
    say_more(page)
    save(page)
    (answer,) = sent(page)
    assert {name: answer[name] for name in SAID} == SAID
    page.evaluate("model.messages.length = 0")
    page.get_by_label("To the left").fill("120")
    save(page)
    assert sent(page) is None
    page.get_by_label("To the left").fill("40")
    chip(page, 1, "6")
    chip(page, 0, "0")
    page.get_by_label("A note").fill("slow ä 🧘\nand calm")
    save(page)
    (answer,) = sent(page)
    assert answer["mark"].startswith("a-")
    said = {"before": 6, "after": 0, "left": 40, "right": None, "note": "slow ä 🧘\nand calm"}
    assert {name: answer[name] for name in SAID} == said


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_where_colours_are_forced_the_chosen_number_is_seen(page, form, theme):
    page.emulate_media(forced_colors="active", color_scheme=theme)
    form()
    chip(page, 0, "6")
    ground = "(e) => getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).slice(0, 3).join()"
    labels = page.locator("fieldset").first.locator(".ba-scale label")
    grounds = [label.evaluate(ground) for label in labels.all()]
    assert grounds.count(grounds[6]) == 1


def test_the_journal_form_shows_again_what_was_answered_for_each_session(form):
    said = SAID | {"before": 0, "right": 55, "note": "stiff"}
    one = {"id": "a", "title": "Monday", "angles": True, "said": said}
    two = {"id": "b", "title": "Sunday", "angles": False, "said": SAID}
    page = form(sessions=[one, two])
    say_more(page)
    assert page.locator("fieldset").nth(1).get_by_label("0", exact=True).is_checked()
    assert page.get_by_label("A note").input_value() == "stiff"
    page.get_by_label("Session").select_option("Sunday")
    assert page.get_by_label("not said").nth(0).is_checked()
    assert page.get_by_label("A note").input_value() == ""
    assert not page.get_by_label("To the left").is_visible()
    page.get_by_label("Session").select_option("Monday")
    assert page.get_by_label("To the right").input_value() == "55"


def test_a_tapped_number_is_sent_and_kept_in_the_browser_until_python_acknowledges_it(form):
    page = form()
    chip(page, 0, "7")
    chip(page, 0, "6")
    assert stored(page) == 1
    page.get_by_text("Your answer is kept in this browser").wait_for()
    page.reload()
    page.wait_for_function("window.ready")
    (answer,) = sent(page)
    assert answer["after"] == 6
    page.evaluate("(mark) => model.receive({ answered: [mark] })", answer["mark"])
    assert stored(page) == 0
    page.reload()
    page.wait_for_function("window.ready")
    assert sent(page) is None


def test_where_storage_is_refused_an_answer_is_sent_all_the_same(page, form):
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
    )
    form()
    chip(page, 0, "3")
    assert sent(page)[0]["after"] == 3


def test_the_question_whether_to_keep_a_journal_sends_the_answer_that_was_pressed(form):
    assert form(stage="", sessions=[]).locator(".backcare-after").is_hidden()
    page = form(stage="ask", sessions=[], words="It is kept here.")
    assert page.get_by_role("button").all_inner_texts() == ["Yes, keep a journal", "No, thank you"]
    page.get_by_role("button", name="No, thank you").click()
    assert page.evaluate("model.messages.at(-1)") == {"choice": "refuse"}
    page.get_by_role("button", name="Yes").click()
    assert page.evaluate("model.messages.at(-1)") == {"choice": "keep"}


def test_a_number_given_before_consent_stays_in_the_page_and_is_sent_once_a_journal_is_kept(form):
    page = form(stage="ask", words="It is kept here.")
    chip(page, 0, "4")
    assert (sent(page), stored(page)) == (None, 0)
    page.get_by_role("button", name="Yes").click()
    assert (sent(page), stored(page)) == (None, 0)
    page.evaluate("model.receive({ stage: 'form' })")
    page.wait_for_function("model.messages.at(-1).answers?.[0].after === 4")
    assert page.locator("fieldset").first.get_by_label("4", exact=True).is_checked()


def test_a_number_given_before_no_to_a_journal_is_neither_sent_nor_stored(form):
    page = form(stage="ask")
    chip(page, 0, "4")
    page.get_by_role("button", name="No, thank you").click()
    page.evaluate("model.receive({ stage: '' })")
    page.evaluate("model.receive({ stage: 'form' })")
    page.wait_for_timeout(100)
    assert (page.evaluate("model.messages"), stored(page)) == ([{"choice": "refuse"}], 0)


def test_the_comfort_number_and_the_consent_to_a_journal_are_both_answered_by_keyboard_with_enter(
    form,
):
    page = form(stage="ask")
    page.locator("fieldset").get_by_label("3", exact=True).focus()
    page.keyboard.press("ArrowRight")  # which only goes to a number
    assert page.get_by_role("button", name="Yes").count() == 0
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.evaluate("model.messages") == [{"choice": "keep"}]
    page.evaluate("model.receive({ stage: 'form' })")
    page.wait_for_function("model.messages.at(-1).answers?.[0].after === 4")


def test_a_message_from_python_does_not_overwrite_a_note_that_is_being_typed(form):
    page = form()
    say_more(page)
    page.get_by_label("A note").fill("half a sen")
    page.evaluate(
        """() => model.receive({ message: "Saved elsewhere.", sessions: structuredClone(
             model.get("sessions").map((s) => ({ ...s, said: { ...s.said, before: 3 } }))) })"""
    )
    assert page.get_by_label("A note").input_value() == "half a sen"
    expect(page.get_by_role("status")).to_have_text("Saved elsewhere.")


def test_the_journal_form_lets_no_key_reach_the_notebook_and_arrows_choose_a_number(form):
    page = form(stage="ask", sessions=[])
    page.get_by_role("button", name="Yes").press("Enter")
    page.evaluate("(sessions) => model.receive({ sessions, stage: 'form' })", STATE["sessions"])
    page.wait_for_timeout(100)
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.value") == "unsaid"
    page.keyboard.press("ArrowRight")
    for key in ("d", "d", "x", "a", "0"):
        page.keyboard.press(key)
    assert page.locator("fieldset").nth(0).get_by_label("0", exact=True).is_checked()
    assert page.evaluate("heard") == []


def test_no_word_can_become_markup(form):
    session = {"id": "a", "title": HOSTILE, "angles": True, "said": SAID | {"note": HOSTILE}}
    page = form(words=HOSTILE, scale=HOSTILE, message=HOSTILE, sessions=[session, session])
    assert page.locator("main :is(img, script)").count() == 0
    assert page.evaluate("window.harmed") is None
    assert page.get_by_label("A note").input_value() == HOSTILE


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_journal_form_has_no_accessibility_violation_in_any_stage_light_or_dark(
    page, form, scheme
):
    page.emulate_media(color_scheme=scheme)
    form(message="Something was found.")
    for stage in ("form", "ask", "refused", "again"):
        page.evaluate("(stage) => model.receive({ stage })", stage)
        found = Axe().run(page, context=".backcare-after").response["violations"]
        assert [each["id"] for each in found] == []


def test_every_target_is_large_enough_and_nothing_is_cut_on_a_narrow_screen(page, form):
    page.set_viewport_size({"width": 320, "height": 900})
    form()
    say_more(page)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(
             ".ba-scale label, button, summary, input[type=number], textarea")].map((element) => {
               const { width, height, right } = element.getBoundingClientRect();
               return [width, height, right]; })"""
    )
    assert len(boxes) > 25
    assert min(min(width, height) for width, height, _ in boxes) >= 44
    assert max(right for *_, right in boxes) <= 320


# In JupyterLab, with a kernel

CELLS = (
    "from backcare_nb import timer\ntimer(minutes=0, seconds=2)",
    "from backcare_nb import my_practice\nmy_practice()",
    "from backcare_nb import keep_journal\nkeep_journal()",
    "timer(minutes=1)",
)
NOTEBOOKS = {"one": CELLS, "two": CELLS}


@pytest.fixture
def lab(own_page, folder):
    """A notebook in JupyterLab, where nobody has been asked, with a timer of two seconds."""
    Journal(folder / JOURNAL_FILE_NAME).delete()
    begin_again(own_page)
    yield own_page
    restart(own_page)  # and not as it opens, when a restart may find the page half connected


def play(page):
    it = Player(page)
    it.press("start")
    it.wait_for("done")


def entries(folder):
    return Journal(folder / JOURNAL_FILE_NAME).read_all_entries()


def button(page, words):
    return page.locator(".backcare-after").get_by_role("button", name=words)


def answer(page, words):
    """Say nothing of how it was, and answer whether to keep a journal."""
    button(page, "Next").click()
    button(page, words).click()


def asked(page):
    """The players and pages that ask or tell something of a journal."""
    return page.locator(".backcare-after:visible")


def test_the_journal_is_offered_after_the_first_session_and_yes_writes_that_session_down(
    lab, folder
):
    assert asked(lab).count() == 0
    play(lab)
    chip(lab, 0, "4")
    button(lab, "Yes, keep a journal").click()
    lab.get_by_text("Saved in your journal.").wait_for()
    say_more(lab)
    cells = lab.evaluate("() => notebook.content.model.toJSON().cells.length")
    for field in (lab.get_by_label("not said").nth(0), lab.locator(".ba-main")):
        field.focus()
        for key in ("d", "d", "a", "x", "m"):
            lab.keyboard.press(key)
    assert lab.evaluate("() => notebook.content.model.toJSON().cells.length") == cells
    chip(lab, 1, "6")
    lab.get_by_label("A note").fill("calm")
    save(lab)
    wait_until_said(lab)
    (one,) = entries(folder)
    assert one.title.startswith("Timer")
    assert (one.finished, one.before, one.after, one.note) == (True, 6, 4, "calm")
    minutes = lab.evaluate("-new Date().getTimezoneOffset()")
    assert one.begun.utcoffset().total_seconds() == 60 * minutes


def test_after_the_answer_no_only_the_refusal_is_stored_and_no_later_session_asks_again(
    lab, folder
):
    play(lab)
    answer(lab, "No, thank you")
    asked(lab).wait_for(state="detached")
    play(lab)
    wait_until_delivered(lab)
    assert asked(lab).count() == 0
    assert [p.name for p in folder.iterdir() if p.name.startswith("my_practice")] == [
        REFUSAL_FILE_NAME
    ]


def test_a_session_that_waits_for_consent_survives_a_killed_kernel_and_is_written_once(lab, folder):
    play(lab)
    button(lab, "Next").wait_for()
    assert len(results(lab)) == 1
    kill(lab)
    accept_restart(lab)
    for cell in (0, 3):  # both players are handed the session; one asks
        run(lab, cell)
    lab.wait_for_function("() => document.querySelectorAll('.backcare-player').length === 2")
    button(lab, "Next").wait_for()
    assert len(results(lab)) == 1
    answer(lab, "Yes, keep a journal")
    wait_until_delivered(lab)
    lab.get_by_text("In your journal: Timer").wait_for()
    expect(asked(lab)).to_have_count(1)
    assert [one.finished for one in entries(folder)] == [True]


def test_a_saved_notebook_holds_a_placeholder_for_my_practice_and_nothing_of_the_journal(
    lab, folder
):
    run(lab, 2)
    play(lab)
    run(lab, 1)
    lab.get_by_text("Add to a session").wait_for()
    lab.get_by_alt_text("A calendar from").wait_for()
    lab.evaluate("() => notebook.context.save()")
    (output,) = nbformat.read(folder / "one.ipynb", 4).cells[1].outputs
    assert output.data["text/plain"] == "MyPractice()"
    assert output.data["text/html"] == f"<p>{NOT_SAVED_WITH_PAGE_SENTENCE}</p>"


def test_a_session_whose_kernel_was_killed_is_in_the_journal_once(lab, folder):
    run(lab, 2)
    it = Player(lab)
    it.press("start")
    kill(lab)
    it.wait_for("done")
    assert len(results(lab)) == 1
    assert entries(folder) == []
    accept_restart(lab)
    for _ in range(2):  # handed over the first time, and not again
        run(lab, 0)
        lab.wait_for_selector("[data-status=idle]")
        wait_until_delivered(lab)
        assert [one.finished for one in entries(folder)] == [True]


def test_a_result_is_not_forgotten_while_the_journal_cannot_be_written(lab, folder):
    run(lab, 2)
    path = folder / JOURNAL_FILE_NAME
    path.rename(folder / "away")
    path.mkdir()
    play(lab)
    lab.get_by_text("This session is not in your journal yet.").wait_for()
    assert len(results(lab)) == 1
    path.rmdir()
    (folder / "away").rename(path)
    button(lab, "Try again").click()
    wait_until_delivered(lab)
    assert len(entries(folder)) == 1


def test_an_answer_given_to_a_kernel_that_is_gone_is_written_by_the_next(lab, folder):
    run(lab, 2)
    play(lab)
    lab.get_by_text("In your journal: Timer").wait_for()
    kill(lab)
    accept_restart(lab)
    chip(lab, 0, "2")
    lab.get_by_text("Your answer is kept in this browser").wait_for()
    assert entries(folder)[0].after is None
    run(lab, 1)
    lab.get_by_text("Saved in your journal.").wait_for()
    assert entries(folder)[0].after == 2


def test_sessions_of_two_tabs_are_in_one_journal_each_once(lab, folder, lab_address):
    run(lab, 2)
    other = lab.context.new_page()
    real.open_notebook(other, lab_address, f"{folder.name}/two.ipynb")
    try:
        lab.bring_to_front()
        it = Player(lab)
        it.press("start")
        kill(lab)
        it.wait_for("done")
        other.bring_to_front()
        run(other, 0)  # hands over what the first tab could not
        wait_until_delivered(other)
        assert len(entries(folder)) == 1
        play(other)
        wait_until_delivered(other)
        assert len(entries(folder)) == 2
    finally:
        real.shut_down(other)
        other.close()
    accept_restart(lab)
    run(lab, 0)
    play(lab)
    wait_until_delivered(lab)
    assert len(entries(folder)) == 3


def test_in_voila_without_any_other_machine_the_session_is_played_and_kept(
    chromium, lab_address, folder
):
    context = chromium.new_context()
    context.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
    try:
        page = context.new_page()
        page.goto(f"{lab_address}/voila/render/{folder.name}/one.ipynb")
        before = len(entries(folder))
        play(page)
        page.get_by_text("In your journal: Timer").first.wait_for()
        assert len(entries(folder)) == before + 1
    finally:
        context.close()
