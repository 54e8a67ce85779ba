import { parseStretch } from '../../src/accounts/password.js';
import { Passwords } from '../../src/accounts/passwords.service.js';

// Real: argon2id on this machine's cores. Fake: nothing.

describe('a password is stretched', () => {
  const passwords = new Passwords();

  test('by argon2id with 19 MiB, two passes and one lane, to 256 bits (S1)', async () => {
    const { stretch, stretched } = await passwords.stretchNew('correct horse', 'ann');
    expect(stretch).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}$/);
    expect(stretched).toHaveLength(32);
  });

  test('with a salt of its own, and to the same key by itself alone', async () => {
    const one = await passwords.stretchNew('correct horse', 'ann');
    const two = await passwords.stretchNew('correct horse', 'ann');
    expect(one.stretch).not.toBe(two.stretch);
    expect(one.stretched).not.toEqual(two.stretched);
    expect(await passwords.stretch(one.stretch, 'correct horse', 'ann')).toEqual(one.stretched);
    expect(await passwords.stretch(one.stretch, 'correct horsf', 'ann')).not.toEqual(one.stretched);
  });

  test('so that both ways to write the same letters are the same password', async () => {
    const { stretch, stretched } = await passwords.stretchNew('na\u00efve caf\u00e9', 'ann');
    expect(await passwords.stretch(stretch, 'nai\u0308ve cafe\u0301', 'ann')).toEqual(stretched);
  });

  test('by the cost that it was first stretched by', async () => {
    const salt = 'c29tZSBzYWx0IG9mIDE2';
    const cheap = await passwords.stretch(
      `$argon2id$v=19$m=1024,t=1,p=1$${salt}`,
      'correct horse',
      'ann',
    );
    const dear = await passwords.stretch(
      `$argon2id$v=19$m=2048,t=1,p=1$${salt}`,
      'correct horse',
      'ann',
    );
    expect(cheap).not.toEqual(dear);
    expect(() => parseStretch(`$2b$12$${salt}`)).toThrow('not known');
  });

  test('by two hashes at a time, in turns: sixty of one place refuse nobody of another', async () => {
    const { stretch, stretched } = await passwords.stretchNew('correct horse', 'ann');
    const ask = (asker: string, times: number) =>
      Array.from({ length: times }, () => passwords.stretch(stretch, 'correct horse', asker));
    const order: string[] = [];
    const note = (asker: string, all: Promise<Buffer>[]) =>
      all.map((one) => one.finally(() => order.push(asker)).catch(() => {}));
    const crowd = ask('a crowd', 60);
    const others = ['bob', 'carl', 'dora'].flatMap((asker) => ask(asker, 1));
    await Promise.all([...note('crowd', crowd), ...note('other', others)]);
    expect(await Promise.all(others)).toEqual([stretched, stretched, stretched]);
    const refused = (await Promise.allSettled(crowd)).filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(60 - 2 - 16);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    // The others had their turns while the crowd's went on.
    expect(order.slice(42).lastIndexOf('other')).toBeLessThan(8);
    // Nobody waits for ever afterwards.
    expect(await passwords.stretch(stretch, 'correct horse', 'ann')).toEqual(stretched);
  });

  test('and a login that nobody has costs as much as a wrong password', async () => {
    const { stretch } = await passwords.stretchNew('correct horse', 'ann');
    const time = async (by: string | undefined): Promise<number> => {
      const since = process.cpuUsage();
      for (let i = 0; i < 5; i++) await passwords.stretch(by, 'wrong', 'ann');
      const { user, system } = process.cpuUsage(since);
      return user + system;
    };
    const ratio = (await time(undefined)) / (await time(stretch));
    expect(ratio).toBeGreaterThan(0.5); // no hashing at all would be under 0.01
    expect(ratio).toBeLessThan(2);
  });
});
