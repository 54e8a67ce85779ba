import { Injectable } from '@nestjs/common';
import type { Channel } from '../handoff/channels.js';
import { Batches } from '../kernel/batches.js';
import { Database, isRolledBack, type Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { limitRules, type Rule } from '../kernel/rate-limit.js';
import type { Language } from '../texts/catalogue.js';
import type { PreparedEvent } from '../webhooks/webhook-event.js';
import { sendLimitsFor, toColumns } from './verification-columns.js';
import {
  type Checked,
  type CheckRefused,
  type Finished,
  type Read,
  readAnswer,
  readFreshStart,
  type SendRefused,
  type Started,
} from './verification-answers.js';
import type { Json } from './verification-row.js';
import type { SendLimits } from './verification-session.js';

/** These say who starts verifications, and whom the ledger names for them. */
export interface StarterIds {
  /** What PostgreSQL is shown of the session's token, or of the app's secret. */
  secretDigest: Buffer;
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
  handoffId: string;
  /** By these wrong codes are counted, where a check does not say who typed them. */
  wrongKeys?: readonly Buffer[] | undefined;
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

/** Each field is a column of `code_guess` in checks.sql, those of `starter` too. */
export interface CodeGuess {
  id: string;
  starter: StarterIds;
  /** The code's keyed hash, bound to the verification. */
  hash: Buffer;
  /** How many it has. */
  digits: number;
  /** Wrong codes are counted by an address, or else by an app. */
  isByAddress: boolean;
  wrongKeys: readonly Buffer[];
  wrongRule: Rule;
  /** Holds in its place where the start had an address and the check has none. */
  addressRule?: Rule | undefined;
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
const callForMany = (name: string, more: string): { plain: Statement; withEvents: Statement } => ({
  plain: { name, text: `SELECT ${name}($1::json${more}) AS answer` },
  withEvents: {
    name: `${name}_with_events`,
    text: `SELECT queue_webhooks($1::json, ${name}($1::json${more})) AS answer`,
  },
});
const START = callForMany('start_verifications', ', $2::jsonb');
const GUESS = callForMany('guess_codes', '');
const COMPARE = callForMany('compare_codes', '');
const SEND = call('send_verification', 'uuid bytea uuid[] text bytea[] uuid jsonb timestamptz');
const READ = call('read_verification', 'uuid uuid[] bytea[] jsonb timestamptz');
const FINISH = call('finish_verification', 'uuid text timestamptz');
const CANCEL = call('cancel_verification', 'uuid bytea uuid[] timestamptz');
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
  const { secretDigest, serviceId } = starter;
  return toColumns({ ...row, secretDigest, serviceId, ...event, at });
};
const serializeGuess = ({ starter, hash, wrongRule, addressRule, ...guess }: CodeGuess): Json =>
  toColumns({
    ...guess,
    secretDigest: starter.secretDigest,
    starterIds: starter.starterIds,
    submitted: hash,
    wrongRules: limitRules([wrongRule]),
    addressRules: addressRule && limitRules([addressRule]),
  });

@Injectable()
export class VerificationsRepository {
  /** One batch for all that is asked with the same limits: with those of the settings, for all. */
  private readonly batches = new Map<string, Batches<Json, Json | null>>();

  constructor(private readonly database: Database) {}

  /**
   * Gives the live one of this starter and number as it is, if there is one. Undefined: the starter's
   * secret holds no more. Without a transaction, in one statement with others.
   */
  async start(
    row: NewVerificationRow,
    limits: SendLimits,
    now: Date,
    trx?: Transaction,
  ): Promise<Started | SendRefused | undefined> {
    const start = serializeStart(row, now);
    const answer = await this.runAmong(START, start, [sendLimitsFor(limits)], trx);
    return readFreshStart(answer, row, now) ?? readAnswer(answer);
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
        starter.secretDigest,
        starter.starterIds,
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
   * Notes a code that somebody typed, and counts it as a wrong one: of any number at once, exactly
   * so many are noted as may be compared. It is a transaction of its own, with others' in it:
   * PostgreSQL compares only what has been committed, so that no login takes a wrong code back.
   */
  async guess(guess: CodeGuess): Promise<{ guessId: string } | CheckRefused | undefined> {
    const answer = await this.runAmong(GUESS, serializeGuess(guess), []);
    if (answer === null || answer['guess'] === undefined) return readAnswer(answer);
    return { guessId: answer['guess'] as string };
  }

  /**
   * Compares a code that was noted, once. Without a transaction, in one statement with others. An
   * app with a webhook may be sent the event.
   */
  async compare(
    guessId: string,
    event: PreparedEvent | undefined,
    now: Date,
    trx?: Transaction,
  ): Promise<Checked | undefined> {
    const request = toColumns({ guess: guessId, ...event, at: now });
    return readAnswer(await this.runAmong(COMPARE, request, [], trx));
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
   * Finishes it once, for `worker` and `ingress`; false if it had finished. Its code is erased, and
   * what has not gone out is taken back.
   */
  async finish(
    id: string,
    state: 'undeliverable' | 'blocked',
    now: Date,
    trx?: Transaction,
  ): Promise<boolean> {
    const [row] = await this.database.run<{ answer: boolean }>(FINISH, [id, state, now], trx);
    return row?.answer === true;
  }

  /** For its starter; false if it had finished. */
  async cancel(
    trx: Transaction,
    id: string,
    { secretDigest, starterIds }: StarterIds,
    now: Date,
  ): Promise<boolean> {
    const [row] = await this.database.run<{ answer: boolean }>(
      CANCEL,
      [id, secretDigest, starterIds, now],
      trx,
    );
    return row?.answer === true;
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
    more: readonly string[],
    trx?: Transaction,
  ): Promise<Json | null> {
    const run = async (requests: readonly Json[]): Promise<readonly (Json | null)[]> => {
      const { plain, withEvents } = statement;
      const hasEvents = requests.some((one) => 'event_id' in one);
      const [row] = await this.database.run<{ answer: (Json | null)[] }>(
        hasEvents ? withEvents : plain,
        [JSON.stringify(requests), ...more],
        trx,
      );
      return row?.answer ?? [];
    };
    if (trx !== undefined) return (await run([request]))[0] ?? null;
    const key = [statement.plain.name, ...more].join(' ');
    let batches = this.batches.get(key);
    if (batches === undefined)
      this.batches.set(key, (batches = new Batches({ run, mayComeFromOneItem: isRolledBack })));
    return batches.add(request);
  }
}
