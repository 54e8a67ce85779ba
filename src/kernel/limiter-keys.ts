import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from './clock.js';
import { Database, isDatabaseAway } from './database.js';
import { hmacSha256 } from './digest.js';
import { keepLimiterKeys } from './limiter-keys.repository.js';
import type { Redacted } from './redacted.js';
import { Refresher } from './refresher.js';

const DAY_MS = 86_400_000;
const CHECK_MS = 600_000;

/**
 * The limiter index: what `api` counts and finds by, under a key that lives two days.
 *
 * Each UTC day has 32 random bytes, made by whoever needs them first and wrapped under LIMITER_KEY
 * in the database; all processes agree because the row decides. A subject is counted under today's
 * key and looked up under yesterday's too. With a key's row goes the only way to tell whom its
 * counts were about, even for a thief of LIMITER_KEY.
 *
 * Yesterday's, today's and tomorrow's key are in memory, so that no request waits for one at
 * midnight.
 */
@Injectable()
export class LimiterKeys implements OnModuleInit, OnModuleDestroy {
  private keys = new Map<string, Buffer>();
  /** The day for which `keys` is complete. */
  private loadedFor = '';
  private readonly refresher = new Refresher(() => this.load(), CHECK_MS);

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly limiterKey: Redacted<Uint8Array>,
  ) {}

  /**
   * Loads ahead of the first request, and again each day although nobody asks: old keys must go on
   * time.
   */
  async onModuleInit(): Promise<void> {
    await this.refresh().catch(unlessAway);
    this.refresher.start();
  }

  onModuleDestroy(): void {
    void this.refresher.stop();
    for (const key of this.keys.values()) key.fill(0);
    this.keys.clear();
    this.loadedFor = '';
  }

  /**
   * `subject` names its kind: 'number:...', 'ip:...', 'login:...'. Fails closed: without a key
   * there is no answer.
   */
  async keysFor(subject: string): Promise<[current: Buffer, previous: Buffer]>;
  /**
   * For what counts no longer than `windowMs`: once the day is that old, yesterday's hits are over.
   */
  async keysFor(
    subject: string,
    windowMs: number,
  ): Promise<[current: Buffer, ...previous: Buffer[]]>;
  async keysFor(
    subject: string,
    windowMs = DAY_MS,
  ): Promise<[current: Buffer, ...previous: Buffer[]]> {
    const now = this.clock.now();
    const [yesterday, today] = daysAround(now);
    if (!this.hasLoaded(yesterday, today)) await this.refresh();
    const isYesterdayOver = now.getTime() % DAY_MS >= windowMs;
    return [
      this.index(today, subject),
      ...(isYesterdayOver ? [] : [this.index(yesterday, subject)]),
    ];
  }

  /**
   * What whoever asks from an address is counted by; nothing where it isn't known: an app needn't
   * say from where its users come.
   */
  async keysForAddress(
    kind: string,
    address: string | undefined,
    windowMs: number,
  ): Promise<readonly Buffer[]> {
    return address === undefined
      ? []
      : this.keysFor(`${kind}:${addressSubject(address)}`, windowMs);
  }

  /**
   * In the day's last hour with tomorrow's, too: for what is counted beyond midnight by someone who
   * won't have the subject then.
   */
  async keysAround(
    subject: string,
  ): Promise<[current: Buffer, previous: Buffer, ...next: Buffer[]]> {
    const now = this.clock.now();
    const isLate = now.getUTCHours() === 23;
    const [yesterday, today, tomorrow] = daysAround(now);
    if (!this.hasLoaded(yesterday, today) || (isLate && !this.keys.has(tomorrow)))
      await this.refresh();
    return [
      this.index(today, subject),
      this.index(yesterday, subject),
      ...(isLate ? [this.index(tomorrow, subject)] : []),
    ];
  }

  private hasLoaded(yesterday: string, today: string): boolean {
    if (!this.keys.has(today) || !this.keys.has(yesterday)) return false;
    // After midnight tomorrow's key is loaded in the background.
    if (this.loadedFor !== today) void this.refresh().catch(() => {});
    return true;
  }

  /** Makes what is missing of the keys around today, reads them, deletes older ones. */
  async refresh(): Promise<void> {
    const [, today] = daysAround(this.clock.now());
    if (this.loadedFor !== today) await this.refresher.refresh();
  }

  private async load(): Promise<void> {
    const days = daysAround(this.clock.now());
    if (this.loadedFor === days[1]) return;
    const wrapped = days.map((day) => this.wrap(day, randomBytes(32)));
    const rows = await keepLimiterKeys(this.database.sql, days, wrapped);
    const before = this.keys;
    this.keys = new Map(rows.map((row) => [row.day, this.unwrap(row.day, row.wrapped)]));
    this.loadedFor = days[1];
    for (const key of before.values()) key.fill(0);
  }

  private index(day: string, subject: string): Buffer {
    const key = this.keys.get(day);
    if (key === undefined) throw new Error('a limiter key is missing');
    return hmacSha256(key, subject);
  }

  /** Nonce, ciphertext, tag. The day is bound to it: a key can't be moved to another day's row. */
  private wrap(day: string, key: Buffer): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.limiterKey.reveal(), nonce).setAAD(
      Buffer.from(day),
    );
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  }

  private unwrap(day: string, wrapped: Buffer): Buffer {
    try {
      const decipher = createDecipheriv(
        'aes-256-gcm',
        this.limiterKey.reveal(),
        wrapped.subarray(0, 12),
        { authTagLength: 16 },
      )
        .setAAD(Buffer.from(day))
        .setAuthTag(wrapped.subarray(-16));
      return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
    } catch {
      // Two processes with different keys would each grant the whole limit, so the second is
      // refused.
      throw new Error(
        'LIMITER_KEY is not the one that the table limiter_keys was written with; to change it, empty that table',
      );
    }
  }
}

