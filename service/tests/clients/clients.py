#!/usr/bin/env python3
"""Talks to a running service as its users' clients do: LightRAG's request bodies, and the PyPI packages `ollama` and `openai`.

    pip install ollama==0.6.3 openai==3.57.0
    clients.py http://127.0.0.1:8000 [--key KEY] [--model]
    clients.py --serve target/debug/rag-service [--fuzz schemathesis]

With --serve, a service of its own is started, with the built-in models and a key. With --model, the service has a language model that follows instructions, so that `bypass` is tried too. With --fuzz,
the program of the PyPI package `schemathesis` (4.32.5) sends what the service's own description allows, and what it
forbids, and looks at each answer. Each line of
output is a thing that worked; the first that does not ends it.
"""
import argparse
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid

DOCUMENTS = {
    "balancer.md": "# The balancer\n\nThe balancer drains connections for thirty seconds before a task stops.",
    "canteen.txt": "The canteen is on the second floor. It opens at noon and closes at three.",
}
QUESTION = "How long does the balancer drain connections?"


class Service:
    def __init__(self, url, key):
        self.url, self.headers = url, {"X-API-Key": key} if key else {}

    def call(self, method, path, body=None, raw=None, kind="application/json"):
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        headers = {**self.headers, **({"Content-Type": kind} if data is not None else {})}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def json(self, method, path, body=None, status=200):
        found, text = self.call(method, path, body)
        assert found == status, f"{method} {path}: {found} {text}"
        return json.loads(text)

    def upload(self, name, content):
        border = uuid.uuid4().hex
        form = (f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                f"Content-Type: text/plain\r\n\r\n{content}\r\n--{border}--\r\n").encode()
        status, text = self.call("POST", "/documents/upload", raw=form,
                                 kind=f"multipart/form-data; boundary={border}")
        assert status == 200, f"{status} {text}"
        return json.loads(text)

    def wait(self, track):
        for _ in range(600):
            told = self.json("GET", f"/documents/track_status/{track}")
            states = [one["status"] for one in told["documents"]]
            if states and set(states) <= {"processed", "failed"}:
                assert set(states) == {"processed"}, told
                return told
            time.sleep(0.05)
        raise AssertionError(f"{track} was not processed: {told}")


def worked(what):
    print(f"ok  {what}", flush=True)


def lightrag(service, has_model):
    health = service.json("GET", "/health")
    assert health["status"] == "healthy" and "pipeline_busy" in health, health
    assert service.json("GET", "/auth-status")["auth_configured"] is False
    assert service.json("GET", "/auth/verify") == {"status": "ok"}
    worked("/health, /auth-status, /auth/verify")

    kept = service.json("POST", "/documents/texts", {
        "texts": list(DOCUMENTS.values()), "file_sources": list(DOCUMENTS)})
    assert kept["status"] == "success", kept
    told = service.wait(kept["track_id"])
    assert told["total_count"] == 2, told
    text = service.json("POST", "/documents/text", {
        "text": "Cats sleep for most of the day.", "file_source": "cats.md",
        "chunking": {"strategy": "fixed_token", "params": {}}})
    service.wait(text["track_id"])
    service.wait(service.upload("dogs.txt", "Dogs bark at the postman every morning.")["track_id"])
    worked("/documents/text, /documents/texts, /documents/upload, /documents/track_status/{id}")

    page = service.json("POST", "/documents/paginated", {
        "status_filter": "processed", "page": 1, "page_size": 10,
        "sort_field": "updated_at", "sort_direction": "desc"})
    assert page["pagination"]["total_count"] == 4 and len(page["documents"]) == 4, page
    counts = service.json("GET", "/documents/status_counts")["status_counts"]
    assert counts["processed"] == 4 and counts["all"] == 4, counts
    assert service.json("GET", "/documents/pipeline_status")["busy"] is False
    assert ".md" in str(service.json("GET", "/documents/supported_file_types"))
    worked("/documents/paginated, /documents/status_counts, /documents/pipeline_status, …/supported_file_types")

    query = {
        "query": QUESTION, "mode": "naive", "only_need_context": False, "only_need_prompt": False,
        "response_type": "Multiple Paragraphs", "top_k": 10, "chunk_top_k": 5, "max_entity_tokens": 6000,
        "max_relation_tokens": 8000, "max_total_tokens": 30000, "hl_keywords": [], "ll_keywords": [],
        "conversation_history": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}],
        "user_prompt": "", "enable_rerank": False, "include_references": True, "include_chunk_content": True,
        "stream": False,
    }
    answer = service.json("POST", "/query", query)
    assert answer["response"] and answer["llm_generated"] is True, answer
    first = answer["references"][0]
    assert first["reference_id"] == "1" and first["file_path"] == "balancer.md" and first["content"], answer
    worked("/query with every field of QueryRequest")

    status, text = service.call("POST", "/query/stream", {**query, "stream": True})
    lines = [json.loads(line) for line in text.splitlines()]
    assert status == 200 and "references" in lines[0], text
    assert "".join(line.get("response", "") for line in lines) == answer["response"], text
    worked("/query/stream")

    data = service.json("POST", "/query/data", query)
    assert data["status"] == "success" and data["data"]["chunks"][0]["file_path"] == "balancer.md", data
    assert data["metadata"]["query_mode"] == "naive", data
    worked("/query/data")

    for body, code in [({"query": "x" * 70_000, "mode": "naive"}, 422), ({"mode": "naive"}, 422),
                       ({"query": QUESTION, "mode": "mixed"}, 422), ({"query": QUESTION, "top_k": 0}, 422)]:
        told = service.json("POST", "/query", body, code)
        assert {"type", "loc", "msg"} <= set(told["detail"][0]), told
    told = service.json("GET", "/no/such/route", status=404)
    assert isinstance(told["detail"], str), told
    assert service.json("POST", "/login", {}, 501)["code"] == "not_implemented"
    worked("errors as LightRAG tells them, 501 for what there is not")

    assert service.json("GET", "/graph/label/list") is not None
    assert service.json("GET", "/graph/entity/exists?name=nothing") == {"exists": False}
    graph = service.json("GET", "/graphs?label=nothing&max_depth=2&max_nodes=10")
    assert graph == {"nodes": [], "edges": [], "is_truncated": False}, graph
    worked("/graph/label/list, /graph/entity/exists, /graphs")

    cats = next(one["id"] for one in page["documents"] if one["file_path"] == "cats.md")
    gone = service.json("DELETE", "/documents/delete_document", {"doc_ids": [cats], "delete_file": False})
    assert gone["status"] == "deletion_started", gone
    assert service.json("POST", "/documents/reprocess_failed", {})["status"] == "reprocessing_started"
    assert service.json("POST", "/documents/clear_cache", {})["status"] == "success"
    worked("/documents/delete_document, /documents/reprocess_failed, /documents/clear_cache")


