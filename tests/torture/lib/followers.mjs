// Clients that follow the change log: by pages, by WebSocket, by event stream. Each remembers the numbers of the events in the order
// in which it got them; whether that is the log is for the checks to say.
import { request } from 'node:http';
import WebSocket from 'ws';
import { Unanswered, numberOf } from './api.mjs';
import { dice, sleep } from './options.mjs';

// Follows by pages of a few, and keeps the cursor of the last page that it worked on.
export class Reader {
  constructor(api, number, seed) {
    this.api = api;
    this.name = `reader ${number}`;
    this.dice = dice(seed * 77 + number);
    this.seen = [];
    this.cursor = null;
    this.breaks = 0;
    this.isStopped = false;
  }

  async run() {
    const query = `query($slug: String!, $after: String, $first: Int!, $wait: Int) { community(slug: $slug) {
      changes(after: $after, first: $first, waitSeconds: $wait) { changes { cursor type } cursor hasMore } } }`;
    while (!this.isStopped) {
      const wait = this.dice.share() < 0.5 ? 1 : null;
      const variables = { slug: this.api.community, after: this.cursor, first: this.dice.between(3, 60), wait };
      try {
        const page = (await this.api.call(query, variables)).community.changes;
        this.seen.push(...page.changes.map((change) => numberOf(change.cursor)));
        this.cursor = page.cursor;
        if (!page.hasMore && !wait) await sleep(this.dice.between(10, 100));
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        this.breaks += 1;
        await sleep(this.dice.between(50, 300));
      }
    }
  }
}

const SUBSCRIPTION = 'subscription($slug: String!, $after: String) { changes(community: $slug, after: $after) { cursor type } }';

// What both sorts of subscribers do: take events, and come back with the last cursor when the stream ends.
class Subscriber {
  constructor(api, name, start) {
    Object.assign(this, { api, name, cursor: start });
    this.seen = [];
    this.breaks = 0;
    this.isStopped = false;
  }

  take({ data, errors }, reject) {
    if (errors) {
      refuse(errors, reject);
      this.hangUp();
      return;
    }
    this.seen.push(numberOf(data.changes.cursor));
    this.cursor = data.changes.cursor;
  }

  variables() {
    return { slug: this.api.community, after: this.cursor };
  }

  async run() {
    while (!this.isStopped) {
      await this.stream();
      if (!this.isStopped) this.breaks += 1;
      await sleep(100 + 200 * Math.random());
    }
  }

  stop() {
    this.isStopped = true;
    this.hangUp?.();
  }
}

// graphql-transport-ws.
export class SocketSubscriber extends Subscriber {
  stream() {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${this.api.port}/graphql`, 'graphql-transport-ws', { handshakeTimeout: 5_000 });
      this.hangUp = () => socket.terminate();
      const say = (message) => socket.send(JSON.stringify(message));
      socket.on('open', () => say({ type: 'connection_init', payload: { authorization: `Bearer ${this.api.token}` } }));
      socket.on('message', (text) => {
        const message = JSON.parse(text);
        try {
          if (message.type === 'connection_ack') {
            say({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, variables: this.variables() } });
          } else if (message.type === 'next') {
            this.take(message.payload, reject);
          } else if (message.type === 'ping') {
            say({ type: 'pong' });
          } else if (message.type === 'error') {
            refuse(message.payload, reject);
            socket.terminate();
          } else if (message.type === 'complete') {
            socket.terminate();
          }
        } catch (error) {
          reject(error);
        }
      });
      socket.on('close', () => resolve());
      socket.on('error', () => resolve());
    });
  }
}

// graphql-sse, distinct connections.
export class StreamSubscriber extends Subscriber {
  stream() {
    return new Promise((resolve, reject) => {
      const body = JSON.stringify({ query: SUBSCRIPTION, variables: this.variables() });
      const headers = {
        'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${this.api.token}`, 'content-length': Buffer.byteLength(body),
      };
      const options = { host: '127.0.0.1', port: this.api.port, path: '/graphql', method: 'POST', headers, agent: false };
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        if (response.statusCode !== 200) {
          response.resume();
          return resolve();
        }
        response.on('data', (chunk) => {
          text += chunk;
          const events = text.split('\n\n');
          text = events.pop();
          try {
            events.forEach((event) => this.event(event, reject));
          } catch (error) {
            reject(error);
          }
        });
        response.on('close', () => resolve());
        response.on('error', () => resolve());
      });
      this.hangUp = () => sent.destroy();
      // A comment comes every twelve seconds; without it nobody is there any more.
      sent.setTimeout(30_000, () => sent.destroy());
      sent.on('error', () => resolve());
      sent.end(body);
    });
  }

  event(text, reject) {
    const lines = text.split('\n');
    const field = (name) => lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1).trim();
    const data = field('data');
    if (field('event') !== 'next' || !data) return;
    this.take(JSON.parse(data), reject);
  }
}

// What passes is no reason to give up; everything else is.
function refuse(errors, reject) {
  const codes = errors.map((error) => error.extensions?.code);
  if (!codes.every((code) => code === 'UNAVAILABLE' || code === 'INTERNAL')) reject(new Error(JSON.stringify(errors)));
}
