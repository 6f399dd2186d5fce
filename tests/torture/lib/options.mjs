// Reads the flags of the scripts: `--name value` and `--name` alone; anything else is refused.

export function readOptions(known, usage) {
  const options = Object.fromEntries(Object.entries(known).map(([name, { value }]) => [name, value]));
  const given = process.argv.slice(2);
  while (given.length > 0) {
    const flag = given.shift();
    const name = flag.replace(/^--/, '');
    if (!flag.startsWith('--') || !(name in known)) refuse(`unknown flag ${flag}`, usage);
    const { value } = known[name];
    if (typeof value === 'boolean') {
      options[name] = true;
      continue;
    }
    const text = given.shift();
    if (text === undefined) refuse(`${flag} needs a value`, usage);
    options[name] = typeof value === 'number' ? Number(text) : text;
    if (Number.isNaN(options[name])) refuse(`${flag} needs a number`, usage);
  }
  return options;
}

function refuse(reason, usage) {
  console.error(`${reason}\n${usage}`);
  process.exit(2);
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Waits until `look` gives something; null when it does not in time.
export async function eventually(milliseconds, look, every = 50) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) return null;
    await sleep(every);
  }
}

// Numbers without order, the same for the same seed (mulberry32): so a run that went wrong can be made again.
export function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    share: next,
    below: (limit) => Math.floor(next() * limit),
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    oneOf: (items) => items[Math.floor(next() * items.length)],
  };
}
