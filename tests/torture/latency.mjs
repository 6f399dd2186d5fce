// How long it takes from a mutation to a subscriber and to a webhook, on one server and on three, by the clock of one process; and
// what an idle WebSocket client costs the server in memory.
import { execSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import WebSocket from 'ws';
import { Api } from './lib/api.mjs';
import { table } from './lib/checks.mjs';
import { eventually, readOptions, sleep } from './lib/options.mjs';
import { Postgres } from './lib/postgres.mjs';
import { Receiver, addEndpoint } from './lib/receiver.mjs';
import { environment, servers, setUp } from './lib/servers.mjs';

const USAGE = `usage: node latency.mjs [--binary PATH] [--count N] [--clients N]
  --binary   the program; a release build tells more [default: target/release/rapport]
  --count    mutations that are measured [default: 500]
  --clients  idle WebSocket clients [default: 5000]; 0 for none`;

const options = readOptions({
  binary: { value: 'target/release/rapport' },
  count: { value: 500 },
  clients: { value: 5_000 },
}, USAGE);
const binary = resolve(options.binary);
if (!existsSync(binary)) {
  console.error(`there is no program at ${binary}\n${USAGE}`);
  process.exit(2);
}

// Each client is an open file here, and two in the server.
const FILES = 2 * options.clients + 1_000;
const raised = (whole) => ['sh', '-c', `ulimit -n ${FILES} && exec "$0" "$@"`, ...whole];
if (Number(execSync('ulimit -n', { shell: '/bin/sh' })) < FILES && !process.env.RAPPORT_FILES_RAISED) {
  const [program, ...parameters] = raised(process.argv);
  const again = spawnSync(program, parameters, { stdio: 'inherit', env: { ...process.env, RAPPORT_FILES_RAISED: '1' } });
  if (again.status === 2) console.error(`the system does not let a process open ${FILES} files; try fewer --clients`);
  process.exit(again.status ?? 1);
}

const folder = mkdtempSync(join(tmpdir(), 'rapport-latency-'));
const cleanups = [() => rmSync(folder, { recursive: true, force: true })];
process.on('exit', () => cleanups.reverse().forEach((cleanUp) => cleanUp()));
['SIGINT', 'SIGTERM'].forEach((signal) => process.on(signal, () => process.exit(1)));

const SUBSCRIPTION = 'subscription($slug: String!) { changes(community: $slug, types: [INTERACTION_RECORDED]) { cursor data } }';

// A client that is let in and subscribes; it tells of each event.
function subscribe(port, token, slug, heard) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
    const say = (message) => socket.send(JSON.stringify(message));
    socket.on('open', () => say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    socket.on('message', (text) => {
      const message = JSON.parse(text);
      if (message.type === 'connection_ack') {
        say({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, variables: { slug } } });
        resolve(socket);
      } else if (message.type === 'ping') say({ type: 'pong' });
      else if (message.type === 'next') heard(message.payload.data.changes);
      else if (message.type === 'error') reject(new Error(JSON.stringify(message.payload)));
    });
    socket.on('close', (code, reason) => reject(new Error(`closed: ${code} ${reason}`)));
    socket.on('error', reject);
  });
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

function figures(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const milliseconds = (value) => (value === undefined ? '' : value.toFixed(1));
  return { events: sorted.length, 'p50 ms': milliseconds(quantile(sorted, 0.5)), 'p99 ms': milliseconds(quantile(sorted, 0.99)), 'max ms': milliseconds(sorted.at(-1)) };
}

