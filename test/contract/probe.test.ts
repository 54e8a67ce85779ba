import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IngressProbe } from '../../src/handoff/ingress-probe.service.js';
import {
  ANSWERED_BY,
  ASKED_BY,
  NONCE_BYTES,
  probePath,
  proveAnswered,
  proveAsked,
} from '../../src/handoff/probe.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { World } from '../support/world.js';

// Real: `ingress` over HTTP, with PostgreSQL, and the worker's question. Fake: what else may answer at its address.

let world: World;
let key: Buffer;

beforeAll(async () => {
  world = await World.start({ roles: ['ingress'] });
  key = Buffer.from(world.env['INGRESS_PROBE_KEY'] ?? '', 'base64url');
});
afterAll(() => world.close());

const makeNonce = (): string => randomBytes(NONCE_BYTES).toString('base64url');
const send = async (
  path: string,
  proof?: string,
  method = 'POST',
): Promise<{ status: number; headers: string[]; body: string; proof: string | null }> => {
  const response = await fetch(`${world.urls.get('ingress') ?? ''}${path}`, {
    method,
    headers: proof === undefined ? {} : { [ASKED_BY]: proof },
  });
  const id = response.headers.get('x-request-id') ?? '';
  const hide = (text: string): string => text.replaceAll(id, 'ID').replaceAll(path, 'PATH');
  return {
    status: response.status,
    headers: [...response.headers]
      .map((header) => hide(header.join(': ')))
      .filter((header) => !/^date:/.test(header)),
    body: hide(await response.text()),
    proof: response.headers.get(ANSWERED_BY),
  };
};

test('a worker that proves itself is answered 204, with the proof, and nothing else', async () => {
  const nonce = makeNonce();
  expect(await send(probePath(nonce), proveAsked(key, nonce))).toMatchObject({
    status: 204,
    body: '',
    proof: proveAnswered(key, nonce),
  });
});

test('to anybody else it is an address that never was, byte for byte', async () => {
  const nonce = makeNonce();
  await send(probePath(nonce), proveAsked(key, nonce));
  for (const method of ['POST', 'GET', 'PUT', 'OPTIONS']) {
    const never = await send(`/carrier/${makeNonce()}/never`, undefined, method);
    expect(never.status).toBe(404);
    const other = makeNonce();
    for (const [path, proof] of [
      [probePath(nonce), proveAsked(key, nonce)], // it was answered before
      [probePath(other), undefined],
      [probePath(other), 'a guess'],
      [probePath(other), proveAsked(key, nonce)],
      [probePath(other), proveAsked(randomBytes(32), other)],
      [probePath(other), proveAnswered(key, other)],
      ...(method === 'POST' ? [] : [[probePath(other), proveAsked(key, other)]]),
    ] as [string, string | undefined][])
      expect(await send(path, proof, method)).toEqual(never);
  }
});

const probe = async (url: string): Promise<string> => {
  const asking = new IngressProbe(url, new Redacted(new Uint8Array(key)));
  const probed = await asking.ask();
  await asking.close();
  return probed;
};
/** What a worker makes of a server that answers so. */
const probeOther = async (
  status: number,
  answer: (asked: IncomingHttpHeaders) => OutgoingHttpHeaders,
): Promise<string> => {
  const server = createServer((request, response) => {
    response.writeHead(status, answer(request.headers)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const probed = await probe(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  await new Promise((resolve) => server.close(resolve));
  return probed;
};

test('the worker takes no other for ingress, whatever it answers', async () => {
  const ingress = world.urls.get('ingress') ?? '';
  const old = proveAnswered(key, makeNonce());
  expect(await probe(ingress)).toBe('answered');
  expect(await probeOther(204, () => ({}))).toBe('other');
  expect(await probeOther(204, (asked) => ({ [ANSWERED_BY]: asked[ASKED_BY] }))).toBe('other');
  expect(await probeOther(204, () => ({ [ANSWERED_BY]: old }))).toBe('other');
  expect(await probeOther(307, () => ({ location: `${ingress}/livez` }))).toBe('other');
  expect(await probe('http://127.0.0.1:1')).toBe('silent');
});
