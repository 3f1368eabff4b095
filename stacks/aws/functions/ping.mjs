// Asks the service for a path, so that it does not go cold. A rule of EventBridge calls it with `{"path": "/health"}`.
//
// ENDPOINT is where the service is reached. Ping and answer are logged; a failure is thrown, so that Lambda counts it.
// It has no dependencies: Node's own `fetch` is enough.

const LIMIT_MS = 10_000;

export const handler = async (event) => {
  const url = new URL(event?.path ?? "/health", process.env.ENDPOINT);
  const began = Date.now();
  const answer = await fetch(url, {
    headers: { "x-ragctl-purpose": "ping", "user-agent": "ragctl-ping" },
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  await answer.arrayBuffer();
  const told = { url: url.href, status: answer.status, took_ms: Date.now() - began };
  console.log(JSON.stringify(told));
  if (answer.status >= 500) throw new Error(`${url.href} answered ${answer.status}`);
  return told;
};
