// The page of a report: on a desktop, on a phone, in the dark, on paper, and for those who do not see it.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { fits, hasContrast, hasNames, tabbed } from "../../../../service/tests/page/support/access.mjs";
import { Browser } from "../../../../service/tests/page/support/browser.mjs";

const REPORT = pathToFileURL(process.env.REPORT).href;
const CHARTS = ["A cold start, phase by phase", "How long answers take", "What a shorter cold start costs", "One day of `handbook`", "handbook in eu-central-1"];
const SHAPES = { desktop: { width: 1280 }, phone: { width: 390, height: 844 }, dark: { width: 1280, scheme: "dark" }, "phone-dark": { width: 390, scheme: "dark" } };

let browser;

before(async () => {
  browser = await Browser.start();
});

after(() => browser?.stop());

for (const [name, options] of Object.entries(SHAPES)) {
  test(`the page is whole and legible: ${name}`, async () => {
    const page = await browser.page(null, options);
    const asked = [];
    browser.listen((method, params, from) => {
      if (from === page.sessionId && method === "Network.requestWillBeSent") asked.push(params.request.url);
    });
    await page.open(REPORT);
    await page.screenshot(name);
    assert.deepEqual(asked, [REPORT], "nothing else is asked for");
    await fits(page);
    await hasContrast(page);
    await hasNames(page, ["banner", "main", "region", "contentinfo"]);
    await page.close();
  });

  test(`each figure is there once, has its name, and no words of it are cut: ${name}`, async () => {
    const page = await browser.page(REPORT, options);
    const figures = (await page.tree()).filter(({ role }) => role === "img" || role === "image");
    assert.deepEqual(figures.map((it) => it.name), CHARTS);
    const cut = await page.run(() => {
      const found = [];
      for (const figure of document.querySelectorAll("svg")) {
        if (!figure.checkVisibility()) continue;
        const sheet = figure.getBoundingClientRect();
        for (const words of figure.querySelectorAll("text")) {
          const { left, right, top, bottom } = words.getBoundingClientRect();
          const isWithin = left >= sheet.left && right <= sheet.right && top >= sheet.top && bottom <= sheet.bottom;
          if (!isWithin) found.push(words.textContent);
        }
      }
      return found;
    });
    assert.deepEqual(cut, []);
    await page.close();
  });
}

test("the words of figures can be read on a phone", async () => {
  const page = await browser.page(REPORT, SHAPES.phone);
  const sizes = await page.run(() => {
    const shown = [...document.querySelectorAll("svg")].filter((it) => it.checkVisibility());
    return shown.map((it) => (11 * it.getBoundingClientRect().width) / it.viewBox.baseVal.width);
  });
  assert.ok(sizes.length === 5 && sizes.every((it) => it >= 10), `pixels of the smallest letters: ${sizes}`);
  await page.close();
});

test("what is wider than a phone can be reached by keys", async () => {
  const page = await browser.page(REPORT, SHAPES.phone);
  assert.equal((await tabbed(page)).length, 2, "the table and the end");
  await page.close();
});

test("on paper all is white, in figures as well, also for those whose screen is dark", async () => {
  const page = await browser.page(REPORT, SHAPES.dark);
  const grounds = () =>
    page.run(() => {
      const sheet = [...document.querySelectorAll("svg")].find((it) => it.checkVisibility()).querySelector("rect");
      return [getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(sheet).fill];
    });
  const dark = await grounds();
  assert.deepEqual(dark, [dark[0], dark[0]]);
  assert.notEqual(dark[0], "rgb(255, 255, 255)");
  await page.media({ "prefers-color-scheme": "dark" }, "print");
  assert.deepEqual(await grounds(), ["rgb(255, 255, 255)", "rgb(255, 255, 255)"]);
  await page.close();
});

test("it prints on a few pages of A4, with all figures", async () => {
  const page = await browser.page(REPORT, SHAPES.phone);
  const { data } = await page.send("Page.printToPDF", { preferCSSPageSize: true, printBackground: true });
  const pdf = Buffer.from(data, "base64");
  writeFileSync(join(process.env.PAGE_SCREENSHOTS, "report.pdf"), pdf);
  const pages = pdf.toString("latin1").match(/\/Type \/Page\b(?!s)/g)?.length;
  assert.ok(pages >= 3 && pages <= 6, `${pages} pages`);
  const [, width, height] = pdf.toString("latin1").match(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/).map(Number);
  assert.deepEqual([Math.round(width), Math.round(height)], [595, 842]);
  await page.close();
});
