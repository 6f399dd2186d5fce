// Calls of the API through the balancer, each on a connection of its own, so that any server may get any call.
import { request } from 'node:http';
import { sleep } from './options.mjs';

// An answer that says nothing about what was done: the call may be repeated, with the same key.
export class Unanswered extends Error {}

const WORTH_REPEATING = new Set(['UNAVAILABLE', 'INTERNAL']);

export class Api {
  constructor(port, token, community) {
    Object.assign(this, { port, token, community });
    this.repeated = 0;
    this.causes = new Map();
  }

  // One call; its data.
  async call(query, variables = {}, milliseconds = 15_000) {
    const { status, text } = await this.post(JSON.stringify({ query, variables }), milliseconds);
    if (status >= 500) throw new Unanswered(`status ${status}`);
    let answer;
    try {
      answer = JSON.parse(text);
    } catch {
      throw new Unanswered('a body that was cut off');
    }
    const error = answer.errors?.[0];
    if (error && WORTH_REPEATING.has(error.extensions?.code)) throw new Unanswered(error.extensions.code);
    if (error) throw new Error(`${JSON.stringify(error)}\n${query}\n${JSON.stringify(variables)}`);
    return answer.data;
  }

  post(body, milliseconds) {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${this.token}`, 'content-length': Buffer.byteLength(body) };
      const options = { host: '127.0.0.1', port: this.port, path: '/graphql', method: 'POST', headers, agent: false };
      const failed = (error) => reject(new Unanswered(error.code ?? error.message));
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => (response.complete ? resolve({ status: response.statusCode, text }) : failed(new Error('cut off'))));
        response.on('error', failed);
      });
      sent.setTimeout(milliseconds, () => sent.destroy(new Error('too slow')));
      sent.on('error', failed);
      sent.end(body);
    });
  }

  // Repeats a call until it is answered. Only for what may be repeated.
  async answered(query, variables, milliseconds = 120_000) {
    const end = Date.now() + milliseconds;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.call(query, variables);
      } catch (error) {
        if (!(error instanceof Unanswered) || Date.now() > end) throw error;
        this.repeated += 1;
        this.causes.set(error.message, (this.causes.get(error.message) ?? 0) + 1);
        await sleep(Math.min(1_000, 50 * tries) * (0.5 + Math.random()));
      }
    }
  }

  // A mutation with a key of its own, repeated with the same key until it is answered; its payload.
  async mutate(name, input, selection, key) {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input!`;
    const query = `mutation($input: ${type}) { ${name}(input: $input) { ${selection} userErrors { code field message } } }`;
    const whole = { ...input, community: this.community, idempotencyKey: key };
    const payload = (await this.answered(query, { input: whole }))[name];
    if (payload.userErrors.length > 0) throw new Error(`${name}: ${JSON.stringify(payload.userErrors)}`);
    return payload;
  }

  // All nodes of a list in the community, page by page. `list` has PAGE where the paging arguments go.
  async all(list, node, size = 100) {
    const field = list.replace('PAGE', 'first: $first, after: $after');
    const query = `query($slug: String!, $first: Int, $after: String) { community(slug: $slug) { it: ${field} { pageInfo { hasNextPage endCursor } nodes { ${node} } } } }`;
    const nodes = [];
    for (let after = null; ; ) {
      const page = (await this.answered(query, { slug: this.community, first: size, after })).community.it;
      nodes.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) return nodes;
      after = page.pageInfo.endCursor;
    }
  }
}

// The number in a cursor of the change log. Nobody but a test may look into it.
export function numberOf(cursor) {
  const [, seq] = Buffer.from(cursor, 'base64url').toString('utf8').split(':');
  return Number(seq);
}
