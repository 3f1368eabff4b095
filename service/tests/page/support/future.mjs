// Routes that the page uses and that the service may not have yet: told in terms of those that it has.

import { bodyOf, json } from "./service.mjs";

export function bridge({ door, origin }) {
  const real = async (method, path, body) => {
    const headers = { "Content-Type": "application/json" };
    return fetch(`${origin}${path}`, { method, headers, body });
  };
  const either = (method, path, otherwise) => {
    door.answers.set(`${method} ${path}`, async (request, response) => {
      const body = await bodyOf(request);
      const answer = await real(method, path, body);
      if (answer.status !== 404 && answer.status !== 405) return json(response, answer.status, await answer.json());
      return otherwise(JSON.parse(body), response);
    });
  };
  either("POST", "/documents/paginated", async ({ status_filter, page, page_size }, response) => {
    const all = await (await real("GET", "/documents?page_size=200")).json();
    const fitting = all.documents.filter((it) => !status_filter || it.status === status_filter);
    const total_pages = Math.max(1, Math.ceil(fitting.length / page_size));
    const documents = fitting.slice((page - 1) * page_size, page * page_size);
    const pagination = { page, page_size, total_count: fitting.length, total_pages, has_next: page < total_pages, has_prev: page > 1 };
    json(response, 200, { documents, pagination, status_counts: all.status_counts });
  });
  either("DELETE", "/documents/delete_document", async ({ doc_ids }, response) => {
    for (const id of doc_ids) await real("DELETE", `/documents/${id}`);
    json(response, 200, { status: "deletion_started", message: "the document is deleted", doc_id: doc_ids.join(", ") });
  });
}
