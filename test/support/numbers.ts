/**
 * Numbers for tests: valid, of ordinary phones, in four numbering plans, drawn from a seed. They may be somebody's, so
 * nothing that uses them may reach further than loopback.
 */
export interface TestNumber {
  e164: string;
  /** As people of the country write it. */
  national: string;
  country: 'US' | 'CN' | 'GB' | 'DE';
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const AREAS = ['202', '212', '310', '312', '415', '512', '617', '713', '720', '917'];
const CHINA = ['135', '136', '138', '139', '150', '158', '159', '186', '188'];
const BRITAIN = ['7400', '7401', '7402', '7403', '7404', '7405', '7740', '7741', '7810', '7811'];
const GERMANY = ['1511', '1512', '1514', '1515', '1516', '1517'];

export function randomNumber(rng: () => number): TestNumber {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(rng() * from.length)] as T;
  const digits = (count: number): string =>
    String(Math.floor(rng() * 10 ** count)).padStart(count, '0');
  switch (pick(['US', 'CN', 'GB', 'DE'] as const)) {
    case 'US': {
      const [area, line] = [pick(AREAS), digits(4)];
      // Not N11 (911), not 555 (directories), by beginning with 2 to 9 and ending otherwise.
      const exchange = `${2 + Math.floor(rng() * 8)}${pick(['02', '34', '46', '58', '60', '73', '84', '97'])}`;
      return {
        e164: `+1${area}${exchange}${line}`,
        national: `(${area}) ${exchange}-${line}`,
        country: 'US',
      };
    }
    case 'CN': {
      const [prefix, middle, line] = [pick(CHINA), digits(4), digits(4)];
      return {
        e164: `+86${prefix}${middle}${line}`,
        national: `${prefix} ${middle} ${line}`,
        country: 'CN',
      };
    }
    case 'GB': {
      const [prefix, line] = [pick(BRITAIN), digits(6)];
      return { e164: `+44${prefix}${line}`, national: `0${prefix} ${line}`, country: 'GB' };
    }
    case 'DE': {
      const [prefix, line] = [pick(GERMANY), digits(7)];
      return { e164: `+49${prefix}${line}`, national: `0${prefix} ${line}`, country: 'DE' };
    }
  }
}

/** Draws numbers of which no two are the same. */
export function numberPool(seed: number): () => TestNumber {
  const rng = seeded(seed);
  const drawn = new Set<string>();
  return () => {
    for (;;) {
      const number = randomNumber(rng);
      if (drawn.has(number.e164)) continue;
      drawn.add(number.e164);
      return number;
    }
  };
}

/** The same, in E.164 only. */
export function numbersOf(seed: number): () => string {
  const next = numberPool(seed);
  return () => next().e164;
}
