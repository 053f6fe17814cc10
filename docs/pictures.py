"""Makes the pictures of README and docs from a real run: `python docs/pictures.py` (needs the extra `browser`)."""

import subprocess
import sys
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

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
        shown = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        shown.goto(page.resolve().as_uri())
        picture.write_bytes(shown.screenshot())
        browser.close()
    if picture.stat().st_size > LARGEST:
        raise SystemExit(f"{picture} is larger than {LARGEST:,} bytes")


def _chromium() -> str | None:
    """Return the system's Chromium; None: the one that playwright brings."""
    return which("chromium")


if __name__ == "__main__":
    main()
