import { createInterface } from 'node:readline/promises';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ExpectedError } from '../../embedded/expected-error.js';
import { derivePublicKey, keyFile } from '../../embedded/keys.js';
import { type Database, type Executor, type Transaction } from '../../kernel/database.js';
import { sha256 } from '../../kernel/digest.js';
import { newId } from '../../kernel/ids.js';
import { takeHit } from '../../kernel/limits.repository.js';
import { scrub } from '../../kernel/scrub.js';
import { askByNumber } from '../../plaintext/look-by-number.js';
import { deleteLook, type Found, takeFound } from '../../plaintext/looks.repository.js';
import { isGiven, parseOperatorSettings, readGiven } from '../../settings.js';
import { operate, type Place, readPlace } from '../operate.js';
import { parseReason } from '../reason.js';
import { UsageError } from '../usage-error.js';
import { describeRefusals } from './refusals.js';

/** A worker looks each second. */
const ANSWERED_WITHIN_MS = 15_000;
const ASK_EVERY_MS = 200;
const AN_HOUR = { max: 20, windowMs: 3_600_000 };

type Show = (db: Executor, found: Found) => Promise<string[]>;

/**
 * Asks for a number at a prompt and leaves it, sealed, for a worker, which alone can find what went
 * to it. It stands in no command line, which other users of the host may read, and no shell's
 * history.
 */
export async function lookByNumber(why: readonly string[], show: Show): Promise<void> {
  const reason = parseReason(why);
  if (scrub(reason).count > 0)
    throw new UsageError('why you look may hold no number: the person looked up reads it');
  const place = readPlace();
  const [settings, publicKey] = [parseOperatorSettings(place.env), await readPublicKey(place)];
  const typed = await askFor('number: ');
  await operate(
    'look',
    async (database) => {
      const found = await find(database, { typed, reason }, publicKey);
      return [
        ...(await describeRefusals(database.sql, typed, found.verifications, settings)),
        ...(await show(database.sql, found)),
      ];
    },
    place,
  );
}

async function find(
  database: Database,
  asked: { typed: string; reason: string },
  publicKey: Uint8Array,
): Promise<Found> {
  const id = newId();
  await database.transaction((trx) => leave(trx, { id, ...asked }, publicKey));
  return waitForAnswer(database, id);
}

async function leave(
  trx: Transaction,
  look: { id: string; typed: string; reason: string },
  publicKey: Uint8Array,
): Promise<void> {
  const now = new Date();
  const taken = await takeHit(trx, [sha256('operator looks')], [AN_HOUR], now);
  if (!taken.ok)
    throw new ExpectedError(
      `${AN_HOUR.max} numbers were looked up within an hour; again from ${taken.retryAt.toISOString()}`,
    );
  if (!(await askByNumber(trx, look, publicKey, now)))
    throw new ExpectedError('this is no number that anybody can be reached at; write it with +');
}

async function waitForAnswer(database: Database, id: string): Promise<Found> {
  for (let waited = 0; waited < ANSWERED_WITHIN_MS; waited += ASK_EVERY_MS) {
    const found = await takeFound(database.sql, id);
    if (found !== undefined) return found;
    await wait(ASK_EVERY_MS);
  }
  await deleteLook(database.sql, id);
  throw new ExpectedError(
    'no worker has answered: is one running, with the vault key of this VAULT_PUBLIC_KEY?',
  );
}

/** Of what the worker opens. Never made here: another one would be nobody's. */
async function readPublicKey({ env, dataDir }: Place): Promise<Uint8Array> {
  const text = isGiven(env, 'VAULT_PUBLIC_KEY')
    ? readGiven(env, 'VAULT_PUBLIC_KEY')
    : await readFile(keyFile(dataDir, 'VAULT_PRIVATE_KEYS'), 'utf8').then(
        (keys) => derivePublicKey(keys.trim()),
        () => '',
      );
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length !== 32)
    throw new ExpectedError('VAULT_PUBLIC_KEY: it is needed to seal the number, as api has it');
  return key;
}

/** From the terminal, or the first line of what is piped in. */
async function askFor(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<string>((resolve) => {
      lines.once('close', () => resolve(''));
    });
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
}
