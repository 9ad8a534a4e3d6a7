"""A teacher in JupyterLab: ticks what is so, reads the plan, and leads the class."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tools import browser as real

NOTEBOOKS = {
    "class": (
        "from backcare_nb import choose_lesson, plan_lesson, teach\nchoose_lesson()",
        'teach(plan_lesson(2, exercises="maypole"))',
    )
}
JOIN = """(address) => new Promise((tell) => {
    const socket = new WebSocket(address);
    socket.onopen = () => tell("joined");
    socket.onerror = () => tell("refused");
})"""
LESSON_PAGE = re.compile(r"a_lesson_for_the_back_(\d+)_minutes\.html")
FULL = re.compile(r"\bbc-large\b")


@pytest.fixture
def teacher(own_page: Page) -> Page:
    """A notebook of a teacher, run from its first cell to its last."""
    own_page.evaluate(real.SHOW_ALL)
    return real.run_all(own_page)


def players(page: Page) -> Locator:
    return page.locator(".backcare-player")


def test_a_teacher_plans_a_lesson_by_ticking_reorders_and_leads_it_and_saves_a_page_for_the_class(
    teacher,
):
    card = teacher.locator(".backcare-guide.lesson")
    status = teacher.get_by_role("status").filter(has_text="Planned")
    expect(status).to_contain_text("Planned: 20 minutes")
    expect(card).not_to_contain_text("The easier way is the lesson here")

    teacher.get_by_text("For you alone, and not on the wall").click()
    teacher.get_by_role("checkbox", name="Osteoporosis or spinal fracture").press("Space")
    expect(card).to_contain_text("The easier way is the lesson here")
    expect(card).to_contain_text("Say before you begin")
    last = teacher.get_by_role("checkbox", name="Very loose joints")
    last.evaluate("(box) => box.scrollIntoView()")
    expect(status.first).to_be_in_viewport()  # what comes of a tick stays beside it

    teacher.get_by_role("listbox", name="Exercises").select_option(index=1)
    teacher.get_by_role("button", name="Up", exact=True).click()
    expect(status.first).to_contain_text("It is for you to decide.")
    teacher.get_by_role("button", name="Undo", exact=True).click()
    expect(status.first).not_to_contain_text("It is for you to decide.")

    minutes = teacher.get_by_role("textbox", name="Minutes (1 to 180)").or_(
        teacher.get_by_role("spinbutton", name="Minutes (1 to 180)")
    )
    minutes.fill("0")
    minutes.press("Enter")
    alert = teacher.get_by_role("alert").filter(has_text="0 minutes were wished for")
    expect(alert).to_contain_text("still the one before: A lesson for the back, 20 minutes")

    minutes.fill("12")
    minutes.press("Enter")
    expect(alert).to_have_count(0)
    expect(players(teacher).first).to_contain_text(
        re.compile("A lesson for the back, 1[0-2] minutes")
    )
    for player in players(teacher).all():
        assert player.get_attribute("data-status") == "idle"  # nothing starts by itself

    led = players(teacher).last
    led.get_by_role("button", name="Start", exact=True).click()
    expect(led).to_have_class(FULL)
    expect(led).to_have_attribute("data-status", "running")
    led.press("Escape")
    expect(led).not_to_have_class(FULL)

    chosen = players(teacher).first
    chosen.get_by_role("button", name="Start", exact=True).click()
    chosen.get_by_role("button", name="Menu", exact=True).click()
    # which the kernel answers while it plays
    leave_out = chosen.get_by_role("button", name=re.compile("^Leave out: ")).nth(1)
    title = leave_out.get_attribute("aria-label").removeprefix("Leave out: ")
    leave_out.click()
    expect(chosen.get_by_role("button", name=f"Go to {title}", exact=True)).to_have_count(0)
    expect(chosen).not_to_have_attribute("data-status", "idle")
    chosen.get_by_role("button", name="Stop", exact=True).click()
    chosen.press("Escape")

    for number in (0, 1):  # the lesson that was ticked, and the one in words
        teacher.get_by_role("button", name="Page", exact=True).nth(number).click()
        with teacher.expect_download() as given:
            teacher.get_by_role("link", name=LESSON_PAGE).nth(number).click()
        (minutes,) = LESSON_PAGE.fullmatch(given.value.suggested_filename).groups()
        page = given.value.path().read_text(encoding="utf-8")
        assert f"<h1>A lesson for the back, {minutes} minutes</h1>" in page
    assert minutes == "2"


def test_keys_pressed_in_the_exercise_list_and_tick_boxes_change_no_cell_of_the_notebook(teacher):
    exercises = teacher.get_by_role("listbox", name="Exercises")
    exercises.select_option(index=0)
    exercises.press("ArrowDown")
    expect(exercises).to_be_focused()
    assert exercises.evaluate("(list) => list.selectedIndex") == 1
    cells = teacher.evaluate("notebook.content.widgets.length")
    teacher.get_by_text("What there is in the room").click()
    for key in ("d", "d", "x"):
        teacher.get_by_role("checkbox", name="Stool").press(key)
        teacher.get_by_role("button", name="Up", exact=True).press(key)
    assert teacher.evaluate("notebook.content.widgets.length") == cells


def test_a_phone_can_lead_the_class_player_only_when_logged_in_to_its_server(
    chromium: Browser, tmp_path
):
    led = 'from backcare_nb import teach\nteach("relax_the_back")'
    real.write_notebook(tmp_path / "class.ipynb", [led])
    small, page = {"width": 390, "height": 780}, real.new_page
    with (
        real.lab(tmp_path, token="a-token") as address,
        page(chromium) as wall,
        page(chromium, viewport=small) as phone,
        page(chromium) as stranger,
    ):
        wall.goto(f"{address}/lab?token=a-token")
        real.run_all(real.open_notebook(wall, address, "class.ipynb"))
        player = players(wall)
        player.get_by_role("button", name="Menu", exact=True).click()
        player.get_by_role("button", name="Phone", exact=True).click()
        told = player.locator(".bc-told-here")
        expect(told).to_contain_text("Only this computer reaches its server yet")
        expect(told).to_be_in_viewport()

        stranger.goto(f"{address}/backcare/remote")
        assert "/login" in stranger.url
        socket = address.replace("http", "ws") + "/backcare/lead"
        assert [each.evaluate(JOIN, socket) for each in (stranger, wall)] == ["refused", "joined"]

        phone.goto(f"{address}/backcare/remote?token=a-token")
        for button, status in (("Start", "running"), ("Pause", "paused"), ("Go on", "running")):
            phone.get_by_role("button", name=button, exact=True).click()
            expect(player).to_have_attribute("data-status", status)
        phone.get_by_role("button", name="Skip", exact=True).click()
        phone.get_by_role("button", name="Skip", exact=True).click()
        expect(phone.locator("#at")).to_contain_text("Knee to the chest")
        expect(phone.locator("#then")).to_have_text("Then: Rest again")
        expect(phone.locator("#left")).to_have_text(re.compile(r"\d+:\d\d"))
        wall.close()
        expect(phone.locator("#state")).to_have_text("Not connected")
