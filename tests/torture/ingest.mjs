// What the change log costs when interactions are recorded: the same calls with it, and with a trigger that lets no event be written,
// in turns on one server, so that both meet the same machine. The statement that writes events is sent in both.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Api } from './lib/api.mjs';
import { table } from './lib/checks.mjs';
import { readOptions } from './lib/options.mjs';
import { Postgres } from './lib/postgres.mjs';
import { environment, servers, setUp } from './lib/servers.mjs';

const USAGE = `usage: node ingest.mjs [--binary PATH] [--seconds N] [--callers N]
  --binary   the program; a release build tells more [default: target/release/rapport]
  --seconds  how long each turn takes [default: 5]
  --callers  how many record at a time [default: 8]`;
const ROUNDS = 3;

const options = readOptions({ binary: { value: 'target/release/rapport' }, seconds: { value: 5 }, callers: { value: 8 } }, USAGE);
const binary = resolve(options.binary);
if (!existsSync(binary)) {
  console.error(`there is no program at ${binary}\n${USAGE}`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'rapport-ingest-'));
const cleanups = [() => rmSync(folder, { recursive: true, force: true })];
process.on('exit', () => cleanups.reverse().forEach((cleanUp) => cleanUp()));
['SIGINT', 'SIGTERM'].forEach((signal) => process.on(signal, () => process.exit(1)));

const database = await Postgres.start();
cleanups.push(() => database.stop());
const env = environment(database.url);
const token = setUp(binary, env, folder, 'ingest');
const [server] = await servers(1, { binary, env, folder });
cleanups.push(() => server.kill());
database.query('CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$');

let count = 0;
async function turn(size) {
  const end = Date.now() + options.seconds * 1_000;
  let recorded = 0;
  const call = async () => {
    const api = new Api(server.port, token, 'ingest');
    while (Date.now() < end) {
      const name = `i${(count += 1)}`;
      const occurredAt = new Date().toISOString();
      const interactions = Array.from({ length: size }, (_, n) => ({
        source: 'ingest', externalId: `${name}-${n}`, kind: 'KUDOS', actor: `m${(count * 7 + n) % 500}`, target: `m${(count * 13 + n) % 499}`, occurredAt,
      }));
      await api.mutate('recordInteractions', { interactions }, 'results { status }', name);
      recorded += size;
    }
  };
  const since = performance.now();
  await Promise.all(Array.from({ length: options.callers }, call));
  return recorded / ((performance.now() - since) / 1_000);
}

const mean = (rates) => rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
const rows = [];
for (const size of [1, 100]) {
  const rates = { with: [], without: [] };
  await turn(size);
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.with.push(await turn(size));
    database.query('CREATE TRIGGER no_events BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION nothing()');
    rates.without.push(await turn(size));
    database.query('DROP TRIGGER no_events ON events');
  }
  const [own, other] = [mean(rates.with), mean(rates.without)];
  rows.push({ 'interactions a call': size, 'with the log /s': own.toFixed(0), 'without /s': other.toFixed(0), ratio: (own / other).toFixed(2) });
}
console.log(table(rows));
await server.stop();
process.exit(0);
