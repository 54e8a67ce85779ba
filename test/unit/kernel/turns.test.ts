import { TurnLost, Turns, type Turn } from '../../../src/kernel/turns.js';

const turnsOf = (turns: Turns, key: string, count: number): Turn[] =>
  Array.from({ length: count }, () => turns.take(key)).filter((turn) => turn !== undefined);
/** Which of them have begun by now. */
async function begun(turns: readonly Turn[]): Promise<boolean[]> {
  const states = turns.map(() => false);
  turns.forEach((turn, i) => void turn.begun.then(() => (states[i] = true)).catch(() => {}));
  await new Promise((resolve) => setImmediate(resolve));
  return states;
}

describe('turns', () => {
  test('go on a few at once, wait a few, and are refused beyond', async () => {
    const turns = new Turns({ atOnce: 2, waiting: 3 });
    const mine = turnsOf(turns, 'ann', 10);
    expect(await begun(mine)).toEqual([true, true, false, false, false]);
    expect(turns.take('ann')).toBeUndefined();
  });

  test('of one key are nothing to another', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 1 });
    turnsOf(turns, 'ann', 3);
    expect(await begun(turnsOf(turns, 'bob', 2))).toEqual([true, false]);
  });

  test('begin in the order in which they came, one for each that ends, and nobody gets ahead', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 2 });
    const [first, second, third] = turnsOf(turns, 'ann', 3) as [Turn, Turn, Turn];
    first.end();
    const late = turns.take('ann') as Turn;
    expect(await begun([second, third, late])).toEqual([true, false, false]);
    second.end();
    second.end(); // twice is once
    expect(await begun([third, late])).toEqual([true, false]);
  });

  test('that end while they wait leave the queue, and their place is free', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 1 });
    const [first, gone] = turnsOf(turns, 'ann', 2) as [Turn, Turn];
    gone.end();
    await expect(gone.begun).rejects.toThrow(TurnLost);
    const next = turns.take('ann') as Turn;
    first.end();
    expect(await begun([next])).toEqual([true]);
  });

  test('leave nothing behind', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 5 });
    const mine = turnsOf(turns, 'ann', 6);
    for (const turn of mine) {
      await turn.begun;
      turn.end();
    }
    expect(turns.size).toBe(0);
  });
});
