"""A browser as a user has it: what is visible, and what it says."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from tests.dialect.live import Live

from stele.service.access import create_keys

T = TypeVar("T")
_SECONDS = 10


class Browser:
    """Chromium with the console open: what a user sees and does."""

    def __init__(self, driver: Chrome, live: Live, downloads: Path) -> None:
        self.driver = driver
        self.live = live
        self.downloads = downloads
        self.keys = create_keys(live.core, f"b-{secrets.token_hex(6)}")

    def open(self, fragment: str = "") -> None:
        self.driver.get("about:blank")
        self.driver.get(f"{self.live.address}/console{fragment}")

    def sign_in(self) -> None:
        self.open(f"#token={self.keys.bearer_token}")
        self.one("#drop")

    def send(self, *files: Path) -> None:
        self.driver.find_element(By.ID, "files").send_keys("\n".join(map(str, files)))

    def all(self, selector: str) -> list[WebElement]:
        """What is visible."""
        found = self.driver.find_elements(By.CSS_SELECTOR, selector)
        try:
            return [one for one in found if one.is_displayed()]
        except StaleElementReferenceException:
            return []

    def one(self, selector: str) -> WebElement:
        """The first that is visible, waited for."""
        return self.until(lambda: next(iter(self.all(selector)), None), selector)

    def says(self, selector: str, text: str) -> None:
        """Wait until it says so."""
        self.until(lambda: any(text in one.text for one in self.all(selector)), f"{selector} does not say {text}")

    def until(self, seen: Callable[[], T | None], message: str = "") -> T:
        waiting = WebDriverWait(self.driver, _SECONDS, 0.05, [StaleElementReferenceException])
        return waiting.until(lambda _: seen(), message)  # type: ignore[return-value, arg-type]

    def downloaded(self, name: str) -> bytes:
        self.until((self.downloads / name).is_file, name)
        return (self.downloads / name).read_bytes()

    def complaints(self) -> list[str]:
        """What the browser's own console says: refused resources, errors of scripts."""
        return [entry["message"] for entry in self.driver.get_log("browser")]
