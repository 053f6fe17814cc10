"""Makes the pictures of README and docs from a real run: `python docs/pictures.py` (needs the extra `browser`).

The tests look at every page through the same eyes (`opened`): what they see is what README shows.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 1200, 420
LARGEST = 300_000  # bytes; a page with pictures should open at once


def main() -> None:
    """Run the demo, and take a picture of the top of its report."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        subprocess.run([sys.executable, "-m", "crmclean", "demo", str(demo), "-q", "--exit-zero"], check=True)  # noqa: S603
        photograph(demo / "run" / "report" / "index.html", PICTURES / "report.png")


def photograph(page: Path, picture: Path) -> None:
    """Write a picture of the top of a page, in its light colours."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        with opened(browser, page, WIDTH, HEIGHT) as (shown, told):
            picture.write_bytes(shown.screenshot())
        browser.close()
    if told:
        raise SystemExit(f"{page} is not clean: {told}")
    if picture.stat().st_size > LARGEST:
        raise SystemExit(f"{picture} is larger than {LARGEST:,} bytes")


@contextmanager
def opened(
    browser: Browser, page: Path, width: int, height: int = 900, theme: str = "light"
) -> Iterator[tuple[Page, list[str]]]:
    """Open a page, and note what speaks against it: messages, script errors, requests, a width beyond the window."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        bypass_csp=True,
    )
    shown, told = context.new_page(), list[str]()
    shown.on("console", lambda message: told.append(message.text))
    shown.on("pageerror", lambda error: told.append(str(error)))
    shown.on("request", lambda request: told.append(request.url) if not request.url.startswith("file:") else None)
    shown.goto(page.resolve().as_uri())
    if (needed := shown.evaluate("document.documentElement.scrollWidth")) > width:
        told.append(f"{needed} pixels wide")
    yield shown, told
    context.close()


def _chromium() -> str | None:
    """Return the system's Chromium; None: the one that playwright brings."""
    return which("chromium")


if __name__ == "__main__":
    main()
