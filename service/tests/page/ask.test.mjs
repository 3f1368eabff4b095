// Asking: the stream, its sources, what stops it and what goes wrong.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";

import { Browser } from "./support/browser.mjs";
import { Provider, gate } from "./support/provider.mjs";
import { Service, bodyOf, json } from "./support/service.mjs";

const GUIDE = "The balancer drains connections for thirty seconds. A task that starts is asked for its health every five seconds.";
const QUESTION = "How long does the balancer drain connections?";
const ASK = "POST /query/stream";

let browser, provider, quoting, writing;

before(async () => {
  browser = await Browser.start();
  provider = await Provider.start();
  quoting = await Service.start();
  writing = await Service.start(provider.environment);
  for (const service of [quoting, writing]) {
    await service.add("guide.md", GUIDE);
  }
});

after(async () => {
  await browser?.stop();
  await quoting?.stop();
  await writing?.stop();
  provider?.stop();
});

async function ask(page, words = QUESTION) {
  await page.fill("#question", words);
  await page.press("Enter");
}

test("an answer comes with its sources, and its numbers lead to them", async () => {
  const page = await browser.page(quoting.url);
  await ask(page);
  await page.sees(".answer", "drains connections for thirty seconds");
  await page.sees(".meta", "first word after");
  await page.sees("#ask-status", "Answered.");
  assert.equal(await page.text("article h2"), QUESTION);
  assert.equal(await page.text(".sources summary .number"), "[1] ");
  assert.equal(await page.run(() => document.querySelector(".sources details").open), false);
  await page.click(".answer .cite");
  assert.equal(await page.run(() => document.querySelector(".sources details").open), true);
  assert.equal(await page.run(() => document.activeElement.closest("details").id), "turn-1-source-1");
  await page.sees(".sources blockquote", GUIDE);
  await page.close();
});

test("Shift+Enter breaks the line, and a question of blanks is not asked", async () => {
  const page = await browser.page(quoting.url);
  await page.fill("#question", "  ");
  await page.press("Enter");
  await page.fill("#question", "one");
  await page.press("Enter", { shift: true });
  await page.write("two");
  assert.equal(await page.run(() => document.querySelector("#question").value), "one\ntwo");
  assert.equal(await page.run(() => document.querySelectorAll("article").length), 0);
  await page.close();
});

test("an answer is shown piece by piece while it is written", async () => {
  const { opened, open } = gate();
  provider.answer = async (reply) => {
    reply.piece("It takes ");
    await opened;
    reply.piece("**thirty** seconds [1].").end();
  };
  const page = await browser.page(writing.url);
  await ask(page);
  await page.sees(".answer[aria-busy=true]", "It takes");
  await page.sees(".sources summary", "guide.md");
  assert.equal(await page.run(() => document.querySelector("#send").checkVisibility()), false);
  open();
  await page.sees(".answer[aria-busy=false]", "It takes thirty seconds [1].");
  assert.equal(await page.text(".answer strong"), "thirty");
  await page.close();
});

test("a stopped answer keeps what has come, and the provider is let go", async () => {
  provider.answer = (reply) => reply.piece("It never ends ");
  const page = await browser.page(writing.url);
  await ask(page);
  await page.sees(".answer", "It never ends");
  const gone = once(provider, "gone");
  await page.run(() => document.querySelector("#stop").focus());
  await page.press("Space");
  await page.sees("#ask-status", "Stopped.");
  await page.sees("article .meta", "stopped");
  await gone;
  assert.equal(await page.run(() => document.activeElement.id), "question");
  assert.equal(await page.text("article .fault"), null);
  provider.answer = (reply) => reply.piece("Again.").end();
  await ask(page);
  await page.sees(".answer", "Again.");
  await page.close();
});

test("what breaks off keeps what has come, and says so", async () => {
  provider.answer = (reply) => {
    reply.piece("It takes");
    setTimeout(() => reply.breakOff(), 50);
  };
  const page = await browser.page(writing.url);
  await ask(page);
  await page.sees("article .fault", "The answer broke off.");
  await page.sees(".answer", "It takes");
  await page.sees("#ask-status", "Not answered.");
  await page.close();
});

