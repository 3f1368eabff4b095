#!/usr/bin/env python3
"""Sends the same questions to LightRAG's server and to ours, and tells where status or shape of the answers differ.

How to start both: README.md beside this file.
"""
import argparse
import json
import sys
import time
import urllib.error
import urllib.request

DOCUMENTS = {
    "ada.md": "Ada Lovelace worked with Charles Babbage on the Analytical Engine in London.",
    "turing.md": "Alan Turing worked at Bletchley Park. Turing read what Lovelace wrote on the Engine.",
    "garden.md": "Roses and Tulips need Water in the Garden of Kew.",
}
QUESTION = "What did Lovelace write about the Engine?"
MODES = ["naive", "local", "global", "hybrid", "mix", "bypass"]
ROUTES = ["/query", "/query/data", "/query/stream"]
FIELDS = [
    {},
    {"include_references": False},
    {"include_chunk_content": True},
    {"only_need_context": True},
    {"only_need_prompt": True},
    {"stream": False},
    {"include_progress": True},
    {"enable_rerank": False, "top_k": 3, "chunk_top_k": 2},
    {"hl_keywords": ["work"], "ll_keywords": ["Lovelace"]},
    {"max_entity_tokens": 100, "max_relation_tokens": 100, "max_total_tokens": 5000},
    {"max_total_tokens": 1},
    {
        "conversation_history": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
        ],
        "user_prompt": "Be brief",
        "response_type": "Bullet Points",
        "disable_user_prompt_prefix": True,
    },
]
WRONG = [
    {},
    {"query": ""},
    {"query": "ab"},
    {"query": "冷动"},
    {"query": "x" * 65537},
    {"query": "hello", "mode": "x"},
    {"query": "hello", "top_k": 0},
    {"query": "hello", "chunk_top_k": 1001},
    {"query": "hello", "max_total_tokens": 1000001},
    {"query": "hello", "hl_keywords": ["a"] * 65},
    {"query": "hello", "conversation_history": [{"role": "user"}]},
    {"query": "hello", "response_type": "y" * 257},
]


def send(port, path, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def shape(value):
    """The fields of a value and what they hold, without what they say."""
    if isinstance(value, dict):
        return {key: shape(held) for key, held in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number"
    return type(value).__name__


def shapes(route, text):
    """The shape of an answer; of a stream, that of its lines, equal neighbours once."""
    if route != "/query/stream":
        return shape(json.loads(text))
    lines = [shape(json.loads(line)) for line in text.splitlines()]
    return [line for place, line in enumerate(lines) if place == 0 or line != lines[place - 1]]


def fill(ports):
    for source, text in DOCUMENTS.items():
        for port in ports:
            status, told = send(port, "/documents/text", {"text": text, "file_source": source})
            if status != 200:
                sys.exit(f"{port}: {told}")
    for port in ports:
        for _ in range(120):
            _, found = send(port, "/query/data", {"query": "Kew Garden", "mode": "naive"})
            if len(json.loads(found)["data"].get("chunks", [])) == len(DOCUMENTS):
                break
            time.sleep(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", type=int, required=True, help="port of LightRAG's server")
    parser.add_argument("--ours", type=int, required=True, help="port of ours")
    parser.add_argument("--fill", action="store_true", help="add the documents first")
    arguments = parser.parse_args()
    if arguments.fill:
        fill([arguments.peer, arguments.ours])
    asked = [{"query": QUESTION, "mode": mode, **fields} for mode in MODES for fields in FIELDS]
    asked += [{"mode": "naive", **fields} for fields in WRONG]
    differ = 0
    for body in asked:
        for route in ROUTES:
            (peer, theirs), (own, ours) = (
                send(port, route, body) for port in (arguments.peer, arguments.ours)
            )
            if peer == own == 200:
                theirs, ours = shapes(route, theirs), shapes(route, ours)
            is_same = peer == own and (peer != 200 or theirs == ours)
            if not is_same:
                differ += 1
                print(route, json.dumps(body, ensure_ascii=False)[:200])
                print("  LightRAG", peer, json.dumps(theirs)[:500])
                print("  ours    ", own, json.dumps(ours)[:500])
    print(f"{len(asked) * len(ROUTES)} questions, {differ} answered otherwise")


if __name__ == "__main__":
    main()
