// The processes under test, and a plain balancer in front of them.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { eventually, sleep } from './options.mjs';
import { freePort } from './postgres.mjs';

// What all processes of a run are set up with.
export function environment(databaseUrl, more = {}) {
  return {
    ...process.env,
    RAPPORT_ENV: 'production',
    RAPPORT_DATABASE_URL: databaseUrl,
    RAPPORT_AUTH_SECRET: 'a secret for torture that is long enough to sign with',
    RAPPORT_EXPLORER: 'false',
    RAPPORT_LOG: 'warn,rapport=info,rapport::http::access_log=warn',
    RAPPORT_WEBHOOK_ALLOW_NETWORKS: '127.0.0.0/8',
    RAPPORT_WEBHOOK_ALLOW_HTTP: 'true',
    // A claim of a killed process comes back so much earlier.
    RAPPORT_WEBHOOK_TIMEOUT_SECONDS: '2',
    NO_COLOR: '1',
    ...more,
  };
}

// Runs the program to its end; what it printed.
export function command(binary, env, folder, parameters) {
  return execFileSync(binary, parameters, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

// A community with an admin who may read everything; the admin's token.
export function setUp(binary, env, folder, slug) {
  command(binary, env, folder, ['migrate', 'up']);
  command(binary, env, folder, ['community', 'add', '--slug', slug, '--name', 'Torture']);
  const who = ['--email', 'admin@torture.example', '--community', slug, '--role', 'admin', '--clearance', 'private'];
  command(binary, env, folder, ['staff', 'add', ...who]);
  return command(binary, env, folder, ['token', 'issue', '--email', 'admin@torture.example', '--minutes', '600']).trim();
}

export class Process {
  constructor({ binary, env, folder, name, parameters, port, wrap }) {
    Object.assign(this, { binary, env, folder, name, parameters, port, wrap });
    this.log = join(folder, `${name}.log`);
    this.kills = 0;
    // Ends that nobody asked for, with their status.
    this.falls = [];
    this.isWanted = false;
  }

  start() {
    const log = openSync(this.log, 'a');
    const [program, ...parameters] = this.wrap ? this.wrap([this.binary, ...this.parameters]) : [this.binary, ...this.parameters];
    this.child = spawn(program, parameters, { cwd: this.folder, env: this.env, stdio: ['ignore', log, log] });
    closeSync(log);
    this.isWanted = true;
    const { child } = this;
    child.on('exit', (code, signal) => {
      if (this.child !== child || !this.isWanted) return;
      this.falls.push({ at: Date.now(), code, signal });
      // As a supervisor would: it starts again.
      setTimeout(() => this.isWanted && this.child === child && this.start(), 500);
    });
  }

  // As the machine would end it: without a word.
  kill() {
    this.isWanted = false;
    this.kills += 1;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    return ended;
  }

  // Asks it to stop; its status.
  async stop(milliseconds = 30_000) {
    this.isWanted = false;
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill('SIGTERM');
    const status = await Promise.race([ended, sleep(milliseconds).then(() => 'too slow')]);
    if (status === 'too slow') child.kill('SIGKILL');
    return status;
  }

  async untilReady(milliseconds = 60_000) {
    const found = await eventually(milliseconds, () => isReady(this.port));
    if (!found) throw new Error(`${this.name} is not ready; see ${this.log}`);
  }

  // The memory that it alone uses, in bytes: what it shares is counted in parts.
  get pid() {
    return this.child.pid;
  }
}

function isReady(port) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/readyz', timeout: 2_000, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
      response.on('error', () => resolve(false));
    });
    request.on('error', () => resolve(false));
    request.on('timeout', () => request.destroy());
  });
}

export async function servers(count, { binary, env, folder, parameters = [], wrap }) {
  const made = [];
  for (let number = 1; number <= count; number += 1) {
    const port = await freePort();
    const own = ['serve', '--bind', `127.0.0.1:${port}`, ...parameters];
    made.push(new Process({ binary, env, folder, name: `server-${number}`, parameters: own, port, wrap }));
  }
  made.forEach((server) => server.start());
  await Promise.all(made.map((server) => server.untilReady()));
  return made;
}

// Hands each connection to the next server, and to the one after it when that does not take it. It knows nothing of HTTP.
export async function balance(ports) {
  let turn = 0;
  const open = new Set();
  const server = createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => {});
    const hand = (tries) => {
      if (tries === 0) return client.destroy();
      const port = ports[turn % ports.length];
      turn += 1;
      const behind = connect({ host: '127.0.0.1', port });
      let isOpen = false;
      behind.once('connect', () => {
        isOpen = true;
        client.pipe(behind).pipe(client);
      });
      behind.on('error', () => {
        if (isOpen) client.destroy();
        else hand(tries - 1);
      });
      behind.on('close', () => isOpen && client.destroy());
      client.on('close', () => behind.destroy());
    };
    hand(ports.length);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    close: () => {
      server.close();
      open.forEach((client) => client.destroy());
    },
  };
}
