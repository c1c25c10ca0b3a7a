// Uses the playground of a running server as a person would: opens the page,
// looks at the schema, pastes an access token and runs a query.
//
//   node playground.mjs [URL] [E-MAIL] [PASSWORD]
//
// Each may come from ORDERGRAPH_URL, ORDERGRAPH_EMAIL and ORDERGRAPH_PASSWORD
// instead. CHROMIUM names the browser, /usr/bin/chromium unless told.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Complaints } from './complaints.mjs';

const [
  url = process.env.ORDERGRAPH_URL ?? 'http://127.0.0.1:8080',
  email = process.env.ORDERGRAPH_EMAIL,
  password = process.env.ORDERGRAPH_PASSWORD,
] = process.argv.slice(2);
const endpoint = `${url.replace(/\/$/, '')}/graphql`;

const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Signs in as any client would, outside the browser, so that the page is tested with a pasted token. */
async function accessToken() {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    },
    body: JSON.stringify({
      query: `mutation($email: String!, $password: String!) {
        signIn(input: { email: $email, password: $password }) { accessToken userErrors { code message } }
      }`,
      variables: { email, password },
    }),
  });
  const answer = await response.json();
  const token = answer.data?.signIn?.accessToken;
  assert.ok(token, `signing in as ${email} gave no token: ${JSON.stringify(answer)}`);
  return token;
}

/** Replaces what an editor contains by pasting, as people do; typed brackets would be closed twice. */
async function paste(page, editor, text) {
  await page.locator(`${editor} .view-lines`).first().click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  }, text);
}

/** The page comes with its policy, and everything of GraphiQL is there to use. */
async function opens(page) {
  const response = await page.goto(endpoint);
  assert.equal(response.status(), 200);
  const policy = response.headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self';/);

  assert.equal(await page.title(), 'Ordergraph');
  for (const part of ['query-editor', 'editor-tool', 'response', 'execute-button', 'logo']) {
    await page.locator(`.graphiql-${part}`).first().waitFor();
  }
  // The greeting is in the editor, so the editor itself runs.
  await page.getByText('Welcome to Ordergraph.').first().waitFor();
}

/** Introspection worked if the documentation lists the root types. */
async function showsTheSchema(page) {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const explorer = page.locator('.graphiql-doc-explorer');
  await explorer.getByRole('link', { name: 'Query', exact: true }).waitFor();
  assert.equal(await page.locator('.graphiql-doc-explorer-error').count(), 0, 'the schema did not load');
  await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
}

/** A pasted token reaches the server, and the answer reaches the response pane. */
async function runsAQuery(page, token) {
  await page.getByRole('button', { name: 'Headers', exact: true }).click();
  const tool = '.graphiql-editor-tool .graphiql-editor:not(.hidden)';
  await paste(page, tool, JSON.stringify({ Authorization: `Bearer ${token}` }));
  await paste(page, '.graphiql-query-editor', '{ viewer { user { email } } }');
  const answered = page.waitForResponse((answer) => answer.request().postData()?.includes('viewer {'));
  // While the greeting with its two operations is still known, the button opens a menu instead.
  await page.locator('.graphiql-execute-button:not([aria-haspopup])').click();
  const response = await answered;
  assert.equal(response.request().headers().authorization, `Bearer ${token}`);
  const pane = page.locator('.graphiql-response');
  await pane.getByText(email).first().waitFor();
}

/** A subscription shows what happens while it runs. */
async function listens(page, token) {
  await paste(page, '.graphiql-query-editor', 'subscription { orderEvents { kind } }');
  await page.locator('.graphiql-execute-button:not([aria-haspopup])').click();
  await page.getByRole('button', { name: /^Stop query/ }).waitFor();
  const ask = async (query, variables) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return (await response.json()).data;
  };
  const { orders } = await ask('{ orders(first: 1) { nodes { id } } }');
  const shown = page.locator('.graphiql-response').getByText('ORDER_UPDATED').first().waitFor();
  let waits = true;
  const changing = (async () => {
    // Nothing tells when the subscription has begun, so the order changes until one change is shown.
    for (let n = 0; waits; n += 1) {
      const input = { order: orders.nodes[0].id, note: `seen ${n} ${Date.now()}` };
      await ask('mutation($input: OrderUpdateInput!) { orderUpdate(input: $input) { userErrors { message } } }', { input });
    }
  })();
  await shown.finally(() => (waits = false));
  await changing;
  await page.getByRole('button', { name: /^Stop query/ }).click();
}

/** GraphiQL stores its tabs and its history, but a token only for a user who asked for that. */
async function storesNoToken(page, token) {
  for (const key of ['graphiql:tabState', 'graphiql:queries']) {
    await page.waitForFunction((name) => localStorage.getItem(name)?.includes('viewer {'), key);
  }
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  assert.ok(!stored.includes(token), 'the token is stored although nobody asked for it');
}

/** The policy let the background workers start; without them the editor would do their work in the page. */
function usesWorkers(page) {
  assert.ok(page.workers().length > 0, 'the editor runs without its background workers');
}

/** Formatting loads the one part of the page that comes on demand. */
async function formatsAQuery(page) {
  await page.getByRole('button', { name: /^Prettify/ }).click();
  await page.locator('.graphiql-query-editor .view-line').nth(4).waitFor();
}

async function main() {
  assert.ok(email && password, 'an e-mail and a password are needed, as arguments or in the environment');
  const token = await accessToken();
  const profile = mkdtempSync(join(tmpdir(), 'ordergraph-playground-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: BROWSER_FLAGS,
    viewport: { width: 1280, height: 800 },
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    const complaints = await Complaints.of(browser, new URL(url).host);
    await opens(page);
    await showsTheSchema(page);
    await runsAQuery(page, token);
    await storesNoToken(page, token);
    await formatsAQuery(page);
    await listens(page, token);
    usesWorkers(page);
    assert.deepEqual(complaints.all, []);
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

try {
  await main();
  console.log('1 passed, 0 failed');
} catch (error) {
  console.error(error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
