"""What somebody sees who uses the console."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from tests.browser.chromium import Browser
from tests.dialect.live import PNG, SEARCHABLE, Worker, pdf

from stele.domain.job import HiddenText
from stele.service import query
from stele.service.core import Principal
from stele.service.records import JobFilter


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "annual report.pdf"
    path.write_bytes(pdf(9, "fail=3", "lines=4"))
    return path


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.png"
    path.write_bytes(PNG)
    return path


def test_signing_in_and_out(browser: Browser) -> None:
    browser.one("#token").send_keys("stb_wrong" + Keys.ENTER)
    browser.says("#alert", "not known")
    field = browser.one("#token")
    field.clear()
    field.send_keys(browser.keys.bearer_token + Keys.ENTER)
    browser.one("#drop")
    browser.says("#project", browser.keys.project)
    browser.says("#queue", "Server:")
    assert not browser.all("#alert")
    browser.driver.refresh()
    browser.one("#drop")
    browser.one("#sign-out").click()
    browser.one("#token")
    assert browser.driver.execute_script("return sessionStorage.length + localStorage.length") == 0


def test_the_printed_address_signs_in_and_leaves_no_token_behind(browser: Browser) -> None:
    browser.sign_in()
    assert browser.keys.bearer_token not in browser.driver.current_url


def test_a_document_from_drop_to_download(browser: Browser, worker: Worker, report: Path) -> None:
    browser.sign_in()
    browser.says(".empty", "Nothing here yet")
    browser.send(report)
    browser.says(".row .name", "annual report.pdf")
    browser.says(".row .state", "queued")
    for _ in range(2):
        worker.step()  # prepares, reads the first pages
    browser.says(".row .count", "4 of 9 pages, 1 failed")
    worker.drain()
    browser.says(".row .state", "done, with errors")

    browser.one(".row").click()
    browser.says("#job-name", "annual report.pdf")
    browser.says("#page-total", "9")
    browser.says("#text", "Page 1 of nothing")
    assert len(browser.all("#sheet svg .box")) == 4 * 4
    browser.one("#next").click()
    browser.says("#text", "Page 2 of nothing")
    ActionChains(browser.driver).send_keys(Keys.ARROW_RIGHT).perform()
    browser.says("#page-error", "Page 3 is damaged")
    assert not browser.all("#spread")
    number = browser.one("#page-number")
    number.clear()
    number.send_keys("9" + Keys.TAB)
    browser.says("#text", "Page 9 of nothing")

    for form, part in (
        ("txt", b"Page 9 of nothing"),
        ("json", b"stele.document/1"),
        ("alto", b"alto"),
        ("md", b"Page 2"),
    ):
        browser.one(f"#exports button[aria-label='Download as {form}']").click()
        assert part in browser.downloaded(f"annual report.pdf.{form}")
    browser.one("#exports button[aria-label='Download as pdf']").click()
    browser.says("#exports", "making pdf")
    worker.drain()
    assert browser.downloaded("annual report.pdf.pdf") == SEARCHABLE
    assert [one for one in browser.complaints() if " 409 " not in one] == [], "only the pdf was asked for too early"


def test_pointing_at_a_word_marks_it_in_both_panes(browser: Browser, worker: Worker, scan: Path) -> None:
    browser.sign_in()
    browser.send(scan)
    browser.says(".row .state", "queued")
    worker.drain()
    browser.says(".row .state", "done")
    browser.one(".row").click()
    word = browser.one("#text span[data-word='3']")
    ActionChains(browser.driver).move_to_element(word).perform()
    browser.says("#word", "“nothing” – 90 % sure")
    assert len(browser.all(".marked[data-word='3']")) == 2
    box = browser.one("#sheet [data-word='0'] .box")
    ActionChains(browser.driver).move_to_element(box).perform()
    browser.says("#text .marked", "Page")
    browser.one("#show-text").click()
    assert not browser.all("#sheet text")


def test_progress_is_live_on_a_jobs_page(browser: Browser, worker: Worker, report: Path) -> None:
    browser.sign_in()
    browser.send(report)
    browser.one(".row").click()
    browser.says("#job-count", "counting pages")
    worker.step()
    browser.says("#job-count", "0 of 9 pages")
    lease = browser.live.core.store.claim("slow", 60)
    assert lease is not None
    worker.tell(lease, 2)
    browser.says("#job-count", "2 of 9 pages")
    browser.live.core.store.release_holder("slow")
    worker.drain()
    browser.says("#job-state", "done, with errors")
    browser.says("#text", "Page 1 of nothing")


def test_cancelling_and_deleting_ask_first(browser: Browser, report: Path) -> None:
    browser.sign_in()
    browser.send(report)
    browser.one(".row").click()
    browser.one("#cancel").click()
    browser.one("dialog button[value='no']").click()
    browser.one("#cancel").click()
    browser.one("#confirm-yes").click()
    browser.says("#job-state", "cancelled")
    browser.one("#forget").click()
    browser.one("#confirm-yes").click()
    browser.says(".empty", "Nothing here yet")
    jobs = query.list_jobs(
        browser.live.core, Principal(project=browser.keys.project), JobFilter(project=browser.keys.project)
    )
    assert list(jobs) == []


def test_several_files_are_one_job(browser: Browser, worker: Worker, scan: Path, report: Path) -> None:
    browser.sign_in()
    browser.send(scan, report)
    browser.says(".row .name", "and 1 more")
    worker.drain()
    browser.one(".row").click()
    browser.says("#page-total", "1")
    browser.one("#item").send_keys("annual")
    browser.says("#page-total", "9")


def test_options_go_with_the_files(browser: Browser, scan: Path) -> None:
    browser.sign_in()
    browser.send(scan)
    browser.says("#status", "scan.png was accepted")
    browser.one("#submit summary").click()
    browser.one("[name='tag']").send_keys("second")
    browser.one("[name='hidden_text'] option[value='reread']").click()
    browser.send(scan)
    browser.says(".row .sub", "second")
    principal = Principal(project=browser.keys.project)
    jobs = query.list_jobs(browser.live.core, principal, JobFilter(project=browser.keys.project))
    assert {job.options.tag: job.options.hidden_text for job in jobs} == {None: None, "second": HiddenText.REREAD}


def test_problems_are_told_in_the_servers_words(browser: Browser, tmp_path: Path) -> None:
    browser.sign_in()
    text = tmp_path / "letter.txt"
    text.write_text("Dear all")
    browser.send(text)
    browser.says("#alert", "The content of letter.txt is none of the supported formats")


def test_the_keyboard_is_enough(browser: Browser, worker: Worker, scan: Path) -> None:
    browser.sign_in()
    browser.send(scan)
    browser.says(".row .state", "queued")
    worker.drain()
    browser.says(".row .state", "done")
    reached = []
    for _ in range(15):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        focused = browser.driver.switch_to.active_element
        reached.append(focused.get_attribute("id") or focused.get_attribute("class") or focused.tag_name)
        if reached[-1].startswith("row"):
            break
    assert "files" in reached and "filter" in reached and reached[-1].startswith("row"), reached
    ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
    browser.says("#job-name", "scan.png")
    assert browser.driver.switch_to.active_element.get_attribute("id") == "job-name"


def test_nothing_comes_from_anywhere_else(browser: Browser, worker: Worker, scan: Path) -> None:
    browser.sign_in()
    browser.send(scan)
    browser.says(".row .state", "queued")
    worker.drain()
    browser.one(".row").click()
    browser.says("#text", "Page 1")
    loaded = browser.driver.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert loaded
    assert [one for one in loaded if not one.startswith((browser.live.address + "/", "data:"))] == []
    assert browser.complaints() == []


def test_texts_of_a_document_are_never_markup(browser: Browser, tmp_path: Path) -> None:
    browser.sign_in()
    odd = tmp_path / "<img src=x onerror=alert(1)>.png"
    odd.write_bytes(PNG)
    browser.send(odd)
    browser.says(".row .name", "<img src=x onerror=alert(1)>.png")
    assert browser.all("main img") == []
