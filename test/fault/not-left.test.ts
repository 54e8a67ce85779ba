import { Sweeper } from '../../src/handoff/sweeper.service.js';
import type { HandoffStep } from '../../src/handoff/handoff.js';
import { ManualTimer } from '../support/clock.js';
import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK, and a cable between worker and PostgreSQL.
// Fake: the telephone network (simulator), the time, and how long the worker has had in hand what it has taken up.

const next = numbersOf(20261205);
let world: World;
let timer: ManualTimer;
let cable: Cuttable;
let ann: Person;
let bob: Person;
let eve: Person;
let onStep: (step: HandoffStep, handoffId: string) => void;
let onSaid: (said: string, by: object) => void;

interface Row {
  id: string;
  state: string;
  attempts: number;
}
const start = async (): Promise<string> =>
  (await world.call<{ id: string }>('POST', '/v1/verifications', { number: eve.number }, eve)).body
    .id;
const ding = async (): Promise<string> => {
  const order = { recipientIds: [bob.id], text: 'The pump in hall 3 has stopped.' };
  return (await world.call<{ id: string }>('POST', '/v1/dings', order, ann)).body.id;
};
/** By the verification or the Ding. */
const rowOf = async (id: string): Promise<Row | undefined> =>
  (
    await world.rows<Row>(
      `
        SELECT id, state, attempts
        FROM handoffs
        WHERE kind = 'deliver' AND subject_id IN ($1, (SELECT id FROM legs WHERE call_id = $1))
      `,
      [id],
    )
  )[0];
