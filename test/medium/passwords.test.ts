import { parseStretch } from '../../src/accounts/password.js';
import { Passwords } from '../../src/accounts/passwords.service.js';

// Real: argon2id on this machine's cores. Fake: nothing.

describe('a password is stretched', () => {
  const passwords = new Passwords();

  test('by argon2id with 19 MiB, two passes and one lane, to 256 bits (S1)', async () => {
    const { stretch, stretched } = await passwords.stretchNew('correct horse');
    expect(stretch).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}$/);
    expect(stretched).toHaveLength(32);
  });

  test('with a salt of its own, and to the same key by itself alone', async () => {
    const one = await passwords.stretchNew('correct horse');
    const two = await passwords.stretchNew('correct horse');
    expect(one.stretch).not.toBe(two.stretch);
    expect(one.stretched).not.toEqual(two.stretched);
    expect(await passwords.stretch(one.stretch, 'correct horse')).toEqual(one.stretched);
    expect(await passwords.stretch(one.stretch, 'correct horsf')).not.toEqual(one.stretched);
  });

  test('so that both ways to write the same letters are the same password', async () => {
    const { stretch, stretched } = await passwords.stretchNew('na\u00efve caf\u00e9');
    expect(await passwords.stretch(stretch, 'nai\u0308ve cafe\u0301')).toEqual(stretched);
  });

  test('by the cost that it was first stretched by', async () => {
    const salt = 'c29tZSBzYWx0IG9mIDE2';
    const cheap = await passwords.stretch(`$argon2id$v=19$m=1024,t=1,p=1$${salt}`, 'correct horse');
    const dear = await passwords.stretch(`$argon2id$v=19$m=2048,t=1,p=1$${salt}`, 'correct horse');
    expect(cheap).not.toEqual(dear);
    expect(() => parseStretch(`$2b$12$${salt}`)).toThrow('not known');
  });

  test('by two hashes at a time, 32 in waiting, and the rest are told to come again', async () => {
    const { stretch, stretched } = await passwords.stretchNew('correct horse');
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, () => passwords.stretch(stretch, 'correct horse')),
    );
    const refused = all.filter((one): one is PromiseRejectedResult => one.status === 'rejected');
    expect(all.length - refused.length).toBe(34);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'UNAVAILABLE' });
    for (const one of all.slice(0, 34))
      expect(one).toEqual({ status: 'fulfilled', value: stretched });
    // Nobody waits for ever afterwards.
    expect(await passwords.stretch(stretch, 'correct horse')).toEqual(stretched);
  });

  test('and a login that nobody has costs as much as a wrong password', async () => {
    const { stretch } = await passwords.stretchNew('correct horse');
    const time = async (by: string | undefined): Promise<number> => {
      const since = process.cpuUsage();
      for (let i = 0; i < 5; i++) await passwords.stretch(by, 'wrong');
      const { user, system } = process.cpuUsage(since);
      return user + system;
    };
    const ratio = (await time(undefined)) / (await time(stretch));
    expect(ratio).toBeGreaterThan(0.5); // no hashing at all would be under 0.01
    expect(ratio).toBeLessThan(2);
  });
});
