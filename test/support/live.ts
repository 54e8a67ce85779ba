import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { Database, type Transaction } from '../../src/kernel/database.js';
import type { RoleApp } from '../../src/kernel/http-app.js';
import { newId } from '../../src/kernel/ids.js';
import { Redacted } from '../../src/kernel/redacted.js';
import type { CallEvent, StreamEvent } from '../../src/realtime/events.js';
import { LiveEventsRepository } from '../../src/realtime/live-events.repository.js';
import type { World } from './world.js';

export interface Heard {
  id: string;
  kind: string;
  data: StreamEvent;
}

export const urlOf = (role: RoleApp): string =>
  `http://127.0.0.1:${(role.app.getHttpServer().address() as AddressInfo).port}`;

/** What a browser's EventSource is to a person, without its coming again by itself. */
export class Listener {
  /** As a browser keeps it: of events and of heartbeats. */
  lastEventId = '';
  heartbeats = 0;
  bytes = 0;
  retryMs: number | undefined;
  readonly heard: Heard[] = [];
  /** The server ended the stream, or the line was cut. */
  readonly over: Promise<'ended' | 'cut'>;
  private text = '';
  private taken = 0;
  private isOver = false;
  private waiting: (() => void)[] = [];

  private constructor(
    private readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.read(chunk));
    this.over = new Promise((resolve) => {
      response.once('end', () => resolve('ended'));
      response.once('close', () => resolve('cut')); // after 'end' it is too late for this
      response.on('error', () => {});
    });
    void this.over.then(() => {
      this.isOver = true;
      this.wake();
    });
  }

  static open(
    base: string,
    who: { token?: string; cookie?: string; lastEventId?: string | undefined },
  ): Promise<Listener> {
    const headers = {
      ...(who.token === undefined ? {} : { authorization: `Bearer ${who.token}` }),
      ...(who.cookie === undefined ? {} : { cookie: who.cookie }),
      ...(who.lastEventId === undefined ? {} : { 'last-event-id': who.lastEventId }),
    };
    return new Promise((resolve, reject) => {
      const request = get(`${base}/v1/events`, { headers, agent: false }, (response) =>
        resolve(new Listener(request, response)),
      );
      request.on('error', reject);
    });
  }

  /** Opens a stream and waits for its first event. */
  static async opened(
    base: string,
    who: { token?: string; cookie?: string; lastEventId?: string | undefined },
  ): Promise<Listener> {
    const listener = await Listener.open(base, who);
    if (listener.response.statusCode !== 200)
      throw new Error(`no stream: ${String(listener.response.statusCode)}`);
    if (who.lastEventId === undefined) await listener.next('hello');
    return listener;
  }

  /** The next event; fails if it is of another kind, or the stream is over. */
  async next(kind?: StreamEvent['kind']): Promise<Heard> {
    await this.until(() => this.heard.length > this.taken);
    const one = this.heard[this.taken++] as Heard;
    if (kind !== undefined && one.kind !== kind)
      throw new Error(`expected ${kind}, heard ${JSON.stringify(one)}`);
    return one;
  }

  /** The next `count` events. */
  async take(count: number): Promise<Heard[]> {
    const all: Heard[] = [];
    while (all.length < count) all.push(await this.next());
    return all;
  }

  async heartbeat(): Promise<void> {
    const before = this.heartbeats;
    await this.until(() => this.heartbeats > before);
  }

  /** Takes nothing from the line any more, as a phone in a tunnel. */
  pause(): void {
    this.response.pause();
  }
  resume(): void {
    this.response.resume();
  }

  leave(): void {
    this.request.destroy();
  }

  private async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.isOver)
        throw new Error(`the stream is over, after ${JSON.stringify(this.heard.slice(-3))}`);
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
  }

  private read(chunk: string): void {
    this.bytes += chunk.length;
    this.text += chunk;
    for (let end = this.text.indexOf('\n\n'); end !== -1; end = this.text.indexOf('\n\n')) {
      this.block(this.text.slice(0, end).split('\n'));
      this.text = this.text.slice(end + 2);
    }
    this.wake();
  }

  private block(lines: readonly string[]): void {
    let kind = '';
    let data = '';
    for (const line of lines) {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === '') this.heartbeats += 1;
      else if (field === 'id') this.lastEventId = value;
      else if (field === 'event') kind = value;
      else if (field === 'data') data = value;
      else if (field === 'retry') this.retryMs = Number(value);
      else throw new Error(`no field of a stream: ${line}`);
    }
    if (data !== '')
      this.heard.push({ id: this.lastEventId, kind, data: JSON.parse(data) as StreamEvent });
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

