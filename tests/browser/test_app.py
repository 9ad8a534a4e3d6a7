"""The site as an app: kept after one visit, renewed as a whole, deleted at a tap."""

import os
import shutil
import sys
import threading
from functools import partial
from http.server import ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from backcare_nb.export import website
from backcare_nb.journal.import_export import read_journal_copy
from tests.browser.needs import need
from tests.browser.stage import QuietHandler
from tools import browser as real
from tools.firefox import find_firefox, firefox

SECTION, OTHER = "03_standing_up", "05_massaging_the_neck"
KEPT = "() => navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated')"
STORED = """async () => [Object.keys(localStorage), await caches.keys(),
    (await navigator.serviceWorker.getRegistrations()).length]"""
NEW_LEAD = "Words of a newer version."


class Host:
    """A plain server for a folder, which can be switched off and on at the same address."""

    def __init__(self, folder):
        self.folder, self.port = folder, 0
        self.switch_on()

    def switch_on(self):
        handler = partial(QuietHandler, directory=self.folder)
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def switch_off(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def files():
    return website.render_site_files()


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


@pytest.fixture
def host(tmp_path, files):
    folder = tmp_path / "a school" / "back"
    write(folder, files)
    shutil.copytree(website.ICONS_FOLDER, folder / website.ICONS_FOLDER.name)
    host = Host(tmp_path)
    yield host
    host.switch_off()


@pytest.fixture
def visit(chromium, host):
    """Opens a page of the site, under a path of a server, in a browser that keeps it."""
    with real.new_page(chromium, viewport={"width": 360, "height": 640}) as page:
        wrong = []
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))

        def open_one(name):
            page.goto(f"http://127.0.0.1:{host.port}/a%20school/back/{name}")
            return page

        open_one.wrong = wrong
        yield open_one


def keep(page):
    """Stay until the site is kept, and turn to what says so."""
    page.wait_for_function(KEPT)
    page.locator("#device").scroll_into_view_if_needed()
    page.locator("#device input").first.wait_for()


