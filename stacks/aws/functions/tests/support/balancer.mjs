// A load balancer on loopback, as far as one stack sees it: its rule leads to a service, or to the door, a function.

import { event } from "./load.mjs";
import { serving } from "./service.mjs";

/** `door` gets its requests while `atDoor()`; else they go to the address of `service`, if there is one. */
export const balancer = ({ service, door, atDoor }) =>
  serving(async (request, body) => {
    if (atDoor()) return asked(door, request, body);
    // What an Application Load Balancer says itself has no `Retry-After`.
    if (!service) return [503, "<html>Service Temporarily Unavailable</html>", { "content-type": "text/html" }];
    try {
      const { method, headers, url } = request;
      const answer = await fetch(new URL(url, service), {
        method,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-"))),
        body: method === "POST" ? body : undefined,
      });
      const retryAfter = answer.headers.get("retry-after");
      return [answer.status, await answer.text(), retryAfter ? { "retry-after": retryAfter } : {}];
    } catch {
      return [502, "<html>Bad Gateway</html>", { "content-type": "text/html" }];
    }
  });

async function asked(door, request, body) {
  const made = event(request.method === "POST" ? "alb-post" : "alb-get");
  const encoded = Buffer.from(body).toString("base64");
  Object.assign(made, { path: request.url, body: encoded, isBase64Encoded: true });
  Object.assign(made.headers, request.headers);
  const answer = await door(made);
  return [answer.statusCode, answer.body, answer.headers];
}

/** What CloudFront makes of an origin's answer, which the function at the edge sees before anyone else. */
export async function behindEdge(edge, origin, { method, path, headers, body }) {
  const answer = await fetch(new URL(path, origin), { method, headers, body });
  const text = await answer.text();
  const made = event("cloudfront-origin-response");
  const { request, response } = made.Records[0].cf;
  const told = (all) =>
    Object.fromEntries([...Object.entries(all)].map(([key, value]) => [key.toLowerCase(), [{ key, value }]]));
  Object.assign(request, { method, uri: path });
  Object.assign(request.headers, told(headers));
  Object.assign(response, { status: String(answer.status), headers: told(Object.fromEntries(answer.headers)) });
  const shown = await edge(made);
  return {
    status: Number(shown.status),
    retryAfter: shown.headers["retry-after"]?.[0].value,
    // An answer without a body of its own keeps the origin's.
    text: shown.body ?? text,
  };
}
