// Lets the clients graphql-ws and graphql-sse use a running server with the demo shop:
//   node run.mjs URL EMAIL PASSWORD
import assert from 'node:assert/strict';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import WebSocket from 'ws';

const [base, email, password] = process.argv.slice(2);
if (!password) {
  console.error('usage: node run.mjs BASE_URL EMAIL PASSWORD');
  process.exit(2);
}
const url = base.replace(/\/+$/, '');
const wsUrl = `${url.replace(/^http/, 'ws')}/graphql/ws`;
const sseUrl = `${url}/graphql/sse`;
const PATIENCE = 10_000;

const EVENTS = 'subscription($after: String, $filter: OrderEventFilter) { orderEvents(after: $after, filter: $filter) { cursor kind order { id status } } }';

async function ask(query, variables, token) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const answer = await response.json();
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  return answer.data;
}

const signedIn = await ask(
  'mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }',
  { input: { email, password } },
);
const token = signedIn.signIn.accessToken;
assert.ok(token, 'signing in gave no token');
const authorization = `Bearer ${token}`;

/** Changes an order of the shop; its id. */
async function change(note) {
  const { orders } = await ask('{ orders(first: 1) { nodes { id } } }', {}, token);
  const order = orders.nodes[0].id;
  const { orderUpdate } = await ask(
    'mutation($input: OrderUpdateInput!) { orderUpdate(input: $input) { userErrors { message } } }',
    { input: { order, note } },
    token,
  );
  assert.deepEqual(orderUpdate.userErrors, []);
  return order;
}

/** The cursor of an event after which only what is made from now on comes. */
async function now() {
  const client = ws();
  const seen = first(client.iterate({ query: EVENTS }));
  // Until the subscription has begun nothing is told, and nothing tells when that is.
  let done = false;
  const changing = (async () => {
    for (let n = 0; !done; n += 1) await change(`begin ${n} ${Date.now()}`);
  })();
  const event = await seen;
  done = true;
  await changing;
  // What the loop did last may come after it.
  await change(`mark ${Date.now()}`);
  let cursor = event.data.orderEvents.cursor;
  for await (const next of client.iterate({ query: '{ orders(first: 1) { nodes { events(first: 100) { nodes { cursor } } } } }' })) {
    cursor = next.data.orders.nodes[0].events.nodes.at(-1).cursor ?? cursor;
  }
  await client.dispose();
  return cursor;
}

const ws = (options = {}) =>
  createWs({ url: wsUrl, webSocketImpl: WebSocket, connectionParams: { Authorization: authorization }, retryAttempts: 0, lazyCloseTimeout: 0, ...options });
const sse = (options = {}) => createSse({ url: sseUrl, headers: { authorization }, retryAttempts: 0, ...options });

async function first(results) {
  for await (const result of results) return result;
  throw new Error('it ended without a result');
}

async function all(results) {
  const list = [];
  for await (const result of results) list.push(result);
  return list;
}

/** The event with which a raw socket is closed after what `talk` says. */
function closed(talk, protocols = 'graphql-transport-ws', options = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(wsUrl, protocols, options);
    socket.on('open', () => talk((message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))));
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    socket.on('error', reject);
  });
}

const init = { type: 'connection_init', payload: { Authorization: authorization } };
const subscribe = (id, query = EVENTS) => ({ id, type: 'subscribe', payload: { query } });

