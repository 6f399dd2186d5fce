// What the change log costs when interactions are recorded, in turns on one server, so that all meet the same machine: with the log;
// with a trigger that lets no event be written, though the statement is sent; and with a community for each caller, so that no commit
// waits for another one's: commits of one community go one after the other.
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
const tokens = new Map(['ingest', ...Array.from({ length: options.callers }, (_, n) => `ingest-${n}`)].map((slug) => [slug, setUp(binary, env, folder, slug)]));
const [server] = await servers(1, { binary, env, folder });
cleanups.push(() => server.kill());
database.query('CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$');

let count = 0;
async function turn(size, isApart = false) {
  const end = Date.now() + options.seconds * 1_000;
  let recorded = 0;
  const call = async (number) => {
    const slug = isApart ? `ingest-${number}` : 'ingest';
    const api = new Api(server.port, tokens.get(slug), slug);
    while (Date.now() < end) {
      const name = `i${(count += 1)}`;
      const occurredAt = new Date().toISOString();
      const interactions = Array.from({ length: size }, (_, n) => ({
        source: 'ingest', externalId: `${name}-${n}`, kind: 'KUDOS', actor: `m${(count * 7 + n) % 5000}`, target: `m${(count * 13 + n) % 4999}`, occurredAt,
      }));
      await api.mutate('recordInteractions', { interactions }, 'results { status }', name);
      recorded += size;
    }
  };
  const since = performance.now();
  await Promise.all(Array.from({ length: options.callers }, (_, number) => call(number)));
  return recorded / ((performance.now() - since) / 1_000);
}

const mean = (rates) => rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
const rows = [];
for (const size of [1, 100]) {
  const rates = { with: [], without: [], apart: [] };
  await turn(size);
  await turn(size, true);
  // Otherwise statements are planned for the empty tables that the server first met.
  database.query('ANALYZE');
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.with.push(await turn(size));
    database.query('CREATE TRIGGER no_events BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION nothing()');
    rates.without.push(await turn(size));
    database.query('DROP TRIGGER no_events ON events');
    rates.apart.push(await turn(size, true));
  }
  const [own, other, apart] = [mean(rates.with), mean(rates.without), mean(rates.apart)];
  rows.push({
    'interactions a call': size,
    'with the log /s': own.toFixed(0),
    'no event written /s': other.toFixed(0),
    ratio: (own / other).toFixed(2),
    'a community each /s': apart.toFixed(0),
  });
}
console.log(table(rows));
await server.stop();
process.exit(0);
