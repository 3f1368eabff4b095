// Makes the picture of the page that the documents show: the built-in models, asked about this project's own documents.
//
//   RAG_SERVICE=target/release/rag-service node service/tests/page/picture.mjs
//   pngquant 96 --force --output docs/page.png target/page/picture.png

import { readFileSync } from "node:fs";

import { Browser } from "./support/browser.mjs";
import { Service } from "./support/service.mjs";

process.env.PAGE_SCREENSHOTS ??= "target/page";

const service = await Service.start({ WARMUP_ON_STARTUP: "true" });
const browser = await Browser.start();
try {
  for (const name of ["strategies.md", "fargate.md", "measurements.md", "reference/service.md"]) {
    await service.add(name, readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8"));
  }
  const page = await browser.page(service.url, { width: 1200, height: 700 });
  await page.sees("#list li", "strategies.md");
  await page.sees("#overall", "Ready");
  await page.fill("#question", "What does keepalive do to a stack that sleeps?");
  await page.press("Enter");
  await page.sees("#ask-status", "Answered.");
  await page.screenshot("picture");
  await page.close();
} finally {
  await browser.stop();
  await service.stop();
}