const database = await Postgres.start();
cleanups.push(() => database.stop());
const rows = [];
for (const replicas of [1, 3]) {
  const slug = `latency-${replicas}`;
  const env = environment(database.url);
  const token = setUpAgain(env, slug);
  const running = await servers(replicas, { binary, env, folder });
  cleanups.push(() => running.forEach((server) => server.kill()));
  const receiver = new Receiver();
  await receiver.listen();
  cleanups.push(() => receiver.close());
  await addEndpoint(new Api(running[0].port, token, slug), receiver, ['INTERACTION_RECORDED']);

  const sent = new Map();
  const [acknowledged, streamed, delivered] = [[], [], []];
  // The subscriber is at the last server, the mutations come to the others.
  await subscribe(running.at(-1).port, token, slug, ({ data }) => {
    const since = sent.get(data.externalId);
    if (since) streamed.push(performance.now() - since);
  });
  receiver.listeners.push((event) => {
    const since = sent.get(event.data.externalId);
    if (since) delivered.push(performance.now() - since);
  });
  const writers = running.slice(0, Math.max(1, replicas - 1)).map((server) => new Api(server.port, token, slug));
  const record = async (name) => {
    const at = new Date().toISOString();
    const interactions = [{ source: 'latency', externalId: name, kind: 'KUDOS', actor: 'giver', target: 'ada', occurredAt: at }];
    await writers[Math.floor(Math.random() * writers.length)].mutate('recordInteractions', { interactions }, 'results { status }', name);
  };
  for (let n = 0; n < 50; n += 1) await record(`warm-${n}`);
  await sleep(2_000);
  for (let n = 0; n < options.count; n += 1) {
    const since = performance.now();
    sent.set(`m-${n}`, since);
    await record(`m-${n}`);
    acknowledged.push(performance.now() - since);
    await sleep(15);
  }
  await eventually(60_000, () => streamed.length >= options.count && delivered.length >= options.count);
  for (const [name, times] of [['answer', acknowledged], ['subscriber', streamed], ['webhook', delivered]]) {
    rows.push({ 'from a mutation to': name, servers: replicas, ...figures(times) });
  }
  await Promise.all(running.map((server) => server.stop()));
}
console.log(`${table(rows)}\n`);

if (options.clients > 0) {
  const env = environment(database.url, { RAPPORT_MAX_SUBSCRIBERS: String(options.clients + 100) });
  const token = setUpAgain(env, 'idle');
  const [server] = await servers(1, { binary, env, folder, wrap: raised });
  cleanups.push(() => server.kill());
  const api = new Api(server.port, token, 'idle');
  const warm = await Promise.all(Array.from({ length: 50 }, () => subscribe(server.port, token, 'idle', () => {})));
  for (let n = 0; n < 50; n += 1) await api.call('{ viewer { name } }');
  await sleep(2_000);
  const before = memoryOf(server.pid);
  let heard = 0;
  const open = [];
  while (open.length < options.clients) {
    const many = Math.min(100, options.clients - open.length);
    open.push(...(await Promise.all(Array.from({ length: many }, () => subscribe(server.port, token, 'idle', () => { heard += 1; })))));
  }
  await sleep(5_000);
  const after = memoryOf(server.pid);
  const interactions = [{ source: 'idle', externalId: 'one', kind: 'KUDOS', actor: 'giver', target: 'ada', occurredAt: new Date().toISOString() }];
  const since = performance.now();
  await api.mutate('recordInteractions', { interactions }, 'results { status }', 'one');
  const reached = await eventually(30_000, () => heard >= options.clients, 5);
  const took = performance.now() - since;
  console.log(table([{
    'idle clients': open.length,
    'before MiB': (before / 2 ** 20).toFixed(1),
    'after MiB': (after / 2 ** 20).toFixed(1),
    'KiB per client': ((after - before) / 1024 / open.length).toFixed(1),
    'one event to all, ms': reached ? took.toFixed(0) : `only ${heard} heard of it`,
  }]));
  [...warm, ...open].forEach((socket) => socket.removeAllListeners('close').terminate());
  await server.stop();
}
process.exit(0);

// The database is there already from the second time on; the admin is another one in each community.
function setUpAgain(env, slug) {
  return setUp(binary, env, folder, slug);
}

// What a process has in memory, shared pages counted in parts.
function memoryOf(pid) {
  const read = (file, name) => Number(readFileSync(`/proc/${pid}/${file}`, 'utf8').match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))[1]) * 1024;
  try {
    return read('smaps_rollup', 'Pss');
  } catch {
    return read('status', 'VmRSS');
  }
}
