import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { Clock } from '../kernel/clock.js';
import { Database, type Executor, isDatabaseAway, type Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { Logger } from '../kernel/logger.js';
import type { Redacted } from '../kernel/redacted.js';
import { Refresher } from '../kernel/refresher.js';
import type { Receipt } from '../ledger/ledger.repository.js';
import {
  isSignedDayKey,
  readSigningKey,
  readVerifyingKey,
  signDayKey,
} from './day-key-signature.js';
import { PhoneNumber } from './phone-number.js';
import { type DayKey, PresentationRepository } from './presentation.repository.js';
import { arrayBuffer, derivePublicKey } from './vault/keyring.js';

/**
 * Caller ID, a capability with an end.
 *
 * The worker re-seals the number that a call may show under a random key of its own, AES-256-GCM
 * with call and participant as AAD, and that key to the day's public key (HPKE). The day's private
 * half is `api`'s, wrapped under PRESENTATION_KEY; it is destroyed when no call of its day can be
 * live any more, and the row itself when its call ends. The public half has `api`'s signature, which
 * no login of the database can make (day-key-signature.ts). So `api` can show what is live, and neither
 * it nor an old backup with its key can show what was. Who may see whose number, and why no more:
 * docs/decisions/caller-id.md.
 *
 *     presentations.enc     32 bytes HPKE encapsulation, 32 bytes call key and 16 bytes tag
 *     presentations.sealed  12 bytes nonce, 16 bytes number filled up with zeros, 16 bytes tag
 */
const SUITE = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});
const ENC_BYTES = 32;
const TEXT_BYTES = 16;

const DAY_MS = 86_400_000;
const CHECK_MS = 600_000;
const formatDay = (at: Date, offset = 0): string =>
  new Date(at.getTime() + offset * DAY_MS).toISOString().slice(0, 10);

/** Both ids are of fixed length. */
const buildAad = (callId: string, participantId: string): Buffer =>
  Buffer.from(`dingline presentation 1 ${callId} ${participantId}`);
const buildInfo = (day: string): ArrayBuffer =>
  arrayBuffer(Buffer.from(`dingline call key 1 ${day}`));

/**
 * The worker's side.
 *
 * Holds plaintext: while `present` runs.
 */
@Injectable()
export class Presenter {
  private readonly verifyingKey: KeyObject;

  constructor(
    private readonly presentations: PresentationRepository,
    private readonly clock: Clock,
    verifyingKey: Redacted<Uint8Array>,
    private readonly logger: Logger,
  ) {
    this.verifyingKey = readVerifyingKey(verifyingKey.reveal());
  }

  /**
   * Lets `participantId`'s number be shown in the call until `expiresAt`. False if `api` has made
   * and signed no key for today: then nothing can be shown, which is no reason not to ring.
   */
  async present(
    db: Executor,
    shown: {
      callId: string;
      participantId: string;
      numberRef: NumberRef;
      number: PhoneNumber;
      expiresAt: Date;
    },
  ): Promise<boolean> {
    const { callId, participantId, numberRef, number, expiresAt } = shown;
    const day = formatDay(this.clock.now());
    const dayKey = await this.presentations.findPublicKey(db, day);
    if (dayKey === undefined) return false;
    if (!isSignedDayKey(this.verifyingKey, day, dayKey.publicKey, dayKey.signature)) {
      this.logger.error('presentation_key_refused', undefined, {
        message:
          "today's row of presentation_keys is not signed: either PRESENTATION_SIGNING_KEY and " +
          'PRESENTATION_VERIFYING_KEY are no pair, or somebody has exchanged the row; until then ' +
          'no number is shown',
      });
      return false;
    }
    const aad = buildAad(callId, participantId);
    const callKey = randomBytes(32);
    const nonce = randomBytes(12);
    const text = Buffer.alloc(TEXT_BYTES);
    const stored = number.forStorage();
    stored.copy(text);
    const cipher = createCipheriv('aes-256-gcm', callKey, nonce).setAAD(aad);
    const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    const recipientPublicKey = await SUITE.kem.importKey(
      'raw',
      arrayBuffer(dayKey.publicKey),
      true,
    );
    const wrapped = await SUITE.seal(
      { recipientPublicKey, info: buildInfo(day) },
      arrayBuffer(callKey),
      arrayBuffer(aad),
    );
    for (const secret of [callKey, text, stored]) secret.fill(0);
    const enc = Buffer.concat([Buffer.from(wrapped.enc), Buffer.from(wrapped.ct)]);
    await this.presentations.insert(db, {
      callId,
      participantId,
      numberRef,
      day,
      enc,
      sealed,
      expiresAt,
    });
    return true;
  }
}

/** What `api` has of its own: it wraps the days' private keys, and signs their public halves. */
export interface PresentationKeys {
  wrapping: Redacted<Uint8Array>;
  signing: Redacted<Uint8Array>;
}

/**
 * The side of `api`: makes the daily keys, and shows a number to whom the caller has found entitled
 * to see it.
 *
 * Holds plaintext: while `reveal` runs; what it hands out is the caller's to forget. The keys of
 * today and yesterday, which open the presentations of live calls, are in memory from `refresh`
 * until their day is over.
 */
@Injectable()
export class Presentations implements OnModuleInit, OnModuleDestroy {
  private keys = new Map<string, CryptoKey>();
  private loadedFor = '';
  private readonly signingKey: KeyObject;
  private readonly refresher = new Refresher(() => this.load(), CHECK_MS);

