import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Database, isDatabaseAway } from '../../kernel/database.js';
import { newId } from '../../kernel/ids.js';
import { nonSecretBytes } from '../../kernel/random.js';
import { insertEpoch } from './epochs.repository.js';
import { arrayBuffer, EXPORT_SUITE, type Keyring, computeKeyVersion } from './keyring.js';

/**
 * Sealing by epochs.
 *
 * One HPKE encapsulation to the vault's public key (RFC 9180, 5.3: export-only) gives an
 * AES-256-GCM key, with which the process seals rows until the epoch ends. Only the vault's private
 * key gets that key back, from `enc` in the table `epochs`. Why, and what it costs:
 * docs/decisions/sealing-by-epochs.md.
 *
 * What is sealed:
 *
 *     1 byte    layout, 0x01
 *     16 bytes  epoch id
 *     12 bytes  nonce, random: at most 10,000 under one key, far from 2^32
 *     16 bytes  ciphertext: the number or code, filled up with zeros, so that its length says nothing
 *     16 bytes  tag
 *
 * What is authenticated with it (AAD): layout, epoch id, row id, key version, purpose. So a sealed
 * value opens in the row and for the purpose that it was sealed for, and nowhere else (S2).
 */
const LAYOUT = 1;
const NONCE_AT = 17;
const TEXT_AT = 29;
const TEXT_BYTES = 16;
const SEALED_BYTES = TEXT_AT + TEXT_BYTES + 16;

export const EPOCH_MS = 60_000;
export const EPOCH_ROWS = 10_000;
/**
 * One that was made ahead and not used by then is never used: its row, to which nothing refers, is
 * erased after two days.
 */
export const EPOCH_READY_MS = 12 * 3_600_000;

/** look: a number that an operator has typed, to be found and not to be reached. */
export type Purpose = 'number' | 'code' | 'look';

const uuidBytes = (id: string): Buffer => {
  const bytes = Buffer.from(
    `${id.slice(0, 8)}${id.slice(9, 13)}${id.slice(14, 18)}${id.slice(19, 23)}${id.slice(24)}`,
    'hex',
  );
  if (bytes.length !== 16) throw new Error('not a UUID');
  return bytes;
};
const uuidText = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** Fixed lengths up to the purpose, which is last: no two contexts are the same bytes. */
const buildAad = (head: Uint8Array, rowId: string, keyVersion: string, purpose: Purpose): Buffer =>
  Buffer.concat([head, uuidBytes(rowId), Buffer.from(`${keyVersion}${purpose}`, 'latin1')]);

/**
 * Both sides derive with these: a key is bound to the vault key's version and to the epoch's id.
 */
const buildInfo = (keyVersion: string): ArrayBuffer =>
  arrayBuffer(Buffer.from(`dingline epoch 1 ${keyVersion}`));
const buildExportContext = (epochId: string): ArrayBuffer =>
  arrayBuffer(Buffer.from(`aes-256-gcm ${epochId}`));

/**
 * The library's context keeps the secret that the key was derived from: gone with the key, not with
 * the garbage.
 */
function wipeContext(context: object): void {
  const secret = (context as { exporterSecret?: unknown }).exporterSecret;
  if (!(secret instanceof ArrayBuffer))
    throw new Error('the HPKE context has changed; its secret would stay behind');
  new Uint8Array(secret).fill(0);
}

/**
 * One epoch at the process that seals.
 *
 * Holds plaintext: none; from its making until `end` it could open what it sealed.
 */
export class SealingEpoch {
  private rows = 0;
  private firstUsedAtMs: number | undefined;
  private hasEnded = false;
  /** What each sealed value begins with: layout and epoch id. */
  private readonly head: Buffer;

  private constructor(
    readonly id: string,
    readonly keyVersion: string,
    readonly enc: Buffer,
    private readonly key: Buffer,
    private readonly madeAtMs: number,
  ) {
    this.head = Buffer.concat([Buffer.of(LAYOUT), uuidBytes(id)]);
  }

  static async make(publicKey: Uint8Array, nowMs: number): Promise<SealingEpoch> {
    const id = newId();
    const keyVersion = computeKeyVersion(publicKey);
    const recipientPublicKey = await EXPORT_SUITE.kem.importKey(
      'raw',
      arrayBuffer(publicKey),
      true,
    );
    const context = await EXPORT_SUITE.createSenderContext({
      recipientPublicKey,
      info: buildInfo(keyVersion),
    });
    const key = Buffer.from(await context.export(buildExportContext(id), 32));
    wipeContext(context);
    return new SealingEpoch(id, keyVersion, Buffer.from(context.enc), key, nowMs);
  }

  /** Its time runs from its first row: until then there is nothing that its key could open. */
  isUsable(nowMs: number): boolean {
    if (this.hasEnded || this.rows >= EPOCH_ROWS) return false;
    if (this.firstUsedAtMs === undefined) return nowMs < this.madeAtMs + EPOCH_READY_MS;
    return nowMs >= this.firstUsedAtMs && nowMs < this.firstUsedAtMs + EPOCH_MS;
  }

