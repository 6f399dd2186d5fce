// Clients that write, each with its own members and cases, and that remember what they were told was done.
import { dice, sleep } from './options.mjs';

const MEMBERS = 5;
const MOST_OPEN = 6;

export class Writer {
  constructor(api, number, seed) {
    this.api = api;
    this.name = `w${number}`;
    this.dice = dice(seed * 1_000 + number);
    this.count = 0;
    this.members = [];
    // Cases that can still be worked on.
    this.open = [];
    this.done = { interactions: [], cases: [], replies: [], resolutions: [], followUps: [] };
    this.isStopped = false;
  }

  key(what) {
    this.count += 1;
    return `${this.name}-${what}-${this.count}`;
  }

  async begin() {
    const members = Array.from({ length: MEMBERS }, (_, n) => ({ source: 'torture', externalId: `${this.name}-m${n}` }));
    const payload = await this.api.mutate('upsertMembers', { members }, 'results { memberId }', this.key('members'));
    this.members = payload.results.map((result, n) => ({ id: result.memberId, name: members[n].externalId }));
  }

  // Writes until it is stopped; what is under way then is finished.
  async run() {
    while (!this.isStopped) {
      const share = this.dice.share();
      if (share < 0.45) await this.record();
      else if (share < 0.6 || this.open.length === 0) await this.openCase();
      else if (share < 0.8) await this.respond();
      else if (share < 0.9) await this.followUp();
      else await this.resolve();
      await sleep(this.dice.between(5, 25));
    }
  }

  async record() {
    const key = this.key('i');
    const [actor, target] = [this.dice.oneOf(this.members), this.dice.oneOf(this.members)];
    const occurredAt = new Date().toISOString();
    const kinds = ['ANSWER', 'KUDOS', 'COMMENT', 'REPLY'];
    const interactions = Array.from({ length: this.dice.between(1, 5) }, (_, n) => ({
      source: 'torture', externalId: `${key}-${n}`, kind: this.dice.oneOf(kinds), actor: actor.name, target: target.name, occurredAt,
    }));
    const payload = await this.api.mutate('recordInteractions', { interactions }, 'results { status }', key);
    // The first answer is repeated: who recorded it is never told that it was there before.
    if (payload.results.some((result) => result.status !== 'CREATED')) throw new Error(`${key}: ${JSON.stringify(payload.results)}`);
    this.done.interactions.push(...interactions.map((interaction) => interaction.externalId));
  }

  async openCase() {
    const key = this.key('c');
    const { id: memberId } = this.dice.oneOf(this.members);
    const input = { memberId, subject: key, message: `It is about ${key}`, visibility: this.dice.oneOf(['PUBLIC', 'PRIVATE']) };
    const payload = await this.api.mutate('openCase', input, 'case { id number }', key);
    this.done.cases.push({ subject: key, id: payload.case.id });
    this.open.push(payload.case.id);
    if (this.open.length > MOST_OPEN) this.open.shift();
  }

  async respond() {
    const text = this.key('r');
    const caseId = this.dice.oneOf(this.open);
    await this.api.mutate('respondToCase', { caseId, text }, 'case { version }', text);
    this.done.replies.push({ caseId, text });
  }

  async followUp() {
    const description = this.key('f');
    const caseId = this.dice.oneOf(this.open);
    const dueAt = new Date(Date.now() + 86_400_000 * this.dice.between(2, 20)).toISOString();
    await this.api.mutate('scheduleFollowUp', { caseId, kind: 'PROMISE', description, dueAt }, 'followUp { id }', description);
    this.done.followUps.push({ caseId, description });
  }

  async resolve() {
    const message = this.key('s');
    const caseId = this.open.shift();
    await this.api.mutate('resolveCase', { caseId, message }, 'case { status }', message);
    this.done.resolutions.push({ caseId, message });
  }
}
