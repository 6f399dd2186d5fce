// Runs the public GraphQL-over-HTTP audit suite (npm `graphql-http`) against a running server.
// Usage: node audit.mjs http://127.0.0.1:8080/graphql
// Exits with 0 only if every audit passes: the suite's SHOULD and MAY count as much as its MUST.
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
if (!url) {
  console.error('usage: node audit.mjs URL-OF-THE-GRAPHQL-ENDPOINT');
  process.exit(2);
}

// The suite only reads what its assertions need; an unread body would keep its connection busy.
const fetchFn = async (...request) => {
  const response = await fetch(...request);
  const body = await response.arrayBuffer();
  return new Response(body.byteLength ? body : null, response);
};

let passed = 0;
let failed = 0;
for (const { id, name, fn } of serverAudits({ url, fetchFn })) {
  let reason;
  try {
    const result = await fn();
    if (result.status === 'ok') {
      passed += 1;
      continue;
    }
    reason = `${result.reason} (HTTP ${result.response.status})`;
  } catch (error) {
    // Thrown for what is no assertion, such as a server that cannot be reached.
    reason = error.cause?.message ?? error.message;
  }
  failed += 1;
  console.error(`FAILED ${id} ${name}: ${reason}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