const becomes = async (id: string, state: string, attempts: number): Promise<void> => {
  let last: Row | undefined;
  await eventually(`the hand-off is ${state} after ${String(attempts)} tries`, async () => {
    last = await rowOf(id);
    return last?.state === state && last.attempts === attempts;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; ${JSON.stringify(last)}\n${world.logs.slice(-20).join('')}`);
  });
};
/** As if it had been taken up so much earlier: PostgreSQL's own clock can't be moved. */
const age = async (id: string, seconds: number): Promise<unknown> =>
  world.rows(
    `UPDATE handoffs SET claimed_at = claimed_at - make_interval(secs => $2) WHERE id = $1`,
    [(await rowOf(id))?.id, seconds],
  );
const sweep = (): Promise<void> =>
  (world.apps.get('worker') as NonNullable<ReturnType<typeof world.apps.get>>).app
    .get(Sweeper, { strict: false })
    .sweep();
/** Once, at this step of the next hand-off that comes to it, or of this one. */
const atNext = (step: HandoffStep, work: () => void, only?: string): Promise<void> =>
  new Promise((resolve) => {
    onStep = (taken, handoffId) => {
      if (taken !== step || (only ?? handoffId) !== handoffId) return;
      onStep = () => {};
      work();
      resolve();
    };
  });
/** The statements that each connection has prepared, by their names: it doesn't spell them out any more. */
const prepared = new WeakMap<object, Map<string, string>>();
/** What a connection says, with the texts of the prepared statements that it names, each between NULs. */
const spellOut = (bytes: Buffer, by: object): string => {
  const said = bytes.toString('latin1');
  const texts = prepared.get(by) ?? new Map<string, string>();
  prepared.set(by, texts);
  for (const [, name = '', text = ''] of said.matchAll(/(often_\d+)\0([^\0]+)\0/g))
    texts.set(name, text);
  const named = [...said.matchAll(/\0(often_\d+)\0/g)].map(([, name = '']) => texts.get(name));
  return `${said}\0${named.join('\0')}\0`;
};
/** The requests with which the carrier was asked for an SMS or a call. */
const countRequests = async (person: Person): Promise<number> =>
  (await world.phones.requests()).filter(({ fields }) => fields['To'] === person.number).length;
beforeEach(async () => {
  timer = new ManualTimer();
  onStep = () => {};
  onSaid = () => {};
  world = await World.start({
    at: new Date(),
    timer,
    onStep: (step, handoffId) => onStep(step, handoffId),
    wire: async (env) => {
      cable = await Cuttable.before(env['WORKER_DATABASE_URL'] ?? '', 5432, (bytes, by) =>
        onSaid(spellOut(bytes, by), by),
      );
      env['WORKER_DATABASE_URL'] = cable.url;
    },
  });
  [ann, bob, eve] = [
    await account(world, 'Ann', next()),
    await account(world, 'Bob', next()),
    await account(world, 'Eve', next()),
  ];
  await verify(world, ann);
  await verify(world, bob);
  await team(world, [ann, bob]);
});
afterEach(async () => {
  cable.letAnswersThrough();
  await cable.mendIfCut();
  try {
    await world.close();
  } finally {
    await cable.cut();
  }
});

test('what a worker has had in hand for 90 s is over, though it holds its lease; it asks for nothing later', async () => {
  const stoodStill = atNext('claimed', () => cable.holdAnswers());
  const id = await ding();
  await stoodStill;
  await becomes(id, 'sending', 1);
  // Its connections are new: what comes from PostgreSQL reaches it.
  const other = (await world.bootAnother('worker')).app.get(Sweeper, { strict: false });
  await age(id, 60);
  await other.sweep();
  await becomes(id, 'sending', 1);
  await age(id, 30);
  await other.sweep();
  await becomes(id, 'unknown', 1);
  const settled = atNext('settled', () => {}, (await rowOf(id))?.id);
  cable.letAnswersThrough();
  await settled;
  await becomes(id, 'unknown', 1);
  await world.pass(8_000);
  await bob.phone.expectSms(/Confirm: /);
  expect(bob.phone.rings()).toEqual([]);
});

/** Each way in which a worker may have it in hand, and how it is handed off. */
const WAYS = [
  ['a code', () => eve, start, () => eve.phone.expectSms(/#\d{6}$/)],
  [
    "a Ding's call",
    () => bob,
    ding,
    async () => {
      await (await bob.phone.expectRing()).decline();
      await world.phones.settled();
      await world.pass(3_000); // who was to be woken may have been cut off: the sweeper adds the job
      await bob.phone.expectSms(/Confirm: /);
    },
  ],
] as const;

describe.each(WAYS)('%s', (_, person, handOff, arrives) => {
  let before: number;
  beforeEach(async () => {
    before = await countRequests(person());
  });
  const wasAsked = async (): Promise<number> => (await countRequests(person())) - before;

  test.each(['claimed', 'opened'] as const)(
    'whose worker loses the database once it is %s goes out when that is back',
    async (step) => {
      const cut = atNext(step, () => void cable.cut());
      const id = await handOff();
      await cut;
      await cable.mendIfCut();
      // The lease was lost as well, and its own worker looks for what the dead have left.
      await becomes(id, 'queued', 1);
      expect(await wasAsked()).toBe(0);
      await world.pass(3_000);
      await arrives();
      await becomes(id, 'accepted', 2);
    },
  );

  test.each(['its own', "PostgreSQL's"])(
    'that its worker has had in hand for too long by %s clock is not asked for now, and goes out later',
    async (clock) => {
      const stoodStill = atNext('claimed', () => cable.holdAnswers());
      const id = await handOff();
      await stoodStill;
      await becomes(id, 'sending', 1);
      if (clock === 'its own') timer.advance(45_001);
      else await age(id, 46);
      cable.letAnswersThrough();
      await becomes(id, 'queued', 1);
      expect(await wasAsked()).toBe(0);
      await world.pass(3_000);
      await arrives();
      await becomes(id, 'accepted', 2);
    },
  );

  test('that was called over while its worker stood still is not asked for', async () => {
    const stoodStill = atNext('claimed', () => cable.holdAnswers());
    const id = await handOff();
    await stoodStill;
    await becomes(id, 'sending', 1);
    await world.rows(`UPDATE handoffs SET state = 'unknown' WHERE id = $1`, [
      (await rowOf(id))?.id,
    ]);
    const answered = atNext('settled', () => {});
    cable.letAnswersThrough();
    await answered;
    await becomes(id, 'unknown', 1);
    expect(await wasAsked()).toBe(0);
  });

  test('whose claim stood, though its COMMIT was never answered, goes out at once, and once', async () => {
    const committing = atNextCommit(() => cable.holdAnswers());
    const id = await handOff();
    await committing;
    await becomes(id, 'sending', 1);
    await cable.cut();
    await cable.mend();
    await arrives();
    await becomes(id, 'accepted', 1);
  });

  test('whose claim did not stand, since its COMMIT never came, is claimed anew', async () => {
    const committing = atNextCommit(() => void cable.cut());
    const id = await handOff();
    await committing;
    await becomes(id, 'queued', 0);
    await cable.mendIfCut();
    await world.pass(3_000);
    await eventually('it has a job again', async () => {
      await sweep().catch(() => {}); // by a connection that was cut
      return (await rowOf(id))?.state !== 'queued';
    });
    await arrives();
    await becomes(id, 'accepted', 1);
  });

  /** Once, as the worker says COMMIT after its next claim, and before PostgreSQL hears it. */
  function atNextCommit(work: () => void): Promise<void> {
    return new Promise((resolve) => {
      let claimer: object | undefined;
      onSaid = (said, by) => {
        if (/state = 'sending',\s+worker = /.test(said)) claimer ??= by;
        if (claimer !== by || !/\0?commit\0/i.test(said)) return;
        onSaid = () => {};
        work();
        resolve();
      };
    });
  }
});