type RoleName = 'api' | 'ingress' | 'worker';

export interface TestCall {
  id: string;
  /** Of each account. */
  participants: Map<string, string>;
}

/**
 * Makes calls and events of them that say what a test likes, to whom it likes. A role's login may
 * not, so it has the owner's.
 */
export class Publisher {
  readonly database: Database;

  constructor(private readonly world: World) {
    this.database = new Database(new Redacted(world.database.ownerUrl), 'test', () => {});
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** A live conference of these; the first initiates it. */
  async conference(...people: readonly { id: string }[]): Promise<TestCall> {
    const [id, now] = [newId(), this.world.clock.now()];
    await this.world.rows(
      `INSERT INTO calls (id, purpose, created_at, ends_at) VALUES ($1, 'conference', $2, $3)`,
      [id, now, new Date(now.getTime() + 86_400_000)],
    );
    const participants = new Map<string, string>();
    for (const [i, person] of people.entries()) {
      participants.set(person.id, newId());
      await this.world.rows(
        'INSERT INTO participants (id, call_id, account_id, role) VALUES ($1, $2, $3, $4)',
        [participants.get(person.id), id, person.id, i === 0 ? 'initiator' : 'invitee'],
      );
    }
    return { id, participants };
  }

  /** An event of the call about that person, to these, in `trx` or in one of its own. */
  async publish(
    call: TestCall,
    about: { id: string },
    kind: 'conference.joined' | 'conference.left' | 'conference.removed' | 'conference.invited',
    to: readonly { id: string }[],
    trx?: Transaction,
  ): Promise<void> {
    const event: CallEvent = {
      kind,
      callId: call.id,
      participantId: call.participants.get(about.id) as string,
    };
    await sql`
      INSERT INTO call_events (call_id, audience, event, at)
      VALUES (
        ${call.id},
        ${to.map((one) => one.id)}::uuid[],
        ${JSON.stringify(event)},
        ${this.world.clock.now()}
      )
    `.execute(trx ?? this.database.sql);
  }

  /** Many at once, in one transaction. */
  async publishMany(
    call: TestCall,
    about: { id: string },
    to: readonly { id: string }[],
    count: number,
  ): Promise<void> {
    const event: CallEvent = {
      kind: 'conference.joined',
      callId: call.id,
      participantId: call.participants.get(about.id) as string,
    };
    await sql`
      INSERT INTO call_events (call_id, audience, event, at)
      SELECT
        ${call.id},
        ${to.map((one) => one.id)}::uuid[],
        ${JSON.stringify(event)},
        ${this.world.clock.now()}
      FROM generate_series(1, ${count}::int)
    `.execute(this.database.sql);
  }

  /** Does as the feature does: the person is out, and all get the event, in one transaction. */
  async remove(call: TestCall, person: { id: string }): Promise<void> {
    const event: CallEvent = {
      kind: 'conference.removed',
      callId: call.id,
      participantId: call.participants.get(person.id) as string,
    };
    await this.as('api', async (trx) => {
      await sql`
        UPDATE participants
        SET removed_at = ${this.world.clock.now()}
        WHERE id = ${event.participantId}
      `.execute(trx);
      await new LiveEventsRepository().publish(trx, event, this.world.clock.now());
    });
  }

  /** An event that is so, by a role's own login. */
  publishAs(role: RoleName, call: TestCall): Promise<void> {
    const event: CallEvent = { kind: 'conference.created', callId: call.id };
    return this.as(role, (trx) =>
      new LiveEventsRepository().publish(trx, event, this.world.clock.now()),
    );
  }

  private async as(role: RoleName, work: (trx: Transaction) => Promise<void>): Promise<void> {
    const database = new Database(
      new Redacted(this.world.database[`${role}Url`]),
      'test',
      () => {},
      1,
    );
    try {
      await database.transaction(work);
    } finally {
      await database.close();
    }
  }
}
