// A service on loopback, as far as the functions see it. Counts what reaches it.

import { once } from "node:events";
import { createServer } from "node:http";

/** `answer(request)` gives `[status, body, headers]`, or nothing for no answer at all. */
export async function serving(answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    const told = await answer(request, body);
    if (!told) return;
    const [status, text, headers] = told;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof text === "string" ? text : JSON.stringify(text));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close };
}

/** An address that refuses connections. */
export async function refusing() {
  const service = await serving(() => undefined);
  await service.close();
  return service.url;
}
