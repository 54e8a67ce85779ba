import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NoAnswer, UndiciClient } from '../../src/plaintext/carriers/twilio/undici-client.js';

// Real: the HTTP client under the carrier's SDK, and HTTP. Fake: the carrier. In the product the deadline is 30 s.

let server: Server;
let answer: (response: ServerResponse) => void;
beforeEach(async () => {
  server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test.each<[string, (response: ServerResponse) => void]>([
  ['answers nothing', () => {}],
  [
    'answers a little again and again, and never all',
    (response) => {
      response.writeHead(201);
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    },
  ],
])('a request to a carrier that %s ends at its deadline, and may have left', async (_, how) => {
  answer = how;
  const client = new UndiciClient(() => {}, 100);
  const uri = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  const error: unknown = await client.request({ method: 'post', uri, data: { To: 'x' } }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NoAnswer);
  expect(error).toMatchObject({ mayHaveLeft: true });
  await client.close();
});