/**
 * The subject of an address. IPv6 counts by its /64, which is what one subscriber has; IPv4 in IPv6
 * as IPv4.
 */
export function addressSubject(ip: string): string {
  return addressSteps(ip)[0].subject;
}

/** A network that an address is in, and how many subscribers' shares it may have together. */
export interface AddressStep {
  subject: string;
  times: number;
}

/**
 * The networks that an address is counted by, the narrowest first. Who is given a /56 or a /48, as
 * homes and servers are, has 256 or 65,536 of those /64s: so these are counted, too, by twice and
 * four times as much.
 */
export function addressSteps(ip: string): [AddressStep, ...AddressStep[]] {
  const bare = ip.replace(/%.*$/, '');
  if (isIPv4(bare)) return [{ subject: `ip:${bare}`, times: 1 }];
  if (!isIPv6(bare)) throw new Error('not an IP address');
  const groups = ipv6Groups(bare);
  const [high, low] = [groups[6] as number, groups[7] as number];
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return [{ subject: `ip:${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`, times: 1 }];
  const [first, second, third, fourth] = groups as [number, number, number, number];
  const network = (parts: readonly number[], bits: number): string =>
    `ip:${parts.map((group) => group.toString(16)).join(':')}::/${bits}`;
  return [
    { subject: network([first, second, third, fourth], 64), times: 1 },
    { subject: network([first, second, third, fourth & 0xff00], 56), times: 2 },
    { subject: network([first, second, third], 48), times: 4 },
  ];
}

/** The eight groups of an address that isIPv6() accepts. */
function ipv6Groups(ip: string): number[] {
  // The URL parser writes every form of an address in one way (RFC 5952), a dotted tail included.
  const [head = '', tail] = new URL(`http://[${ip}]`).hostname.slice(1, -1).split('::');
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => parseInt(group, 16));
  const first = parse(head);
  const last = tail === undefined ? [] : parse(tail);
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/**
 * Yesterday, today and tomorrow in UTC, as PostgreSQL writes dates. Written once a day: a start
 * asks three times.
 */
function daysAround(now: Date): [string, string, string] {
  const number = Math.floor(now.getTime() / DAY_MS);
  if (written.number !== number) {
    const day = (offset: number): string =>
      new Date((number + offset) * DAY_MS).toISOString().slice(0, 10);
    written = { number, days: [day(-1), day(0), day(1)] };
  }
  return written.days;
}
let written: { number: number; days: [string, string, string] } = {
  number: NaN,
  days: ['', '', ''],
};

/** A database that is away at start is no reason not to start: whoever asks first loads. */
function unlessAway(error: unknown): void {
  if (!isDatabaseAway(error)) throw error;
}
