import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Sql } from '../kernel/database.js';
import type { LiveEvent } from './events.js';

@Injectable()
export class LiveEventsRepository {
  /** Tells of a change in the transaction that makes it, to these accounts; it is sent when that commits, or not at all. */
  async publish(trx: Sql, event: LiveEvent, audience: readonly string[], now: Date): Promise<void> {
    await sql`INSERT INTO call_events (call_id, audience, event, at) VALUES (${event.callId}, ${audience}::uuid[], ${JSON.stringify(event)}, ${now})`.execute(trx);
  }
}
