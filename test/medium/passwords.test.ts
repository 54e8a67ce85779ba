import { Passwords } from '../../src/accounts/passwords.service.js';

// Real: argon2id on this machine's cores. Fake: nothing.

describe('a password is kept', () => {
  const passwords = new Passwords();

  test('as argon2id with 19 MiB, two passes and one lane (S1)', async () => {
    expect(await passwords.hash('correct horse')).toMatch(
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
  });

  test('with a salt of its own, and matched by itself alone', async () => {
    const [one, two] = [
      await passwords.hash('correct horse'),
      await passwords.hash('correct horse'),
    ];
    expect(one).not.toBe(two);
    expect(await passwords.matches(one, 'correct horse')).toBe(true);
    expect(await passwords.matches(one, 'correct horsf')).toBe(false);
    expect(await passwords.matches(undefined, 'correct horse')).toBe(false);
  });

  test('so that both ways to write the same letters are the same password', async () => {
    expect(
      await passwords.matches(
        await passwords.hash('na\u00efve caf\u00e9'),
        'nai\u0308ve cafe\u0301',
      ),
    ).toBe(true);
  });

  test('by two hashes at a time, 32 in waiting, and the rest are told to come again', async () => {
    const stored = await passwords.hash('correct horse');
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, () => passwords.matches(stored, 'correct horse')),
    );
    const refused = all.filter((one): one is PromiseRejectedResult => one.status === 'rejected');
    expect(all.length - refused.length).toBe(34);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'UNAVAILABLE' });
    expect(all.slice(0, 34).every((one) => one.status === 'fulfilled' && one.value)).toBe(true);
    expect(await passwords.matches(stored, 'correct horse')).toBe(true); // and nobody waits for ever afterwards
  });

  test('and a login that nobody has costs as much as a wrong password', async () => {
    const stored = await passwords.hash('correct horse');
    await passwords.matches(undefined, 'x'); // makes what it compares with
    const time = async (against: string | undefined): Promise<number> => {
      const since = process.cpuUsage();
      for (let i = 0; i < 5; i++) await passwords.matches(against, 'wrong');
      const { user, system } = process.cpuUsage(since);
      return user + system;
    };
    const ratio = (await time(undefined)) / (await time(stored));
    expect(ratio).toBeGreaterThan(0.5); // no hashing at all would be under 0.01
    expect(ratio).toBeLessThan(2);
  });
});
