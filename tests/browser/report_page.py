"""Opens the report in a real browser and uses it as a reader does.

    report_page.py PROGRAM FOLDER

PROGRAM is saddlescope; the report and the screenshots go to FOLDER. Exits with 77, which CTest counts
as skipped, where Chromium, its driver or selenium is missing (Debian: chromium, chromium-driver,
python3-selenium).
"""
import json
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("skipped: python3-selenium is missing")
    sys.exit(SKIPPED)

# The lowest contrast of any text with what lies behind it, as WCAG 2.1 defines it.
LOWEST_CONTRAST = """
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = parse(getComputedStyle(e).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
let lowest = [21, ""];
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
  const a = light(parse(getComputedStyle(element).color)), b = light(behind(element));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < lowest[0]) lowest = [ratio, element.tagName + ": " + texts.currentNode.data.trim()];
}
return lowest;
"""

# What a reader without eyes or mouse needs: every finding is a mistake.
ACCESSIBILITY = """
const missing = [];
const need = (found, what) => { if (!found) missing.push(what); };
need(document.documentElement.lang === "en", "language");
need(document.title, "title");
for (const tag of ["header", "nav", "main", "footer", "h1"])
  need(document.querySelectorAll("body " + tag).length === 1, "one " + tag);
for (const img of document.querySelectorAll("main img")) {
  need(img.alt.trim(), "alternative text");
  need(img.complete && img.naturalWidth > 0, "picture " + img.alt);
}
for (const table of document.querySelectorAll("table")) {
  need(table.caption && table.caption.textContent.trim(), "caption");
  for (const head of table.tHead.rows[0].cells) need(head.scope === "col", "scope");
}
for (const input of document.querySelectorAll("input")) need(input.closest("label"), "label");
for (const link of document.querySelectorAll("a[href^='#']"))
  need(document.getElementById(link.hash.slice(1)), "target of " + link.hash);
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
need(new Set(ids).size === ids.length, "unique ids");
return missing;
"""

HOSTILE = "<img src=x onerror='window.broken=1'><script>window.broken=1</script> & \"quotes\""


def make_report(program, folder):
    def run(*words):
        subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL)

    shutil.rmtree(folder, ignore_errors=True)
    verify = str(folder / "claims")
    run("verify", "--quick", "--seeds", "1", "--claims",
        "scalar-chains,energy-loss-bounds,origin-spectrum,balance-identity,critical-energy,"
        "energy-block-solve,inertia-joint", "--out", verify)
    run("spectrum", "--data", "toy", "--hidden", "3,3", "--point", "origin", "--out",
        str(folder / "origin"))
    run("saddle", "classify", "--data", "toy", "--hidden", "3,3", "--point", "origin", "--out",
        str(folder / "verdict"))
    (folder / "strange").mkdir()
    (folder / "strange" / "damaged.json").write_text('{"half": ')
    (folder / "strange" / "result.json").write_text(json.dumps({
        "id": HOSTILE, "scale": "quick", "shows": HOSTILE, "published": HOSTILE, "ours": HOSTILE,
        "agrees": False, "judgement": HOSTILE, "confounds_of_the_original": [HOSTILE],
        "configuration": {HOSTILE: HOSTILE}, "quantities": {HOSTILE: {HOSTILE: {HOSTILE: 1}}},
        "tables": [], "warnings": [HOSTILE], "provenance": {"version": HOSTILE},
        "wall_seconds": 1}))
    run("report", str(folder))
    return folder / "report.html"


def start_browser():
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        print("skipped: chromium or chromedriver is missing")
        sys.exit(SKIPPED)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("headless=new", "disable-gpu", "disable-dev-shm-usage", "window-size=1400,1000",
                 "force-device-scale-factor=1", "no-sandbox"):
        # The sandbox refuses root and most containers; the page is our own.
        options.add_argument("--" + flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(driver), options=options)


class Page:
    def __init__(self, browser, folder):
        self.browser, self.folder = browser, folder

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def screenshot(self, name):
        file = self.folder / name
        assert self.browser.save_screenshot(str(file))
        assert file.stat().st_size > 20000, f"{file} looks empty"

    def column(self, table, index):
        return self.script(
            "return [...arguments[0].tBodies[0].rows].map((row) => row.cells[arguments[1]])"
            ".map((cell) => cell.dataset.number || cell.textContent.trim())", table, index)


