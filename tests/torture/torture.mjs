// Three servers on one PostgreSQL, eight clients that write, others that follow. Servers are killed at random, the database once. Then it is
// looked whether anything that was acknowledged is lost, whether followers got every event once and in order, and whether
// webhooks were delivered. Ends with a status other than 0 when anything is not as it must be.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Api, numberOf } from './lib/api.mjs';
import { compare, table, written } from './lib/checks.mjs';
import { Reader, SocketSubscriber, StreamSubscriber } from './lib/followers.mjs';
import { dice, eventually, readOptions, sleep } from './lib/options.mjs';
import { Given, Postgres } from './lib/postgres.mjs';
import { Receiver, addEndpoint } from './lib/receiver.mjs';
import { Process, balance, environment, servers, setUp } from './lib/servers.mjs';
import { Writer } from './lib/writers.mjs';

const USAGE = `usage: node torture.mjs [--binary PATH] [--seconds N] [--short] [--worker] [--seed N] [--database-url URL] [--keep]
  --binary        the program [default: target/debug/rapport]
  --seconds       how long clients write [default: 120]; --short is 20
  --worker        background work in a process of its own, which is killed, too
  --seed          another number kills at other times [default: the clock's]
  --database-url  an empty PostgreSQL database that is used and not restarted [default: a private server]
  --keep          leave the logs of the servers`;

const options = readOptions({
  binary: { value: 'target/debug/rapport' },
  seconds: { value: 120 },
  short: { value: false },
  worker: { value: false },
  seed: { value: Date.now() % 1_000_000 },
  'database-url': { value: '' },
  keep: { value: false },
}, USAGE);

const COMMUNITY = 'torture';
const WRITERS = 8;
const seconds = options.short ? 20 : options.seconds;
const binary = resolve(options.binary);
if (!existsSync(binary)) {
  console.error(`there is no program at ${binary}\n${USAGE}`);
  process.exit(2);
}
// Claims of killed processes come back after three quarters of a minute; that must fit in.
const DRAIN = 150_000;
const TYPES = ['CASE_OPENED', 'CASE_RESPONDED', 'CASE_RESOLVED', 'FOLLOW_UP_SCHEDULED'];
const NAMES = TYPES.map((type) => `'${type.toLowerCase().replace('_', '.').replace('follow.up_', 'follow_up.')}'`).join(', ');