test("a provider that refuses is told in the service's words", async () => {
  provider.answer = (reply) => reply.refuse(401, "bad key");
  const page = await browser.page(writing.url, { expects: ["status of 502"] });
  await ask(page);
  await page.sees("article .fault", "The model provider refused.");
  await page.sees("article .fault", "bad key");
  await page.close();
});

test("each refusal has its words", async () => {
  const table = [
    [429, { detail: "the pool `llm` is full: 9 calls wait", code: "overloaded" }, "Too busy now. the pool `llm` is full: 9 calls wait (try again in 5 s)"],
    [422, { detail: [{ type: "missing", loc: ["body", "query"], msg: "Field required" }] }, "query: Field required"],
    [501, { detail: "there are no accounts here", code: "not_implemented" }, "Not offered here. there are no accounts here"],
    [503, { detail: "models:1 cannot be reached", code: "provider_unreachable" }, "Not available now. models:1"],
    [504, { detail: "no answer within 30 s", code: "provider_timeout" }, "It took too long. no answer within 30 s"],
    [500, "not an object", "The service answered 500"],
  ];
  const page = await browser.page(quoting.url, { expects: ["Failed to load resource"] });
  for (const [status, body, words] of table) {
    quoting.door.answers.set(ASK, (_, response) => json(response, status, body, { "Retry-After": "5" }));
    await ask(page);
    await page.sees("article:first-child .fault", words);
    await page.sees("#ask-status", "Not answered.");
  }
  quoting.door.answers.set(ASK, (request) => request.socket.destroy());
  await ask(page);
  await page.sees("article:first-child .fault", "No connection. The service does not answer.");
  quoting.door.answers.set(ASK, (_, response) => {
    response.writeHead(200, { "Content-Type": "application/x-ndjson" });
    response.write('{"references":[]}\n{"response":"Half"}\n');
    setTimeout(() => response.destroy(), 50);
  });
  await ask(page);
  await page.sees("article:first-child .fault", "The connection was lost.");
  await page.sees("article:first-child .answer", "Half");
  quoting.door.answers.delete(ASK);
  await page.close();
});

test("a mode that is not there is explained by the service", async () => {
  const asked = [];
  quoting.door.answers.set(ASK, async (request, response) => {
    const body = await bodyOf(request);
    asked.push(JSON.parse(body));
    quoting.door.pass(request, response, body);
  });
  const page = await browser.page(quoting.url, { expects: ["Failed to load resource"] });
  await page.run(() => (document.querySelector("#mode").value = "global"));
  await ask(page);
  await page.until(() => document.querySelector("article .fault"));
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ query: QUESTION, mode: "global" });
  const { detail: [fault] } = await (await fetch(`${quoting.origin}/query/stream`, { method: "POST", headers, body })).json();
  await page.sees("article .fault", fault.msg);
  assert.deepEqual([asked[0].mode, asked[0].include_chunk_content], ["global", true]);
  quoting.door.answers.delete(ASK);
  await page.close();
});

test("a service that warms up is waited for, and asked again as soon as it is ready", async () => {
  const { opened, open } = gate();
  const slow = await Provider.start();
  slow.warm = () => opened;
  const service = await Service.start({ ...slow.environment, ASYNC_INIT: "true" });
  await service.add("guide.md", GUIDE);
  const page = await browser.page(service.url);
  await page.sees("#overall", "Warming up");
  await ask(page);
  await page.sees("article .note", "Embedding model: ready; language model: not ready yet.");
  await page.sees("article .meta", "Asking again in");
  open();
  await page.sees("article .answer", "Yes [1].");
  await page.sees("#overall", "Ready");
  assert.ok(service.door.seen.filter((it) => it === ASK).length >= 2);
  await page.close();
  await service.stop();
  slow.stop();
});

