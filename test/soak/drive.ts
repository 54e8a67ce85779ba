import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../src/kernel/ids.js';
import { consent, crowd, verify, type Person } from '../support/make.js';
import { randomNumber, seeded } from '../support/numbers.js';
import type { Handsets } from './handsets.js';
import type { Action, Plan } from './plan.js';
import type { Site } from './site.js';

const TEAM = 12;
type Rng = () => number;
const pick = <T>(rng: Rng, from: readonly T[]): T => from[Math.floor(rng() * from.length)] as T;
const draw = <T>(rng: Rng, from: readonly T[], count: number): T[] => {
  const left = [...from];
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(Math.floor(rng() * left.length), 1)[0] as T,
  );
};

/** Asks for codes, Dings and conferences by the API, as the plan has it, and takes some of them back. */
export class Drive {
  /** Whose number is which. */
  readonly numbers = new Map<string, string>();
  /** How the API has answered, by what was asked. */
  readonly answers = new Map<string, number>();
  shownToOutsiders = 0;
  private readonly teams: Person[][] = [];
  private readonly conferences: { id: string; initiator: Person }[] = [];
  private strangers: { id: string; token: string }[] = [];
  private readonly given = new Set<string>();

  constructor(
    private readonly site: Site,
    private readonly plan: Plan,
    private readonly handsets: Handsets,
  ) {}

  /** People with numbers that they have proved, in teams. */
  async prepare(): Promise<void> {
    const { world } = this.site;
    const rng = seeded(this.plan.seed + 1);
    const codes = this.plan.actions.filter(({ kind }) => kind.startsWith('code')).length;
    this.strangers = await crowd(world, codes + 1);
    const people = (await crowd(world, this.plan.people)).map((one, i): Person => {
      const number = this.drawNumber(rng);
      this.numbers.set(one.id, number);
      return {
        ...one,
        name: `P${String(i)}`,
        login: '',
        number,
        phone: world.phones.phone(number),
      };
    });
    await inTurns(people, 4, (person) => verify(world, person));
    while (people.length >= 6) {
      const members = people.splice(0, people.length < TEAM + 6 ? people.length : TEAM);
      this.teams.push(members);
    }
    await inTurns(this.teams, 4, async (members) => {
      await this.makeTeam(members);
    });
  }

  async act(action: Action): Promise<void> {
    const rng = seeded(action.seed);
    if (action.kind === 'ding') return this.ding(rng);
    if (action.kind === 'conference') return this.confer(rng);
    return this.askForCode(rng, action.kind === 'code-sms' ? 'sms' : 'voice');
  }

  /** So that nobody waits for hours: what still goes on is ended as its people could. */
  async endAll(): Promise<void> {
    for (const { id, initiator } of this.conferences)
      await this.insist('POST', `/v1/conferences/${id}/end`, {}, initiator);
  }

  /** Past the limits of who joins; each then agrees to be reached, by the API. */
  private async makeTeam(members: readonly Person[]): Promise<void> {
    const { world } = this.site;
    const teamId = newId();
    await world.rows(
      `
        INSERT INTO teams (id, name, invite_hash, created_at, invite_ends_at, invite_uses)
        VALUES ($1, 'Night shift', sha256($2), now(), now() + interval '1 day', 1)
      `,
      [teamId, Buffer.from(teamId)],
    );
    for (const [i, { id }] of members.entries())
      await world.rows(
        'INSERT INTO team_members (team_id, account_id, role, joined_at) VALUES ($1, $2, $3, now())',
        [teamId, id, i === 0 ? 'owner' : 'member'],
      );
    await inTurns(members, 4, (person) => consent(world, person, teamId));
  }

  private async askForCode(rng: Rng, channel: string): Promise<void> {
    const stranger = this.strangers.pop();
    if (stranger === undefined) return;
    const number = this.drawNumber(rng);
    this.numbers.set(stranger.id, number);
    const id = await this.post('/v1/verifications', { number, channel }, stranger);
    if (id === undefined) return;
    const fate = rng();
    await sleep(rng() * 4_000);
    if (fate < 0.12) await this.post(`/v1/verifications/${id}/cancel`, {}, stranger);
    const code = this.handsets.findCode(number);
    if (fate > 0.2 && code !== undefined)
      await this.post(`/v1/verifications/${id}/check`, { code }, stranger);
  }

