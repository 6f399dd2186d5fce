// Receives webhooks: verifies signatures by Standard Webhooks, fails now and then, and remembers what it took, in order.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { numberOf } from './api.mjs';
import { dice } from './options.mjs';

// A signature is good for so long, in seconds.
const TOLERANCE = 300;

export class Receiver {
  constructor({ seed = 1, failing = 0 } = {}) {
    this.dice = dice(seed * 31 + 7);
    this.failing = failing;
    // Messages that were taken: the number of the event by message id, in the order of the first time.
    this.taken = new Map();
    this.subjects = new Map();
    this.failed = new Set();
    this.again = 0;
    this.wrong = [];
    this.listeners = [];
  }

  async listen() {
    this.server = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        response.statusCode = this.receive(request.headers, Buffer.concat(chunks).toString('utf8'));
        response.end();
      });
    });
    this.server.keepAliveTimeout = 60_000;
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}/webhooks`;
  }

  receive(headers, body) {
    const id = headers['webhook-id'];
    if (!this.isSigned(id, headers['webhook-timestamp'], headers['webhook-signature'], body)) {
      this.wrong.push(`${id}: the signature is wrong`);
      return 401;
    }
    if (!this.taken.has(id) && !this.failed.has(id) && this.dice.share() < this.failing) {
      this.failed.add(id);
      return 500;
    }
    if (this.taken.has(id)) {
      this.again += 1;
      return 204;
    }
    const event = JSON.parse(body);
    const number = numberOf(event.id);
    this.taken.set(id, number);
    // Those of one subject must come in order.
    const subject = `${event.subject.type} ${event.subject.id}`;
    const before = this.subjects.get(subject) ?? 0;
    if (number <= before) this.wrong.push(`${id}: event ${number} of ${subject} came after ${before}`);
    this.subjects.set(subject, Math.max(before, number));
    this.listeners.forEach((listener) => listener(event));
    return 204;
  }

  isSigned(id, timestamp, signatures, body) {
    if (!id || !timestamp || !signatures || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE) return false;
    const key = Buffer.from(this.secret.replace(/^whsec_/, ''), 'base64');
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
    return signatures.split(' ').some((signature) => {
      const [version, value] = signature.split(',');
      const given = Buffer.from(value ?? '', 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

// Sets an endpoint up that is told of these types; from here on it is.
export async function addEndpoint(api, receiver, types) {
  const input = { url: receiver.url, types, scopes: ['members:read', 'interactions:read', 'cases:read', 'cases:notes'], clearance: 'PRIVATE' };
  const payload = await api.mutate('createWebhookEndpoint', input, 'webhookEndpoint { id } secret', 'endpoint');
  receiver.secret = payload.secret;
  return payload.webhookEndpoint.id;
}
