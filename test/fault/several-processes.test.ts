import { request } from 'node:http';
import path from 'node:path';
import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { crowd } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { Program } from '../support/processes.js';
import { World } from '../support/world.js';

// Real: three `api` as processes of their own on one database, all three roles in this one,
// PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator). The processes
// have the real time; the world's is a little ahead of it, so that what they hand off is due at
// once. Needs `npm run build`.

interface Verification {
  id: string;
  state: string;
  code?: string;
  isCorrect?: boolean;
}
interface Ask {
  path: string;
  body: object;
  token: string;
}
interface Answer {
  status: number;
  body: Verification;
}

const MAIN = path.join(__dirname, '../../dist/main.js');
/** Connections to the database of one process. */
const POOL = 10;

describe('several api on one database, asked at once', () => {
  const next = numbersOf(1209);
  const programs: Program[] = [];
  const urls: string[] = [];
  let world: World;
  let owner: pg.Client;

  beforeAll(async () => {
    world = await World.start({ at: new Date(Date.now() + 5 * 60_000) });
    for (let i = 0; i < 3; i += 1)
      programs.push(new Program(MAIN, [], { ...world.env, ROLES: 'api' }));
    for (const program of programs)
      urls.push((await program.prints(/API: (http:\S+)/))[1] as string);
    owner = new pg.Client({ connectionString: world.database.ownerUrl });
    await owner.connect();
    // Their connections are there then, and none has to wait for another's to be made.
    const [ann] = await crowd(world, 1);
    const answers = await atOnce(
      Array.from({ length: POOL * urls.length }, () => ({
        path: '/v1/verifications/01890a5d-ac96-774b-bcce-b302099a8057/check',
        body: { code: '123456' },
        token: ann.token,
      })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  });
  afterAll(async () => {
    for (const program of programs) program.kill('SIGTERM');
    await Promise.all(programs.map(({ ended }) => ended));
    await owner.end();
    await world.close();
  });

  /**
   * Each request by a connection of its own, in turn to each process, all but its last byte; then
   * all the last bytes, into a lock in which as many statements come to wait as there are
   * processes, each with what came together (src/kernel/batches.ts); then the lock is opened.
   */
  const atOnce = async (asks: readonly Ask[]): Promise<Answer[]> => {
    const ready = await Promise.all(
      asks.map(async ({ path: to, body, token }, i) => {
        const text = Buffer.from(JSON.stringify(body));
        const one = request(`${urls[i % urls.length] as string}${to}`, {
          method: 'POST',
          agent: false,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            'content-length': text.length,
          },
        });
        const answer = new Promise<Answer>((resolve, reject) => {
          one.on('error', reject).on('response', (response) => {
            let all = '';
            response
              .setEncoding('utf8')
              .on('data', (part: string) => {
                all += part;
              })
              .on('end', () =>
                resolve({
                  status: response.statusCode ?? 0,
                  body: JSON.parse(all) as Verification,
                }),
              );
          });
        });
        await new Promise((resolve) => {
          one.write(text.subarray(0, -1), resolve);
        });
        return { answer, finish: () => one.end(text.subarray(-1)) };
      }),
    );
    await owner.query('BEGIN');
    await owner.query('LOCK TABLE verifications IN ACCESS EXCLUSIVE MODE');
    for (const { finish } of ready) finish();
    await eventually(
      'they wait in the lock',
      async () =>
        (
          await world.rows(
            `
              SELECT 1
              FROM pg_stat_activity
              WHERE datname = current_database()
                AND application_name = 'dingline-api'
                AND wait_event_type = 'Lock'
            `,
          )
        ).length >= urls.length,
    );
    await owner.query('COMMIT');
    return Promise.all(ready.map(({ answer }) => answer));
  };
  const started = async (token: string, number: string): Promise<{ id: string; code: string }> => {
    const { status, body, text } = await world.call<Verification>(
      'POST',
      '/v1/verifications',
      { number },
      { token },
    );
    if (status !== 201) throw new Error(text);
    return {
      id: body.id,
      code: (await world.phones.phone(number).expectSms(/#(\d{6})$/))[1] as string,
    };
  };
  const guessesAt =
    (codes: readonly string[]) =>
    (i: number): string => {
      for (let guess = 100_000 + i; ; guess += 1_000)
        if (!codes.includes(String(guess))) return String(guess);
    };
  /** How many had which answer. */
  const tally = (answers: readonly Answer[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { status, body } of answers) {
      const said = `${status} ${status < 300 ? (body.isCorrect === undefined ? 'started' : body.isCorrect ? 'right' : 'wrong') : (body.code ?? '')}`;
      counts[said] = (counts[said] ?? 0) + 1;
    }
    return counts;
  };
  const attempts = async (ids: readonly string[]): Promise<number> =>
    (
      await world.rows<{ attempts: number }>(
        'SELECT sum(attempts)::int AS attempts FROM verifications WHERE id = ANY ($1)',
        [ids],
      )
    )[0]?.attempts as number;

  test('of 60 guesses at one verification five are compared', async () => {
    const [ann] = await crowd(world, 1);
    const { id, code } = await started(ann.token, next());
    const wrong = guessesAt([code]);
    const answers = await atOnce(
      Array.from({ length: 60 }, (_, i) => ({
        path: `/v1/verifications/${id}/check`,
        body: { code: wrong(i) },
        token: ann.token,
      })),
    );
    expect(tally(answers)).toEqual({ '200 wrong': 5, '409 VERIFICATION_FINISHED': 55 });
    expect(await attempts([id])).toBe(5);
  });

  test("of 60 guesses at one number, in three people's verifications, seven are compared", async () => {
    const [number, people] = [next(), await crowd(world, 3)];
    const all: { id: string; code: string; token: string }[] = [];
    for (const { token } of people) all.push({ ...(await started(token, number)), token });
    const wrong = guessesAt(all.map(({ code }) => code));
    const answers = await atOnce(
      Array.from({ length: 60 }, (_, i) => {
        // The same verification through each process, and each process with each verification.
        const { id, token } = all[Math.floor(i / 3) % 3] as (typeof all)[number];
        return { path: `/v1/verifications/${id}/check`, body: { code: wrong(i) }, token };
      }),
    );
    const {
      '200 wrong': compared,
      '429 GUESS_LIMIT': limited = 0,
      '409 VERIFICATION_FINISHED': finished = 0,
      ...others
    } = tally(answers);
    expect([compared, limited + finished, others]).toEqual([7, 53, {}]);
    expect(await attempts(all.map(({ id }) => id))).toBe(7);
  });

  test('of 30 starts for one number by as many people three are sent', async () => {
    const [number, people] = [next(), await crowd(world, 30)];
    const answers = await atOnce(
      people.map(({ token }) => ({ path: '/v1/verifications', body: { number }, token })),
    );
    expect(tally(answers)).toEqual({ '201 started': 3, '429 SEND_LIMIT': 27 });
    for (let i = 0; i < 3; i += 1) await world.phones.phone(number).expectSms(/#\d{6}$/);
    await world.phones.settled();
    expect(world.phones.phone(number).messages()).toHaveLength(3);
  });

  test('of 30 starts by one person for one number there is one, and one SMS', async () => {
    const [number, [ann]] = [next(), await crowd(world, 1)];
    const answers = await atOnce(
      Array.from({ length: 30 }, () => ({
        path: '/v1/verifications',
        body: { number },
        token: ann.token,
      })),
    );
    expect(tally(answers)).toEqual({ '201 started': 30 });
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    await world.phones.phone(number).expectSms(/#\d{6}$/);
    await world.phones.settled();
    expect(world.phones.phone(number).messages()).toHaveLength(1);
  });

  test('the right code, sent to each of them, approves once', async () => {
    const [ann] = await crowd(world, 1);
    const { id, code } = await started(ann.token, next());
    const answers = await atOnce(
      Array.from({ length: 30 }, () => ({
        path: `/v1/verifications/${id}/check`,
        body: { code },
        token: ann.token,
      })),
    );
    expect(tally(answers)).toEqual({ '200 right': 1, '409 VERIFICATION_FINISHED': 29 });
    expect(
      await world.rows('SELECT 1 FROM account_numbers WHERE account_id = $1', [ann.id]),
    ).toHaveLength(1);
  });
});
