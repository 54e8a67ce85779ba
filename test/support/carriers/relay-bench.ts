import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redacted } from '../../../src/kernel/redacted.js';
import type {
  CarrierCallbacks,
  CarrierClient,
  CarrierRequest,
} from '../../../src/plaintext/carriers/carrier.js';
import type { Account, BenchPhone, BenchRing, CarrierBench, ScriptDone, Told } from './bench.js';
import { relay, signRelay } from './relay.js';
import { MISTAKES, REFUSALS } from './relay-refusals.js';
import { CALL, MESSAGE, SENDER, told } from './relay-callbacks.js';

interface Created {
  id: string;
  kind: 'messages' | 'calls';
  to: string;
  from: string;
  text: string;
  state: 'ringing' | 'answered' | 'completed' | 'canceled';
  at: Date;
}
type Trouble = { kind: string; number: string; accepted?: boolean; status?: number };
const REFUSED: Record<string, [sms: string, call: string]> = {
  '+15005550001': ['invalid-destination', 'invalid-destination'],
  '+15005550003': ['barred', 'barred'],
  '+15005550004': ['stopped', 'barred'],
};

/**
 * The network of the second carrier: a server that takes its JSON and remembers, and can be made to
 * fail.
 */
export class RelayBench implements CarrierBench {
  readonly carrier = relay;
  readonly sender = SENDER;
  readonly refusals = REFUSALS;
  readonly mistakes = MISTAKES;
  readonly busy: CarrierBench['busy'] = {
    account: { sender: '+15005550008' },
    sms: { kind: 'unavailable' },
  };
  readonly rateLimit: CarrierBench['rateLimit'] = {
    trouble: { kind: 'slow-down' },
    outcome: { kind: 'unavailable' },
  };
  readonly pause: CarrierBench['pause'] = {
    trouble: { kind: 'pause' },
    outcome: { kind: 'unavailable', retryAfterMs: 20_000 },
  };
  readonly refusalTrouble = { kind: 'refused' };
  readonly unknownRef = randomUUID();
  readonly strangeRoom = { roomRef: randomUUID(), carrierRef: CALL };
  readonly secrets = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')] as const;
  readonly told: readonly Told[] = [
    told('a message on its way', 'message', MESSAGE, 'on-its-way', {
      kind: 'message',
      delivery: 'sent',
    }),
    told('a message that arrived', 'message', MESSAGE, 'arrived', {
      kind: 'message',
      delivery: 'delivered',
    }),
    told('a message to nobody', 'message', MESSAGE, 'nobody-there', {
      kind: 'message',
      delivery: 'undelivered',
      reason: 'bad_number',
    }),
    told('a call that rings', 'call', CALL, 'ringing', { kind: 'call', state: 'ringing' }),
    told('a call that was answered', 'call', CALL, 'answered', { kind: 'call', state: 'answered' }),
    told('a call that nobody took', 'call', CALL, 'unanswered', {
      kind: 'call',
      state: 'ended',
      reason: 'no_answer',
    }),
    {
      ...told('a key', 'keys', CALL, ''),
      fields: { about: CALL, key: '5', to: '+12025550199' },
      pressedKey: '5',
    },
  ];
  readonly noEvents: CarrierBench['noEvents'] = [
    { kind: 'message', fields: { about: MESSAGE, status: 'constructor' } },
    { kind: 'call', fields: { about: CALL, status: 'queued' } },
  ];
  private readonly secret = randomBytes(16).toString('hex');
  private readonly created: Created[] = [];
  private troubles: Trouble[] = [];
  private requests = 0;
  private server: Server | undefined;
  private url = '';

