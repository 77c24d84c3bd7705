"""The console in headless Chromium, against the live server of the dialect ring."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from tests.browser.chromium import Browser
from tests.dialect.live import Live, Worker, serving

from stele.settings import Settings


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    data = tmp_path_factory.mktemp("server")
    with serving(Settings(data=str(data), grpc_port=0, requests_per_second=100_000)) as server:
        yield server


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Chrome, Path]]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("needs Chromium and its driver; on Debian: apt-get install chromium chromium-driver")
    downloads = tmp_path_factory.mktemp("downloads")
    options = ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(chromedriver))
    try:
        yield driver, downloads
    finally:
        driver.quit()


@pytest.fixture
def browser(driver: tuple[Chrome, Path], live: Live) -> Iterator[Browser]:
    """A fresh project, nobody signed in."""
    opened = Browser(driver[0], live, driver[1])
    opened.open()
    opened.driver.execute_script("sessionStorage.clear()")
    opened.open()
    opened.complaints()  # what earlier tests provoked
    yield opened
    opened.driver.get("about:blank")


@pytest.fixture
def worker(live: Live) -> Worker:
    return Worker(live.core)
