import { Injectable } from '@nestjs/common';
import type { Channel } from '../handoff/handoff.js';
import { Batches } from '../kernel/batches.js';
import { Database, isRolledBack, type Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { limitRules, type Rule } from '../kernel/rate-limit.js';
import type { Language } from '../texts/catalogue.js';
import type { MayTell } from '../webhooks/webhook-event.js';
import { addressRules, type GuessLimits, guessRules, numberRules, type SendLimits, type VerificationState, type VerificationView, WAITS_KEPT_MS } from './verification-session.js';

export interface VerificationRow extends VerificationView {
  id: string;
  numberRef: NumberRef;
  isAuto: boolean;
  createdAt: Date;
  finishedAt: Date | null;
  /** Of the newest SMS or call: how far it has come, as far as we were told. */
  delivery: { channel: Channel; state: string; reason: string | null; at: Date } | undefined;
  /** Of the answer to a start or send: this request did it. A start may find a live one, a send one that has yet to leave. */
  isNew?: boolean;
}

/** Who starts verifications, and whom the ledger names for them. */
export interface StarterIds {
  accountId: string | null;
  /** By which of an app's services it starts one; it reads those of all of them. */
  serviceId: string | null;
  personId: string;
  /** Whose verifications are its own: the account, or the app's services. */
  starterIds: readonly string[];
}

/** Why a send was refused; `view` is the verification as it is, or would have been. */
export type SendRefused =
  | { refused: 'channel' | 'calls'; view: VerificationRow }
  | { refused: 'wait' | 'blocked'; at: Date; view: VerificationRow }
  | { refused: 'address' | 'number'; hits: Date[]; view: VerificationRow };
export type Started = { refused?: never; view: VerificationRow; isNew: boolean };
export type Finished = { refused: 'finished'; view: VerificationRow };
export type Checked =
  | { refused?: never; view: VerificationRow; isCorrect: boolean }
  | Finished
  | { refused: 'wrong'; hits: Date[]; view: VerificationRow }
  | { refused: 'guesses'; hits: Date[]; inARow: number; lastAt: Date; isOwner: boolean; view: VerificationRow };

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
  /** By the guard against pumping. */
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
  /** Of an app with a webhook. */
  tells?: MayTell | undefined;
}

export interface CodeCheck {
  id: string;
  starter: StarterIds;
  /** What would be stored if the code were right. */
  hash: Buffer;
  nonce: Buffer;
  /** What wrong codes are counted under, an address or an app, and how many. */
  wrongBy: 'address' | 'app';
  wrongKeys: readonly Buffer[];
  wrongRule: Rule;
  /** Of an app with a webhook. */
  tells?: MayTell | undefined;
}

interface Statement {
  name: string;
  text: string;
}

/** Statements of the functions in the .sql files beside this one, each of which decides, counts and writes at once. */
const call = (name: string, parameters: string): Statement => ({ name, text: `SELECT ${name}(${parameters.split(' ').map((type, i) => `$${i + 1}::${type}`).join(', ')}) AS answer` });
const START = call('start_verifications', 'json jsonb');
const SEND = call('send_verification', 'uuid uuid[] uuid text bytea[] uuid jsonb timestamptz');
const CHECK = call('check_verifications', 'json jsonb');
/** The same, where an app among those who ask has a webhook. */
const telling = (name: string): Statement => ({ name: `${name}_tell`, text: `SELECT tell_apps($1::json, ${name}($1::json, $2::jsonb)) AS answer` });
const START_AND_TELL = telling('start_verifications');
const CHECK_AND_TELL = telling('check_verifications');
const READ = call('read_verification', 'uuid uuid[] bytea[] jsonb timestamptz');
const FINISH = call('finish_verification', 'uuid text timestamptz');
const NOTE_PROOFS = call('note_proofs', 'uuid[] timestamptz');
const NEWEST = {
  name: 'newest_verification',
  text: `SELECT id FROM verifications WHERE starter_id = ANY ($1::uuid[]) AND limiter_index = ANY ($2::bytea[]) ORDER BY created_at DESC, state = 'pending' DESC LIMIT 1`,
};

/** In a transaction of the caller's, or among other batches. */
type RunBy = { trx: Transaction } | { isAhead: boolean };

/**
 * So many who wait are sent ahead. PostgreSQL was at work half of the time that one of its answers was waited for: Node heard of it
 * late, busy with what came meanwhile. A tenth more starts a second, in three runs beside the same without it; checks the same.
 */
const AHEAD = 8;

