import { createPublicKey, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { SessionsRepository } from '../../src/accounts/sessions.repository.js';
import { PumpingGuard } from '../../src/guard/pumping-guard.service.js';
import { Database, type Executor } from '../../src/kernel/database.js';
import { sha256 } from '../../src/kernel/digest.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { LimiterKeys } from '../../src/kernel/limiter-keys.js';
import { Logger } from '../../src/kernel/logger.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { LedgerRepository, type Receipt } from '../../src/ledger/ledger.repository.js';
import { bindCode, Code } from '../../src/plaintext/code.js';
import { readSigningKey } from '../../src/plaintext/day-key-signature.js';
import { Intake, type SubmittedNumber } from '../../src/plaintext/number.pipes.js';
import { NumberRules, type NumberRulesOptions } from '../../src/plaintext/number-rules.service.js';
import { Presentations, Presenter } from '../../src/plaintext/presentation.js';
import { PresentationRepository } from '../../src/plaintext/presentation.repository.js';
import { TestNumbers } from '../../src/plaintext/test-numbers.js';
import { Sealer } from '../../src/plaintext/vault/epoch.js';
import { Keyring, derivePublicKey } from '../../src/plaintext/vault/keyring.js';
import { NumberIndex } from '../../src/plaintext/vault/number-index.js';
import { NumbersRepository } from '../../src/plaintext/vault/numbers.repository.js';
import { Vault } from '../../src/plaintext/vault/vault.js';
import { ManualClock } from './clock.js';
import { createDatabase, type TestDatabase } from './postgres.js';

/**
 * The room for plaintext without the roles around it: the parts of `api` on `api`'s login, those of the worker on the
 * worker's, both on one database, with keys of their own and a clock that the test moves.
 */
export class Room {
  readonly clock = new ManualClock();
  readonly privateKey = randomBytes(32);
  readonly keys = {
    limiter: randomBytes(32),
    pepper: randomBytes(32),
    presentation: randomBytes(32),
    signing: randomBytes(32),
    index: randomBytes(32),
  };
  readonly owner: Database;
  readonly api: Database;
  readonly worker: Database;
  readonly ingress: Database;
  readonly ledger = new LedgerRepository();
  private readonly opened: { onModuleDestroy(): unknown }[] = [];

  private constructor(readonly database: TestDatabase) {
    const connect = (url: string): Database => new Database(new Redacted(url), 'test', () => {});
    this.owner = connect(database.ownerUrl);
    this.api = connect(database.apiUrl);
    this.worker = connect(database.workerUrl);
    this.ingress = connect(database.ingressUrl);
  }

  static async open(): Promise<Room> {
    const room = new Room(await createDatabase());
    room.clock.showIn(room.database.clockFile);
    return room;
  }

  async close(): Promise<void> {
    for (const part of this.opened) await part.onModuleDestroy();
    for (const database of [this.owner, this.api, this.worker, this.ingress])
      await database.close();
    await this.database.drop();
  }

  /** Another process of `api`. Not started: a test calls `onModuleInit` where it matters. */
  sealer(publicKey: Uint8Array = derivePublicKey(this.privateKey)): Sealer {
    return this.keep(new Sealer(this.api, this.clock, publicKey));
  }
  /** Another process of the worker. */
  workerSealer(): Sealer {
    return this.keep(new Sealer(this.worker, this.clock, derivePublicKey(this.privateKey)));
  }
  limiterKeys(key: Uint8Array = this.keys.limiter): LimiterKeys {
    return this.keep(new LimiterKeys(this.api, this.clock, new Redacted(key)));
  }
  presentations(keys: Partial<Pick<Room['keys'], 'presentation' | 'signing'>> = {}): Presentations {
    const { presentation, signing } = { ...this.keys, ...keys };
    return this.keep(
      new Presentations(this.api, new PresentationRepository(), this.clock, {
        wrapping: new Redacted(presentation),
        signing: new Redacted(signing),
      }),
    );
  }
  intake(sealer: Sealer): Intake {
    return new Intake(
      sealer,
      this.limiterKeys(),
      new Redacted(this.keys.pepper),
      this.numberRules(),
      new TestNumbers(undefined, new Redacted(this.keys.pepper)),
      this.pumpingGuard(),
    );
  }
  numberRules(options: Partial<NumberRulesOptions> = {}): NumberRules {
    return this.keep(
      new NumberRules(this.api, new Logger('silent', 'api'), {
        countries: [],
        denyFile: undefined,
        warnsOfCountries: false,
        ...options,
      }),
    );
  }
  pumpingGuard(): PumpingGuard {
    return this.keep(new PumpingGuard(this.api, this.clock, new Logger('silent', 'api')));
  }

  /** Another process of the worker. */
  vault(privateKeys: readonly Uint8Array[] = [this.privateKey]): Vault {
    return new Vault(
      this.worker,
      new NumbersRepository(),
      new Keyring(new Redacted(privateKeys)),
      new NumberIndex(new Redacted(this.keys.index)),
    );
  }
  presenter(logger = new Logger('silent', 'worker')): Presenter {
    return new Presenter(new PresentationRepository(), this.clock, this.verifyingKey(), logger);
  }
  /** What the worker is given of `api`'s signing key. */
  verifyingKey(): Redacted<Uint8Array> {
    const { x } = createPublicKey(readSigningKey(this.keys.signing)).export({ format: 'jwk' });
    return new Redacted(Buffer.from(x as string, 'base64url'));
  }

  /** A number as a request brings it, stored. */
  async store(sealer: Sealer, e164: string): Promise<NumberRef> {
    const submitted = await this.submit(sealer, e164);
    await this.storeSubmitted(this.owner.sql, submitted);
    return submitted.ref;
  }
  async storeSubmitted(db: Executor, { ref, sealed }: SubmittedNumber): Promise<void> {
    await sql`INSERT INTO numbers (id, sealed, created_at) VALUES (${ref}, ${sealed}, ${this.clock.now()})`.execute(
      db,
    );
  }
  /** A code for a verification that is there, as the worker makes it; gives what a check submits. */
  async storeCode(sealer: Sealer, verificationId: string): Promise<Buffer> {
    const code = Code.random(6);
    const bound = bindCode(code.hashUnder(this.keys.pepper), verificationId);
    const sealed = await sealer.seal(verificationId, 'code', code.forStorage());
    await sql`SELECT store_code(${verificationId}, ${sealed}, ${sha256(bound)}, 6)`.execute(
      this.worker.sql,
    );
    return bound;
  }
  submit(sealer: Sealer, e164: string): Promise<SubmittedNumber> {
    return this.intake(sealer).takeNumber(e164);
  }

  /** A committed ledger entry's receipt, of a hand-off that this worker has claimed. */
  async receipt(numberRef: NumberRef, more: Partial<Claimed> = {}): Promise<Receipt> {
    const { id, kind } = await this.claimed(numberRef, more);
    const givenTo = kind === 'present' ? 'participants' : 'carrier:twilio';
    return this.worker.transaction((trx) => this.ledger.recordOpening(trx, id, givenTo));
  }
  /** A hand-off in a worker's hands, as a row; its number need not be there. */
  async claimed(numberRef: NumberRef, more: Partial<Claimed> = {}): Promise<Claimed> {
    const claimed: Claimed = {
      id: newId(),
      kind: 'deliver',
      purpose: 'verification',
      subjectId: newId(),
      accountId: newId(),
      ...more,
    };
    await this.rows('ALTER TABLE handoffs DROP CONSTRAINT IF EXISTS handoffs_number_ref_fkey');
    await sql`
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before,
        not_after, created_at
      )
      VALUES (
        ${claimed.id}, ${claimed.purpose}, 'sms', ${claimed.kind}, ${claimed.subjectId},
        ${claimed.accountId}, ${numberRef}, 'en', 'sending', now(), now(), now()
      )
    `.execute(this.owner.sql);
    return claimed;
  }
  /** The receipt of a look that this person is about to have, if they may. */
  async look(
    accountId: string,
    callId: string,
    participantId: string,
  ): Promise<Receipt | undefined> {
    const token = randomBytes(32);
    await sql`
      INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
      VALUES (${newId()}, ${accountId}, sha256(${token}), 'bearer', now(), 'infinity')
    `.execute(this.owner.sql);
    return this.api.transaction(async (trx) => {
      await new SessionsRepository().identify(trx, token);
      return this.ledger.recordLook(trx, callId, participantId);
    });
  }

  /** The number is this account's from now on, as after a right code. */
  async giveNumber(accountId: string, numberRef: string): Promise<void> {
    await sql`
      INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
      VALUES (${accountId}, ${numberRef}, ${randomBytes(32)}, ${this.clock.now()})
    `.execute(this.owner.sql);
  }

  /** An account with a verification of `numberRef`, for rows that need one to belong to. */
  async verification(numberRef: NumberRef, accountId?: string): Promise<string> {
    const [id, now] = [newId(), this.clock.now()];
    const account = accountId ?? (await this.account());
    await sql`
      INSERT INTO verifications (
        id, account_id, number_ref, limiter_index, language, state, created_at, expires_at
      )
      VALUES (
        ${id}, ${account}, ${numberRef}, ${randomBytes(32)}, 'en', 'pending', ${now},
        ${new Date(now.getTime() + 600_000)}
      )
    `.execute(this.owner.sql);
    return id;
  }
  /** An account that is signed in, by a token of which `secretOf` is the digest. */
  async account(): Promise<string> {
    const id = newId();
    await sql`
      INSERT INTO accounts (id, login, name, language, created_at)
      VALUES (${id}, ${id}, 'Ann', 'en', ${this.clock.now()})
    `.execute(this.owner.sql);
    await sql`
      INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
      VALUES (${newId()}, ${id}, sha256(${secretOf(id)}), 'bearer', ${this.clock.now()}, 'infinity')
    `.execute(this.owner.sql);
    return id;
  }
  /**
   * A live Ding of these accounts; the first initiates it, and all others are reached. Gives the participants' ids in
   * the same order.
   */
  async call(...accounts: string[]): Promise<{ callId: string; participants: string[] }> {
    const [callId, now] = [newId(), this.clock.now()];
    await sql`
      INSERT INTO calls (id, purpose, created_at, ends_at, initiator_id)
      VALUES (${callId}, 'ding', ${now}, ${new Date(now.getTime() + 86_400_000)}, ${accounts[0]})
    `.execute(this.owner.sql);
    const participants = accounts.map(newId);
    for (const [i, account] of accounts.entries())
      await sql`
        INSERT INTO participants (id, call_id, account_id, role)
        VALUES (${participants[i]}, ${callId}, ${account}, ${i === 0 ? 'initiator' : 'recipient'})
      `.execute(this.owner.sql);
    await sql`
      INSERT INTO notifications (
        id, call_id, participant_id, channel, state, created_at, expires_at, begun_at
      )
      SELECT gen_random_uuid(), call_id, id, 'app', 'accepted', ${now},
        ${now}::timestamptz + interval '10 years', ${now}
      FROM participants
      WHERE call_id = ${callId} AND role = 'recipient'
    `.execute(this.owner.sql);
    return { callId, participants };
  }

  async rows<R>(query: string, trx: Executor = this.owner.sql): Promise<R[]> {
    return (await sql.raw<R>(query).execute(trx)).rows;
  }

  private keep<T extends { onModuleDestroy(): unknown }>(part: T): T {
    this.opened.push(part);
    return part;
  }
}

/** What PostgreSQL is shown by an account of a room's. */
export const secretOf = (account: string): Buffer => sha256(`token of ${account}`);

/** What a ledger's entry says of a hand-off that was claimed. */
export interface Claimed {
  id: string;
  kind: 'deliver' | 'present';
  purpose: 'verification' | 'ding' | 'conference';
  subjectId: string;
  accountId: string;
}