def check_whole(page):
    assert page.script(ACCESSIBILITY) == [], page.script(ACCESSIBILITY)
    assert page.script("return window.broken") is None, "text of a file was run"
    assert HOSTILE in page.browser.find_element(By.TAG_NAME, "main").text
    assert "damaged.json" in page.browser.find_element(By.TAG_NAME, "main").text
    loaded = page.script("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert all(name.startswith("data:") for name in loaded), loaded


def check_sorting(page):
    table = page.browser.find_element(By.CSS_SELECTOR, "table.claims")
    heads = table.find_elements(By.CSS_SELECTOR, "thead th")
    names = [head.text.split(" ↕")[0] for head in heads]
    error = names.index("Worst error")
    button = heads[error].find_element(By.TAG_NAME, "button")
    button.send_keys(Keys.ENTER)  # by keyboard
    values = [float(text) for text in page.column(table, error)]
    assert len(values) == 7 and values == sorted(values), values
    assert heads[error].get_attribute("aria-sort") == "ascending"
    button.click()
    falling = [float(text) for text in page.column(table, error)]
    assert falling == sorted(values, reverse=True), falling
    assert heads[error].get_attribute("aria-sort") == "descending"
    heads[0].find_element(By.TAG_NAME, "button").click()
    ids = page.column(table, 0)
    assert ids == sorted(ids), ids
    assert heads[error].get_attribute("aria-sort") is None


def check_filter(page):
    table = page.browser.find_element(By.CSS_SELECTOR, "table.claims")
    field = page.browser.find_element(By.CSS_SELECTOR, ".filter input")
    field.send_keys("SPECTRUM origin")
    shown = [row for row in table.find_elements(By.CSS_SELECTOR, "tbody tr") if row.is_displayed()]
    assert 1 <= len(shown) < 7
    assert all("spectrum" in page.script("return arguments[0].textContent", row).lower()
               for row in shown)
    status = page.browser.find_element(By.CSS_SELECTOR, ".filter [role=status]")
    assert status.text == f"{len(shown)} of 7 rows", status.text
    field.clear()
    field.send_keys("x", Keys.BACKSPACE)
    rows = table.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert all(row.is_displayed() for row in rows) and status.text == ""


def check_zoom(page):
    link = page.browser.find_element(By.CSS_SELECTOR, "a.zoom")
    dialog = page.browser.find_element(By.ID, "zoom")
    assert not dialog.is_displayed()
    link.send_keys(Keys.ENTER)
    assert dialog.is_displayed()
    first = dialog.find_element(By.TAG_NAME, "img").get_attribute("alt")
    assert first
    keys = webdriver.ActionChains(page.browser)
    keys.send_keys(Keys.ARROW_RIGHT).perform()
    assert dialog.find_element(By.TAG_NAME, "img").get_attribute("alt") != first
    page.screenshot("zoom.png")
    webdriver.ActionChains(page.browser).send_keys(Keys.ESCAPE).perform()
    assert not dialog.is_displayed()
    assert page.browser.switch_to.active_element == link, "focus is lost"
    link.click()
    dialog.find_element(By.CSS_SELECTOR, "[data-close]").click()
    assert not dialog.is_displayed()


def check_appearance(page):
    page.script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for scheme in ("light", "dark"):
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        contrast, where = page.script(LOWEST_CONTRAST)
        assert contrast >= 4.5, f"contrast {contrast:.2f} in the {scheme} scheme at {where}"
        print(f"lowest contrast in the {scheme} scheme: {contrast:.2f}")
        page.script("scrollTo(0, 0)")
        page.screenshot(f"{scheme}.png")
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    wide = page.script("return document.scrollingElement.scrollWidth - innerWidth")
    assert wide <= 0, f"a narrow window scrolls sideways by {wide} pixels"
    page.screenshot("narrow.png")


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    browser = start_browser()
    try:
        page = Page(browser, folder)
        browser.get(make_report(program, folder).as_uri())
        check_whole(page)
        check_sorting(page)
        check_filter(page)
        check_zoom(page)
        check_appearance(page)
        complaints = browser.get_log("browser")
        assert complaints == [], complaints
    finally:
        browser.quit()


main()
