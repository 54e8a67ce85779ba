import { sql } from 'kysely';
import type { Executor } from '../../kernel/database.js';

export interface EpochRow {
  id: string;
  keyVersion: string;
  /** What the vault's key needs to open what is sealed in this epoch. */
  enc: Buffer;
}

export async function insertEpoch(
  db: Executor,
  { id, keyVersion, enc }: EpochRow,
  openedAt: Date,
): Promise<void> {
  await sql`
    INSERT INTO epochs (id, key_version, enc, opened_at)
    VALUES (${id}, ${keyVersion}, ${enc}, ${openedAt})
  `.execute(db);
}
