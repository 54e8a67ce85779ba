import { listOpenBlocks } from '../../guard/pumping-blocks.repository.js';
import {
  followRun,
  type Run,
  RUN_KINDS,
  type RunKind,
  type Stage,
} from '../../handoff/carrier-runs.js';
import { listRuns, listTries } from '../../handoff/carrier-runs.repository.js';
import { type Channel, CHANNELS } from '../../handoff/channels.js';
import { listStops } from '../../handoff/stops.repository.js';
import type { Executor } from '../../kernel/database.js';
import { readNow } from '../look/subjects.repository.js';
import {
  countCapped,
  countProcesses,
  listSpendings,
  listTroubledWebhooks,
  listWaiting,
  type Spending,
  type Waiting,
  type Webhook,
} from './waits.repository.js';

/** What stands where. No number, name or text is in it. Times are ISO. */
export interface Status {
  at: string;
  carrier: CarrierStatus[];
  workers: number;
  connections: Readonly<Record<string, number>>;
  stops: { purpose: string; channel: string; since: string }[];
  waiting: Waiting[];
  spending: Spending[];
  /** Hand-offs of the last hour that a cap ended. */
  capped: number;
  blocks: { id: string; kind: string; country: string | null; until: string }[];
  webhooks: Webhook[];
}

export interface CarrierStatus {
  channel: Channel;
  /** The newest of the last half hour. */
  acceptedAt: string | null;
  runs: CarrierRun[];
}
export interface CarrierRun extends Pick<Run, 'outcome' | 'carrierCode' | 'count'> {
  kind: RunKind;
  stage: Stage;
  since: string;
  lastAt: string;
}

/** What an operator may spend in a day, by the settings that this command sees. */
export interface Caps {
  all: number | undefined;
  country: number | undefined;
  account: number | undefined;
  team: number | undefined;
}

export async function readStatus(db: Executor, caps: Caps): Promise<Status> {
  const now = await readNow(db);
  const { workers, connections } = await countProcesses(db);
  return {
    at: now.toISOString(),
    carrier: await readCarrier(db, now),
    workers,
    connections,
    stops: (await listStops(db)).map(({ purpose, channel, since }) => ({
      purpose,
      channel,
      since: since.toISOString(),
    })),
    waiting: await listWaiting(db, now),
    spending: (await listSpendings(db, now)).map((one) => withCap(one, caps)),
    capped: await countCapped(db, now),
    blocks: (await listOpenBlocks(db)).map(({ id, kind, country, until }) => ({
      id,
      kind,
      country,
      until: until.toISOString(),
    })),
    webhooks: await listTroubledWebhooks(db, now),
  };
}

const withCap = (one: Spending, caps: Caps): Spending => ({
  ...one,
  cap: one.cap ?? caps[one.subject.split(':')[0] as keyof Caps] ?? null,
});

/** By the rule that the workers log by, asked anew: there may be no worker. */
async function readCarrier(db: Executor, now: Date): Promise<CarrierStatus[]> {
  const [stored, tries] = [await listRuns(db), await listTries(db, now)];
  return CHANNELS.map((channel) => {
    const ofChannel = tries.filter((one) => one.channel === channel);
    const accepted = ofChannel.find(({ outcome }) => outcome === 'accepted');
    return {
      channel,
      acceptedAt: accepted?.at.toISOString() ?? null,
      runs: RUN_KINDS.flatMap((kind) => {
        const known = stored.find((one) => one.channel === channel && one.kind === kind);
        const { run } = followRun(kind, known, ofChannel);
        if (run === undefined) return [];
        const { outcome, carrierCode, count, stage } = run;
        const [since, lastAt] = [run.since.toISOString(), run.lastAt.toISOString()];
        return [{ kind, stage, outcome, carrierCode, count, since, lastAt }];
      }),
    };
  });
}
