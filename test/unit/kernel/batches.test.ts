import fc from 'fast-check';
import { Batches, LATER } from '../../../src/kernel/batches.js';

/** Batches that are under way until the test ends them. */
function held<A = string>(more: Partial<ConstructorParameters<typeof Batches<string, A>>[0]> = {}) {
  const underWay: { items: readonly string[]; end: (answers: (A | typeof LATER)[]) => void; fail: (error: unknown) => void }[] = [];
  let begun: () => void = () => {};
  const batches = new Batches<string, A>({
    run: (items) => new Promise((end, fail) => {
      underWay.push({ items, end: (answers) => end(answers), fail });
      begun();
    }),
    ...more,
  });
  /** The next that begins. */
  const next = async () => {
    while (underWay.length === 0) await new Promise<void>((resolve) => { begun = resolve; });
    return underWay.shift() as (typeof underWay)[number];
  };
  return { batches, next, underWay };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what comes in one turn goes together, what comes while that is under way goes together after it, each with its own answer', async () => {
  const { batches, next, underWay } = held();
  const first = [batches.add('a'), batches.add('b')];
  const one = await next();
  expect(one.items).toEqual(['a', 'b']);
  const second = ['c', 'd', 'e'].map((item) => batches.add(item));
  await turn();
  await turn();
  expect(underWay).toEqual([]);
  one.end(['A', 'B']);
  expect(await Promise.all(first)).toEqual(['A', 'B']);
  const two = await next();
  expect(two.items).toEqual(['c', 'd', 'e']);
  two.end(['C', 'D', 'E']);
  expect(await Promise.all(second)).toEqual(['C', 'D', 'E']);
});

test('no more than so many go together, and no more than so many batches at once', async () => {
  const { batches, next, underWay } = held({ atMost: 2, atOnce: 2 });
  const all = ['a', 'b', 'c', 'd', 'e'].map((item) => batches.add(item));
  const [one, two] = [await next(), await next()];
  await turn();
  expect([one.items, two.items, underWay]).toEqual([['a', 'b'], ['c', 'd'], []]);
  two.end(['C', 'D']);
  const three = await next();
  expect(three.items).toEqual(['e']);
  one.end(['A', 'B']);
  three.end(['E']);
  expect(await Promise.all(all)).toEqual(['A', 'B', 'C', 'D', 'E']);
});

test('of those under way no two share a key, and of one key each goes in its turn', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.uniqueArray(fc.constantFrom('k', 'l', 'm', 'n'), { minLength: 1, maxLength: 3 }), { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (wanted, atOnce) => {
    const held = new Set<string>();
    const ended: number[] = [];
    const batches = new Batches<{ keys: string[]; i: number }, void>({
      keysOf: ({ keys }) => keys,
      atOnce,
      run: async (items) => {
        for (const { keys } of items) for (const key of keys) {
          if (held.has(key)) throw new Error(`${key} is held twice`);
          held.add(key);
        }
        await turn();
        for (const { keys, i } of items) {
          for (const key of keys) held.delete(key);
          ended.push(i);
        }
        return items.map(() => {});
      },
    });
    await Promise.all(wanted.map((keys, i) => batches.add({ keys, i })));
    for (const key of ['k', 'l', 'm', 'n']) {
      const its = ended.filter((i) => (wanted[i] as string[]).includes(key));
      expect(its).toEqual(its.toSorted((a, b) => a - b));
    }
  }));
});

test('what is to come later is asked again, before what came after it', async () => {
  const { batches, next } = held({ atMost: 2 });
  const all = ['a', 'b', 'c'].map((item) => batches.add(item));
  (await next()).end(['A', LATER]);
  const again = await next();
  expect(again.items).toEqual(['b', 'c']);
  again.end(['B', 'C']);
  expect(await Promise.all(all)).toEqual(['A', 'B', 'C']);
});

test('an error that may be that of one item is only its own; any other is everybody\'s, and nothing is run twice', async () => {
  const ran: string[][] = [];
  const batches = new Batches<string, string>({
    run: (items) => {
      ran.push([...items]);
      if (items.includes('bad')) return Promise.reject(new RangeError('bad'));
      return items.includes('lost') ? Promise.reject(new Error('lost')) : Promise.resolve(items);
    },
    isOfOne: (error) => error instanceof RangeError,
  });
  const settle = async (items: string[]) => (await Promise.allSettled(items.map((item) => batches.add(item)))).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message));
  expect(await settle(['a', 'bad', 'b'])).toEqual(['a', 'bad', 'b']);
  expect(ran.splice(0)).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
  expect(await settle(['a', 'lost'])).toEqual(['lost', 'lost']);
  expect(ran.splice(0)).toEqual([['a', 'lost']]);
  expect(await settle(['c'])).toEqual(['c']);
});

test('answers that are not one for each are nobody\'s', async () => {
  const batches = new Batches<string, string>({ run: () => Promise.resolve(['A']) });
  await expect(Promise.all([batches.add('a'), batches.add('b')])).rejects.toThrow('a batch of 2 has 1 answers');
});
