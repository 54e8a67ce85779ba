import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startStack } from '../../src/embedded/stack.js';
import { startable } from '../../src/embedded/startable.js';
import type { Environment } from '../../src/settings.js';
import { endAll } from '../support/processes.js';
import { World } from '../support/world.js';

// Real: the stack as `npm run demo` starts it, with PostgreSQL from npm and the simulator's process. What only default
// mode has must not be there as soon as anything of it is otherwise.

const SIMULATOR = path.join(__dirname, '../../dist/simulator/main.js');
const ANY_PORTS: Environment = {
  API_PORT: '0',
  INGRESS_PORT: '0',
  WORKER_PORT: '0',
  SIMULATOR_PORT: '0',
  POSTGRES_PORT: '0',
  METRICS_PORT: 'none',
};
const LIVE: Environment = {
  SIMULATOR_PORT: undefined,
  CARRIER_BASE_URL: 'https://192.0.2.1',
  CARRIER_ACCOUNT_SID: `AC${'0123456789abcdef'.repeat(2)}`,
  CARRIER_AUTH_TOKEN: 'a-token-that-no-carrier-knows-of',
  CARRIER_WEBHOOK_TOKENS: 'a-token-that-no-carrier-knows-of',
  CARRIER_SENDER_NUMBER: '+12025550100',
  INGRESS_PUBLIC_URL: 'https://hooks.dingline.example',
};

let home: string;
beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'dingline-demo-mode-'));
  chmodSync(home, 0o755);
});
afterAll(async () => {
  await endAll(home);
  rmSync(home, { recursive: true, force: true });
});

interface Seen {
  session: { status: number; text: string };
  never: { status: number; text: string };
  /** Who may show the app in a frame. */
  framedBy: string | undefined;
  /** Where the app is shown beside the phones. */
  split: string | undefined;
}

/** Starts the stack, as the demo or as `npm start`, and asks for what default mode has. */
async function lookAt(env: Environment, isDemo = true): Promise<Seen> {
  const stack = await startStack({
    env: { LOG_LEVEL: 'fatal', ...env },
    createRole: startable,
    simulatorProgram: SIMULATOR,
    say: () => {},
    isDemo,
  });
  try {
    const post = async (route: string): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${stack.urls.api ?? ''}${route}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: stack.settings.api?.apiPublicUrl ?? '',
        },
        body: JSON.stringify({ token: 'A'.repeat(43) }),
      });
      return { status: response.status, text: await response.text() };
    };
    const page = await fetch(`${stack.urls.api ?? ''}/app/`);
    const policy = page.headers.get('content-security-policy') ?? '';
    return {
      session: await post('/v1/demo/session'),
      never: await post('/v1/demo/never'),
      framedBy: /frame-ancestors ([^;]*)/.exec(policy)?.[1],
      split: stack.split,
    };
  } finally {
    await stack.stop();
  }
}
const inDefaultMode = (changes: Environment): Environment => ({
  ...ANY_PORTS,
  DATA_DIR: path.join(home, 'data'),
  ...changes,
});

function expectNothing({ session, never, ...frames }: Seen): void {
  expect(never.status).toBe(404);
  expect(session).toEqual(never);
  expect(frames).toEqual({ framedBy: "'none'", split: undefined });
}

describe('the route that signs a browser in to the demo, and the app in a frame beside the phones', () => {
  test('are there in default mode', async () => {
    const { session, framedBy, split } = await lookAt(inDefaultMode({}));
    expect(session.status).toBe(401);
    expect(split).toMatch(/^http:\/\/localhost:\d+\/split#phones=[\w-]{32}$/);
    expect(framedBy).toBe(new URL(split ?? '').origin);
  });

  test('are the frame alone where npm start runs', async () => {
    const { session, never, framedBy, split } = await lookAt(inDefaultMode({}), false);
    expect(session).toEqual(never);
    expect(never.status).toBe(404);
    expect(framedBy).toBe(new URL(split ?? '').origin);
  });

  test.each<[string, Environment]>([
    ['HOST is set, be it to what it is by itself', { HOST: '127.0.0.1' }],
    ['people come by another address', { API_PUBLIC_URL: 'https://dingline.example' }],
    ['the carrier is live', LIVE],
    ['the carrier is one on this machine', { ...LIVE, CARRIER_BASE_URL: 'http://127.0.0.1:9' }],
  ])('are not there where %s, as what never was', async (_, changes) => {
    expectNothing(await lookAt(inDefaultMode(changes)));
  });

  test('are not there where the roles run apart, even if one process runs them all', async () => {
    const world = await World.start({ roles: ['api'] });
    try {
      expectNothing(await lookAt({ ...world.env, ...ANY_PORTS }));
      expectNothing(await lookAt({ ...world.env, ...ANY_PORTS, ROLES: 'api,ingress,worker' }));
    } finally {
      await world.close();
    }
  });
});
