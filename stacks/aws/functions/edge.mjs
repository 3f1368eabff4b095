// Runs in CloudFront (Lambda@Edge, origin response): a back end that is cold is asked to warm itself, and its caller to
// come again.
//
// It sees each answer of the origin. 502, 503 and 504 may come of a back end that is cold, or be a warm one's own: the
// service itself is asked which, by `POST /warmup`, that starts its warm-up as well. There is no work after the answer at
// the edge, so that it is awaited. No purpose is sent with it: through the door of a stack that sleeps, it wakes.

// Lambda@Edge has no environment variables: this line is written anew for each stack.
const SETTINGS = {"origin":"https://example.com","key":"","limit_ms":1000,"retry_after":30};

const SUSPECTS = ["502", "503", "504"];
// What CloudFront lets nobody change or take out of an origin's answer.
const READ_ONLY = ["transfer-encoding", "via"];

export const handler = async (event) => {
  const { request, response } = event.Records[0].cf;
  if (!SUSPECTS.includes(String(response.status))) return response;
  // A probe asks how things are, and is to change nothing.
  if (request.headers["x-ragctl-purpose"]?.[0]?.value === "probe") return response;
  const began = Date.now();
  const found = await warmUp();
  const seen = { method: request.method, uri: request.uri, origin: String(response.status) };
  console.log(JSON.stringify({ ...seen, ...found, took_ms: Date.now() - began }));
  return found.warm ? response : warming(response, found);
};

async function warmUp() {
  const cold = { warm: false, embedding_ready: false, llm_ready: false };
  try {
    const answer = await fetch(new URL("/warmup", SETTINGS.origin), {
      method: "POST",
      headers: { "user-agent": "ragctl-edge", ...(SETTINGS.key && { "x-ragctl-key": SETTINGS.key }) },
      redirect: "manual",
      signal: AbortSignal.timeout(SETTINGS.limit_ms),
    });
    const told = await answer.json().catch(() => ({}));
    return {
      warm: answer.status === 200,
      embedding_ready: told.embedding_ready === true,
      llm_ready: told.llm_ready === true,
    };
  } catch (error) {
    return { ...cold, error: `${error.name}: ${error.cause?.code ?? error.message}` };
  }
}

function warming(response, { embedding_ready, llm_ready }) {
  const kept = READ_ONLY.filter((name) => name in response.headers);
  const header = (key, value) => ({ [key.toLowerCase()]: [{ key, value }] });
  return {
    status: "503",
    statusDescription: "Service Unavailable",
    headers: {
      ...Object.fromEntries(kept.map((name) => [name, response.headers[name]])),
      ...header("Content-Type", "application/json"),
      ...header("Cache-Control", "no-store"),
      ...header("Retry-After", String(SETTINGS.retry_after)),
    },
    bodyEncoding: "text",
    body: JSON.stringify({
      status: "initializing",
      message: `Service warming up, retry in ${SETTINGS.retry_after}s`,
      embedding_ready,
      llm_ready,
    }),
  };
}