/** As json_populate_recordset reads them. */
const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;
const toldOf = (tells: MayTell | undefined) => tells && { app_id: tells.appId, event_id: tells.eventId, events: tells.events };
const startOf = (row: NewVerificationRow, now: Date) => ({
  id: row.id, account_id: row.starter.accountId, service_id: row.starter.serviceId, person_id: row.starter.personId, number_ref: row.numberRef, sealed_number: hex(row.sealedNumber), test_index: row.testIndex && hex(row.testIndex),
  number_keys: row.numberKeys.map(hex), country: row.country, prefix_key: row.prefixKey && hex(row.prefixKey), proofs: row.proofs.map(hex), address_keys: row.addressKeys.map(hex), channel: row.channel, channels: row.channels,
  is_auto: row.isAuto, language: row.language, sealed_code: row.sealedCode && hex(row.sealedCode), code_hash: hex(row.codeHash), lasts_s: row.lastsMs / 1000, handoff_id: row.handoffId, blocked_until: row.blockedUntil, at: now, ...toldOf(row.tells),
});
const checkOf = (check: CodeCheck, now: Date) => ({
  id: check.id, starter_ids: check.starter.starterIds, submitted: hex(check.hash), nonce: hex(check.nonce), wrong_keys: check.wrongKeys.map(hex), is_by_address: check.wrongBy === 'address', wrong_rules: limitRules([check.wrongRule]), at: now, ...toldOf(check.tells),
});
type StartRequest = ReturnType<typeof startOf>;
type CheckRequest = ReturnType<typeof checkOf>;
const isToTell = (request: object): boolean => 'event_id' in request;

const seconds = (ms: number): number => ms / 1000;
/** How the functions take the limits: `send_limits` in sends.sql, `guess_limits` in checks.sql. Each is written once. */
export const sendLimitsFor = once((limits: SendLimits) => JSON.stringify({
  sms_waits: limits.smsWaitsMs.map(seconds),
  call_after_sms: seconds(limits.callAfterSmsMs),
  call_waits: limits.callWaitsMs.map(seconds),
  calls: limits.calls,
  auto_after: seconds(limits.autoAfterMs),
  waits_kept: seconds(WAITS_KEPT_MS),
  of_number: limitRules(numberRules(limits, false)),
  of_known_number: limitRules(numberRules(limits, true)),
  of_address: limitRules(addressRules(limits)),
}));
export const guessLimitsFor = once((limits: GuessLimits) => JSON.stringify({
  checks: limits.checks,
  in_a_row: limits.inARow,
  of_number: limitRules(guessRules(limits, false)),
  of_own_number: limitRules(guessRules(limits, true)),
}));

function once<L extends object, T>(make: (limits: L) => T): (limits: L) => T {
  const made = new WeakMap<L, T>();
  return (limits) => {
    const known = made.get(limits) ?? make(limits);
    made.set(limits, known);
    return known;
  };
}

type Json = Record<string, unknown>;
const date = (value: unknown): Date => new Date(value as string);
const dateOrNull = (value: unknown): Date | null => (value === null || value === undefined ? null : new Date(value as string));
const dates = (value: unknown): Date[] => ((value ?? []) as string[]).map(date);

function viewOf(json: Json): VerificationRow {
  const delivery = json['delivery'] as Json | null;
  return {
    id: json['id'] as string, state: json['state'] as VerificationState, attempts: json['attempts'] as number, numberRef: json['numberRef'] as NumberRef,
    isTest: json['isTest'] as boolean, isKnown: json['isKnown'] as boolean, isAuto: json['isAuto'] as boolean, channels: json['channels'] as Channel[],
    createdAt: date(json['createdAt']), expiresAt: date(json['expiresAt']), finishedAt: dateOrNull(json['finishedAt']),
    smsSends: json['smsSends'] as number, firstSmsAt: dateOrNull(json['firstSmsAt']), lastSmsAt: dateOrNull(json['lastSmsAt']), calls: json['calls'] as number, lastCallAt: dateOrNull(json['lastCallAt']),
    hits: dates(json['hits']),
    delivery: delivery === null ? undefined : { channel: delivery['channel'] as Channel, state: delivery['state'] as string, reason: delivery['reason'] as string | null, at: date(delivery['at']) },
  };
}

/** Of a start without a history all is as it was asked: the answer says no more than whether the code is queued or held. */
function freshView(row: NewVerificationRow, state: string, at: Date): VerificationRow {
  const { id, numberRef, isAuto, channel, channels } = row;
  const [sms, call] = channel === 'sms' ? [at, null] : [null, at];
  return {
    id, numberRef, isAuto, channels, state: 'pending', attempts: 0, isTest: false, isKnown: false, createdAt: at, expiresAt: new Date(at.getTime() + row.lastsMs), finishedAt: null,
    smsSends: sms === null ? 0 : 1, firstSmsAt: sms, lastSmsAt: sms, calls: call === null ? 0 : 1, lastCallAt: call, hits: [at], delivery: { channel, state, reason: null, at },
  };
}

/** A refusal has its own words beside the view; what is done is the view, with a word more. */
function answerOf(json: Json): object {
  const { refused, isNew, isCorrect } = json;
  if (refused === undefined) return { view: viewOf(json), isNew, isCorrect };
  return { ...json, view: viewOf((json['view'] ?? json) as Json), hits: dates(json['hits']), at: dateOrNull(json['at']), lastAt: dateOrNull(json['lastAt']) };
}

