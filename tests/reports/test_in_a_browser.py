"""Every page for people in headless Chromium: narrow and wide, light and dark, without overflow, errors or barriers."""

import shutil
from datetime import date

import pytest

from crmclean.samples.generate import write_sample
from crmclean.workflow.clean import clean
from crmclean.workflow.handover import handover
from crmclean.workflow.hygiene import Request, hygiene
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.run import run

pytestmark = pytest.mark.browser
WIDTHS = (400, 1400)
ROI = "[roi]\nlicense_per_contact = 12\nminutes_per_merge = 5\nhourly_cost = 40\none_off_cost = 4000\n"
THEMES = ("light", "dark")
ALWAYS_THERE = set(map(chr, range(0x20, 0x17F))) | set("\n\t–—…’“”≤≥")  # in every system's own font


@pytest.fixture(scope="module")
def pages(sample_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    write_sample(folder / "exports", rows=400, seed=1)
    clean(folder / "exports" / "marketing-list.csv", folder / "cleaned", Answers("hubspot", region="US"))
    initialize(folder / "acme", [folder / "exports"], Answers("hubspot", region="US"))
    run(folder / "acme", through="validate")
    shutil.copytree(sample_run, folder / "sample")
    handover(folder / "sample", folder / "handover")
    kpi = folder / "kpi.toml"
    kpi.write_text(ROI, encoding="utf-8")
    for day in (date(2026, 6, 30), date(2026, 7, 14)):  # the second one has trends
        hygiene(Request(workspace=folder / "sample", as_of=day, out=folder / "card", how="exact", kpi=kpi))
    return {
        "report": folder / "acme/run/report/index.html",
        "read me first": folder / "cleaned/READ-ME-FIRST.html",
        "scorecard": folder / "card/scorecard.html",
        "handover": folder / "handover/handover.html",
    }


@pytest.fixture(params=["report", "read me first", "scorecard", "handover"])
def page(request, pages):
    return pages[request.param]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_fits_and_speaks_to_everybody(browser, page, width, theme, tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    pictures = pytest.importorskip("docs.pictures", reason="playwright is not installed")
    with pictures.opened(browser, page, width, theme=theme) as (shown, told):
        assert told == []
        picture = shown.screenshot(path=tmp_path / "page.png", full_page=True)
        assert len(picture) > 10_000
        violations = axe.Axe().run(shown).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []


def test_a_printed_page_loses_no_column(browser, page):
    context = browser.new_context(viewport={"width": 720, "height": 1000}, color_scheme="dark", bypass_csp=True)
    shown = context.new_page()
    shown.goto(page.as_uri())
    shown.emulate_media(media="print")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 720  # px of a letter's width within its margins
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    context.close()


def test_a_printed_page_keeps_its_colours_and_its_words_whole(browser, page):
    context = browser.new_context(viewport={"width": 680, "height": 1000}, bypass_csp=True)
    shown = context.new_page()
    shown.goto(page.as_uri())
    shown.emulate_media(media="print")
    bars = "[...document.querySelectorAll('[style*=background], .key')]"
    assert set(shown.evaluate(f"{bars}.map(each => getComputedStyle(each).printColorAdjust)")) <= {"exact"}
    words = "[...document.querySelectorAll('td, th')].filter(each => /^[a-z]{1,9}$/.test(each.textContent))"
    lines = "(each => { const range = document.createRange(); range.selectNodeContents(each); return range; })"
    broken = f"{words}.filter(each => {lines}(each).getClientRects().length > 1).map(each => each.textContent)"
    assert shown.evaluate(broken) == []
    context.close()


def test_a_narrow_page_hides_no_cell(browser, page):
    """Nothing has to be pushed aside to be read: no table is wider than the screen of a phone."""
    context = browser.new_context(viewport={"width": 400, "height": 900}, bypass_csp=True)
    shown = context.new_page()
    shown.goto(page.as_uri())
    wider = "[...document.querySelectorAll('.scroll')].filter(each => each.scrollWidth > each.clientWidth)"
    assert shown.evaluate(f"{wider}.map(each => each.getAttribute('aria-label'))") == []
    context.close()


def test_our_own_words_need_no_rare_glyphs(page):
    assert set(page.read_text(encoding="utf-8")) <= ALWAYS_THERE


def test_the_page_is_small_and_needs_nothing_else(page):
    text = page.read_text(encoding="utf-8")
    assert len(text) < 2_000_000
    assert "http://" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "https://" not in text