const tests = {
  'graphql-ws: a query is answered and complete': async () => {
    const client = ws();
    assert.deepEqual(await all(client.iterate({ query: '{ viewer { user { email } } }' })), [{ data: { viewer: { user: { email } } } }]);
    await client.dispose();
  },
  'graphql-ws: a subscription tells what happens, and completes when its client has enough': async () => {
    const client = ws();
    const after = await now();
    const events = client.iterate({ query: EVENTS, variables: { after } });
    const order = await change(`ws ${Date.now()}`);
    const { value } = await events.next();
    assert.equal(value.errors, undefined);
    assert.equal(value.data.orderEvents.order.id, order);
    await events.return();
    // The connection is still of use.
    assert.equal((await all(client.iterate({ query: '{ __typename }' }))).length, 1);
    await client.dispose();
  },
  'graphql-ws: several subscriptions share a connection': async () => {
    let opened = 0;
    const client = ws({ on: { opened: () => (opened += 1) } });
    const after = await now();
    const both = [1, 2].map(() => first(client.iterate({ query: EVENTS, variables: { after } })));
    await change(`both ${Date.now()}`);
    const [one, two] = await Promise.all(both);
    assert.deepEqual(one, two);
    assert.equal(opened, 1);
    await client.dispose();
  },
  'graphql-ws: a client that was cut off comes back by itself and misses nothing': async () => {
    let socket;
    const client = ws({ retryAttempts: 5, retryWait: async () => {}, shouldRetry: () => true, on: { connected: (opened) => (socket = opened) } });
    let after = await now();
    const seen = [];
    for (let n = 0; n < 5; n += 1) {
      await change(`cut ${n} ${Date.now()}`);
      const event = await first(client.iterate({ query: EVENTS, variables: { after } }));
      after = event.data.orderEvents.cursor;
      seen.push(after);
      socket.terminate?.();
    }
    assert.equal(new Set(seen).size, 5);
    await client.dispose();
  },
  'graphql-ws: a document that may not run is an error of the operation alone': async () => {
    const client = ws();
    for (const query of ['{ nothing }', '{', 'subscription { orderEvents(after: "x") { id } }']) {
      await assert.rejects(first(client.iterate({ query })), (errors) => {
        assert.ok(Array.isArray(errors), `${query}: ${errors.stack ?? JSON.stringify(errors)} ${errors.code}`);
        return errors[0].extensions.code !== undefined;
      });
    }
    assert.equal((await all(client.iterate({ query: '{ __typename }' }))).length, 1);
    await client.dispose();
  },
  'graphql-ws: nobody may not subscribe': async () => {
    const client = ws({ connectionParams: {} });
    await assert.rejects(first(client.iterate({ query: EVENTS })), (errors) => errors[0].extensions.code === 'UNAUTHENTICATED');
    await client.dispose();
  },
  'graphql-ws: a bad token is refused with 4403': async () => {
    const client = ws({ connectionParams: { Authorization: 'Bearer forged' } });
    await assert.rejects(first(client.iterate({ query: EVENTS })), (event) => event.code === 4403);
  },
  'graphql-ws: the client pings and is answered': async () => {
    let answered;
    const pong = new Promise((resolve) => (answered = resolve));
    const client = ws({ lazy: false, keepAlive: 50, onNonLazyError: () => {}, on: { pong: (received) => received && answered() } });
    await pong;
    await client.dispose();
  },
  'ws: no message of the protocol, 4400': async () => {
    assert.equal((await closed((say) => say('nonsense'))).code, 4400);
  },
  'ws: subscribed before the greeting, 4401 Unauthorized': async () => {
    assert.deepEqual(await closed((say) => say(subscribe('1'))), { code: 4401, reason: 'Unauthorized' });
  },
  'ws: an id twice, 4409': async () => {
    const { code, reason } = await closed((say) => [init, subscribe('1'), subscribe('1')].forEach(say));
    assert.deepEqual({ code, reason }, { code: 4409, reason: 'Subscriber for 1 already exists' });
  },
  'ws: two greetings, 4429': async () => {
    assert.deepEqual(await closed((say) => [init, init].forEach(say)), { code: 4429, reason: 'Too many initialisation requests' });
  },
  'ws: another subprotocol, 4406': async () => {
    assert.equal((await closed(() => {}, [])).code, 4406);
  },
  'ws: a page from elsewhere is refused before the upgrade': async () => {
    await assert.rejects(closed(() => {}, 'graphql-transport-ws', { origin: 'https://evil.test' }), /403/);
  },
  'graphql-sse: a query is answered and complete': async () => {
    const client = sse();
    assert.deepEqual(await all(client.iterate({ query: '{ viewer { user { email } } }' })), [{ data: { viewer: { user: { email } } } }]);
    client.dispose();
  },
  'graphql-sse: a subscription tells what happens': async () => {
    const client = sse();
    const after = await now();
    const event = first(client.iterate({ query: EVENTS, variables: { after } }));
    const order = await change(`sse ${Date.now()}`);
    assert.equal((await event).data.orderEvents.order.id, order);
    client.dispose();
  },
  'graphql-sse: what may not run is a result with errors': async () => {
    const client = sse();
    const results = await all(client.iterate({ query: '{ nothing }' }));
    assert.equal(results.length, 1);
    assert.equal(results[0].errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    client.dispose();
  },
  'graphql-sse: a bad token is refused': async () => {
    const client = sse({ headers: { authorization: 'Bearer forged' } });
    await assert.rejects(first(client.iterate({ query: '{ __typename }' })), (error) => error.response?.status === 401);
    client.dispose();
  },
  'graphql-sse: operations share a single connection': async () => {
    const client = sse({ singleConnection: true });
    const after = await now();
    const event = first(client.iterate({ query: EVENTS, variables: { after } }));
    const query = all(client.iterate({ query: '{ __typename }' }));
    assert.deepEqual(await query, [{ data: { __typename: 'Query' } }]);
    const order = await change(`single ${Date.now()}`);
    assert.equal((await event).data.orderEvents.order.id, order);
    client.dispose();
  },
  'graphql-sse: a single connection is for who is signed in': async () => {
    const client = sse({ singleConnection: true, headers: {} });
    await assert.rejects(first(client.iterate({ query: '{ __typename }' })), (error) => error.response?.status === 401);
    client.dispose();
  },
};

let passed = 0;
let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('it took too long')), PATIENCE);
  });
  try {
    await Promise.race([test(), late]);
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`${name}\n     ${error?.stack ?? `closed with ${error?.code} ${error?.reason}: ${JSON.stringify(error)}`}`);
  } finally {
    clearTimeout(timer);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
