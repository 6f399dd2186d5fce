// A private PostgreSQL for one run: made in a new folder, reachable on this machine only, gone with the run.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const DATABASE = 'torture';

// The folder with the programs of the newest PostgreSQL that is installed.
export function binaries() {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(root, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')));
  if (!found) throw new Error('PostgreSQL is not installed: initdb and pg_ctl are needed');
  return found;
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// initdb and postgres refuse to run as root.
function otherUser() {
  if (process.getuid() !== 0) return null;
  const known = (user) => spawnSync('id', [user], { stdio: 'ignore' }).status === 0;
  return ['postgres', 'nobody'].find(known) ?? null;
}

export class Postgres {
  static async start() {
    const server = new Postgres();
    server.bin = binaries();
    server.user = otherUser();
    server.folder = mkdtempSync(join(tmpdir(), 'rapport-torture-pg-'));
    server.data = join(server.folder, 'data');
    server.port = await freePort();
    server.url = `postgres://rapport@127.0.0.1:${server.port}/${DATABASE}`;
    if (server.user) execFileSync('chown', [server.user, server.folder]);
    server.run('initdb', ['-D', server.data, '-U', 'rapport', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']);
    const settings = `-c listen_addresses=127.0.0.1 -c port=${server.port} -c unix_socket_directories=${server.folder} -c max_connections=200 -c shared_buffers=128MB`;
    server.control(['start', '-w', '-l', join(server.folder, 'server.log'), '-o', settings]);
    server.run('createdb', ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'rapport', DATABASE]);
    return server;
  }

  run(program, parameters) {
    const command = [join(this.bin, program), ...parameters];
    const whole = this.user ? ['runuser', '-u', this.user, '--', ...command] : command;
    const ended = spawnSync(whole[0], whole.slice(1), { cwd: tmpdir(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    if (ended.status !== 0) throw new Error(`${program} failed: ${ended.stderr || ended.stdout || ended.error}`);
    return ended.stdout;
  }

  controlling(parameters) {
    const command = [join(this.bin, 'pg_ctl'), '-D', this.data, ...parameters];
    return this.user ? ['runuser', '-u', this.user, '--', ...command] : command;
  }

  // pg_ctl leaves the server running behind it: its output must not be waited for.
  control(parameters) {
    const [program, ...rest] = this.controlling(parameters);
    const ended = spawnSync(program, rest, { cwd: tmpdir(), stdio: 'ignore' });
    if (ended.status !== 0) throw new Error(`pg_ctl ${parameters[0]} failed; see ${this.folder}/server.log`);
  }

  // As after a crash: no goodbye to anybody, and the log is replayed. Meanwhile everybody goes on calling.
  restart() {
    const [program, ...rest] = this.controlling(['restart', '-w', '-m', 'immediate', '-l', join(this.folder, 'server.log')]);
    const running = spawn(program, rest, { cwd: tmpdir(), stdio: 'ignore' });
    return new Promise((resolve, reject) => {
      running.on('error', reject);
      running.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`pg_ctl restart failed; see ${this.folder}/server.log`))));
    });
  }

  // The rows of a statement, as lists of texts.
  query(sql) {
    return query(this.bin, this.url, sql);
  }

  stop() {
    try {
      this.control(['stop', '-w', '-m', 'immediate']);
    } catch {
      // It has ended by itself.
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// A server that somebody else runs: it is not restarted.
export class Given {
  constructor(url) {
    this.url = url;
    this.bin = binaries();
  }

  query(sql) {
    return query(this.bin, this.url, sql);
  }

  stop() {}
}

function query(bin, url, sql) {
  const text = execFileSync(join(bin, 'psql'), [url, '-X', '-At', '-F', '\t', '-c', sql], {
    encoding: 'utf8',
    maxBuffer: 1024 * 1024 * 1024,
  });
  return text.split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
}
