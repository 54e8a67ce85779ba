import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fastify from 'fastify';
import { serveApp, type SignUpPolicy } from '../../src/web/app-pages.js';

// Real: what serves the app's pages, in a server of its own; a folder as Vite makes it, or none.

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'dingline-pages-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function build(): void {
  mkdirSync(path.join(home, 'assets'));
  writeFileSync(path.join(home, 'index.html'), '<meta name="sign-up" content="sign-up" />');
  writeFileSync(path.join(home, 'assets/main-A1b2.js'), 'plain');
  writeFileSync(path.join(home, 'assets/main-A1b2.js.br'), 'compressed');
}
function serve(signUp: SignUpPolicy = 'open', folder = home) {
  const server = fastify();
  serveApp(server, signUp, { folder });
  return server;
}

test('where the app was never built, the api starts all the same, and says so at its address', async () => {
  for (const folder of [home, path.join(home, 'nowhere')]) {
    const answer = await serve('open', folder).inject('/app/me');
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('<code>npm run build</code>');
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'/);
  }
});

test.each(['open', 'invite', 'closed'] as const)(
  'the page knows that SIGN_UP is %s',
  async (policy) => {
    build();
    for (const address of ['/app/', '/app/teams/1/x', '/app/sign-up?a=b']) {
      const { statusCode, body, headers } = await serve(policy).inject(address);
      expect([statusCode, body]).toEqual([200, `<meta name="sign-up" content="${policy}" />`]);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
    }
  },
);

test('/ and /app lead to it', async () => {
  for (const address of ['/', '/app']) {
    const { statusCode, headers } = await serve().inject(address);
    expect([statusCode, headers['location']]).toEqual([303, '/app/']);
  }
});

test('what is named by its content is kept for a year, and comes compressed to who takes it so', async () => {
  build();
  const server = serve();
  const ask = (encoding: string) =>
    server.inject({ url: '/app/assets/main-A1b2.js', headers: { 'accept-encoding': encoding } });
  const [small, plain] = [await ask('br'), await ask('identity')];
  expect([small.body, small.headers['content-encoding']]).toEqual(['compressed', 'br']);
  expect([plain.body, plain.headers['content-encoding']]).toEqual(['plain', undefined]);
  for (const { headers } of [small, plain]) {
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-type']).toMatch(/^(text|application)\/javascript/);
  }
});

test('the element for others’ pages may be loaded by any of them, and is asked for again after an hour', async () => {
  build();
  writeFileSync(path.join(home, 'dingline-verify.js'), 'plain');
  const { statusCode, body, headers } = await serve().inject('/dingline-verify.js');
  expect([statusCode, body]).toEqual([200, 'plain']);
  expect(headers).toMatchObject({
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'public, max-age=3600',
  });
});

test('a file that isn’t there is no page, and no way leads out of the folder', async () => {
  build();
  writeFileSync(path.join(home, 'secret.txt'), 'secret');
  for (const address of [
    '/app/assets/gone.js',
    '/app/assets/..%2fsecret.txt',
    '/app/assets/%2e%2e/secret.txt',
  ]) {
    const { statusCode, body } = await serve().inject(address);
    expect(body).not.toContain('secret');
    expect([403, 404, 200]).toContain(statusCode);
  }
  expect((await serve().inject('/app/assets/gone.js')).statusCode).toBe(404);
});