  async open(): Promise<void> {
    this.server = createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  client(more: Partial<Account> = {}): CarrierClient {
    return relay.makeClient({
      carrierBaseUrl: more.baseUrl ?? this.url,
      carrierApiKey: undefined,
      carrierAuthToken: new Redacted(more.secret ?? this.secret),
      carrierSenderNumber: new Redacted(more.sender ?? SENDER),
      carrierAccountSid: new Redacted(''), // the token says whose it is
      carrierDiscardsContent: false,
    });
  }

  callbacks(): CarrierCallbacks {
    return relay.makeCallbacks({
      carrierWebhookTokens: new Redacted(this.secrets),
      ingressPublicUrl: 'https://ingress.example',
    });
  }

  request(
    path: string,
    fields: Record<string, string>,
    {
      secret = this.secrets[0],
      eventId = randomUUID(),
    }: { secret?: string; eventId?: string } = {},
  ): CarrierRequest {
    const body = Buffer.from(JSON.stringify({ event: eventId, ...fields }));
    return { path, headers: { 'x-relay-signature': signRelay(secret, 1_790_000_000, body) }, body };
  }

  phone(number: string): BenchPhone {
    const mine = (kind: Created['kind']): Created[] =>
      this.created.filter((one) => one.kind === kind && one.to === number);
    const last = (kind: Created['kind']): Created => {
      const found = mine(kind).at(-1);
      if (found === undefined) throw new Error(`nothing of ${kind} came`);
      return found;
    };
    return {
      number,
      expectSms: (text) => Promise.resolve(expect(last('messages').text).toMatch(text)),
      countMessages: () => mine('messages').length,
      expectRing: () => Promise.resolve(this.ring(last('calls'))),
    };
  }

  trouble(trouble: { kind: string } & Record<string, unknown>): Promise<void> {
    this.troubles.push(trouble as unknown as Trouble);
    return Promise.resolve();
  }

  clearTroubles(): Promise<void> {
    this.troubles = [];
    return Promise.resolve();
  }

  countCreated(number: string): Promise<number> {
    return Promise.resolve(this.created.filter(({ to }) => to === number).length);
  }

  countRequests(): Promise<number> {
    return Promise.resolve(this.requests);
  }

  parseScript(body: string): ScriptDone[] {
    return (
      JSON.parse(body) as { say?: string; ask?: string[]; then?: string; pauseSeconds?: number }[]
    ).map(({ say, ask, then, pauseSeconds }) => {
      if (say !== undefined) return { does: 'say', text: say };
      if (ask !== undefined) return { does: 'ask', texts: ask, comesBackTo: then ?? '' };
      if (then !== undefined) return { does: 'again', comesBackTo: then };
      return { does: pauseSeconds === undefined ? 'hang up' : 'pause' };
    });
  }

  private ring(call: Created): BenchRing {
    expect(call.from).toBe(SENDER);
    return {
      ref: call.id,
      answer: () => Promise.resolve((call.state = 'answered')),
      expectEnded: (how) => Promise.resolve(expect(call.state).toBe(how)),
    };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (request.method === 'GET') return this.tell(request.url ?? '', response);
    const body = JSON.parse(text) as { to: string; from: string; text?: string };
    const [, kind, id] = /^\/(messages|calls)(?:\/([^/]+)\/end)?$/.exec(request.url ?? '') ?? [];
    const say = (status: number, answer: object): void =>
      void response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer));
    if (id !== undefined) return this.end(id, say);
    const trouble = this.troubles.find(({ number }) => number === body.to);
    const error = this.refusalOf(request, kind as Created['kind'], body, trouble);
    if (trouble?.kind === 'pause') response.setHeader('retry-after', '20');
    if (error !== undefined) return say(422, { error });
    const made: Created = {
      id: randomUUID(),
      kind: kind as Created['kind'],
      to: body.to,
      from: body.from,
      text: body.text ?? '',
      state: 'ringing',
      at: new Date(),
    };
    if (trouble === undefined || trouble.accepted === true || trouble.kind === 'garbled')
      this.created.push(made);
    if (trouble?.kind === 'reset') return void request.socket.destroy();
    if (trouble?.kind === 'server-error') return say(trouble.status ?? 500, {});
    if (trouble?.kind === 'garbled') return void response.writeHead(201).end('{"id":"');
    say(201, { id: made.id });
  }

  private tell(url: string, response: ServerResponse): void {
    if (url.includes('?')) return this.list(url, response);
    const [, id] = /^\/(?:messages|calls)\/([^/]+)$/.exec(url) ?? [];
    const made = this.created.find((one) => one.id === id);
    const trouble = this.troubles.find(({ number }) => number === made?.to);
    if (trouble?.kind === 'reset') return void response.destroy();
    if (trouble?.kind === 'server-error') return void response.writeHead(500).end('{}');
    if (made === undefined) return void response.writeHead(404).end('{}');
    response.writeHead(200).end(JSON.stringify(show(made)));
  }

  /** All that there is, the newest first, whoever was asked for. */
  private list(url: string, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, this.url);
    const trouble = this.troubles.find(({ number }) => number === searchParams.get('to'));
    if (trouble?.kind === 'reset') return void response.destroy();
    if (trouble?.kind === 'server-error') return void response.writeHead(500).end('{}');
    const all = this.created.filter(({ kind }) => `/${kind}` === pathname);
    response.writeHead(200).end(JSON.stringify(all.map(show).reverse()));
  }

  private end(id: string, say: (status: number, answer: object) => void): void {
    const call = this.created.find((one) => one.id === id);
    if (call === undefined) return say(404, { error: 'not-found' });
    if (call.state === 'ringing') call.state = 'canceled';
    if (call.state === 'answered') call.state = 'completed';
    say(201, { id });
  }

  private refusalOf(
    { headers }: IncomingMessage,
    kind: Created['kind'],
    { to, from }: { to: string; from: string },
    trouble: Trouble | undefined,
  ): string | undefined {
    if (headers.authorization !== `Bearer ${this.secret}`) return 'unauthorized';
    if (from === '+15005550008') return 'queue-full';
    if (from !== SENDER) return 'unknown-sender';
    if (trouble?.kind === 'slow-down' || trouble?.kind === 'pause') return 'slow-down';
    if (trouble?.kind === 'refused') return 'invalid-destination';
    if (kind === 'messages' && to === '+15005550009') return 'no-texts';
    return REFUSED[to]?.[kind === 'messages' ? 0 : 1];
  }
}

const STATES = {
  ringing: 'ringing',
  answered: 'answered',
  completed: 'over',
  canceled: 'unanswered',
};
function show({ id, kind, to, from, state, at }: Created): object {
  return { id, to, from, at, status: kind === 'messages' ? 'arrived' : STATES[state] };
}
