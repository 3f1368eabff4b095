// What every page has to keep for those who do not see it as we do.

import assert from "node:assert/strict";

/** WCAG 2.2, 1.4.3 and 2.5.8, level AA. */
const LEAST_CONTRAST = 4.5;
const SMALLEST_TARGET_PX = 24;

const NAMED = ["button", "link", "textbox", "searchbox", "combobox", "checkbox", "dialog", "region", "navigation", "progressbar", "article"];

/** Everything that can be used or jumped to has a name, and the page has its landmarks. */
export async function hasNames(page, landmarks) {
  const tree = await page.tree();
  const nameless = tree.filter(({ role, name }) => NAMED.includes(role) && !name.trim());
  assert.deepEqual(nameless, []);
  const roles = new Set(tree.map(({ role }) => role));
  for (const landmark of landmarks) assert.ok(roles.has(landmark), `there is no ${landmark}`);
  const levels = await page.run(() => [...document.querySelectorAll("h1, h2, h3")].filter((it) => it.checkVisibility()).map((it) => Number(it.tagName[1])));
  assert.equal(levels.filter((level) => level === 1).length, 1);
  levels.forEach((level, index) => assert.ok(index === 0 || level <= levels[index - 1] + 1, `headings: ${levels}`));
}

/** No text is paler than WCAG allows. */
export async function hasContrast(page) {
  const pale = await page.run((least) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a], below) => [r, g, b].map((value, index) => value * a + below[index] * (1 - a));
    const groundOf = (element) => {
      if (!element) return rgba(getComputedStyle(document.documentElement).getPropertyValue("--ground"));
      const own = rgba(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, groundOf(element.parentElement));
    };
    const light = (rgb) => {
      const [r, g, b] = rgb.slice(0, 3).map((it) => it / 255).map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    const texts = document.createTreeWalker(document.querySelector("dialog[open]") ?? document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = texts.nextNode()); ) {
      const element = node.parentElement;
      if (!node.data.trim() || element.closest(":disabled, script, noscript") || !element.checkVisibility()) continue;
      const ground = groundOf(element);
      const [one, other] = [light(over(rgba(getComputedStyle(element).color), ground)), light(ground)];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      if (contrast < least) found.push(`${contrast.toFixed(2)}: ${node.data.trim().slice(0, 60)}`);
    }
    return found;
  }, LEAST_CONTRAST);
  assert.deepEqual(pale, []);
}

/** Nothing is to be scrolled sideways, and nothing that can be hit is tiny. */
export async function fits(page) {
  // Not `innerWidth`: a phone shows a page that is too wide as a whole, and counts its width then.
  const width = await page.run(() => document.documentElement.scrollWidth);
  assert.ok(width <= page.width, `${width} px wide within ${page.width}`);
  const tiny = await page.run((least) => {
    const targets = [...document.querySelectorAll("button, select, textarea, summary, input:not([type=checkbox])")];
    return targets.filter((it) => it.checkVisibility() && it.getBoundingClientRect().height < least).map((it) => it.outerHTML);
  }, SMALLEST_TARGET_PX);
  assert.deepEqual(tiny, []);
}

/** What Tab reaches, one after the other, once through the page. Each must show that it has the focus. */
export async function tabbed(page) {
  const reached = [];
  await page.run(() => document.activeElement.blur());
  for (;;) {
    await page.press("Tab");
    const at = await page.run(() => {
      const element = document.activeElement;
      if (element.dataset.reached) return null;
      if (element === document.body) return { is: "the end", shows: true };
      element.dataset.reached = "yes";
      const { outlineStyle } = getComputedStyle(element);
      return { is: element.id || element.textContent.trim(), shows: outlineStyle !== "none" };
    });
    if (!at) break;
    assert.ok(at.shows, `the focus on ${at.is} cannot be seen`);
    reached.push(at.is);
  }
  const missed = await page.run(() => {
    const all = document.querySelectorAll("a[href], button, select, textarea, input, summary, pre[tabindex]");
    return [...all].filter((it) => it.checkVisibility() && !it.disabled && !it.dataset.reached).map((it) => it.outerHTML);
  });
  assert.deepEqual(missed, []);
  return reached;
}
