// What must be true in the end, and a table of it.

// Compares the numbers that a follower got with those of the log, in order.
export function compare(seen, log) {
  const known = new Set(log);
  const got = new Set();
  let [twice, strange, disorder, last] = [0, 0, 0, 0];
  for (const number of seen) {
    if (got.has(number)) twice += 1;
    got.add(number);
    if (!known.has(number)) strange += 1;
    if (number < last) disorder += 1;
    last = Math.max(last, number);
  }
  const lost = log.filter((number) => !got.has(number));
  return { lost: lost.length, twice, strange, disorder, examples: lost.slice(0, 5) };
}

// How often each of the things that were acknowledged is there: must be once.
export function countAll(acknowledged, found) {
  const times = new Map();
  found.forEach((name) => times.set(name, (times.get(name) ?? 0) + 1));
  const lost = acknowledged.filter((name) => !times.has(name));
  const doubled = [...times].filter(([, count]) => count > 1).map(([name]) => name);
  const known = new Set(acknowledged);
  const unknown = [...times.keys()].filter((name) => !known.has(name));
  return { lost: lost.length, doubled: doubled.length, unknown: unknown.length, examples: [...lost, ...doubled, ...unknown].slice(0, 5) };
}

// Looks through the API for everything that writers were told was done.
export async function written(api, writers) {
  const all = (what) => writers.flatMap((writer) => writer.done[what]);
  const results = [];
  const add = (name, acknowledged, found) => results.push({ name, acknowledged: acknowledged.length, ...countAll(acknowledged, found) });

  const interactions = await api.all('interactions(PAGE, direction: ASC)', 'externalId');
  add('interactions', all('interactions'), interactions.map((node) => node.externalId));

  const timeline = 'timeline(first: 100, kinds: [RESPONDED, RESOLVED]) { pageInfo { hasNextPage } nodes { kind text } }';
  const cases = await api.all('cases(PAGE)', `id subject ${timeline}`, 25);
  const truncated = cases.filter((node) => node.timeline.pageInfo.hasNextPage);
  if (truncated.length > 0) throw new Error('a timeline is longer than is looked at');
  add('cases', all('cases').map((one) => one.subject), cases.map((node) => node.subject));
  const entries = (kind) => cases.flatMap((node) => node.timeline.nodes.filter((entry) => entry.kind === kind).map(({ text }) => ({ case: node.id, text })));
  // With a resolution comes a message, which is a reply like others.
  const replies = [...all('replies'), ...all('resolutions').map(({ caseId, message }) => ({ caseId, text: message }))];
  add('replies', replies.map((one) => `${one.caseId} ${one.text}`), entries('RESPONDED').map((entry) => `${entry.case} ${entry.text}`));
  add('resolutions', all('resolutions').map((one) => one.caseId), entries('RESOLVED').map((entry) => entry.case));

  const followUps = await api.all('followUps(PAGE)', 'description case { id }');
  const named = ({ caseId, description }) => `${caseId} ${description}`;
  add('follow-ups', all('followUps').map(named), followUps.map((node) => named({ caseId: node.case.id, description: node.description })));
  return results;
}

export function table(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => column !== 'examples');
  const text = (value) => (value === undefined ? '' : String(value));
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => text(row[column]).length)));
  const line = (cells) => cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ');
  return [line(columns), ...rows.map((row) => line(columns.map((column) => text(row[column]))))].join('\n');
}
