import { listBlocks } from '../guard/pumping-blocks.repository.js';
import type { Executor, Transaction } from '../kernel/database.js';
import { insertLook } from './looks.repository.js';
import { NO_RULES, type Rules } from './number-policy.js';
import { PhoneNumber } from './phone-number.js';
import { SealingEpoch } from './vault/epoch.js';
import { insertEpoch } from './vault/epochs.repository.js';

/**
 * Leaves a look for the worker, with the number that an operator has typed sealed to the vault's
 * public key; false if it is no number that anybody could be reached at.
 *
 * Holds plaintext: while it runs.
 */
export async function askByNumber(
  trx: Transaction,
  look: { id: string; typed: string; reason: string },
  vaultPublicKey: Uint8Array,
  now: Date,
): Promise<boolean> {
  const number = PhoneNumber.parse(look.typed);
  if (number === undefined) return false;
  const epoch = await SealingEpoch.make(vaultPublicKey, now.getTime());
  try {
    const sealed = epoch.seal(look.id, 'look', number.forStorage(), now.getTime());
    await insertEpoch(trx, epoch, now);
    await insertLook(trx, { id: look.id, sealed, reason: look.reason });
  } finally {
    epoch.end();
  }
  return true;
}

/** Why a start to a number is refused before it is kept anywhere, by the code of its answer. */
export type StartRefusal =
  | { code: 'COUNTRY_REFUSED' | 'PREFIX_REFUSED'; until?: undefined }
  | { code: 'SENDS_BLOCKED'; until: Date };

/**
 * Finds what refuses the number that an operator has typed, whoever asks for a code: the operator's
 * rules, or a block as SMS pumping. Of such a start nothing is kept that a look could find. It gives
 * the number's country, too.
 *
 * Holds plaintext: while it runs.
 */
export async function findStartRefusals(
  db: Executor,
  typed: string,
  rules: Rules,
  now: Date,
): Promise<{ country: string | undefined; refusals: StartRefusal[] }> {
  const any = PhoneNumber.judge(typed, NO_RULES);
  if (any.kind === 'refused') return { country: undefined, refusals: [] };
  const { number, country } = any;
  const judged = PhoneNumber.judge(typed, rules);
  if (judged.kind === 'refused' && isByOperator(judged.code))
    return { country, refusals: [{ code: judged.code }] };
  const blocks = (await listBlocks(db, now)).filter(
    (block) =>
      block.until > now &&
      block.liftedAt === null &&
      (block.kind === 'prefix' ? block.prefix === number.forPrefix() : block.country === country),
  );
  return { country, refusals: blocks.map(({ until }) => ({ code: 'SENDS_BLOCKED', until })) };
}

const isByOperator = (code: string): code is 'COUNTRY_REFUSED' | 'PREFIX_REFUSED' =>
  code === 'COUNTRY_REFUSED' || code === 'PREFIX_REFUSED';
