// Real: the simulator in this process, over HTTP. What a browser does with its pages is in test/browser/phones.test.ts.
import type twilio from 'twilio';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import type { Phones } from '../support/phones.js';
import { openNetwork } from '../support/simulated-network.js';
import {
  accountSid,
  ann,
  authToken,
  controlToken,
  service,
} from '../support/simulator-receiver.js';

let simulator: Simulator;
let phones: Phones;
let client: twilio.Twilio;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, phones, client, close } = await openNetwork());
});
afterEach(() => close());

describe("the simulator's pages", () => {
  test('no frame has the phones, and nothing shows them beside an app that was not named', async () => {
    const policy = async (url: string): Promise<string | null> =>
      (await fetch(url)).headers.get('content-security-policy');
    expect(await policy(`${simulator.url}/handsets`)).toMatch(/; frame-ancestors 'none'$/);
    expect((await fetch(`${simulator.url}/split`)).status).toBe(404);
    const app = 'http://localhost:3000';
    const beside = await startSimulator({ port: 0, accountSid, authToken, controlToken, app });
    try {
      expect(await policy(`${beside.url}/handsets`)).toMatch(/; frame-ancestors 'self'$/);
      expect(await policy(`${beside.url}/split`)).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self' http://localhost:3000; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      const { handsets, split = '' } = beside.addresses;
      expect(split).toBe(
        `http://localhost:${String(beside.port)}/split#phones=${handsets.split('#')[1] ?? ''}`,
      );
    } finally {
      await beside.close();
    }
  });

  test('a reset takes all troubles away and empties the phones, but for what goes on', async () => {
    const control = async (method: string, path: string, body?: object): Promise<unknown> => {
      const response = await fetch(`${simulator.url}/control${path}`, {
        method,
        headers: {
          authorization: `Bearer ${controlToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return response.json();
    };
    await control('POST', '/troubles', { kind: 'latency', ms: 1, times: 9 });
    await control('POST', '/handsets', { number: ann, name: 'Ann' });
    await client.messages.create({ to: ann, from: service, body: 'Before' });
    await phones.phone(ann).expectSms(/Before/);
    const twiml = '<Response><Pause length="60"/></Response>';
    await client.calls.create({ to: ann, from: service, twiml });
    const ring = await phones.phone(ann).expectRing();
    expect(await control('POST', '/reset')).toEqual({ left: 0 });
    expect(await control('GET', `/handsets/${ann}`)).toMatchObject({
      name: 'Ann',
      messages: [],
      calls: [{ state: 'ringing' }],
    });
    await ring.decline();
    await control('POST', '/reset');
    expect(await control('GET', `/handsets/${ann}`)).toMatchObject({ name: 'Ann', calls: [] });
  });
});
