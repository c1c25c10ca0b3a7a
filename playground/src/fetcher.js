const ENDPOINT = '/graphql';

/**
 * Sends one operation and gives back the parsed answer.
 *
 * GraphiQL calls it for queries, mutations and its own introspection. It may
 * also return an observable or an async iterator: that is where subscriptions
 * belong once the server offers them.
 *
 * The two protocol headers are set last, so that a header pasted into the page
 * cannot turn the request into one that the server must refuse.
 */
export async function fetchGraphQL(operation, options) {
  const headers = new Headers(options?.headers);
  headers.set('content-type', 'application/json');
  headers.set('accept', 'application/graphql-response+json, application/json');

  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers,
    body: JSON.stringify(operation),
  });
  return readAnswer(response);
}

/**
 * A GraphQL answer is JSON under any HTTP status, so the status alone is no
 * failure. Anything else (say, the error page of a proxy) becomes an error that
 * the response pane shows in words.
 */
async function readAnswer(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(
      `The server answered HTTP ${response.status} with something that is not JSON: ${text.slice(0, 500)}`,
    );
  }
}
