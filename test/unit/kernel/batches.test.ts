import { Batches } from '../../../src/kernel/batches.js';

/** Batches that are under way until the test ends them. */
function held<A = string>(more: Partial<ConstructorParameters<typeof Batches<string, A>>[0]> = {}) {
  const underWay: {
    items: readonly string[];
    end: (answers: A[]) => void;
    fail: (error: unknown) => void;
  }[] = [];
  let begun: () => void = () => {};
  const batches = new Batches<string, A>({
    run: (items) =>
      new Promise((end, fail) => {
        underWay.push({ items, end, fail });
        begun();
      }),
    ...more,
  });
  /** The next that begins. */
  const next = async () => {
    while (underWay.length === 0)
      await new Promise<void>((resolve) => {
        begun = resolve;
      });
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

test('the next is on its way before anybody hears of the last: what they do with their answers keeps nobody waiting', async () => {
  const sent: (readonly string[])[] = [];
  const ends: (() => void)[] = [];
  const batches = new Batches<string, string>({
    run: (items) =>
      new Promise((resolve) => {
        process.nextTick(() => sent.push(items)); // as pg's pool writes
        ends.push(() => resolve(items));
      }),
  });
  const first = batches.add('a');
  await turn();
  const second = batches.add('b');
  await turn();
  const whenHeard = first.then(() => [...sent]);
  ends[0]?.();
  expect(await whenHeard).toEqual([['a'], ['b']]);
  ends[1]?.();
  expect(await second).toBe('b');
});

test('no more than so many go together, and no more than so many batches at once', async () => {
  const { batches, next, underWay } = held({ atMost: 2, atOnce: 2, longMs: 0 });
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

test('when one takes long the next goes beside it, not behind it, however few wait', async () => {
  const { batches, next } = held({ longMs: 0 });
  const first = batches.add('a');
  const one = await next();
  const second = batches.add('b');
  const two = await next();
  expect(two.items).toEqual(['b']);
  two.end(['B']);
  expect(await second).toBe('B');
  one.end(['A']);
  expect(await first).toBe('A');
  const third = batches.add('c');
  (await next()).end(['C']);
  expect(await third).toBe('C');
});

test("what does not begin in time is rejected as a connection is that can't be had, and the rest goes on", async () => {
  const { batches, next, underWay } = held({ atMost: 1, waitMs: 20 });
  const first = batches.add('a');
  const one = await next();
  await expect(
    Promise.allSettled(['b', 'c'].map((item) => batches.add(item))),
  ).resolves.toMatchObject(Array(2).fill({ status: 'rejected', reason: { code: 'ETIMEDOUT' } }));
  one.end(['A']);
  expect(await first).toBe('A');
  const last = batches.add('d');
  const two = await next();
  expect([two.items, underWay]).toEqual([['d'], []]);
  two.end(['D']);
  expect(await last).toBe('D');
});

test("an error that may be that of one item is only its own; any other is everybody's, and nothing is run twice", async () => {
  const ran: string[][] = [];
  const batches = new Batches<string, string>({
    run: (items) => {
      ran.push([...items]);
      if (items.includes('bad')) return Promise.reject(new RangeError('bad'));
      return items.includes('lost') ? Promise.reject(new Error('lost')) : Promise.resolve(items);
    },
    mayComeFromOneItem: (error) => error instanceof RangeError,
  });
  const settle = async (items: string[]) =>
    (await Promise.allSettled(items.map((item) => batches.add(item)))).map((one) =>
      one.status === 'fulfilled' ? one.value : (one.reason as Error).message,
    );
  expect(await settle(['a', 'bad', 'b'])).toEqual(['a', 'bad', 'b']);
  expect(ran.splice(0)).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
  expect(await settle(['a', 'lost'])).toEqual(['lost', 'lost']);
  expect(ran.splice(0)).toEqual([['a', 'lost']]);
  expect(await settle(['c'])).toEqual(['c']);
});

test("answers that are not one for each are nobody's", async () => {
  const batches = new Batches<string, string>({ run: () => Promise.resolve(['A']) });
  await expect(Promise.all([batches.add('a'), batches.add('b')])).rejects.toThrow(
    'a batch of 2 has 1 answers',
  );
});
