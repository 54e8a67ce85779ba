import { insist } from '../../../src/kernel/insist.js';

/** Fails so often, then does it. */
function failing(
  times: number,
  error: object,
): { work: () => Promise<string>; tries: () => number } {
  let tries = 0;
  const work = (): Promise<string> => {
    tries += 1;
    return tries <= times
      ? Promise.reject(Object.assign(new Error('no'), error))
      : Promise.resolve('done');
  };
  return { work, tries: () => tries };
}

test.each([
  ['has no disk left', '53100'],
  ['ends', '57P01'],
  ['takes too long over a statement', '57014'],
  ['has ended one of two that waited for each other', '40P01'],
])('what must be done in a database that %s is done once that is over', async (_, code) => {
  const { work, tries } = failing(1, { code });
  expect(await insist(work, () => true)).toBe('done');
  expect(tries()).toBe(2);
});

test('what the database refuses is not tried again, nor is anything once nobody may wait', async () => {
  const refused = failing(1, { code: '42501' });
  await expect(insist(refused.work, () => true)).rejects.toMatchObject({ code: '42501' });
  const away = failing(1, { code: '57P01' });
  await expect(insist(away.work, () => false)).rejects.toMatchObject({ code: '57P01' });
  expect([refused.tries(), away.tries()]).toEqual([1, 1]);
});
