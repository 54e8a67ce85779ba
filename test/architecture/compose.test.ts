import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { FILLED_IN, makeSecrets } from '../../src/cli/secrets.js';
import { ROLES, SETTINGS, type Role } from '../../src/settings.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { Phones } from '../support/phones.js';
import { createDatabase, createQueue } from '../support/postgres.js';
import { Program } from '../support/processes.js';
import { freePort } from '../support/servers.mjs';

// Real: docker-compose.yml as it is read, and the three roles as three processes of dist/main.js,
// each with exactly the environment and the files that it gives them; PostgreSQL, the queue. Fake:
// the telephone network (simulator). Not here: a container engine; neither the images nor the
// networks are tried.

interface Service {
  environment?: Record<string, string>;
  secrets?: string[];
  command?: string[];
  ports?: string[];
  networks: string[];
  image?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
}
const root = path.join(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  networks: Record<string, { internal?: boolean } | null>;
};
const service = (name: string): Service => compose.services[name] as Service;
const rows = SETTINGS as readonly { name: string; roles: readonly string[]; secret?: boolean }[];
/** For the health check in the Dockerfile; no setting of ours. */
const NOT_OURS = ['HEALTH_PORT'];
/** Refused with a live carrier, which is what the containers are for. */
const NOT_LIVE = ['TEST_NUMBERS'];

test.each(ROLES)(
  '%s is given exactly its own settings, secrets as files and nothing else',
  (role: Role) => {
    const { environment = {}, secrets = [] } = service(role);
    const own = rows.filter((row) => row.roles.includes(role) && !NOT_LIVE.includes(row.name));
    const expected = [
      ...own.map((row) => (row.secret ? `${row.name}_FILE` : row.name)),
      'ROLES',
      ...NOT_OURS,
    ];
    expect(Object.keys(environment).sort()).toEqual(expected.sort());
    expect([...secrets].sort()).toEqual(
      own
        .filter((row) => row.secret)
        .map((row) => row.name)
        .sort(),
    );
    for (const name of secrets) expect(environment[`${name}_FILE`]).toBe(`/run/secrets/${name}`);
    expect(environment['ROLES']).toBe(role);
  },
);

test("the owner's login is given to nothing that runs on, and every secret has its file", () => {
  const holders = (secret: string): string[] =>
    Object.keys(compose.services).filter((name) => service(name).secrets?.includes(secret));
  expect(holders('DATABASE_URL')).toEqual(['migrate']);
  expect(holders('POSTGRES_PASSWORD')).toEqual(['postgres']);
  expect(holders('VAULT_PRIVATE_KEYS')).toEqual(['worker']);
  expect(holders('CARRIER_AUTH_TOKEN')).toEqual(['worker']);
  expect(Object.keys(compose.secrets).sort()).toEqual(Object.keys(makeSecrets()).sort());
  for (const [name, { file }] of Object.entries(compose.secrets))
    expect(file).toBe(`./secrets/${name}`);
  for (const name of FILLED_IN) expect(makeSecrets()[name]).toBe('');
});

test('what runs is closed: no capabilities, no writing, a limit; the worker has no port; ingress has no way to the queue', () => {
  for (const name of [...ROLES, 'migrate'])
    expect(service(name)).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.any(String) as unknown,
    });
  expect(service('worker').ports).toBeUndefined();
  for (const name of ['api', 'ingress'])
    for (const port of service(name).ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  expect(
    Object.keys(compose.services)
      .filter((name) => service(name).networks.includes('queue'))
      .sort(),
  ).toEqual(['api', 'queue', 'worker']);
  expect(
    Object.keys(compose.services).filter((name) => service(name).networks.includes('outside')),
  ).toEqual(['worker']);
  for (const name of ['database', 'queue'])
    expect(compose.networks[name]).toEqual({ internal: true });
  for (const name of ['postgres', 'queue'])
    expect([service(name).ports, service(name).healthcheck === undefined]).toEqual([
      undefined,
      false,
    ]);
  for (const role of ROLES)
    expect(service(role).depends_on?.['migrate']).toEqual({
      condition: 'service_completed_successfully',
    });
  expect(service('queue').command).toEqual(
    expect.arrayContaining(['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']),
  );
  expect(service('queue').command?.join(' ')).not.toMatch(/requirepass/);
});

