import { randomBytes } from 'node:crypto';
import { Redacted } from '../../../src/kernel/redacted.js';
import type {
  CarrierCallbacks,
  CarrierClient,
  CarrierRequest,
} from '../../../src/plaintext/carriers/carrier.js';
import { CARRIERS } from '../../../src/plaintext/carriers/carriers.js';
import { parseTwiml } from '../../../src/simulator/calls/twiml.js';
import type { Verb } from '../../../src/simulator/calls/verbs.js';
import { sign } from '../../../src/simulator/network/signature.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { Phones } from '../phones.js';
import type { Account, BenchPhone, CarrierBench, ScriptDone, Told } from './bench.js';

const INGRESS = 'https://ingress.example';
const sid = (prefix: string): string => prefix + randomBytes(16).toString('hex');
const [MESSAGE, CALL, ROOM] = [sid('SM'), sid('CA'), sid('CF')];
const LEG = '0192f0c1-7a00-7000-8000-000000000001';
const NUMBERS = { To: '+12025550199', From: '+15005550006' };
const message = (
  what: string,
  MessageStatus: string,
  more: object,
  event: Told['event'],
): Told => ({
  what,
  kind: 'message',
  fields: { MessageSid: MESSAGE, MessageStatus, ...NUMBERS, ...more },
  carrierRef: MESSAGE,
  ...(event === undefined ? {} : { event }),
});
const call = (
  what: string,
  kind: Told['kind'],
  more: Record<string, string>,
  event?: Told['event'],
): Told => ({
  what,
  kind,
  fields: { CallSid: CALL, ...NUMBERS, ...more },
  carrierRef: CALL,
  ...(event === undefined ? {} : { event }),
});

/** Twilio's network: the simulator, that speaks its API and signs with code of its own. */
export class TwilioBench implements CarrierBench {
  readonly carrier = CARRIERS.twilio;
  readonly sender = '+15005550006';
  readonly refusals: CarrierBench['refusals'] = [
    {
      to: '+15005550001',
      sms: { kind: 'rejected', reason: 'bad_number', carrierCode: 21211 },
      call: { kind: 'rejected', reason: 'bad_number', carrierCode: 21217 },
    },
    {
      to: '+15005550002',
      sms: { kind: 'rejected', reason: 'no_sms', carrierCode: 21612 },
      call: { kind: 'rejected', reason: 'bad_number', carrierCode: 21214 },
    },
    {
      to: '+15005550004',
      sms: { kind: 'rejected', reason: 'opted_out', carrierCode: 21610 },
      call: { kind: 'rejected', reason: 'blocked', carrierCode: 21216 },
    },
    { to: '+15005550009', sms: { kind: 'rejected', reason: 'no_sms', carrierCode: 21614 } },
  ];
  readonly mistakes: CarrierBench['mistakes'] = [
    {
      account: {}, // permitted no such country
      to: '+15005550003',
      sms: { kind: 'misconfigured', carrierCode: 21408 },
      call: { kind: 'misconfigured', carrierCode: 21215 },
    },
    {
      account: { sender: '+15005550001' },
      sms: { kind: 'misconfigured', carrierCode: 21212 },
      call: { kind: 'misconfigured', carrierCode: 21212 },
    },
    { account: { sender: '+15005550007' }, sms: { kind: 'misconfigured', carrierCode: 21606 } },
    {
      account: { secret: 'x'.repeat(32) },
      sms: { kind: 'misconfigured', carrierCode: 20003 },
      call: { kind: 'misconfigured', carrierCode: 20003 },
    },
  ];
  readonly busy: CarrierBench['busy'] = {
    account: { sender: '+15005550008' },
    sms: { kind: 'unavailable', carrierCode: 21611 },
  };
  readonly rateLimit: CarrierBench['rateLimit'] = {
    trouble: { kind: 'error', code: 20429, status: 429 },
    outcome: { kind: 'unavailable', carrierCode: 20429 },
  };
  readonly pause: CarrierBench['pause'] = {
    trouble: { kind: 'error', code: 20429, status: 429, retryAfter: '20' },
    outcome: { kind: 'unavailable', carrierCode: 20429, retryAfterMs: 20_000 },
  };
  readonly refusalTrouble = { kind: 'error', code: 21211 };
  readonly unknownRef = `CA${'0'.repeat(32)}`;
  readonly strangeRoom = { roomRef: ROOM, carrierRef: CALL };
  readonly secrets = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')] as const;
  readonly told: readonly Told[] = [
    message('a message on its way', 'sent', {}, { kind: 'message', delivery: 'sent' }),
    message('a message that arrived', 'delivered', {}, { kind: 'message', delivery: 'delivered' }),
    message(
      'a message to nobody',
      'undelivered',
      { ErrorCode: '30005' },
      { kind: 'message', delivery: 'undelivered', reason: 'bad_number', carrierCode: 30005 },
    ),
    message(
      'a message from a sender that is not registered',
      'undelivered',
      { ErrorCode: '30034' },
      { kind: 'message', delivery: 'undelivered', reason: 'misconfigured', carrierCode: 30034 },
    ),
    call(
      'a call that rings',
      'call',
      { CallStatus: 'ringing', SequenceNumber: '1' },
      { kind: 'call', state: 'ringing' },
    ),
    call(
      'a call that was answered',
      'call',
      { CallStatus: 'in-progress', SequenceNumber: '2' },
      { kind: 'call', state: 'answered' },
    ),
    call(
      'a call that nobody took',
      'call',
      { CallStatus: 'no-answer', SequenceNumber: '3' },
      { kind: 'call', state: 'ended', reason: 'no_answer' },
    ),
    call('a machine', 'machine', { AnsweredBy: 'machine_start' }, { kind: 'machine' }),
    call(
      'a room that a leg joined',
      'room',
      {
        ConferenceSid: ROOM,
        StatusCallbackEvent: 'participant-join',
        ParticipantLabel: LEG,
        Muted: 'true',
        SequenceNumber: '4',
      },
      { kind: 'room', event: 'joined', roomRef: ROOM, legId: LEG, isMuted: true, sequence: 4 },
    ),
    { ...call('a key', 'keys', { Digits: '5' }), pressedKey: '5' },
  ];
  readonly noEvents: CarrierBench['noEvents'] = [
    { kind: 'message', fields: { MessageSid: MESSAGE, MessageStatus: 'constructor' } },
    { kind: 'call', fields: { CallSid: CALL, CallStatus: 'queued' } },
    { kind: 'machine', fields: { CallSid: CALL, AnsweredBy: 'human' } },
  ];
  private readonly account = { accountSid: sid('AC'), authToken: randomBytes(16).toString('hex') };
  private simulator!: Simulator;
  private phones!: Phones;