  private async ding(rng: Rng): Promise<void> {
    const [initiator, ...recipients] = draw(rng, pick(rng, this.teams), 2 + Math.floor(rng() * 5));
    if (initiator === undefined) return;
    const order = {
      recipientIds: recipients.map(({ id }) => id),
      channel: pick(rng, ['voice', 'voice', 'sms', 'app']),
      text: 'The pump in hall 3 has stopped.',
    };
    const id = await this.post('/v1/dings', order, initiator);
    if (id === undefined) return;
    const fate = rng();
    await sleep(rng() * 3_000);
    await this.lookFromOutside(`/v1/dings/${id}/caller-id`, [initiator, ...recipients], rng);
    if (fate < 0.12) await this.post(`/v1/dings/${id}/recall`, {}, initiator);
    else if (fate < 0.3) await this.post(`/v1/dings/${id}/confirm`, {}, pick(rng, recipients));
  }

  private async confer(rng: Rng): Promise<void> {
    const [initiator, ...others] = draw(rng, pick(rng, this.teams), 3 + Math.floor(rng() * 3));
    if (initiator === undefined) return;
    const order = { accountIds: others.map(({ id }) => id), endsWithInitiator: rng() < 0.3 };
    const { world } = this.site;
    const { status, body } = await world.call<{
      id: string;
      participants: { participantId: string }[];
    }>('POST', '/v1/conferences', order, initiator);
    this.note('POST /v1/conferences', status);
    if (status >= 300) return;
    this.conferences.push({ id: body.id, initiator });
    const base = `/v1/conferences/${body.id}`;
    for (let i = 0; i < 3; i += 1) {
      await sleep(300 + rng() * 2_500);
      await this.lookFromOutside(`${base}/caller-id`, [initiator, ...others], rng);
      const { participantId } = pick(rng, body.participants);
      const fate = rng();
      if (fate < 0.4) await this.post(`${base}/participants/${participantId}/mute`, {}, initiator);
      else if (fate < 0.5)
        await this.call('DELETE', `${base}/participants/${participantId}`, undefined, initiator);
      else if (fate < 0.65) await this.post(`${base}/hang-up`, {}, pick(rng, others));
      else if (fate < 0.8) await this.post(`${base}/call-me`, {}, pick(rng, others));
      else if (fate < 0.9) return void (await this.post(`${base}/end`, {}, initiator));
    }
  }

  /** Whoever is in no such call is shown nobody's number. */
  private async lookFromOutside(path: string, inside: readonly Person[], rng: Rng): Promise<void> {
    const outside = this.teams.flat().filter((one) => !inside.includes(one));
    if (outside.length === 0) return;
    const status = await this.call('GET', path, undefined, pick(rng, outside));
    if (status === 200) this.shownToOutsiders += 1;
  }

  private drawNumber(rng: Rng): string {
    for (;;) {
      const { e164 } = randomNumber(rng);
      if (this.given.has(e164)) continue;
      this.given.add(e164);
      return e164;
    }
  }

  private async post(
    path: string,
    body: object,
    who: { token: string },
  ): Promise<string | undefined> {
    const { world } = this.site;
    const { status, body: answer } = await world.call<{ id?: string; code?: string }>(
      'POST',
      path,
      body,
      who,
    );
    this.note(`POST ${path}`, status, answer.code);
    return status < 300 ? answer.id : undefined;
  }

  private async call(
    method: string,
    path: string,
    body: object | undefined,
    who: { token: string },
  ): Promise<number> {
    const { status, body: answer } = await this.site.world.call<{ code?: string }>(
      method,
      path,
      body,
      who,
    );
    this.note(`${method} ${path}`, status, answer.code);
    return status;
  }

  private async insist(
    method: string,
    path: string,
    body: object,
    who: { token: string },
  ): Promise<void> {
    for (let tries = 0; tries < 20; tries += 1) {
      if ((await this.call(method, path, body, who)) < 500) return;
      await sleep(500);
    }
  }

  private note(what: string, status: number, code = ''): void {
    const key = `${what.replace(/[0-9a-f-]{36}/g, ':id')} ${String(status)} ${code}`.trim();
    this.answers.set(key, (this.answers.get(key) ?? 0) + 1);
  }
}

async function inTurns<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const left = [...all];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
    }),
  );
}