function said<T>(answer: Json | null): T | undefined {
  if (answer === null) return undefined;
  return (answer['refused'] === 'reads' ? { ...answer, hits: dates(answer['hits']) } : answerOf(answer)) as T;
}

@Injectable()
export class VerificationsRepository {
  /** What was asked with the same limits: with those of the settings, all. */
  private readonly starts = once((limits: SendLimits) => this.batches((requests: readonly StartRequest[], isAhead) => this.startAll(requests, limits, { isAhead })));
  private readonly checks = once((limits: GuessLimits) => this.batches((requests: readonly CheckRequest[], isAhead) => this.checkAll(requests, limits, { isAhead })));

  constructor(private readonly database: Database) {}

  /** Gives the live one of this starter and number as it is, if there is one. Without a transaction, in one statement with others. */
  async start(row: NewVerificationRow, limits: SendLimits, now: Date, trx?: Transaction): Promise<Started | SendRefused> {
    const start = startOf(row, now);
    const answer = trx === undefined ? await this.starts(limits).add(start) : ((await this.startAll([start], limits, { trx }))[0] ?? null);
    const fresh = answer?.['fresh'] as string | undefined;
    return fresh === undefined ? (said<Started | SendRefused>(answer) as Started | SendRefused) : { view: freshView(row, fresh, now), isNew: true };
  }

  /** The same code once more; undefined: there is no such verification of this starter's. */
  send(send: { id: string; starter: StarterIds; channel: Channel; addressKeys: readonly Buffer[]; handoffId: string }, limits: SendLimits, now: Date, trx?: Transaction): Promise<Started | SendRefused | Finished | undefined> {
    return this.run(SEND, [send.id, send.starter.starterIds, send.starter.personId, send.channel, send.addressKeys, send.handoffId, sendLimitsFor(limits), now], trx);
  }

  /** Claims one of its checks and compares: of any number of guesses at once, exactly so many are compared. In one statement with others. */
  async check(check: CodeCheck, limits: GuessLimits, now: Date): Promise<Checked | undefined> {
    return said(await this.checks(limits).add(checkOf(check, now)));
  }

  /** One's own only: another's is not there. */
  read(id: string, starter: StarterIds, readKeys: readonly Buffer[], rules: readonly Rule[], now: Date): Promise<{ refused?: never; view: VerificationRow } | { refused: 'reads'; hits: Date[] } | undefined> {
    return this.run(READ, [id, starter.starterIds, readKeys, JSON.stringify(limitRules(rules)), now]);
  }

  /** By the limiter index: of the last two days. */
  async findNewest(starter: StarterIds, numberKeys: readonly Buffer[]): Promise<string | undefined> {
    const [row] = await this.database.run<{ id: string }>(NEWEST, [starter.starterIds, numberKeys]);
    return row?.id;
  }

  /** Finishes it once; false if it had finished. Its code is erased, and what has not gone out is taken back. */
  async finish(id: string, state: Exclude<VerificationState, 'pending'>, now: Date, trx?: Transaction): Promise<boolean> {
    const [row] = await this.database.run<{ answer: boolean }>(FINISH, [id, state, now], trx);
    return row?.answer === true;
  }

  /** Of whoever has just proved the number: see number_proofs. */
  async noteProofs(trx: Transaction, id: string, now: Date): Promise<void> {
    await this.database.run(NOTE_PROOFS, [[id], now], trx);
  }

  private async run<T>(statement: Statement, values: readonly unknown[], trx?: Transaction): Promise<T | undefined> {
    const [row] = await this.database.run<{ answer: Json | null }>(statement, values, trx);
    return said(row?.answer ?? null);
  }

  private startAll(requests: readonly StartRequest[], limits: SendLimits, by: RunBy): Promise<(Json | null)[]> {
    return this.runAll(requests.some(isToTell) ? START_AND_TELL : START, requests, sendLimitsFor(limits), by);
  }

  private checkAll(requests: readonly CheckRequest[], limits: GuessLimits, by: RunBy): Promise<(Json | null)[]> {
    return this.runAll(requests.some(isToTell) ? CHECK_AND_TELL : CHECK, requests, guessLimitsFor(limits), by);
  }

  private async runAll(statement: Statement, requests: readonly object[], limits: string, by: RunBy): Promise<(Json | null)[]> {
    const values = [JSON.stringify(requests), limits];
    const [row] = await ('trx' in by ? this.database.run<{ answer: (Json | null)[] }>(statement, values, by.trx) : this.database.runInLine<{ answer: (Json | null)[] }>(statement, values, by.isAhead));
    return row?.answer ?? [];
  }

  private batches<R>(run: (requests: readonly R[], isAhead: boolean) => Promise<(Json | null)[]>): Batches<R, Json | null> {
    return new Batches<R, Json | null>({ run, isOfOne: isRolledBack, ahead: AHEAD });
  }
}
