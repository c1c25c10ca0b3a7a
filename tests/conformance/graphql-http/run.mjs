// Runs the GraphQL-over-HTTP audits against a running server: node run.mjs http://127.0.0.1:8000
import { serverAudits } from 'graphql-http';

const EXPECTED = 61;

const base = process.argv[2];
if (!base) {
  console.error('usage: node run.mjs BASE_URL');
  process.exit(2);
}

const audits = serverAudits({ url: `${base.replace(/\/+$/, '')}/graphql`, fetchFn: fetch });
let passed = 0;
let failed = 0;
for (const audit of audits) {
  let problem;
  try {
    const result = await audit.fn();
    // Audits of what a server may or should do answer "notice" or "warn"; here all of them are musts.
    if (result.status !== 'ok') problem = `${result.status}: ${result.reason}`;
  } catch (error) {
    problem = `fatal: ${error.message}`;
  }
  if (problem === undefined) {
    passed += 1;
  } else {
    failed += 1;
    console.log(`${audit.id} ${audit.name}\n     ${problem}`);
  }
}
if (audits.length !== EXPECTED) {
  console.log(`expected ${EXPECTED} audits and found ${audits.length}: the list changed, look at what is new`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && audits.length === EXPECTED ? 0 : 1);
