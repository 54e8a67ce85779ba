import { HANDOFF_STEPS, type HandoffStep } from '../../src/handoff/handoff.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import type { Phone } from '../support/phone.js';
import { WorkerProcess } from '../support/worker-process.js';
import { World } from '../support/world.js';

// Real: workers as processes of their own, killed by -9; the other roles over HTTP, PostgreSQL, the
// queue, the carrier's SDK. Fake: the telephone network (simulator), and the time, which stands
// still in all processes until the test moves it.

/** Every step of a hand-off, and between two of them the request: the network has it, its answer hasn't come. */
const MOMENTS = [...HANDOFF_STEPS, 'in flight'] as const;
type Moment = (typeof MOMENTS)[number];
/** The network had accepted it, or nothing had been claimed; at all other moments nobody can know whether it left. */
const ENDS: Record<Moment, 'accepted' | 'unknown'> = {
  taken: 'accepted',
  claimed: 'unknown',
  opened: 'unknown',
  answered: 'accepted',
  settled: 'accepted',
  'in flight': 'accepted',
};

interface Handed {
  handoffId: string;
  moment: Moment;
  victim: WorkerProcess;
  phone: Phone;
  channel: 'sms' | 'voice';
}

describe('a worker killed by -9', () => {
  const next = numbersOf(91);
  let world: World;
  let ann: Person;
  /** Alive, and the next to be killed. */
  let worker: WorkerProcess;
  let spare: WorkerProcess;
  const processes: WorkerProcess[] = [];
  const handed: Handed[] = [];

  /** Takes over from a dead one. */
  const bootNext = async (): Promise<void> => {
    [worker, spare] = [spare, WorkerProcess.spare(world)];
    processes.push(worker);
    await worker.boot();
  };
  const pass = async (ms: number): Promise<void> => {
    world.clock.advance(ms);
    await worker.tellTime();
    await world.pass(0);
  };
  const stateOf = async (handoffId: string) =>
    (
      await world.rows<{ state: string }>('SELECT state FROM handoffs WHERE id = $1', [handoffId])
    )[0]?.state;

  const known = () => handed.map(({ handoffId }) => handoffId);
  const nothingElseIsDue = () =>
    eventually(
      'no other hand-off is due or under way',
      async () =>
        (
          await world.rows(
            `
              SELECT
              FROM handoffs
              WHERE (state = 'sending' OR state = 'queued' AND not_before <= $1)
                AND id <> ALL ($2::uuid[])
            `,
            [world.clock.now(), known()],
          )
        ).length === 0,
    );
  /** Hands something to a worker that dies at the moment; `seen` waits until the phone has it. */
  const handOffAndKill = async (
    moment: Moment,
    person: Person,
    channel: 'sms' | 'voice',
    post: () => Promise<{ id: string }>,
    seen: () => Promise<unknown>,
  ): Promise<Handed> => {
    const victim = worker;
    await nothingElseIsDue(); // it must die by what it is handed now
    if (moment === 'in flight')
      await person.phone.trouble({
        kind: 'latency',
        ms: 600_000,
        accepted: true,
        channel: channel === 'sms' ? 'sms' : 'call',
      });
    else await victim.dieAt(moment, known());
    const { id } = await post();
    if (moment === 'in flight') {
      await seen();
      await victim.kill();
    }
    expect(await victim.ended).toBe('SIGKILL');
    const [row] = await world.rows<{ id: string }>(
      `
        SELECT id
        FROM handoffs
        WHERE kind = 'deliver' AND subject_id IN ($1, (SELECT id FROM legs WHERE call_id = $1))
      `,
      [id],
    );
    const one = { handoffId: row?.id ?? '', moment, victim, phone: person.phone, channel };
    handed.push(one);
    return one;
  };

  beforeAll(async () => {
    // What may have left is looked for in the carrier's lists only after the last moment.
    const env = { RECONCILE_LISTS_AFTER: '10m' };
    world = await World.start({ roles: ['api', 'ingress'], at: new Date(), env });
    spare = WorkerProcess.spare(world);
    await bootNext();
    ann = await account(world, 'Ann', next());
    await verify(world, ann);
  });
  afterAll(async () => {
    await Promise.all([...processes, spare].map((process) => process.kill()));
    await world.close();
  });

  test.each(MOMENTS)('%s: no SMS comes twice and no phone rings twice', async (moment) => {
    await pass(61_000); // codes and rings are counted by the minute
    const [eve, bob] = [await account(world, 'Eve', next()), await account(world, 'Bob', next())];
    await verify(world, bob);
    await team(world, [ann, bob]);

    let ring: Awaited<ReturnType<typeof bob.phone.expectRing>> | undefined;
    const readSms = () => eve.phone.expectSms(/#(\d{6})$/);
    const takeRing = async () => {
      ring = await bob.phone.expectRing();
    };
    const sms = await handOffAndKill(
      moment,
      eve,
      'sms',
      async () =>
        (await world.call<{ id: string }>('POST', '/v1/verifications', { number: eve.number }, eve))
          .body,
      readSms,
    );
    await bootNext();
    const call = await handOffAndKill(
      moment,
      bob,
      'voice',
      async () =>
        (
          await world.call<{ id: string }>(
            'POST',
            '/v1/dings',
            { recipientIds: [bob.id], text: 'The pump in hall 3 has stopped.' },
            ann,
          )
        ).body,
      takeRing,
    );
    await bootNext();
    await pass(3_000); // a row without a job is overdue after 2 s

    if (ENDS[moment] === 'accepted' && moment !== 'in flight')
      await Promise.all([readSms(), takeRing()]);
    for (const one of [sms, call]) {
      await eventually(
        `the ${one.channel} killed at "${moment}" is ${ENDS[moment]}`,
        async () => (await stateOf(one.handoffId)) === ENDS[moment],
      );
    }
    if (ring !== undefined) {
      // Its callbacks find their hand-off, whichever worker lived.
      await ring.decline();
      await world.phones.settled();
      expect(
        await world.rows(
          'SELECT l.state, l.reason FROM legs l JOIN handoffs h ON h.subject_id = l.id WHERE h.id = $1',
          [call.handoffId],
        ),
      ).toEqual([{ state: 'ended', reason: 'busy' }]);
    }
    // Declined, or unknown for ever: the Ding's next way starts either way, once.
    await pass(5_000);
    await bob.phone.expectSms(/Confirm: /);
  });

  test('the jobs of the killed are removed by the queue, and taken by nobody else', async () => {
    await eventually(
      'no job of a killed worker is left',
      async () => {
        const left = await world.onQueues(async (queue) =>
          Promise.all(handed.map(({ handoffId }) => queue.getJob(handoffId))),
        );
        return left.flat().every((job) => job === undefined);
      },
      25_000,
    );
    await pass(61_000);
    expect(handed).toHaveLength(MOMENTS.length * 2);
    for (const { handoffId, moment, victim, phone, channel } of handed) {
      const steps = (who: WorkerProcess[]): HandoffStep[] =>
        who
          .flatMap((one) => one.steps)
          .filter((step) => step.handoffId === handoffId)
          .map(({ step }) => step);
      expect({
        moment,
        channel,
        byOthers: steps(processes.filter((one) => one !== victim)),
      }).toEqual({ moment, channel, byOthers: moment === 'taken' ? [...HANDOFF_STEPS] : [] });
      expect({
        moment,
        channel,
        state: await stateOf(handoffId),
        came: channel === 'sms' ? phone.messages().length : phone.rings().length,
      }).toEqual({
        moment,
        channel,
        state: ENDS[moment],
        came: ENDS[moment] === 'accepted' ? 1 : 0,
      });
    }
    await world.phones.expectNothingMore();
  });
});
