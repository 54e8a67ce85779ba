import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { Passwords } from '../../src/accounts/passwords.service.js';
import { check, compare, guess as guessCode, hex } from '../support/forged-requests.js';
import { account, PASSWORD, type Person } from '../support/make.js';
import { ProofThief } from '../support/proof-thief.js';
import { sha256 } from '../support/thief.js';
import type { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by each role's login, the queue, the carrier's SDK over HTTP. Fake: the network.
// The thief has the login of `api` at the database, and takes back the transactions in which he was wrong. With the
// pepper of its host he also knows what a code is compared by.

let crime: ProofThief;
let world: World;
let ann: Person;
let eve: Person;
let thief: pg.Client;

beforeAll(async () => {
  crime = await ProofThief.start();
  ({ world, ann, eve } = crime);
  thief = await crime.become('apiUrl');
});
afterAll(() => crime.close());
beforeEach(() => world.pass(60 * 60_000));

/** Does it, and takes it back. */
async function takingBack<T>(work: () => Promise<T>): Promise<T> {
  await thief.query('BEGIN');
  try {
    return await work();
  } finally {
    await thief.query('ROLLBACK');
  }
}

async function stretch(login: string, password: string): Promise<Buffer> {
  const { rows } = await thief.query<{ stretch: string }>(
    'SELECT stretch FROM password_stretch($1, NULL)',
    [login],
  );
  return new Passwords().stretch(rows[0]?.stretch, password, 'a thief');
}

describe('passwords, to sign in', () => {
  const note = async (stretched: Buffer): Promise<string> => {
    const { rows } = await thief.query<{ id: string }>('SELECT guess_sign_in($1, $2, $3) AS id', [
      ann.login,
      stretched,
      randomBytes(32),
    ]);
    return rows[0]?.id as string;
  };
  const signIn = async (guess: string): Promise<boolean> => {
    const { rowCount } = await thief.query(`SELECT * FROM sign_in($1, $2, 'bearer', $2)`, [
      guess,
      randomBytes(32),
    ]);
    return rowCount === 1;
  };

  test('the right one is not compared in the transaction that notes it, nor in a part of it', async () => {
    const right = await stretch(ann.login, PASSWORD);
    expect(await takingBack(async () => signIn(await note(right)))).toBe(false);
    const inPart = await takingBack(async () => {
      await thief.query('SAVEPOINT part');
      const guess = await note(right);
      await thief.query('RELEASE SAVEPOINT part');
      return signIn(guess);
    });
    expect(inPart).toBe(false);
    const taken = await takingBack(() => note(right));
    expect(await signIn(taken)).toBe(false);
    expect(await signIn(await note(right))).toBe(true);
  });

  test('a wrong one counts, whatever becomes of the transaction that compares it, and a right one does not', async () => {
    const right = await stretch(ann.login, PASSWORD);
    for (let tries = 0; tries < 99; tries++) {
      const guess = await note(randomBytes(32));
      expect(await takingBack(() => signIn(guess))).toBe(false);
    }
    for (let times = 0; times < 3; times++) expect(await signIn(await note(right))).toBe(true);
    const last = await note(randomBytes(32));
    expect(await signIn(last)).toBe(false);
    expect(await signIn(await note(right))).toBe(false); // a hundred were wrong
  });

  test('each is compared once: a session by it is made once', async () => {
    const guess = await note(await stretch(ann.login, PASSWORD));
    expect([await signIn(guess), await signIn(guess)]).toEqual([true, false]);
  });
});

describe('passwords, by a stolen session', () => {
  const asPerson = async <T>(person: Person, work: () => Promise<T>, end: string): Promise<T> => {
    await thief.query('BEGIN');
    await thief.query('SELECT identify_by_session($1)', [sha256(person.token)]);
    const result = await work();
    await thief.query(end);
    return result;
  };
  const note = async (session: string, stretched: Buffer): Promise<string | null> => {
    const { rows } = await thief.query<{ id: string | null }>(
      'SELECT guess_password($1, $2) AS id',
      [session, stretched],
    );
    return rows[0]?.id ?? null;
  };
  const change = async (session: string, guess: string | null): Promise<boolean> => {
    const { rows } = await thief.query<{ is: boolean }>(
      `SELECT change_password($1, $2, 'none', $3) AS is`,
      [session, guess, randomBytes(32)],
    );
    return rows[0]?.is === true;
  };
  const sessionOf = async ({ token }: Person): Promise<string> => {
    const { rows } = await thief.query<{ session: string }>(
      `SELECT session FROM find_session($1, 'bearer')`,
      [sha256(token)],
    );
    return rows[0]?.session as string;
  };

  test('the right one is not compared in the transaction that notes it; ten wrong ones are, however they end', async () => {
    const carl = await account(world, 'Carl', crime.draw().e164);
    const session = await sessionOf(carl);
    const right = await stretch(carl.login, PASSWORD);
    const atOnce = async (): Promise<boolean> => change(session, await note(session, right));
    expect(await asPerson(carl, atOnce, 'ROLLBACK')).toBe(false);
    for (let tries = 0; tries < 10; tries++) {
      const guess = await asPerson(carl, () => note(session, randomBytes(32)), 'COMMIT');
      expect(guess).not.toBeNull();
      expect(await asPerson(carl, () => change(session, guess), 'ROLLBACK')).toBe(false);
    }
    expect(await asPerson(carl, () => note(session, right), 'COMMIT')).toBeNull();
    await world.pass(60 * 60_000);
    const guess = await asPerson(carl, () => note(session, right), 'COMMIT');
    // Another's session is no use, and what was noted serves to sign in nobody.
    expect(await asPerson(eve, () => change(session, guess), 'ROLLBACK')).toBe(false);
    const signedIn = await thief.query(`SELECT * FROM sign_in($1, $2, 'bearer', $2)`, [
      guess,
      randomBytes(32),
    ]);
    expect(signedIn.rowCount).toBe(0);
    expect(await asPerson(carl, () => change(session, guess), 'ROLLBACK')).toBe(true);
  });
});

describe('codes, with the pepper', () => {
  const request = (id: string, submitted: Buffer): object => ({
    id,
    secret_digest: hex(sha256(eve.token)),
    starter_ids: [eve.id],
    submitted: hex(submitted),
  });

  test('the right one is not compared in the transaction that notes it, nor in a part of it', async () => {
    const { id, code } = await crime.pending(eve);
    const right = request(id, crime.submitted(code, id));
    expect(await takingBack(() => check(thief, right))).toEqual([null]);
    const inPart = await takingBack(async () => {
      await thief.query('SAVEPOINT part');
      const noted = await guessCode(thief, right);
      await thief.query('RELEASE SAVEPOINT part');
      return compare(thief, ...noted);
    });
    expect(inPart).toEqual([null]);
    expect(await crime.stateOf(id)).toBe('pending');
    expect(await check(thief, right)).toMatchObject([{ isCorrect: true, state: 'approved' }]);
  });

  test('five are compared, whatever becomes of the transaction that compares them', async () => {
    const { id, code } = await crime.pending(eve);
    for (let tries = 0; tries < 5; tries++) {
      const noted = await guessCode(thief, request(id, randomBytes(32)));
      expect(await takingBack(() => compare(thief, ...noted))).toMatchObject([
        { isCorrect: false, checksLeft: 4 - tries },
      ]);
    }
    const right = request(id, crime.submitted(code, id));
    expect(await check(thief, right)).toMatchObject([{ refused: 'finished' }]);
    expect(await crime.stateOf(id)).not.toBe('approved');
  });

  test('each is compared once, and of those that wait the last decides', async () => {
    const { id, code } = await crime.pending(eve);
    const wrong = request(id, randomBytes(32));
    const noted = await guessCode(thief, wrong, wrong, wrong, wrong);
    const right = await guessCode(thief, request(id, crime.submitted(code, id)));
    expect(await compare(thief, ...noted)).toMatchObject(
      Array(4).fill({ isCorrect: false, state: 'pending' }),
    );
    expect(await compare(thief, ...noted)).toEqual([null, null, null, null]);
    expect(await compare(thief, ...right)).toMatchObject([{ isCorrect: true, state: 'approved' }]);
  });

  test('a code is not compared once the session has ended by which it was noted', async () => {
    const fay = await account(world, 'Fay', crime.draw().e164);
    const { id, code } = await crime.pending(fay);
    const noted = await guessCode(thief, {
      ...request(id, crime.submitted(code, id)),
      secret_digest: hex(sha256(fay.token)),
      starter_ids: [fay.id],
    });
    expect(noted).toMatchObject([{ guess: expect.any(String) as string }]);
    await world.rows('DELETE FROM sessions WHERE account_id = $1', [fay.id]);
    expect(await compare(thief, ...noted)).toEqual([null]);
    expect(await crime.stateOf(id)).toBe('pending');
  });
});
