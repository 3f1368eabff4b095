// Asking: the form, the stream, and what is done while the service warms up.

import { $, say } from "./dom.js";
import { Failure, request, told } from "./http.js";
import { health, hurry } from "./state.js";
import { Turn } from "./turn.js";

/** Earlier questions that are sent along at most. */
const REMEMBERED = 5;

const turns = [];
let stop = null;

export function startAsking() {
  const question = $("question");
  $("ask-form").onsubmit = (event) => {
    event.preventDefault();
    const text = question.value.trim();
    if (text && !stop) ask(text);
  };
  question.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    $("ask-form").requestSubmit();
  };
  $("stop").onclick = () => stop?.abort();
}

async function ask(text) {
  const turn = new Turn(text, $("mode").value);
  const body = { query: text, mode: turn.mode, include_references: true, include_chunk_content: true, stream: true };
  if ($("remember").checked) body.conversation_history = history();
  busy(new AbortController());
  $("question").value = "";
  $("turns").prepend(turn.element);
  say($("ask-status"), "Looking for an answer …");
  let word = "";
  try {
    await patiently(turn, () => stream(body, (line) => turn.take(line)));
    turn.isDone = turn.text !== "" && !turn.fault.hasChildNodes();
    if (!turn.text && !turn.fault.hasChildNodes()) turn.fail("The service sent no answer.");
  } catch (error) {
    if (error.name === "AbortError") word = "stopped";
    else turn.fail(told(error));
  }
  turn.end(word);
  turns.push(turn);
  busy(null);
  say($("ask-status"), word === "stopped" ? "Stopped." : turn.isDone ? "Answered." : "Not answered.");
}

function busy(controller) {
  const hadFocus = document.activeElement === $("stop");
  stop = controller;
  $("send").hidden = stop !== null;
  $("stop").hidden = stop === null;
  if (hadFocus) $("question").focus();
}

function history() {
  const done = turns.filter((turn) => turn.isDone).slice(-REMEMBERED);
  return done.flatMap(({ question, text }) => [{ role: "user", content: question }, { role: "assistant", content: text }]);
}

/** Reads the answer, line by line. */
async function stream(body, take) {
  const { signal } = stop;
  const response = await request("query/stream", { json: body, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value = "\n" } = await reader.read().catch((error) => {
      if (signal.aborted) throw error;
      throw new Failure("The connection was lost.", "The answer broke off");
    });
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.trim()) take(JSON.parse(line));
    if (done) return;
  }
}

/** Calls again for as long as the service says that it warms up. */
async function patiently(turn, call) {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!error.warming) throw error;
      say($("ask-status"), "Warming up …");
      await warm(turn, error);
      turn.waiting("");
      say($("ask-status"), "Looking for an answer …");
    }
  }
}

/** Waits until the service is ready, or its `Retry-After` is over. */
function warm(turn, { wait, warming }) {
  const { signal } = stop;
  const calm = hurry();
  let left = wait;
  return new Promise((resolve, reject) => {
    const end = (settle) => {
      clearInterval(ticking);
      calm();
      signal.removeEventListener("abort", give);
      health.removeEventListener("known", look);
      settle();
    };
    const give = () => end(() => reject(signal.reason));
    const tell = ({ embedding_ready, llm_ready }) => {
      const word = (isReady) => (isReady ? "ready" : "not ready yet");
      turn.waiting(`The service is warming up. Embedding model: ${word(embedding_ready)}; language model: ${word(llm_ready)}.`, left);
    };
    let flags = warming;
    const look = ({ detail }) => {
      if (!detail || detail.embedding_ready === undefined) return;
      tell((flags = detail));
      if (detail.workers_ready) end(resolve);
    };
    const ticking = setInterval(() => {
      left -= 1;
      if (left <= 0) end(resolve);
      else tell(flags);
    }, 1000);
    signal.addEventListener("abort", give);
    health.addEventListener("known", look);
    tell(flags);
  });
}
