import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANDOFF_POINTS } from '../../src/handoff/points.js';
import { findBadMoves } from '../support/log-moves.js';
import { count, FAULTLESS } from './count.js';
import { Drive } from './drive.js';
import { Handsets } from './handsets.js';
import { LockWaits } from './lock-waits.js';
import { listUnfinished, observe } from './observe.js';
import { makePlan } from './plan.js';
import { Site } from './site.js';

// Real: api, ingress and three workers as processes of their own, in real time, PostgreSQL, the queue, cables between
// them that are cut. Fake: the telephone network (simulator), whose waits last a tenth. test/soak/run.mjs starts it.

const seed = Number(process.env['SOAK_SEED'] ?? 1);
const handoffs = Number(process.env['SOAK_HANDOFFS'] ?? 300);
const isLong = process.env['SOAK_LONG'] === 'yes';
/** When all faults are over, what goes on comes to its end within this time. */
const ENDS_WITHIN_MS = isLong ? 180_000 : 110_000;

const since = Date.now();
const say = (text: string): void => {
  const seconds = Math.round((Date.now() - since) / 1000);
  process.stderr.write(`  seed ${String(seed)}, ${String(seconds)} s: ${text}\n`);
};

/** Each at its time. */
const inTime = <T extends { atMs: number }>(all: readonly T[], work: (one: T) => Promise<void>) =>
  all.map(async (one) => {
    await sleep(one.atMs);
    await work(one).catch((error: unknown) => say(`a step of the run failed: ${String(error)}`));
  });

test(`seed ${String(seed)}: nothing is lost, doubled, late, silent or told to anybody else`, async () => {
  const plan = makePlan(seed, handoffs, isLong);
  const site = await Site.open(plan);
  const handsets = new Handsets(site.world, seed);
  const drive = new Drive(site, plan, handsets);
  const lockWaits = new LockWaits(site);
  try {
    say('sets the stage');
    await drive.prepare();
    const { people, actions: asked, lastsMs } = plan;
    say(`${String(people)} people, ${String(asked.length)} actions in ${String(lastsMs / 1000)} s`);
    site.beginTrouble();
    const actions = inTime(plan.actions, (action) => drive.act(action));
    const faults = inTime(plan.faults, (fault) => site.cause(fault));
    const troubles = inTime(plan.troubles, async ({ order }) => {
      await site.world.phones.trouble(order);
    });
    const ticker = setInterval(
      () =>
        say(`${String(site.fired.length)} points fired, ${String(site.happened.length)} faults`),
      10_000,
    );
    await sleep(plan.lastsMs);
    await Promise.all([...actions, ...faults, ...troubles]);
    await sleep(1_000);
    await site.endTrouble();
    clearInterval(ticker);
    say('all faults are over');
    await drive.endAll();
    const endedBy = Date.now() + ENDS_WITHIN_MS;
    let unfinished = await listUnfinished(site);
    for (let quiet = 0; quiet < 4 && Date.now() < endedBy; await sleep(1_500)) {
      await site.reviveAll();
      unfinished = await listUnfinished(site);
      quiet = unfinished.length === 0 ? quiet + 1 : 0;
    }
    say(unfinished.length === 0 ? 'all has come to its end' : 'not all has come to its end');
    await handsets.close();
    await lockWaits.close();
    const counted = count(await observe(site, drive, handsets.entries, unfinished));
    const outcomes = await site.rows<{ id: string; state: string }>(
      'SELECT id, state FROM handoffs',
    );
    const stateOf = new Map(outcomes.map(({ id, state }) => [id, state]));
    const moves = findBadMoves(site.logs);
    const fired = site.fired.map((one) => ({
      ...one,
      state: stateOf.get(one.handoffId) ?? 'erased',
    }));
    const errors = site.logs.filter((line) => line.includes('"level":"error"'));
    writeFileSync(
      process.env['SOAK_RESULT'] ?? '/dev/null',
      JSON.stringify({
        seed,
        ...counted,
        fired,
        happened: site.happened,
        moves,
        answers: [...drive.answers],
        errors,
        lockWaits: lockWaits.found,
        points: HANDOFF_POINTS,
      }),
    );
    expect({ ...counted, states: undefined, handoffs: undefined, moves }).toEqual({
      counts: FAULTLESS,
      found: [],
      moves: [],
      states: undefined,
      handoffs: undefined,
    });
  } catch (error) {
    for (const line of site.logs.filter((one) => !one.includes('handoff_moved')).slice(-15))
      say(line);
    throw error;
  } finally {
    await handsets.close();
    await lockWaits.close();
    await site.close();
  }
}, 900_000);
