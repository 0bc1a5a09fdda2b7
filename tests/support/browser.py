"""Chromium without a window, by WebDriver: the page as a person has it, and the browser's console.

It asks 127.0.0.1 alone, keeps its profile in the folder that it is given, and ends with its block.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver

from support.needs import need

PATIENCE_S = 10
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # it has none for root
    "--disable-dev-shm-usage",  # /dev/shm is small in many containers
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def need_browser() -> None:
    """Go on when it is here, with what drives it."""
    need("Debian's chromium", shutil.which("chromium"))
    need("chromedriver of Debian's chromium-driver", shutil.which("chromedriver"))


@contextmanager
def browser(folder: Path) -> Iterator[webdriver.Chrome]:
    """One browser, with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for option in (*_OPTIONS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(
        shutil.which("chromedriver"), env={**os.environ, "HOME": str(folder)}
    )
    driver = webdriver.Chrome(options, service)
    try:
        driver.set_page_load_timeout(PATIENCE_S)
        driver.set_script_timeout(PATIENCE_S)
        yield driver
    finally:
        driver.quit()


def console(driver: webdriver.Chrome) -> list[str]:
    """What the browser said since the last time, errors and refusals of the policy too.

    Its advice (DEBUG) is left out: it wants secrets to be remembered.
    """
    return [one["message"] for one in driver.get_log("browser") if one["level"] != "DEBUG"]