  constructor(
    private readonly database: Database,
    private readonly presentations: PresentationRepository,
    private readonly clock: Clock,
    private readonly ownKeys: PresentationKeys,
  ) {
    this.signingKey = readSigningKey(ownKeys.signing.reveal());
  }

  async onModuleInit(): Promise<void> {
    await this.refresh().catch((error: unknown) => {
      if (!isDatabaseAway(error)) throw error;
    });
    this.refresher.start();
  }

  onModuleDestroy(): void {
    void this.refresher.stop();
    this.keys.clear();
    this.loadedFor = '';
  }

  /**
   * Makes the keys of today and tomorrow if nobody has, deletes those that no live call can need: a
   * call lasts a day at most, so the key of a day is of use until the end of the next.
   */
  async refresh(): Promise<void> {
    if (this.loadedFor !== formatDay(this.clock.now())) await this.refresher.refresh();
  }

  /**
   * The number that `participantId` shows in the call, undefined if there is none, or no longer.
   * @throws if the receipt isn't for showing this number of this participant in this call
   */
  async reveal(
    trx: Transaction,
    callId: string,
    participantId: string,
    receipt: Receipt,
  ): Promise<PhoneNumber | undefined> {
    const row = await this.presentations.find(trx, callId, participantId, this.clock.now());
    if (row === undefined) return undefined;
    receipt.spendOnReveal(callId, row.accountId, row.numberRef);
    await this.refresh();
    const recipientKey = this.keys.get(row.day);
    if (recipientKey === undefined) return undefined; // its day is over
    const aad = buildAad(callId, participantId);
    const callKey = Buffer.from(
      await SUITE.open(
        {
          recipientKey,
          enc: arrayBuffer(row.enc.subarray(0, ENC_BYTES)),
          info: buildInfo(row.day),
        },
        arrayBuffer(row.enc.subarray(ENC_BYTES)),
        arrayBuffer(aad),
      ),
    );
    const decipher = createDecipheriv('aes-256-gcm', callKey, row.sealed.subarray(0, 12), {
      authTagLength: 16,
    })
      .setAAD(aad)
      .setAuthTag(row.sealed.subarray(-16));
    const text = Buffer.concat([decipher.update(row.sealed.subarray(12, -16)), decipher.final()]);
    try {
      const end = text.indexOf(0);
      return PhoneNumber.fromStored(end === -1 ? text : text.subarray(0, end));
    } finally {
      for (const secret of [callKey, text]) secret.fill(0);
    }
  }

  private async load(): Promise<void> {
    const today = formatDay(this.clock.now());
    if (this.loadedFor === today) return;
    const db = this.database.sql;
    const yesterday = formatDay(new Date(today), -1);
    await this.presentations.deleteKeysBefore(db, yesterday);
    const had = await this.presentations.keys(db);
    const missing = [today, formatDay(new Date(today), 1)].filter(
      (day) => !had.some((row) => row.day === day),
    );
    for (const day of missing) {
      const privateKey = randomBytes(32);
      const publicKey = derivePublicKey(privateKey);
      await this.presentations.insertKey(db, {
        day,
        publicKey,
        wrapped: this.wrap(day, privateKey),
        signature: signDayKey(this.signingKey, day, publicKey),
      });
      privateKey.fill(0);
    }
    const rows = missing.length > 0 ? await this.presentations.keys(db) : had;
    const keys = new Map<string, CryptoKey>();
    for (const row of rows) keys.set(row.day, await this.take(row));
    this.keys = keys;
    this.loadedFor = today;
  }

  /** Reads a row that is ours, and signs it if it lacks our signature, as under a new signing key. */
  private async take(row: DayKey): Promise<CryptoKey> {
    const privateKey = this.unwrap(row);
    if (!isSignedDayKey(this.signingKey, row.day, row.publicKey, row.signature)) {
      const signature = signDayKey(this.signingKey, row.day, row.publicKey);
      await this.presentations.signKey(this.database.sql, row, signature);
    }
    return SUITE.kem
      .importKey('raw', arrayBuffer(privateKey), false)
      .finally(() => privateKey.fill(0));
  }

  /** Nonce, ciphertext, tag. */
  private wrap(day: string, privateKey: Buffer): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.ownKeys.wrapping.reveal(), nonce).setAAD(
      Buffer.from(day),
    );
    return Buffer.concat([nonce, cipher.update(privateKey), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws if we did not wrap it, or its public half is another's */
  private unwrap({ day, publicKey, wrapped }: DayKey): Buffer {
    try {
      const decipher = createDecipheriv(
        'aes-256-gcm',
        this.ownKeys.wrapping.reveal(),
        wrapped.subarray(0, 12),
        { authTagLength: 16 },
      )
        .setAAD(Buffer.from(day))
        .setAuthTag(wrapped.subarray(-16));
      const privateKey = Buffer.concat([
        decipher.update(wrapped.subarray(12, -16)),
        decipher.final(),
      ]);
      if (derivePublicKey(privateKey).equals(publicKey)) return privateKey;
    } catch {
      // As a public half that is not its own.
    }
    throw new Error(
      'PRESENTATION_KEY is not the one that the table presentation_keys was written with, or ' +
        'somebody else wrote there; to go on, empty that table',
    );
  }
}
