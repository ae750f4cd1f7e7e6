"""The report as a browser shows it: nothing fetched, nothing complained of, nothing cut."""

from pathlib import Path

import pytest
from specimens import write_index, write_report

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("write_page", [write_report, write_index])
def test_the_page_stands_alone_and_fits(
    browser: object, tmp_path: Path, width: int, write_page: object
) -> None:
    address = write_page(tmp_path).as_uri()
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests, messages = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(address)
    for details in page.query_selector_all("main summary"):
        details.click()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.close()
    assert [url for url in requests if not url.startswith("data:")] == [address]
    assert messages == []
    assert wide <= 0


def test_the_first_tab_stop_leads_past_the_contents(browser: object, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(write_report(tmp_path).as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Hoppa till innehåll"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "innehall"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_it_stands_on(
    browser: object, tmp_path: Path, check: object, scheme: str
) -> None:
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1."""
    page = browser.new_page(color_scheme=scheme)
    page.goto(write_report(tmp_path).as_uri())
    ratios = page.evaluate(check("contrast"))
    page.close()
    assert len(ratios) > 10
    assert min(ratio for _, ratio in ratios) >= 4.5, min(ratios, key=lambda pair: pair[1])