test("a stack that wakes says the same with 503, and waiting can be stopped", async () => {
  const waking = { status: "initializing", message: "Service warming up, retry in 30s", embedding_ready: false, llm_ready: false };
  for (const name of [ASK, "GET /health"]) {
    quoting.door.answers.set(name, (_, response) => json(response, 503, waking, { "Retry-After": "30" }));
  }
  const page = await browser.page(quoting.url, { expects: ["status of 503"] });
  await ask(page);
  await page.sees("article .note", "The service is warming up. Embedding model: not ready yet; language model: not ready yet.");
  await page.sees("#overall", "Waking up");
  await page.click("#stop");
  await page.sees("#ask-status", "Stopped.");
  await page.until(() => document.querySelector("article .note").textContent === "");
  quoting.door.answers.delete(ASK);
  quoting.door.answers.delete("GET /health");
  await page.close();
});

test("earlier questions are sent along when asked to", async () => {
  const asked = [];
  writing.door.answers.set(ASK, async (request, response) => {
    const body = await bodyOf(request);
    asked.push(JSON.parse(body).conversation_history);
    writing.door.pass(request, response, body);
  });
  provider.answer = (reply) => reply.piece("Thirty.").end();
  const page = await browser.page(writing.url);
  await ask(page, "How long does the balancer drain?");
  await page.sees("#ask-status", "Answered.");
  await page.click("#remember");
  await ask(page, "And what does the balancer do then?");
  await page.until(() => document.querySelectorAll("article .answer[aria-busy=false]").length === 2);
  const history = [{ role: "user", content: "How long does the balancer drain?" }, { role: "assistant", content: "Thirty." }];
  assert.deepEqual(asked, [undefined, history]);
  writing.door.answers.delete(ASK);
  await page.close();
});

test("text stays text, whoever wrote it", async () => {
  const evil = `<img src=x onerror="document.title='taken'"> <script>document.title='taken'</script>`;
  await writing.add("<b>evil</b>.md", `The balancer says ${evil}`);
  provider.answer = (reply) => reply.piece(`${evil}\n\n- **<i>x</i>** \`<u>\``).end();
  const page = await browser.page(writing.url);
  await ask(page, `What does the balancer say? ${evil}`);
  await page.sees("#ask-status", "Answered.");
  assert.equal(await page.run(() => document.querySelectorAll("article :is(img, script, b, i, u)").length), 0);
  assert.equal(await page.run(() => document.title), "Ask your documents");
  await page.close();
});

test("the Markdown of answers becomes elements", async () => {
  const table = [
    ["One\ntwo\n\nthree", "<p>One two</p><p>three</p>"],
    ["A list:\n- a\n- b **c**\n\n- d", "<p>A list:</p><ul><li>a</li><li>b <strong>c</strong></li><li>d</li></ul>"],
    ["3. a\n4. b\n   more", '<ol start="3"><li>a</li><li>b more</li></ol>'],
    ["# Head\ntext", "<h3>Head</h3><p>text</p>"],
    ["`a*b` and ** no **", "<p><code>a*b</code> and <strong> no </strong></p>"],
    ["*so* 2*3*4", "<p><em>so</em> 2*3*4</p>"],
    ["```js\n- x < y\n```\nend", '<pre tabindex="0">- x &lt; y\n</pre><p>end</p>'],
    ["see [1], [7]", "<p>see <a>1</a>, [7]</p>"],
    ["```\nopen", '<pre tabindex="0">open\n</pre>'],
    ["", ""],
  ];
  const page = await browser.page(quoting.url);
  for (const [text, expected] of table) {
    const html = await page.run(async (words) => {
      const { render } = await import("/assets/markdown.js");
      const box = document.createElement("div");
      const link = (n) => (n === "1" ? Object.assign(document.createElement("a"), { textContent: n }) : null);
      box.append(...render(words, link));
      return box.innerHTML;
    }, text);
    assert.equal(html, expected, text);
  }
  await page.close();
});
