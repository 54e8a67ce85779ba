import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';

/** This is where something goes, and in whose name. */
export interface Spender {
  /** Known of a verification's number alone: all else is counted before its number is opened. */
  country: string | null;
  accountId: string | null;
  teamId: string | null;
  appId: string | null;
  /** The app's operator has set this cap; null is none. */
  appCap: string | null;
}

/** A sum is counted under a subject (all, an app, a country), and has a cap for the day. */
export interface CappedSubject {
  subject: string;
  cap: number | string | null;
}

/** This sum was taken from a day, and is given back if nothing leaves after all. */
export interface Spent {
  day: string;
  subjects: readonly string[];
  price: number;
}

export async function findSpender(
  trx: Transaction,
  verificationId: string,
): Promise<Spender | undefined> {
  const { rows } = await sql<Spender>`
    SELECT
      v.country,
      v.account_id AS "accountId",
      NULL AS "teamId",
      a.id AS "appId",
      a.spend_cap AS "appCap"
    FROM verifications v
    LEFT JOIN verify_services s ON s.id = v.service_id
    LEFT JOIN apps a ON a.id = s.app_id
    WHERE v.id = ${verificationId}
  `.execute(trx);
  return rows[0];
}

/** Takes the price for all of the subjects, or for none: gives those whose cap refuses it. */
export async function takeSpend(
  trx: Transaction,
  day: string,
  capped: readonly CappedSubject[],
  price: number,
): Promise<readonly string[]> {
  const subjects = capped.map(({ subject }) => subject);
  const { rows } = await sql<{ refused: string[] }>`
    SELECT take_spend(
      ${day}::date,
      ${subjects}::text[],
      ${capped.map(({ cap }) => cap)}::numeric[],
      ${price}::numeric
    ) AS refused
  `.execute(trx);
  return rows[0]?.refused ?? subjects;
}

/** Locks rows in the order in which they are taken; else they would be locked as they are found. */
export async function giveBackSpend(
  trx: Transaction,
  { day, subjects, price }: Spent,
): Promise<void> {
  await sql`
    WITH mine AS (
      SELECT day, subject
      FROM spendings
      WHERE day = ${day}::date AND subject = ANY (${subjects}::text[])
      ORDER BY subject
      FOR UPDATE
    )
    UPDATE spendings s
    SET spent = s.spent - ${price}::numeric
    FROM mine
    WHERE s.day = mine.day AND s.subject = mine.subject
  `.execute(trx);
}

/** For the operator: what a day has cost so far, the hundred that cost most. */
export async function listSpendings(
  db: Executor,
  day: string,
): Promise<{ subject: string; name: string | null; spent: string }[]> {
  const { rows } = await sql<{ subject: string; name: string | null; spent: string }>`
    SELECT s.subject, a.name, s.spent
    FROM spendings s
    LEFT JOIN apps a ON s.subject = 'app:' || a.id
    WHERE s.day = ${day}::date
    ORDER BY s.spent DESC, s.subject
    LIMIT 100
  `.execute(db);
  return rows;
}
