"""A class: its player fills the screen, is read from the back row, and obeys its teacher."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from backcare_nb.lesson.lesson import Lesson
from backcare_nb.lesson.planner import plan_lesson_from
from backcare_nb.notebook.class_player import ClassPlayer
from backcare_nb.sessions.options import Options
from tests.browser.stage import Player, read_script, sprite, widget_html
from tests.browser.test_large import FONT_SIZE, FULL, resize
from tests.samples import SHORT

SIZES = [(1024, 768), (1366, 768), (1920, 1080)]
SPEECH, FIND = read_script("speech"), read_script("large")
CLOCK = re.compile(r"\d+:\d\d to go, until \d+:\d\d")
QUICK = Options(rounds=1, seconds=10, pauses=SHORT)
# Every step of a lesson: what is cut off or too small, and how much of the height a figure has.
WALK = """() => {
    const faults = [], root = document.querySelector(".backcare-player");
    const press = (name) => root.querySelector(`.bc-${name}`).click();
    for (let step = 0; root.dataset.status !== "done" && step < 400; step++) {
        const found = findFaults().filter((each) => !each.includes("bc-until"));
        for (const name of [".bc-card", ".bc-card-beside"]) {
            const figure = root.querySelector(name);
            if (figure.checkVisibility() && figure.clientHeight < 0.4 * innerHeight)
                found.push(`${name} of ${figure.clientHeight} px`);
        }
        const beside = root.querySelector(".bc-text-beside");
        if (beside.scrollHeight > beside.clientHeight + 1) found.push("beside cut off");
        if (found.length) faults.push([root.dataset.track, root.dataset.kind,
            root.querySelector(".bc-title").textContent, ...found]);
        press("next");
    }
    return faults;
}"""


class Class(Player):
    """A class before its wall, and the notebook that answers its teacher."""

    def __init__(self, page, led: ClassPlayer) -> None:
        super().__init__(page)
        self.led = led

    def answer(self) -> dict:
        """What was asked of the notebook, which answers it."""
        asked = self.evaluate("model.messages.findLast(({ asked }) => asked).asked")
        self.led.asked = asked
        self.receive(answer=self.led.answer)
        return asked

    def exercises(self) -> list[str]:
        """The titles of the list of the lesson."""
        return self.root.locator(".bc-order .bc-go span:last-child").all_text_contents()

    def begin(self) -> None:
        """Start, and go on past getting ready and lying down to the first exercise."""
        self.press("start", "next")
        while self.text("title") != self.exercises()[0]:
            self.press("next")

    @property
    def ends_in(self) -> int:
        """Seconds until the end that it says, to the second."""
        minutes, seconds = re.match(r"(\d+):(\d\d)", self.text("until")).groups()
        return int(minutes) * 60 + int(seconds)


@pytest.fixture
def led(page, show):
    """Opens a lesson to be led, its figures stand-ins."""

    def open_one(lesson: Lesson, script: str = "") -> Class:
        player = ClassPlayer(lesson)
        names = ("timeline", "beside", "notes", "rise", "key")
        state = {name: getattr(player, name) for name in names}
        sprites = {key: sprite(key) for key in player.sprites}
        page.add_init_script(script)
        show(
            widget_html(
                "class_player", {**state, "sprites": sprites, "results": [], "received": []}
            )
        )
        page.wait_for_function("window.ready")
        return Class(page, player)

    return open_one


def lesson_of(*names: str, options: Options = QUICK) -> Lesson:
    """A lesson of these exercises, the first with a note."""
    planned = plan_lesson_from(exercises=names)
    parts = [replace(p, options=options) if p.exercise.rounds else p for p in planned.parts]
    return replace(planned, parts=(replace(parts[0], note="Dim the light."), *parts[1:]))


@pytest.fixture
def lesson() -> Lesson:
    return plan_lesson_from(20, cautions=["sore_knees"])


def test_a_class_player_goes_full_screen_at_its_first_start_and_not_when_it_goes_on(led, lesson):
    it = led(lesson)
    it.press("start")
    it.page.wait_for_function(FULL)
    assert it.status == "running"
    assert CLOCK.match(it.text("until"))
    it.keys("Escape")
    it.page.wait_for_function("!document.fullscreenElement")
    for status in ("paused", "running"):
        it.press("start")
        assert it.status == status
    assert it.evaluate("document.fullscreenElement") is None


def test_space_pauses_wherever_the_focus_is_and_the_back_row_sees_that(led, lesson):
    it = led(lesson)
    it.begin()
    for name in ("longer", "back", "track", "track"):
        it.press(name)
        it.keys("Space")
        it.wait_for("paused")
        shown = it.page.locator(".bc-halt >> visible=true")
        assert shown.inner_text() == "Paused"
        assert shown.bounding_box()["height"] > it.page.viewport_size["height"] / 14
        left = it.ends_in
        it.page.wait_for_timeout(1100)
        assert it.ends_in == left
        it.keys("Space")
        it.wait_for("running")
    it.evaluate("document.activeElement.blur()")
    it.keys("Space")
    it.wait_for("paused")


def test_presenter_remote_keys_change_the_exercise_b_blanks_the_screen_and_d_sets_dark_colours(
    led, lesson
):
    it = led(lesson)
    it.begin()
    it.keys("PageUp")
    it.keys("PageDown")
    first = it.text("title")
    it.keys("ArrowDown")
    second = it.text("title")
    assert [first, second] == it.exercises()[:2]
    it.keys("PageDown", "PageDown")
    it.keys("ArrowUp")
    assert it.text("title") in (first, second)
    it.keys("ArrowDown", "b")
    screen = it.page.locator(".bc-dark-screen")
    assert screen.is_visible()
    assert it.status == "running"
    it.keys(".")
    assert not screen.is_visible()
    it.keys("d")
    assert it.root.evaluate("(root) => getComputedStyle(root).backgroundColor") == "rgb(12, 18, 20)"
    it.keys("d")


def test_choosing_an_exercise_in_the_class_players_list_goes_there_and_updates_the_time_left(
    led, lesson
):
    it = led(lesson)
    it.press("start", "open")
    title = it.exercises()[3]
    it.root.get_by_role("button", name=f"Go to {title}").click()
    it.keys("Escape")
    assert it.text("title") == title
    start = next(p.start_ms for p in lesson.timeline.phases if p.title == title)
    assert 0 <= (lesson.timeline.total - start) / 1000 - it.ends_in <= 3


def test_a_class_player_waits_before_an_exercise_and_its_voice_names_no_key_to_press(led, lesson):
    it = led(lesson, script=SPEECH)
    it.begin()
    it.keys("n")
    it.wait_for("held")
    assert it.text("kind") == "Take your time"
    waits = it.page.wait_for_function("said.find(([words]) => words.startsWith('Take your time'))")
    assert not re.search("press|space bar", waits.json_value()[0], re.IGNORECASE)
    it.keys("Space")
    it.wait_for("running")


def test_waiting_for_the_teacher_can_be_switched_off_in_a_class_player_and_stays_off_after_reload(
    led,
):
    it = led(lesson_of("knee_rolls", "knuckles"))
    it.press("start")
    it.set("steps", False)
    it.keys("Escape")
    for _ in range(12):
        it.keys("n")
        assert it.status != "held"
    it.reload()
    it.press("open")
    assert not it.root.locator("[name=steps]").is_checked()


def test_one_key_cycles_a_class_player_through_both_tracks_the_easier_alone_and_the_taught_alone(
    led,
):
    it = led(lesson_of("knee_rolls", "knuckles"))
    it.begin()
    for track, seen in (
        ("both", (True, True)),
        ("easier", (False, True)),
        ("taught", (True, False)),
    ):
        it.keys("e")
        assert it.root.get_attribute("data-track") == track
        assert (it.is_visible("card"), it.is_visible("card-beside")) == seen
        if seen[1]:
            assert it.text("name-beside").startswith("Easier: ")
            assert re.fullmatch(r"\d+:\d\d", it.text("digits-beside"))
    it.keys("e")
    assert it.text("name") == "As taught"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_nothing_is_cut_off_and_no_figure_is_small_in_any_step_of_either_track(led, size):
    it = led(plan_lesson_from(30, cautions=["osteoporosis", "sore_knees"]), script=FIND)
    resize(it, size)
    for _ in range(3):
        it.press("start")
        assert it.evaluate(WALK) == []
        it.keys("e")


def test_cautions_of_a_class_player_are_set_large_enough_for_the_back_row(led, lesson):
    it = led(lesson)
    resize(it, (1920, 1080))
    it.press("start", "next")
    assert it.evaluate(FONT_SIZE, ".bc-cautions") >= 28
    assert it.text("care").startswith("Take care")


# What is to come


def test_later_exercises_of_a_led_lesson_can_be_moved_or_left_out_and_the_current_one_stays(
    led, lesson
):
    it = led(lesson)
    it.begin()
    it.keys("Space")
    rise = lesson.rise_exercise.title
    now, *later = it.exercises()
    place = next(k for k in range(1, len(later)) if rise not in later[k - 1 : k + 1])
    (one, other), last = later[place - 1 : place + 1], later[-1]
    it.press("open")
    left = it.text("digits")
    assert it.root.get_by_role("button", name=rise).count() == 1  # to go there, and no more
    it.root.get_by_role("button", name=f"Later: {one}").click()
    it.answer()
    it.root.get_by_role("button", name=f"Leave out: {last}").click()
    it.answer()
    assert it.exercises()[place : place + 2] == [other, one]
    assert last not in it.exercises()
    it.keys("Escape")
    assert (it.text("title"), it.text("digits")) == (now, left)
    it.reload()
    it.press("resume")
    it.wait_for("running")
    assert it.exercises()[place : place + 2] == [other, one]


def test_a_lesson_that_is_late_catches_up_and_ends_on_time(led, page):
    page.clock.install()
    it = led(plan_lesson_from(45))
    resize(it, (1024, 768))
    it.press("start")
    assert not it.is_visible("catch")
    it.keys("ArrowDown", "Space")
    page.clock.run_for(120_000)
    due = it.evaluate("document.querySelector('.bc-lead input').value")
    assert it.is_visible("catch")
    assert it.text("catch").startswith("Catch up ")
    assert max(it.top("catch"), it.top("open")) - it.top("start") < 8  # pixels: in one bar
    it.keys("c")
    asked = it.answer()
    assert not it.is_visible("catch")
    part = next(p for p in it.led._led.parts if p.exercise.id == asked["to_come"][0])
    assert part.options.pauses.rest < 10
    it.keys("Space")
    until = it.text("until").rsplit(" ", 1)[1]
    assert abs(minutes_of(until) - minutes_of(due)) <= 1


def minutes_of(clock: str) -> int:
    hours, minutes = map(int, clock.split(":"))
    return 60 * hours + minutes


def test_a_change_that_the_kernel_does_not_answer_is_dropped_with_a_note_and_the_lesson_goes_on(
    led, page, lesson
):
    page.clock.install()
    it = led(lesson)
    it.press("start", "open")
    order = it.exercises()
    it.root.get_by_role("button", name=f"Leave out: {order[4]}").click()
    page.clock.run_for(6000)
    it.wait_for_text("note", "The notebook does not answer")
    assert it.exercises() == order
    assert it.status in ("running", "held")


# The second screen, and what is kept from the wall


def test_a_second_window_shows_the_notes_and_leads_by_keys_and_mouse(led):
    it = led(lesson_of("knee_rolls", "knuckles"))
    with it.page.expect_popup() as opened:
        it.press("second")
    second = opened.value
    it.keys("Escape")
    second.keyboard.press("Space")
    it.wait_for("running")
    second.keyboard.press("PageDown")
    expect(second.locator(".bc-note-own")).to_have_text("Dim the light.")
    assert "Dim the light." not in it.root.inner_text()
    assert re.match(r"\d+:\d\d, ends at \d+:\d\d", second.locator(".bc-hour").inner_text())
    second.keyboard.press("Space")
    it.wait_for("paused")
    second.get_by_role("button", name="Go on", exact=True).click()
    it.wait_for("running")
    title = it.exercises()[1]
    second.get_by_role("button", name=f"Go to {title}").click()
    assert it.text("title") == title
    it.page.reload()
    assert second.is_closed()


def test_a_class_session_sends_no_result_and_stores_none(led, lesson):
    it = led(lesson)
    it.press("start", "next")
    it.keys("Escape")
    it.press("stop")
    assert it.evaluate("model.messages") == []
    assert it.evaluate("Object.keys(localStorage).filter((k) => /result:|left:/.test(k))") == []
