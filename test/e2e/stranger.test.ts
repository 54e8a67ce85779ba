import { eventually } from '../support/eventually.js';
import { account, crowd, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone
// network (simulator), and the addresses from which a stranger comes.

interface Verification {
  id: string;
  state: string;
  code?: string;
  isCorrect?: boolean;
  retryAfter?: number;
  next: { smsAt: string | null; voiceAt: string | null; mayCheck: boolean; checksLeft: number };
}
interface Eve {
  token: string;
  live: Verification | undefined;
  waitsUntil: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const CODE = /#(\d{6})$/;
const DEVICE = 'a-secret-that-the-app-keeps-on-this-phone';
const ADDRESSES = Array.from({ length: 50 }, (_, i) => `198.51.100.${String(i + 1)}`);

describe.each([
  ['by SMS', () => ({ start: 'sms', again: ['sms'] }) as const],
  [
    'by every channel',
    (turn: number) =>
      ({
        start: (['auto', 'voice', 'sms'] as const)[turn % 3] as string,
        again: ['voice', 'sms'],
      }) as const,
  ],
])(
  "a day of a stranger's starting and guessing %s, from 50 addresses and by eight accounts",
  (_, channels) => {
    const next = numbersOf(1224);
    let world: World;
    let ann: Person;
    const sentAt: number[] = [];
    const guessedAt: number[] = [];
    let turn = 0;
    const call = (token: string, url: string, body?: object) => {
      turn += 1;
      return world.call<Verification>(body === undefined ? 'GET' : 'POST', url, body, {
        token,
        headers: { 'x-forwarded-for': ADDRESSES[turn % ADDRESSES.length] as string },
      });
    };

    beforeAll(async () => {
      // Its worst moment is midnight, when the key turns over by which numbers are counted.
      world = await World.start({
        env: { TRUSTED_PROXIES: '127.0.0.1' },
        at: new Date('2026-03-01T12:00:00Z'),
      });
      ann = await account(world, 'Ann', next());
      const begun = await call(ann.token, '/v1/verifications', {
        number: ann.number,
        device: DEVICE,
      });
      const [, code] = await ann.phone.expectSms(CODE);
      expect(
        (await call(ann.token, `/v1/verifications/${begun.body.id}/check`, { code })).body,
      ).toMatchObject({ isCorrect: true });
      await world.phones.settled();
      await world.pass(Date.parse('2026-03-02T23:55:00Z') - world.clock.now().getTime());
    });
    afterAll(async () => {
      for (const ring of ann.phone.rings())
        if (
          !ann.phone
            .seen()
            .some(({ type, callSid }) => type === 'ended' && callSid === ring.callSid)
        )
          await (await ann.phone.expectRing()).decline();
      await world.close({ quietly: true });
    });

    /** What has reached the phone by now is of this moment. */
    const count = async (): Promise<void> => {
      await eventually(
        'all has left',
        async () =>
          (
            await world.rows(
              `
                SELECT 1
                FROM handoffs
                WHERE kind = 'deliver' AND state IN ('queued', 'sending') AND not_before <= $1
              `,
              [world.clock.now()],
            )
          ).length === 0,
      );
      const made =
        (await world.phones.created()).filter(({ number }) => number === ann.number).length - 1; // her own, before
      while (sentAt.length < made) sentAt.push(world.clock.now().getTime());
    };
    /**
     * Of each account, four guesses at once, and the last when its time is nearly over: until then
     * it may be sent again.
     */
    const guess = async (eve: Eve): Promise<void> => {
      for (const now = world.clock.now().getTime(); eve.live?.next.mayCheck === true;) {
        const isLast = eve.live.next.checksLeft === 1;
        if (isLast && eve.live.next.smsAt !== null) return;
        const { status, body } = await call(eve.token, `/v1/verifications/${eve.live.id}/check`, {
          code: String(100_000 + (turn % 900_000)),
        });
        if (status === 200) guessedAt.push(now);
        if (body.isCorrect === true)
          throw new Error('a guess was right: once in some 100,000 runs');
        if (status !== 200) {
          if (body.code !== 'GUESS_LIMIT') eve.live = undefined;
          return;
        }
        eve.live = body.state === 'pending' ? body : undefined;
      }
    };
    const act = async (eve: Eve, mayStart: boolean): Promise<void> => {
      const now = world.clock.now();
      const { start, again } = channels(turn);
      const isDue = (at: string | null | undefined): boolean =>
        typeof at === 'string' && Date.parse(at) <= now.getTime();
      if (eve.live !== undefined) {
        const read = await call(eve.token, `/v1/verifications/${eve.live.id}`);
        eve.live = read.status === 200 && read.body.state === 'pending' ? read.body : undefined;
      }
      for (const channel of again) {
        if (
          eve.live === undefined ||
          !isDue(channel === 'sms' ? eve.live.next.smsAt : eve.live.next.voiceAt)
        )
          continue;
        const { status, body } = await call(eve.token, `/v1/verifications/${eve.live.id}/sends`, {
          channel,
        });
        if (status === 201) eve.live = body;
      }
      if (eve.live === undefined && mayStart) {
        const { status, body } = await call(eve.token, '/v1/verifications', {
          number: ann.number,
          channel: start,
        });
        if (status === 201) eve.live = body;
        else eve.waitsUntil = now.getTime() + (body.retryAfter ?? 0) * 1_000;
      }
    };
    const most = (times: readonly number[]): number =>
      Math.max(
        0,
        ...times.map((from) => times.filter((at) => at >= from && at < from + DAY).length),
      );

    test('brings the number three codes and seven guesses, and no more, in any 24 hours', async () => {
      const eves: Eve[] = (await crowd(world, 8)).map(({ token }) => ({
        token,
        live: undefined,
        waitsUntil: 0,
      }));
      if (channels(0).start !== 'sms')
        await ann.phone.trouble({ kind: 'callbacks-lost', times: 1_000 });
      const end = world.clock.now().getTime() + DAY + HOUR;
      await act(eves[0] as Eve, true);
      await count();
      await guess(eves[0] as Eve);
      await world.pass(5 * MINUTE);
      for (let step = 1; world.clock.now().getTime() < end; step += 1) {
        // One after the other they begin, the newest acts first, and in each step one also asks out
        // of turn, whatever it was told.
        for (const [i, eve] of [...eves.entries()].reverse())
          await act(
            eve,
            i === step % eves.length ||
              (eve.waitsUntil > 0 && eve.waitsUntil <= world.clock.now().getTime()),
          );
        await count();
        for (const eve of eves) await guess(eve);
        const now = world.clock.now().getTime();
        const due = eves
          .flatMap(({ live, waitsUntil }) => [
            waitsUntil,
            ...[live?.next.smsAt, live?.next.voiceAt].map((at) =>
              typeof at === 'string' ? Date.parse(at) : 0,
            ),
          ])
          .filter((at) => at > now);
        await world.pass(Math.min(20 * MINUTE, ...due.map((at) => at - now)));
      }
      // A call may wait a minute for its turn to ring: what counts is when it was asked for.
      const asked = await world.rows<{ at: Date }>(
        `
          SELECT created_at AS at
          FROM handoffs
          WHERE kind = 'deliver' AND state = 'accepted' AND created_at > '2026-03-02'
          ORDER BY 1
        `,
      );
      expect(sentAt).toHaveLength(asked.length);
      expect([most(asked.map(({ at }) => at.getTime())), most(guessedAt)]).toEqual([3, 7]);
    });

    test('and after it the owner verifies at the first try, on the device that proved the number before, and in the session', async () => {
      const [again] = await crowd(world, 1);
      await world.phones.clearTroubles();
      for (const [token, more] of [
        [again.token, { device: DEVICE }],
        [ann.token, {}],
      ] as const) {
        const before = ann.phone.messages().length;
        const started = await call(token, '/v1/verifications', { number: ann.number, ...more });
        expect([started.status, started.body.code]).toEqual([201, undefined]);
        await eventually('the code is here', () =>
          Promise.resolve(ann.phone.messages().length > before),
        );
        const [, mine] = CODE.exec(ann.phone.messages().at(-1) as string) as unknown as [
          string,
          string,
        ];
        expect(
          (await call(token, `/v1/verifications/${started.body.id}/check`, { code: mine })).body,
        ).toMatchObject({ isCorrect: true, state: 'approved' });
      }
    });
  },
);
