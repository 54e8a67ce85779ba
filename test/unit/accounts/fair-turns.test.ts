import fc from 'fast-check';
import { FairTurns } from '../../../src/accounts/fair-turns.js';

const RULE = { atOnce: 2, waitingEach: 3, waitingInAll: 7 };

test('whoever asks alone is never behind more than one turn of each other asker', async () => {
  const turns = new FairTurns({ ...RULE, waitingEach: 100, waitingInAll: 1_000 });
  const begun: string[] = [];
  const ask = (asker: string): void => {
    void (turns.take(asker) as Promise<void>).then(() => begun.push(asker));
  };
  for (let i = 0; i < 60; i += 1) ask('crowd');
  for (const asker of ['ann', 'bob', 'carl']) ask(asker);
  for (let i = 0; i < 5; i += 1) turns.end();
  await Promise.resolve();
  expect(begun).toEqual(['crowd', 'crowd', 'crowd', 'ann', 'bob', 'carl', 'crowd']);
});

test('so many go on at once and no more; what is taken in has its turn; refusals name whose fault it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('ann', 'bob', 'carl', 'end'), { maxLength: 60 }),
      async (steps) => {
        const turns = new FairTurns(RULE);
        const waiting = new Map<string, number>();
        let [running, taken, begun] = [0, 0, 0];
        const count = () => [...waiting.values()].reduce((sum, one) => sum + one, 0);
        for (const step of steps) {
          if (step === 'end') {
            if (running === 0) continue;
            turns.end();
            running -= 1;
            await Promise.resolve();
            continue;
          }
          const turn = turns.take(step);
          const own = waiting.get(step) ?? 0;
          if (running < RULE.atOnce || (own < RULE.waitingEach && count() < RULE.waitingInAll)) {
            expect(turn).toBeInstanceOf(Promise);
            taken += 1;
            waiting.set(step, own + 1);
            void (turn as Promise<void>).then(() => {
              begun += 1;
              running += 1;
              waiting.set(step, (waiting.get(step) as number) - 1);
            });
            await Promise.resolve();
            expect(running).toBeLessThanOrEqual(RULE.atOnce);
          } else expect(turn).toBe(own >= RULE.waitingEach ? 'too many of theirs' : 'too many');
        }
        while (running > 0) {
          turns.end();
          running -= 1;
          await Promise.resolve();
        }
        expect(begun).toBe(taken);
      },
    ),
  );
});