@pytest.fixture
def own_browser(chromium, tmp_path):
    """A browser with a profile of its own, and a home where it may leave what an app leaves."""
    home = {name: str(tmp_path / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    running = chromium.browser_type.launch_persistent_context(
        tmp_path / "profile",
        executable_path=real.find_browser(),
        args=real.FLAGS,
        env=os.environ | home,
    )
    yield running
    running.close()


@pytest.mark.skipif(sys.platform != "linux", reason="it would be among the person's own apps")
def test_the_site_is_installed_and_opens_as_an_app_with_no_network(own_browser, host):
    page = own_browser.pages[0]
    page.goto(f"http://127.0.0.1:{host.port}/a%20school/back/")
    keep(page)
    tools = own_browser.new_cdp_session(page)
    assert tools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    name = {"manifestId": tools.send("Page.getAppId")["appId"]}
    tools.send("PWA.install", name | {"installUrlOrBundleUrl": page.url})
    host.switch_off()
    with own_browser.expect_page() as opened:
        tools.send("PWA.launch", name)
    app_page = opened.value
    app_page.get_by_role("link", name="Standing up").first.click()
    app_page.locator("#maypole .stage").scroll_into_view_if_needed()
    app_page.locator("#maypole .bc-start").click()
    app_page.wait_for_selector("#maypole [data-status=running] .bc-card svg")
    tools.send("PWA.uninstall", name)
    host.switch_on()


def test_after_one_visit_without_a_fault_every_page_opens_and_plays_with_no_network(
    visit, host, files
):
    """Its web app manifest has no error, and the page no accessibility violation."""
    page = visit("")
    keep(page)
    described = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert described["errors"] == []
    assert described["url"].endswith("/back/manifest.webmanifest")
    expect(page.locator("#device input:checked")).to_have_count(5)
    assert Axe().run(page).response["violations"] == []
    host.switch_off()
    for name in (name for name in files if name.endswith(".html")):
        expect(visit(name).locator("h1")).to_have_count(1)
    page = visit(f"{SECTION}.html")
    page.locator("#maypole .stage").scroll_into_view_if_needed()
    page.locator("#maypole .bc-start").click()
    page.wait_for_selector("#maypole [data-status=running]")
    page.wait_for_selector("#maypole .bc-card svg")
    assert visit.wrong == []
    host.switch_on()


def test_firefox_plays_a_section_with_no_network_after_one_visit(host):
    need(find_firefox(), "Firefox")
    with firefox() as tab:
        tab.goto(f"http://127.0.0.1:{host.port}/a%20school/back/")
        tab.wait_for_function(KEPT)
        host.switch_off()
        tab.goto(f"http://127.0.0.1:{host.port}/a%20school/back/{SECTION}.html")
        tab.evaluate("() => document.querySelector('#maypole .stage').scrollIntoView()")
        tab.wait_for_function("() => Boolean(document.querySelector('#maypole .bc-start'))")
        tab.evaluate("() => document.querySelector('#maypole .bc-start').click()")
        tab.wait_for_function("() => Boolean(document.querySelector('[data-status=running] svg'))")
    host.switch_on()


def test_a_new_site_version_shows_only_once_all_files_are_there_and_the_person_takes_it(
    visit, host, files, monkeypatch
):
    page = visit("")
    keep(page)
    monkeypatch.setitem(website.SITE_WORDS, "lead", NEW_LEAD)
    folder, fresh = host.folder / "a school" / "back", website.render_site_files()
    worker = {"service-worker.js": fresh["service-worker.js"]}
    write(folder, worker)  # and the rest of it is still on its way
    page = visit("")
    page.evaluate("() => navigator.serviceWorker.ready.then((r) => r.update()).catch(() => {})")
    page.wait_for_timeout(1000)
    assert page.locator(".new-version").count() == 0
    assert website.SITE_TITLE in page.title()
    assert page.get_by_text(NEW_LEAD).count() == 0
    write(folder, fresh)
    page = visit("")
    page.get_by_role("button", name="Take it").wait_for()
    assert page.get_by_text(NEW_LEAD).count() == 0
    page.get_by_role("button", name="Take it").click()
    page.get_by_text(NEW_LEAD).wait_for()
    expect(page.locator(".new-version")).to_have_count(0)


def test_an_unticked_section_is_not_kept_for_offline_use_and_one_button_deletes_all_that_is(
    visit, host
):
    page = visit("")
    keep(page)
    page.locator(f"#device input[value='{OTHER}']").uncheck()
    page.locator("#device").get_by_text("Done.").wait_for()
    host.switch_off()
    expect(visit(f"{SECTION}.html").locator("h1")).to_have_text("Standing up")
    expect(visit(f"{OTHER}.html").locator("h1")).to_have_text("This page is not kept here")
    host.switch_on()
    expect(visit(f"{OTHER}.html").locator("h1")).to_have_text("Massaging the neck")
    keep(visit(""))
    page.evaluate("() => localStorage.setItem('backcare:settings', '{}')")
    page.get_by_role("button", name="Delete everything").click()
    page.locator("#device").get_by_text("Deleted").wait_for()
    assert page.evaluate(STORED) == [[], [], 0]


def test_a_site_journal_is_saved_after_consent_exported_for_python_deleted_and_imported_again(
    visit, tmp_path
):
    """Played to its end, said how it was, taken along, deleted, and brought back."""
    page = visit(f"{OTHER}.html")
    page.locator("#neck_massage .stage").scroll_into_view_if_needed()
    page.locator("#neck_massage .bc-start").click()
    for _ in range(60):
        if page.locator("#neck_massage [data-status=done]").count():
            break
        page.locator("#neck_massage").get_by_role("button", name="Next").click()
    after = page.locator("#neck_massage .backcare-after")
    after.get_by_text("2", exact=True).click()
    assert page.evaluate("() => localStorage.getItem('backcare:keeps-journal')") is None
    after.get_by_role("button", name="Yes, keep a journal").click()
    after.get_by_text("Saved on this device.").wait_for()
    page = visit("")
    expect(page.locator(".last")).to_contain_text("Neck massage")
    keep(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Take the journal along").click()
    copy = tmp_path / "journal.json"
    download.value.save_as(copy)
    (entry,) = read_journal_copy(copy).entries
    assert (entry.title, entry.after) == ("Neck massage", 2)
    page.get_by_role("button", name="Delete everything").click()
    page.locator("#device").get_by_text("Deleted").wait_for()
    page.locator("#device input[type=file]").set_input_files(copy)
    page.locator("#device").get_by_text("1 session came in").wait_for()