def ollama(service, has_model):
    from ollama import Client, ResponseError
    client = Client(host=service.url, headers=service.headers)
    model = client.list().models[0].model
    assert model and client.ps().models[0].model == model
    messages = [{"role": "user", "content": "/naive " + QUESTION}]
    whole = client.chat(model=model, messages=messages)
    assert whole.done and whole.message.role == "assistant" and whole.message.content, whole
    pieces = list(client.chat(model=model, messages=messages, stream=True))
    assert pieces[-1].done and pieces[-1].eval_count > 0, pieces[-1]
    assert "".join(piece.message.content for piece in pieces) == whole.message.content
    context = client.chat(model=model, messages=[{"role": "user", "content": "/naivecontext " + QUESTION}])
    assert "thirty seconds" in context.message.content, context
    made = client.generate(model=model, prompt=QUESTION)
    assert made.done and made.response, made
    try:
        client.chat(model=model, messages=[])
        raise AssertionError("an empty conversation was answered")
    except ResponseError as error:
        assert error.status_code == 422 and "messages" in error.error, error
    if has_model:
        assert client.chat(model=model, messages=[{"role": "user", "content": "/bypass Hello"}]).message.content
    worked("ollama: list, ps, chat, chat streamed, /context, generate, errors")


def openai(service, has_model):
    from openai import APIStatusError, OpenAI
    client = OpenAI(base_url=service.url + "/v1", api_key=service.headers.get("X-API-Key", "none"), max_retries=0)
    models = [model.id for model in client.models.list()]
    model = next(name for name in models if name.endswith("-naive"))
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
    whole = client.chat.completions.create(model=model, messages=messages)
    assert whole.choices[0].message.content and whole.choices[0].finish_reason == "stop", whole
    assert whole.usage.total_tokens > 0 and whole.references[0]["file_path"] == "balancer.md", whole
    stream = client.chat.completions.create(
        model=model, messages=messages, stream=True, stream_options={"include_usage": True})
    events = list(stream)
    words = "".join(event.choices[0].delta.content or "" for event in events if event.choices)
    assert words == whole.choices[0].message.content, (words, whole)
    assert events[-1].usage.total_tokens == whole.usage.total_tokens, events[-1]
    try:
        client.chat.completions.create(model=model, messages=[])
        raise AssertionError("an empty conversation was answered")
    except APIStatusError as error:
        assert error.status_code == 422 and error.body["code"] == "unprocessable", error.body
    if has_model:
        name = next(name for name in models if name.endswith("-bypass"))
        assert client.chat.completions.create(model=name, messages=messages).choices[0].message.content
    worked("openai: models, chat, chat streamed with usage, errors")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", default="")
    parser.add_argument("--serve", default="", metavar="BINARY")
    parser.add_argument("--fuzz", default="", metavar="PROGRAM")
    parser.add_argument("--key", default="")
    parser.add_argument("--model", action="store_true")
    args = parser.parse_args()
    if args.serve:
        with serving(args.serve) as (url, key):
            talk(Service(url, key), args.model)
            if args.fuzz:
                fuzz(args.fuzz, url, key)
    else:
        talk(Service(args.url.rstrip("/"), args.key), args.model)


def talk(service, has_model):
    for client in (lightrag, ollama, openai):
        client(service, has_model)
    service.json("DELETE", "/documents")
    worked("DELETE /documents")


def fuzz(program, url, key):
    """What nobody would think of: no answer of 500 and above, and each as the description says."""
    checks = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
              "response_headers_conformance", "response_schema_conformance")
    found = shutil.which(program)
    if not found:
        raise SystemExit(f"there is no program {program}")
    with tempfile.TemporaryDirectory() as folder:          # it leaves its cache where it is run
        ran = subprocess.run([
            os.path.abspath(found), "run", f"{url}/openapi.json", "--header", f"X-API-Key: {key}",
            "--checks", ",".join(checks), "--max-examples", "40", "--generation-deterministic", "--no-color"],
            check=False, cwd=folder)
    if ran.returncode:
        raise SystemExit("the service and its description differ")
    worked("schemathesis finds nothing")


@contextlib.contextmanager
def serving(binary):
    """A service on a free port, until the end."""
    key = uuid.uuid4().hex
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "PORT": "0", "DATA_DIR": data, "LIGHTRAG_API_KEY": key}
        process = subprocess.Popen([binary, "serve"], env=environment, stdout=subprocess.PIPE, text=True)
        try:
            for line in process.stdout:
                if "address" in (told := json.loads(line)):
                    break
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield f"http://{told['address']}", key
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    main()
