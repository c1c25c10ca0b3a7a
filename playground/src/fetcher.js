import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-sse';

const ENDPOINT = '/graphql';
const STREAMS = '/graphql/sse';

/**
 * Sends one operation and gives back the parsed answer, or for a subscription
 * an iterator of its results, which come as server-sent events: unlike a
 * WebSocket these carry the headers of the page.
 *
 * GraphiQL calls it for queries, mutations, subscriptions and its own
 * introspection.
 *
 * The two protocol headers are set last, so that a header pasted into the page
 * cannot turn the request into one that the server must refuse.
 */
export async function fetchGraphQL(operation, options) {
  if (isSubscription(operation)) {
    const client = createClient({ url: STREAMS, headers: options?.headers ?? {}, retryAttempts: 0 });
    return client.iterate(operation);
  }
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

/** What cannot be parsed is sent as it is: the server says what is wrong with it. */
function isSubscription({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false;
  }
}
