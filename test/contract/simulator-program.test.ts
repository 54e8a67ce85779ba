/**
 * The simulator as a program of its own, as it was built: its flags, its end, and what stops it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import twilio from 'twilio';
import type { Simulator } from '../../src/simulator/simulator.js';
import { Phones } from '../support/phones.js';
import { openNetwork } from '../support/simulated-network.js';
import { accountSid, ann, authToken, bob, controlToken } from '../support/simulator-receiver.js';

let simulator: Simulator;
let client: twilio.Twilio;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, client, close } = await openNetwork());
});
afterEach(() => close());

describe('the program', () => {
  const program = resolve('dist/simulator/main.js');
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  writeFileSync(join(folder, 'auth'), authToken);
  writeFileSync(join(folder, 'control'), controlToken);
  const flags = [
    '--account-sid',
    accountSid,
    '--auth-token-file',
    join(folder, 'auth'),
    '--control-token-file',
    join(folder, 'control'),
  ];
  afterAll(() => rmSync(folder, { recursive: true }));

  test('it says where it listens, takes its numbers by flag, and ends with its parent', async () => {
    const child = spawn(process.execPath, [
      program,
      ...flags,
      '--port',
      '0',
      '--number',
      bob,
      '--step-ms',
      '0',
      '--exit-with-parent',
    ]);
    const ended = once(child, 'exit');
    const lines = createInterface(child.stdout);
    const [line] = (await once(lines, 'line')) as [string];
    const printed = once(lines, 'line');
    const { event, port, handsets } = JSON.parse(line) as {
      event: string;
      port: number;
      handsets: string;
    };
    expect(event).toBe('listening');
    // What is printed lets one browser in, and isn't what rules the network.
    const [page, invitation = ''] = handsets.split('#');
    expect(page).toBe(`http://127.0.0.1:${String(port)}/handsets`);
    expect(invitation).not.toBe(controlToken);
    const ask = async (path: string, token: string, method = 'GET') =>
      fetch(`http://127.0.0.1:${String(port)}/control${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await ask('/handsets', invitation)).status).toBe(401);
    const entered = await ask('/pages', invitation, 'POST');
    const { token } = (await entered.json()) as { token: string };
    expect((await ask('/handsets', token)).status).toBe(200);
    expect((await ask('/pages', invitation, 'POST')).status).toBe(401);
    const [again] = (await printed) as [string];
    const next = (JSON.parse(again) as { handsets: string }).handsets.split('#')[1] ?? '';
    expect((await ask('/pages', next, 'POST')).status).toBe(200);
    client.api.baseUrl = `http://127.0.0.1:${String(port)}`;
    const others = await Phones.connect({ url: client.api.baseUrl, controlToken });
    await client.messages.create({ to: ann, from: bob, body: 'Hello' });
    await others.phone(ann).expectSms(/Hello/);
    await others.close();
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });

  test.each([
    [['--port', 'abc'], /--port must be a number/],
    [['--account-sid', 'nobody'], /--account-sid/],
    [['--auth-token-file', '/nowhere/at/all'], /--auth-token-file can't be read/],
    [['--number', '555'], /--number/],
    [['--app', 'https://dingline.example'], /--app must be an origin on localhost/],
    [['--app', 'http://localhost:3000; script-src *'], /--app must be an origin on localhost/],
    [['--colour', 'red'], /--colour/],
  ])('%j stops it with one line that names the flag', async (wrong, expected) => {
    const child = spawn(process.execPath, [program, ...flags, '--port', '0', ...wrong]);
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(Buffer.concat(said).toString()).toMatch(expected);
    expect(Buffer.concat(said).toString().trim().split('\n')).toHaveLength(1);
  });

  test("a taken port stops it with the flag's name", async () => {
    const child = spawn(process.execPath, [program, ...flags, '--port', String(simulator.port)]);
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(Buffer.concat(said).toString()).toMatch(/taken; choose another with --port/);
  });
});
