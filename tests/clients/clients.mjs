// Follows a running server with the public clients of graphql-transport-ws (npm `graphql-ws`) and of event streams (`graphql-sse`).
// Usage: node clients.mjs http://127.0.0.1:8080/graphql TOKEN FILE-WITH-THE-SECRET
// TOKEN is that of an admin of the community `demo`; the secret signs tokens that expire soon. Exits with 0 only if all checks pass.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, token, secretFile] = process.argv.slice(2);
if (!secretFile) {
  console.error('usage: node clients.mjs URL-OF-THE-GRAPHQL-ENDPOINT TOKEN SECRET-FILE');
  process.exit(2);
}

const PATIENCE = 20_000;
const CHANGES = `subscription ($after: String) {
  changes(community: "demo", after: $after, types: [MEMBER_CREATED]) { cursor type subject { id } }
}`;

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing for ${PATIENCE} ms`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function ask(query, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert(!errors, JSON.stringify(errors));
  return data;
}

async function end() {
  const data = await ask('{ community(slug: "demo") { changesCursor } }');
  return data.community.changesCursor;
}

const run = Math.random().toString(36).slice(2);
let members = 0;

/** Adds a member; the global id. */
async function addMember() {
  members += 1;
  const record = { source: 'clients', externalId: `${run}-${members}` };
  const mutation = `mutation ($members: [MemberInput!]!) {
    upsertMembers(input: { community: "demo", members: $members }) { results { memberId } userErrors { message } }
  }`;
  const { upsertMembers } = await ask(mutation, { members: [record] });
  assert(upsertMembers.userErrors.length === 0, JSON.stringify(upsertMembers.userErrors));
  return upsertMembers.results[0].memberId;
}

/** A token of the same person that is good for some seconds. */
function briefToken(seconds) {
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...claims, nbf: now, iat: now, exp: now + seconds, jti: `${run}-${now}` })}`;
  const secret = readFileSync(secretFile, 'utf8').trim();
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function ws(options = {}) {
  return createWsClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    ...options,
  });
}

function sse(options = {}) {
  return createSseClient({ url, headers: { authorization: `Bearer ${token}` }, retryAttempts: 0, ...options });
}

function follow(client, after) {
  return client.iterate({ query: CHANGES, variables: { after } });
}

/** The next change of a stream. */
async function change(events) {
  const { value, done } = await within(events.next(), 'a change');
  assert(!done, 'the stream ended');
  assert(!value.errors, JSON.stringify(value.errors));
  return value.data.changes;
}

/** The changes of a stream until that of a member, that one included. */
async function until(events, member) {
  const seen = [];
  for (;;) {
    const next = await change(events);
    seen.push(next);
    if (next.subject.id === member) return seen;
  }
}

/** What a promise is rejected with. */
async function failure(promise, what) {
  try {
    await within(promise, what);
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: it did not fail`);
}

/** Follows, goes away, and goes on with the cursor: each change once. */
async function resumes(make) {
  let client = make();
  const start = await end();
  let events = follow(client, start);
  const first = await addMember();
  const before = await until(events, first);
  await events.return?.();
  client.dispose();

  const away = [await addMember(), await addMember()];
  client = make();
  events = follow(client, before.at(-1).cursor);
  const after = await until(events, away[1]);
  client.dispose();
  const ids = [...before, ...after].map((one) => one.subject.id);
  assert(JSON.stringify(ids) === JSON.stringify([first, ...away]), `each once and in order, not ${ids}`);
}

const checks = {
  'graphql-ws: a subscription tells of a mutation, and a cursor resumes it': () => resumes(ws),

  'graphql-ws: queries and mutations': async () => {
    const client = ws();
    const { value } = await within(client.iterate({ query: '{ viewer { kind } }' }).next(), 'an answer');
    assert(value.data.viewer.kind === 'STAFF', JSON.stringify(value));
    client.dispose();
  },

  'graphql-ws: a connection that drops is gone on with': async () => {
    let socket;
    const client = ws({ on: { opened: (opened) => (socket = opened) } });
    let events = follow(client, await end());
    const seen = await until(events, await addMember());
    const dropped = failure(events.next(), 'the drop');
    socket.terminate();
    const event = await dropped;
    assert(event.code === 1006, `closed with ${event.code}`);
    const missed = await addMember();
    events = follow(client, seen.at(-1).cursor);
    const rest = await until(events, missed);
    assert(rest.length === 1, 'what was seen before does not come again');
    client.dispose();
  },

  'graphql-ws: a bad token closes with 4403': async () => {
    const client = ws({ connectionParams: { authorization: 'Bearer nonsense' } });
    const event = await failure(follow(client).next(), 'the refusal');
    assert(event.code === 4403, `closed with ${event.code}`);
  },

  'graphql-ws: an expired token closes with 4403, and the client comes again with another': async () => {
    const closed = [];
    let connected = 0;
    const client = ws({
      connectionParams: () => ({ authorization: `Bearer ${connected === 0 ? briefToken(3) : token}` }),
      retryAttempts: 3,
      retryWait: async () => {},
      on: { connected: () => (connected += 1), closed: (event) => closed.push(`${event.code} ${event.reason}`) },
    });
    const events = follow(client, await end());
    await until(events, await addMember());
    const started = Date.now();
    while (connected < 2) {
      assert(Date.now() - started < PATIENCE, `not connected again: ${closed}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert(closed[0] === '4403 token expired', `closed with ${closed}`);
    await until(events, await addMember());
    client.dispose();
  },

  'graphql-ws: what cannot run is an error of its operation': async () => {
    const client = ws();
    const errors = await failure(client.iterate({ query: 'subscription { nope }' }).next(), 'the refusal');
    assert(errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED', JSON.stringify(errors));
    const forged = await failure(follow(client, 'nonsense').next(), 'the refusal');
    assert(forged[0].extensions.code === 'BAD_USER_INPUT', JSON.stringify(forged));
    client.dispose();
  },

  'graphql-sse: a subscription tells of a mutation, and a cursor resumes it': () => resumes(sse),

  'graphql-sse: queries are one event': async () => {
    const client = sse();
    const answers = client.iterate({ query: '{ viewer { kind } }' });
    const { value } = await within(answers.next(), 'an answer');
    assert(value.data.viewer.kind === 'STAFF', JSON.stringify(value));
    const { done } = await within(answers.next(), 'the end');
    assert(done, 'it is complete');
  },

  'graphql-sse: a bad token is refused': async () => {
    const client = sse({ headers: { authorization: 'Bearer nonsense' } });
    const error = await failure(follow(client).next(), 'the refusal');
    assert(error.response?.status === 401, `refused with ${error.message}`);
  },

  'graphql-sse: an expired token ends the stream, and another one goes on': async () => {
    let events = follow(sse({ headers: { authorization: `Bearer ${briefToken(3)}` } }), await end());
    const seen = await until(events, await addMember());
    const { value } = await within(events.next(), 'the end');
    assert(value.errors[0].extensions.code === 'UNAUTHENTICATED', JSON.stringify(value));
    const { done } = await within(events.next(), 'the end');
    assert(done, 'it is complete');
    const missed = await addMember();
    const client = sse();
    events = follow(client, seen.at(-1).cursor);
    const rest = await until(events, missed);
    assert(rest.length === 1, 'what was seen before does not come again');
    client.dispose();
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAILED ${name}: ${error?.stack ?? JSON.stringify(error)}`);
  }
}
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
