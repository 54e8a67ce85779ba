import type { CallEvent, LiveEvent } from '../../src/realtime/events.js';
import { checkEntitlement } from '../../src/realtime/entitlement.js';
import { standingKey } from '../../src/realtime/live-events.repository.js';
import type { Position } from '../../src/realtime/position.js';
import type { Model } from './caller-id-model.js';
import type { Room } from './room.js';
import type { Stage } from './stage.js';

/**
 * What each person's stream is told, as it happens and in a replay: nothing of a call that isn't
 * theirs, or not any more.
 */
export class Live {
  private start: Position | undefined;
  private position: Position | undefined;

  constructor(
    private readonly room: Room,
    private readonly stage: Stage,
    private readonly model: Model,
    private readonly accountIds: readonly string[],
    private readonly counts: Map<string, number>,
  ) {}

  async begin(): Promise<void> {
    this.start = this.position = {
      seen: await this.stage.api.events.takeSnapshot(this.room.api.sql),
    };
  }

  async check(tell: (text: string) => void): Promise<void> {
    for (;;) {
      const page = await this.stage.api.events.read(
        this.room.api.sql,
        this.position as Position,
        500,
      );
      await this.judge(page.rows, this.accountIds, tell);
      this.position = page.next;
      if (page.isLast) return;
    }
  }

  /** Somebody comes back with the id of the first event that they ever had. */
  async replay(): Promise<void> {
    for (const accountId of this.accountIds) {
      const page = await this.stage.api.events.read(
        this.room.api.sql,
        this.start as Position,
        500,
        accountId,
      );
      await this.judge(page.rows, [accountId], () => {});
    }
  }

  private async judge(
    read: readonly { audience: readonly string[]; event: LiveEvent }[],
    readers: readonly string[],
    tell: (text: string) => void,
  ): Promise<void> {
    const rows = read.flatMap(({ audience, event }) =>
      'callId' in event ? [{ audience, event }] : [],
    );
    if (rows.length === 0) return;
    const standings = await this.stage.api.events.findStandings(
      this.room.api.sql,
      [...new Set(rows.map((row) => row.event.callId))],
      readers,
    );
    for (const { audience, event } of rows) {
      for (const reader of readers) {
        if (!audience.includes(reader)) continue;
        const entitlement = checkEntitlement(
          event,
          standings.get(standingKey(event.callId, reader)),
        );
        if (entitlement !== 'no')
          this.mustBeTheirs(event, this.accountIds.indexOf(reader), entitlement === 'last', tell);
      }
    }
  }

  private mustBeTheirs(
    event: CallEvent,
    reader: number,
    isLast: boolean,
    tell: (text: string) => void,
  ): void {
    const call = this.model.calls.find((one) => one.id === event.callId);
    const member = call?.members.get(reader);
    const about = 'participantId' in event ? event.participantId : undefined;
    const isOwnRemoval =
      isLast && event.kind === 'conference.removed' && about === member?.participantId;
    if (call === undefined || member === undefined || (member.isRemoved && !isOwnRemoval))
      return this.fail(event, reader, tell);
    // Of a Ding's recipient only they and the initiator are told.
    if (
      call.purpose === 'ding' &&
      about !== undefined &&
      about !== member.participantId &&
      member.role !== 'initiator'
    )
      return this.fail(event, reader, tell);
    this.counts.set('told', (this.counts.get('told') ?? 0) + 1);
  }

  private fail(event: CallEvent, reader: number, tell: (text: string) => void): never {
    tell(`person ${reader + 1} is told ${JSON.stringify(event)}`);
    throw new Error('somebody is told what is not theirs to know');
  }
}