test('the image has no root, no build tools, and only what it needs is copied', () => {
  const [head = '', ...stages] = read('Dockerfile').split(/^FROM /m);
  expect(head).toMatch(/^ARG BASE=node:24-slim$/m);
  expect(stages.map((stage) => stage.split(/\s/)[0])).toEqual(['${BASE}', '${BASE}', '${BASE}']);
  const last = stages.at(-1) ?? '';
  for (const line of ['USER node', 'STOPSIGNAL SIGTERM', 'HEALTHCHECK '])
    expect(last).toContain(line);
  expect(last).not.toMatch(/^RUN /m);
  expect(read('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['*', '!src']));
  for (const ignored of ['secrets/', '.env'])
    expect(read('.gitignore').split('\n')).toContain(ignored);
});

test('npm run secrets makes a closed folder once, and refuses the second time', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'dingline-secrets-'));
  try {
    const make = async () => {
      const program = new Program(
        path.join(root, 'bin/dingline.mjs'),
        ['secrets', path.join(home, 'secrets')],
        {},
      );
      return { status: await program.ended, err: program.stderr, out: program.stdout };
    };
    const first = await make();
    expect(first.status).toBe(0);
    expect(statSync(path.join(home, 'secrets')).mode & 0o777).toBe(0o700);
    const vault = readFileSync(path.join(home, 'secrets/VAULT_PRIVATE_KEYS'), 'utf8');
    expect(first.out).not.toContain(vault.trim());
    expect(await make()).toMatchObject({
      status: 1,
      err: expect.stringContaining('nothing in it is changed') as unknown,
    });
    expect(readFileSync(path.join(home, 'secrets/VAULT_PRIVATE_KEYS'), 'utf8')).toBe(vault);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test('the three roles run as three processes from exactly these settings, and a code goes out through them', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'dingline-roles-'));
  chmodSync(home, 0o700);
  const [database, queue] = [await createDatabase(), await createQueue()];
  const accountSid = `AC${randomBytes(16).toString('hex')}`;
  const [authToken, controlToken] = [
    randomBytes(16).toString('hex'),
    randomBytes(32).toString('base64url'),
  ];
  const simulator = await startSimulator({
    port: 0,
    accountSid,
    authToken,
    controlToken,
    speechMsPerChar: 0,
    stepMs: 0,
  });
  const phones = await Phones.connect({ url: simulator.url, controlToken, deadlineMs: 30_000 });
  const programs: Program[] = [];
  try {
    // The tests' logins belong to the whole server, so their passwords are the ones that all tests share.
    const secrets: Record<string, string> = {
      ...makeSecrets(),
      DATABASE_URL: database.ownerUrl,
      API_DATABASE_URL: database.apiUrl,
      INGRESS_DATABASE_URL: database.ingressUrl,
      WORKER_DATABASE_URL: database.workerUrl,
      QUEUE_URL: queue.url,
      CARRIER_ACCOUNT_SID: accountSid,
      CARRIER_AUTH_TOKEN: authToken,
      CARRIER_WEBHOOK_TOKENS: authToken,
      CARRIER_SENDER_NUMBER: '+15005550006',
    };
    for (const [name, text] of Object.entries(secrets))
      writeFileSync(path.join(home, name), `${text}\n`, { mode: 0o600 });
    const ports: Record<string, string> = {
      API_PORT: String(await freePort()),
      INGRESS_PORT: String(await freePort()),
      WORKER_PORT: String(await freePort()),
    };
    const filled: Record<string, string> = {
      API_PUBLIC_URL: 'https://ding.example',
      INGRESS_PUBLIC_URL: `http://127.0.0.1:${ports['INGRESS_PORT']}`,
      CARRIER_BASE_URL: simulator.url,
    };
    const envOf = (name: string): Record<string, string> =>
      Object.fromEntries(
        Object.entries(service(name).environment ?? {}).map(([key, value]) => {
          if (key === 'HOST') return [key, '127.0.0.1'];
          if (key === 'METRICS_PORT') return [key, '0'];
          if (ports[key] !== undefined) return [key, ports[key]];
          return [
            key,
            String(value)
              .replace(/^\/run\/secrets\//, `${home}/`)
              .replace(
                /\$\{(\w+)(?::[-?]([^}]*))?\}/g,
                (_, variable: string, fallback = '') => filled[variable] ?? String(fallback),
              ),
          ];
        }),
      );
    const start = (name: string, file: string, ...words: string[]): Program => {
      const program = new Program(path.join(root, file), words, envOf(name));
      programs.push(program);
      return program;
    };
    const [, file = '', ...words] = service('migrate').command ?? [];
    expect(await start('migrate', file, ...words).ended).toBe(0);
    const running = ROLES.map((role) => start(role, 'dist/main.js'));
    await Promise.all(running.map((program) => program.prints(/^running/m)));
    for (const port of Object.values(ports))
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);

    const api = `http://127.0.0.1:${ports['API_PORT']}/v1`;
    const post = async (route: string, body: object, token?: string) =>
      (
        await fetch(`${api}${route}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify(body),
        })
      ).json() as Promise<Record<string, string & boolean>>;
    const [login, password, number] = ['ann', 'four quiet green pumps', '+12025550143'];
    await post('/accounts', { login, password, name: 'Ann', language: 'en' });
    const { token } = await post('/sessions', { login, password });
    const { id } = await post('/verifications', { number }, token);
    const [, code] = await phones.phone(number).expectSms(/#(\d{6})$/);
    expect((await post(`/verifications/${id}/check`, { code }, token))['isCorrect']).toBe(true);
    for (const program of running) program.kill('SIGTERM');
    expect(await Promise.all(running.map((program) => program.ended))).toEqual([0, 0, 0]);
  } finally {
    for (const program of programs) {
      program.kill('SIGKILL');
      await program.ended;
    }
    await phones.close({ quietly: true });
    await simulator.close();
    await queue.drop();
    await database.drop();
    rmSync(home, { recursive: true, force: true });
  }
});
