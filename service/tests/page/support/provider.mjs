// A language model that does as the test says: it speaks OpenAI's protocol, a piece at a time.

import { EventEmitter, once } from "node:events";
import http from "node:http";

import { bodyOf, json, listen } from "./service.mjs";

export class Provider extends EventEmitter {
  /** Called with each streamed request's response, to write to. */
  answer = (reply) => reply.piece("Yes [1].").end();
  /** Awaited by the call that only wants to know whether somebody is there. */
  warm = async () => {};

  static async start() {
    const provider = new Provider();
    provider.server = http.createServer(async (request, response) => {
      const body = JSON.parse(await bodyOf(request));
      if (body.stream) {
        response.on("close", () => provider.emit("gone"));
        return provider.answer(new Reply(response), body);
      }
      await provider.warm();
      json(response, 200, { choices: [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }] });
    });
    const origin = await listen(provider.server);
    provider.environment = { LLM_BINDING: "openai", LLM_BINDING_HOST: `${origin}/v1`, LLM_BINDING_API_KEY: "sk-test" };
    return provider;
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

class Reply {
  constructor(response) {
    this.response = response;
  }

  piece(content) {
    if (!this.response.headersSent) this.response.writeHead(200, { "Content-Type": "text/event-stream" });
    this.#event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
    return this;
  }

  end() {
    this.#event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    this.response.end("data: [DONE]\n\n");
  }

  refuse(status, message) {
    json(this.response, status, { error: { message } });
  }

  breakOff() {
    this.response.destroy();
  }

  #event(value) {
    this.response.write(`data: ${JSON.stringify(value)}\n\n`);
  }
}

/** A promise, and the function that keeps it. */
export function gate() {
  const events = new EventEmitter();
  const opened = once(events, "open");
  return { opened, open: () => events.emit("open") };
}