const folder = mkdtempSync(join(tmpdir(), 'rapport-torture-'));
const random = dice(options.seed);
const say = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)}s  ${text}`);
const began = Date.now();
const cleanups = [];
const violations = [];
let isOver = false;

function cleanUp() {
  if (isOver) return;
  isOver = true;
  cleanups.reverse().forEach((cleanUp) => cleanUp());
  if (!options.keep) rmSync(folder, { recursive: true, force: true });
}
process.on('exit', cleanUp);
['SIGINT', 'SIGTERM'].forEach((signal) => process.on(signal, () => process.exit(1)));
setTimeout(() => {
  console.error('torture takes too long: broken off');
  process.exit(1);
}, seconds * 1_000 + DRAIN + 120_000).unref();

// What goes wrong in a client ends the run; the rest is told first.
const clients = [];
const run = (client) => {
  const running = client.run().catch((error) => {
    violations.push(`${client.name} broke off: ${error.message}`);
  });
  clients.push(running);
  return running;
};

say(`seed ${options.seed}, ${seconds} seconds, logs in ${folder}`);
const database = options['database-url'] ? new Given(options['database-url']) : await Postgres.start();
cleanups.push(() => database.stop());
const env = environment(database.url);
const token = setUp(binary, env, folder, COMMUNITY);
const parameters = options.worker ? ['--no-worker'] : [];
const replicas = await servers(3, { binary, env, folder, parameters });
cleanups.push(() => replicas.forEach((server) => server.kill()));
const workers = options.worker ? [new Process({ binary, env, folder, name: 'worker', parameters: ['worker'] })] : [];
workers.forEach((worker) => worker.start());
cleanups.push(() => workers.forEach((worker) => worker.kill()));
const balancer = await balance(replicas.map((server) => server.port));
cleanups.push(() => balancer.close());
const api = () => new Api(balancer.port, token, COMMUNITY);
const truth = (conditions = '') =>
  database.query(`SELECT seq FROM events WHERE community_id = (SELECT id FROM communities WHERE slug = '${COMMUNITY}') ${conditions} ORDER BY seq`).map(([seq]) => Number(seq));

const receiver = new Receiver({ seed: options.seed, failing: 0.02 });
await receiver.listen();
cleanups.push(() => receiver.close());
const endpoint = await addEndpoint(api(), receiver, TYPES);
const start = (await api().answered('query($slug: String!) { community(slug: $slug) { changesCursor } }', { slug: COMMUNITY })).community.changesCursor;
const readers = [1, 2, 3].map((number) => new Reader(api(), number, options.seed));
const subscribers = [new SocketSubscriber(api(), 'socket subscriber', start), new StreamSubscriber(api(), 'stream subscriber', start)];
const writers = Array.from({ length: WRITERS }, (_, number) => new Writer(api(), number + 1, options.seed));
await Promise.all(writers.map((writer) => writer.begin()));
[...readers, ...subscribers].forEach(run);
const writing = writers.map(run);
say(`${WRITERS} clients write, ${readers.length} read pages, ${subscribers.length} subscribe, one endpoint is called`);

// The killing. A server that is down is started again a little later, as somebody would who watches it.
let restarts = 0;
let awayFrom = Infinity;
let awayTo = -Infinity;
const end = Date.now() + seconds * 1_000;
const half = Date.now() + seconds * 500;
while (Date.now() < end) {
  await sleep(Math.min(random.between(1_500, seconds < 60 ? 3_000 : 5_000), Math.max(0, end - Date.now())));
  if (Date.now() >= end) break;
  if (restarts === 0 && Date.now() >= half && database.restart) {
    restarts += 1;
    awayFrom = Date.now();
    await database.restart();
    awayTo = Date.now();
    say(`the database was restarted in ${awayTo - awayFrom} ms`);
    continue;
  }
  const victim = random.oneOf([...replicas, ...workers]);
  await victim.kill();
  await sleep(random.between(200, 1_200));
  victim.start();
  if (victim.port) await victim.untilReady();
}
say('the time is over: writers finish');
writers.forEach((writer) => {
  writer.isStopped = true;
});
await Promise.all(writing);
await Promise.all(replicas.map((server) => server.untilReady()));

// Everybody catches up: with the log as far as it goes when nothing has come for a while.
let last = [];
await eventually(30_000, async () => {
  const before = last.length;
  last = truth();
  return before === last.length;
}, 3_000);
const log = last;
const ending = log.at(-1) ?? 0;
const startNumber = numberOf(start);
say(`${log.length} events in the log; followers catch up`);
const reached = (seen) => seen.length > 0 && Math.max(seen.at(-1), seen.at(-2) ?? 0) >= ending;
await eventually(DRAIN, () => [...readers, ...subscribers].every((follower) => reached(follower.seen)), 200);
const toDeliver = truth(`AND event_type IN (${NAMES}) AND seq <= ${ending}`);
await eventually(DRAIN, () => receiver.taken.size >= toDeliver.length, 200);
readers.forEach((reader) => {
  reader.isStopped = true;
});
subscribers.forEach((subscriber) => subscriber.stop());
await Promise.race([Promise.all(clients), sleep(10_000)]);

say('looking whether everything is there');
const rows = [];
for (const { examples, ...row } of await written(api(), writers)) {
  rows.push(row);
  if (row.lost + row.doubled + row.unknown > 0) violations.push(`${row.name}: ${JSON.stringify(row)}, for example ${examples.join(' | ')}`);
}
console.log(`\nAcknowledged writes\n${table(rows)}`);

const upTo = (numbers) => numbers.filter((number) => number <= ending);
const followed = [
  ...readers.map((reader) => ({ follower: reader, log })),
  ...subscribers.map((subscriber) => ({ follower: subscriber, log: log.filter((number) => number > startNumber) })),
];
const seen = followed.map(({ follower, log: expected }) => {
  const { examples, ...found } = compare(upTo(follower.seen), expected);
  if (found.lost + found.twice + found.strange + found.disorder > 0) {
    violations.push(`${follower.name}: ${JSON.stringify(found)}, for example event ${examples.join(', ')}`);
  }
  return { follower: follower.name, events: upTo(follower.seen).length, ...found, breaks: follower.breaks };
});
console.log(`\nEvents\n${table(seen)}`);

const taken = new Set(receiver.taken.values());
const missing = toDeliver.filter((number) => !taken.has(number));
const delivered = {
  endpoint: 'webhooks', due: toDeliver.length, delivered: taken.size, missing: missing.length, 'sent again': receiver.again, refused: receiver.failed.size, wrong: receiver.wrong.length,
};
console.log(`\nWebhooks\n${table([delivered])}`);
if (missing.length > 0) violations.push(`${missing.length} webhooks were not delivered, for example of event ${missing.slice(0, 5).join(', ')}`);
violations.push(...receiver.wrong.slice(0, 5));

const processes = [...replicas, ...workers];
const repeated = writers.reduce((sum, writer) => sum + writer.api.repeated, 0);
const causes = new Map();
writers.forEach((writer) => writer.api.causes.forEach((count, cause) => causes.set(cause, (causes.get(cause) ?? 0) + count)));
console.log(`\nServers\n${table(processes.map(({ name, kills, falls }) => ({ server: name, kills, falls: falls.length })))}`);
console.log(`database restarts: ${restarts}; calls repeated with their key: ${repeated} (${[...causes].map(([cause, count]) => `${cause} ${count}`).join(', ')})`);
// Without a database a server cannot start; otherwise it has no reason to end.
for (const { name, falls } of processes) {
  const unexplained = falls.filter(({ at }) => at < awayFrom || at > awayTo + 10_000);
  if (unexplained.length > 0) violations.push(`${name} ended by itself: ${JSON.stringify(unexplained[0])}`);
}
const statuses = await Promise.all(processes.map((one) => one.stop()));
if (statuses.some((status) => status !== 0)) violations.push(`asked to stop, processes ended with ${statuses.join(', ')}`);

const acknowledged = rows.reduce((sum, row) => sum + row.acknowledged, 0);
console.log(`\n${acknowledged} writes acknowledged, ${log.length} events, endpoint ${endpoint.slice(0, 12)}…, ${((Date.now() - began) / 1000).toFixed(0)} seconds, seed ${options.seed}`);
if (violations.length > 0) {
  options.keep = true;
  console.error(`\nVIOLATED (logs in ${folder}):\n- ${violations.join('\n- ')}`);
  process.exit(1);
}
console.log('Nothing lost, nothing doubled, everything in order.');
process.exit(0);
