import { Injectable } from '@nestjs/common';
import type { Channel } from '../handoff/channels.js';
import { Batches } from '../kernel/batches.js';
import { Database, isRolledBack, type Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { limitRules, type Rule } from '../kernel/rate-limit.js';
import type { Language } from '../texts/catalogue.js';
import type { PreparedEvent } from '../webhooks/webhook-event.js';
import { guessLimitsFor, sendLimitsFor, toColumns } from './verification-columns.js';
import {
  type Checked,
  type Finished,
  type Read,
  readAnswer,
  type SendRefused,
  type Started,
} from './verification-answers.js';
import type { Json } from './verification-row.js';
import type { GuessLimits, SendLimits, VerificationState } from './verification-session.js';

/** These ids say who starts verifications, and whom the ledger names for them. */
export interface StarterIds {
  accountId: string | null;
  /** An app starts a verification by this one of its services; it reads those of all of them. */
  serviceId: string | null;
  personId: string;
  /** The starter owns the verifications of these: the account, or the app's services. */
  starterIds: readonly string[];
}

/**
 * Each field is a column of `verification_start` in starts.sql, those of `starter` and `event`
 * too.
 */
export interface NewVerificationRow {
  id: string;
  starter: StarterIds;
  numberRef: NumberRef;
  sealedNumber: Buffer;
  testIndex: Buffer | undefined;
  numberKeys: readonly Buffer[];
  country: string | undefined;
  prefixKey: Buffer | undefined;
  proofs: readonly Buffer[];
  /** The guard against pumping sends nothing there until this time. */
  blockedUntil: Date | undefined;
  addressKeys: readonly Buffer[];
  channel: Channel;
  channels: readonly Channel[];
  isAuto: boolean;
  language: Language | undefined;
  sealedCode: Buffer | undefined;
  codeHash: Buffer;
  lastsMs: number;
  handoffId: string;
  /** An app with a webhook may be sent it. */
  event?: PreparedEvent | undefined;
}

export interface NewSend {
  id: string;
  starter: StarterIds;
  channel: Channel;
  addressKeys: readonly Buffer[];
  handoffId: string;
}

export interface CodeCheck {
  id: string;
  starter: StarterIds;
  /** This is what would be stored if the code were right. */
  hash: Buffer;
  nonce: Buffer;
  /** Wrong codes are counted by an address, or else by an app. */
  isByAddress: boolean;
  wrongKeys: readonly Buffer[];
  wrongRule: Rule;
  /** An app with a webhook may be sent it. */
  event?: PreparedEvent | undefined;
}

interface Statement {
  name: string;
  text: string;
}

/**
 * Calls a function in the .sql files beside this one, each of which decides, counts and writes at
 * once.
 */
const call = (name: string, parameters: string): Statement => {
  const list = parameters.split(' ').map((type, i) => `$${i + 1}::${type}`);
  return { name, text: `SELECT ${name}(${list.join(', ')}) AS answer` };
};
/** Answers many requests at once, and queues the webhooks of those apps that ask. */
const callForMany = (name: string): { plain: Statement; withEvents: Statement } => ({
  plain: call(name, 'json jsonb'),
  withEvents: {
    name: `${name}_with_events`,
    text: `SELECT queue_webhooks($1::json, ${name}($1::json, $2::jsonb)) AS answer`,
  },
});
const START = callForMany('start_verifications');
const CHECK = callForMany('check_verifications');
const SEND = call('send_verification', 'uuid uuid[] uuid text bytea[] uuid jsonb timestamptz');
const READ = call('read_verification', 'uuid uuid[] bytea[] jsonb timestamptz');
const FINISH = call('finish_verification', 'uuid text timestamptz');
const RECORD_PROOFS = call('record_proofs', 'uuid[] timestamptz');
const NEWEST = {
  name: 'newest_verification',
  text: `
    SELECT id
    FROM verifications
    WHERE starter_id = ANY ($1::uuid[]) AND limiter_index = ANY ($2::bytea[])
    ORDER BY created_at DESC, state = 'pending' DESC
    LIMIT 1`,
};

const serializeStart = ({ starter, event, ...row }: NewVerificationRow, at: Date): Json => {
  const { accountId, serviceId, personId } = starter;
  return toColumns({ ...row, accountId, serviceId, personId, ...event, at });
};
const serializeCheck = (
  { id, starter, hash, nonce, isByAddress, wrongKeys, wrongRule, event }: CodeCheck,
  at: Date,
): Json =>
  toColumns({
    id,
    starterIds: starter.starterIds,
    submitted: hash,
    nonce,
    wrongKeys,
    isByAddress,
    wrongRules: limitRules([wrongRule]),
    ...event,
    at,
  });

@Injectable()
export class VerificationsRepository {
  /** One batch for all that is asked with the same limits: with those of the settings, for all. */
  private readonly batches = new Map<string, Batches<Json, Json | null>>();

  constructor(private readonly database: Database) {}

  /**
   * Gives the live one of this starter and number as it is, if there is one. Without a transaction,
   * in one statement with others.
   */
  async start(
    row: NewVerificationRow,
    limits: SendLimits,
    now: Date,
    trx?: Transaction,
  ): Promise<Started | SendRefused> {
    return readAnswer(
      await this.runAmong(START, serializeStart(row, now), sendLimitsFor(limits), trx),
    ) as Started | SendRefused;
  }

  /** The same code once more; undefined: there is no such verification of this starter's. */
  send(
    { id, starter, channel, addressKeys, handoffId }: NewSend,
    limits: SendLimits,
    now: Date,
    trx?: Transaction,
  ): Promise<Started | SendRefused | Finished | undefined> {
    return this.run(
      SEND,
      [
        id,
        starter.starterIds,
        starter.personId,
        channel,
        addressKeys,
        handoffId,
        sendLimitsFor(limits),
        now,
      ],
      trx,
    );
  }

  /**
   * Claims one of its checks and compares: of any number of guesses at once, exactly so many are
   * compared. In one statement with others.
   */
  async check(check: CodeCheck, limits: GuessLimits, now: Date): Promise<Checked | undefined> {
    return readAnswer(
      await this.runAmong(CHECK, serializeCheck(check, now), guessLimitsFor(limits)),
    );
  }

  /** Finds one of the starter's own: another's is not there. */
  read(
    id: string,
    starter: StarterIds,
    readKeys: readonly Buffer[],
    rules: readonly Rule[],
    now: Date,
  ): Promise<Read | undefined> {
    return this.run(READ, [
      id,
      starter.starterIds,
      readKeys,
      JSON.stringify(limitRules(rules)),
      now,
    ]);
  }

  /** Looks by the limiter index, so among those of the last two days. */
  async findNewest(
    starter: StarterIds,
    numberKeys: readonly Buffer[],
  ): Promise<string | undefined> {
    const [row] = await this.database.run<{ id: string }>(NEWEST, [starter.starterIds, numberKeys]);
    return row?.id;
  }

  /**
   * Finishes it once; false if it had finished. Its code is erased, and what has not gone out is
   * taken back.
   */
  async finish(
    id: string,
    state: Exclude<VerificationState, 'pending'>,
    now: Date,
    trx?: Transaction,
  ): Promise<boolean> {
    const [row] = await this.database.run<{ answer: boolean }>(FINISH, [id, state, now], trx);
    return row?.answer === true;
  }

  /** Remembers the session and the device of whoever has just proved the number: see number_proofs. */
  async recordProofs(trx: Transaction, id: string, now: Date): Promise<void> {
    await this.database.run(RECORD_PROOFS, [[id], now], trx);
  }

  private async run<T>(
    statement: Statement,
    values: readonly unknown[],
    trx?: Transaction,
  ): Promise<T | undefined> {
    const [row] = await this.database.run<{ answer: Json | null }>(statement, values, trx);
    return readAnswer(row?.answer ?? null);
  }

  /** With others in the next statement; in a transaction, which is its caller's own, by itself. */
  private async runAmong(
    statement: { plain: Statement; withEvents: Statement },
    request: Json,
    limits: string,
    trx?: Transaction,
  ): Promise<Json | null> {
    const run = async (requests: readonly Json[]): Promise<readonly (Json | null)[]> => {
      const { plain, withEvents } = statement;
      const hasEvents = requests.some((one) => 'event_id' in one);
      const [row] = await this.database.run<{ answer: (Json | null)[] }>(
        hasEvents ? withEvents : plain,
        [JSON.stringify(requests), limits],
        trx,
      );
      return row?.answer ?? [];
    };
    if (trx !== undefined) return (await run([request]))[0] ?? null;
    const key = `${statement.plain.name} ${limits}`;
    let batches = this.batches.get(key);
    if (batches === undefined)
      this.batches.set(key, (batches = new Batches({ run, mayComeFromOneItem: isRolledBack })));
    return batches.add(request);
  }
}