  /** Wipes `text`. */
  seal(rowId: string, purpose: Purpose, text: Buffer, nowMs: number): Buffer {
    if (!this.isUsable(nowMs)) throw new Error('this epoch has ended');
    if (text.length > TEXT_BYTES) throw new Error('too long to be sealed');
    this.firstUsedAtMs ??= nowMs;
    this.rows += 1;
    const padded = Buffer.allocUnsafe(TEXT_BYTES).fill(0);
    text.copy(padded);
    text.fill(0);
    const nonce = nonSecretBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(
      buildAad(this.head, rowId, this.keyVersion, purpose),
    );
    const sealed = Buffer.concat([
      this.head,
      nonce,
      cipher.update(padded),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    padded.fill(0);
    return sealed;
  }

  end(): void {
    this.hasEnded = true;
    this.key.fill(0);
  }
}

/** The epoch that a sealed value names; its row in `epochs` has what the vault needs to open it. */
export function readEpochId(sealed: Uint8Array): string {
  if (sealed.length !== SEALED_BYTES || sealed[0] !== LAYOUT) throw new Error('not a sealed value');
  return uuidText(sealed.subarray(1, NONCE_AT));
}

/** The vault's side: an epoch's key from its `enc`. */
export async function openEpoch(
  keyring: Keyring,
  epoch: { id: string; keyVersion: string; enc: Uint8Array },
): Promise<OpenedEpoch> {
  const recipientKey = await keyring.privateKey(epoch.keyVersion);
  const context = await EXPORT_SUITE.createRecipientContext({
    recipientKey,
    enc: arrayBuffer(epoch.enc),
    info: buildInfo(epoch.keyVersion),
  });
  const key = Buffer.from(await context.export(buildExportContext(epoch.id), 32));
  wipeContext(context);
  return new OpenedEpoch(epoch.id, epoch.keyVersion, key);
}

/**
 * One epoch at the worker.
 *
 * Holds plaintext: none; from `openEpoch` until the vault drops it, it can open the epoch's rows.
 */
export class OpenedEpoch {
  constructor(
    readonly id: string,
    private readonly keyVersion: string,
    private readonly key: Buffer,
  ) {}

  /**
   * The text, in a buffer that the caller wipes. @throws if a bit is changed, or the row or purpose
   * is another
   */
  open(rowId: string, purpose: Purpose, sealed: Uint8Array): Buffer {
    if (readEpochId(sealed) !== this.id) throw new Error('sealed in another epoch');
    const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(NONCE_AT, TEXT_AT), {
      authTagLength: 16,
    })
      .setAAD(buildAad(sealed.subarray(0, NONCE_AT), rowId, this.keyVersion, purpose))
      .setAuthTag(sealed.subarray(TEXT_AT + TEXT_BYTES));
    const padded = Buffer.concat([
      decipher.update(sealed.subarray(TEXT_AT, TEXT_AT + TEXT_BYTES)),
      decipher.final(),
    ]);
    const end = padded.indexOf(0);
    return end === -1 ? padded : padded.subarray(0, end);
  }
}

/**
 * Seals what `api` takes in. The next epoch is always made and stored before it is needed, so that
 * no request waits for one, and `enc` is committed by a statement of its own before anything is
 * sealed under it: a row that a rolled back transaction takes with it is no loss, an `enc` would
 * be.
 *
 * Holds plaintext: while one `seal` runs. Until its epoch ends, a thief of this process's memory
 * reads what it sealed.
 */
@Injectable()
export class Sealer implements OnModuleInit, OnModuleDestroy {
  private current: SealingEpoch | undefined;
  private next: Promise<SealingEpoch> | undefined;
  private turning: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly publicKey: Uint8Array,
  ) {}

  async onModuleInit(): Promise<void> {
    try {
      this.current = await this.prepare();
      this.prepareNext();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error; // away: the first request tries again
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.end();
    (await this.next?.catch(() => undefined))?.end();
    this.next = undefined;
  }

  /** For the row `rowId`, which exists or will. Wipes `text`. */
  async seal(rowId: string, purpose: Purpose, text: Buffer): Promise<Buffer> {
    let epoch = this.current;
    while (epoch === undefined || !epoch.isUsable(this.clock.now().getTime())) {
      await (this.turning ??= this.turn().finally(() => (this.turning = undefined)));
      epoch = this.current;
    }
    const sealed = epoch.seal(rowId, purpose, text, this.clock.now().getTime());
    // Ends it on time although nothing more comes to be sealed.
    this.timer ??= setTimeout(() => this.end(), EPOCH_MS).unref();
    return sealed;
  }

  /** Ends the epoch in use: its key is wiped. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.current?.end();
    this.current = undefined;
  }

  private async turn(): Promise<void> {
    this.end();
    const next = this.next ?? this.prepare();
    this.next = undefined;
    this.current = await next;
    this.prepareNext();
  }

  private prepareNext(): void {
    this.next = this.prepare();
    // Failed ahead of time: whoever needs it tries again and hears of it.
    this.next.catch(() => (this.next = undefined));
  }

  private async prepare(): Promise<SealingEpoch> {
    const madeAt = this.clock.now();
    const epoch = await SealingEpoch.make(this.publicKey, madeAt.getTime());
    await insertEpoch(this.database.sql, epoch, madeAt);
    return epoch;
  }
}
