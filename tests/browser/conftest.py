"""A headless Chromium for the chat page, and a stand-in for the gateway's replies where a test fixes them.

`base_url` (a running demo system) comes from the system tests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
Reply = dict[str, Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module: playwright's loop must be gone before asyncio tests run."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail("REQUIRE_SERVICES=1, but no chromium is installed")
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, base_url: str) -> Iterator[Page]:
    """The chat page on a phone-sized screen, greeted and ready; any script error fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(base_url.rstrip("/") + "/")
    page.locator("#turns .bubble.bot").first.wait_for()
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def sent(page: Page) -> list[dict[str, Any]]:
    """The bodies of every POST /api/messages the page tried, in order."""
    bodies: list[dict[str, Any]] = []
    page.on("request", lambda r: bodies.append(r.post_data_json) if r.url.endswith("/api/messages") else None)
    return bodies


@pytest.fixture
def answer_with(page: Page) -> Callable[..., None]:
    """Replace the gateway's replies: answer_with({text, …}, …) makes every message get these bubbles."""

    def install(*replies: Reply) -> None:
        blank = {"choices": [], "kind": "reply", "answer": None, "receipt": None}

        def fulfil(route: Route) -> None:
            route.fulfill(json=[blank | reply for reply in replies])

        page.unroute("**/api/messages")
        page.route("**/api/messages", fulfil)

    return install