  async open(): Promise<void> {
    const controlToken = randomBytes(32).toString('hex');
    this.simulator = await startSimulator({
      port: 0,
      ...this.account,
      controlToken,
      speechMsPerChar: 0,
      stepMs: 0,
    });
    this.phones = await Phones.connect({ url: this.simulator.url, controlToken });
  }

  async close(): Promise<void> {
    await this.phones.close({ quietly: true });
    await this.simulator.close();
  }

  client(more: Partial<Account> = {}): CarrierClient {
    return this.carrier.makeClient({
      carrierBaseUrl: more.baseUrl ?? this.simulator.url,
      carrierAccountSid: new Redacted(more.account ?? this.account.accountSid),
      carrierApiKey: undefined,
      carrierAuthToken: new Redacted(more.secret ?? this.account.authToken),
      carrierSenderNumber: new Redacted(more.sender ?? this.sender),
      carrierDiscardsContent: false,
    });
  }

  callbacks(): CarrierCallbacks {
    return this.carrier.makeCallbacks({
      carrierWebhookTokens: new Redacted(this.secrets),
      ingressPublicUrl: INGRESS,
    });
  }

  request(
    path: string,
    fields: Record<string, string>,
    {
      secret = this.secrets[0],
      eventId = randomBytes(16).toString('hex'),
    }: { secret?: string; eventId?: string } = {},
  ): CarrierRequest {
    const headers = {
      'x-twilio-signature': sign(secret, `${INGRESS}${path}`, fields),
      'i-twilio-idempotency-token': eventId,
    };
    return { path, headers, body: Buffer.from(new URLSearchParams(fields).toString()) };
  }

  phone(number: string): BenchPhone {
    const phone = this.phones.phone(number);
    return {
      number,
      expectSms: (text) => phone.expectSms(text),
      countMessages: () => phone.messages().length,
      expectRing: async () => {
        const ring = await phone.expectRing({ from: this.sender });
        return {
          ref: ring.callSid,
          answer: () => ring.answer(),
          expectEnded: (how) => ring.expectEnded(how),
        };
      },
    };
  }

  trouble(trouble: { kind: string } & Record<string, unknown>): Promise<unknown> {
    return this.phones.trouble(trouble);
  }

  clearTroubles(): Promise<void> {
    return this.phones.clearTroubles();
  }

  async countCreated(to: string): Promise<number> {
    return (await this.phones.created()).filter(({ number }) => number === to).length;
  }

  async countRequests(): Promise<number> {
    return (await this.phones.requests()).length;
  }

  parseScript(body: string): ScriptDone[] {
    return parseTwiml(body).map(done);
  }
}

function done(verb: Verb): ScriptDone {
  if (verb.verb === 'say') return { does: 'say', text: verb.text };
  if (verb.verb === 'gather')
    return {
      does: 'ask',
      texts: verb.nested.map((one) => (one.verb === 'say' ? one.text : '')),
      comesBackTo: verb.action ?? '',
    };
  if (verb.verb === 'redirect') return { does: 'again', comesBackTo: verb.url };
  if (verb.verb === 'dial') return { does: 'join' };
  return { does: verb.verb === 'pause' ? 'pause' : 'hang up' };
}
