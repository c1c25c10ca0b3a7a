/**
 * Tells the editor where its background workers are. They are plain files of
 * this server, so the content security policy needs no `blob:`. The addresses
 * carry hashes; the build fills them in.
 */
const WORKER_URLS = {
  graphql: GRAPHQL_WORKER_URL,
  json: JSON_WORKER_URL,
};

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(WORKER_URLS[label] ?? EDITOR_WORKER_URL, { name: label });
  },
};
