import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { app, type Client } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the package as `npm run build:client` makes it, packed and installed by npm in a project of its own; the three
// roles, PostgreSQL, the queue. Fake: the telephone network (simulator). The examples are those of its README.

const root = path.join(__dirname, '../..');
const README = readFileSync(path.join(root, 'src/web/client/README.md'), 'utf8');
/** The benchmark's peers, where `npm ci --prefix test/bench` or the benchmark has installed them. */
const BETTER_AUTH = path.join(root, 'test/bench/node_modules/better-auth');

/** What the examples take of packages that aren't installed, and of their reader's own code. */
const DECLARED = {
  'next.d.ts': `declare module 'next/headers' { export function headers(): Promise<Headers>; }`,
  'better-auth.d.ts': `
    declare module 'better-auth' { export function betterAuth(options: { plugins: unknown[] }): unknown; }
    declare module 'better-auth/plugins' {
      interface Numbered { phoneNumber: string; code: string; }
      export function phoneNumber(options: {
        sendOTP: (data: Numbered) => Promise<void> | void;
        verifyOTP: (data: Numbered) => Promise<boolean> | boolean;
      }): unknown;
    }`,
  'app/session.ts': `
    export declare function getSession(): Promise<{
      verification?: { id: string; number: string };
      verifiedNumber?: string;
    }>;`,
};

/** Each line below a mark must be refused by the compiler, and all else must not. */
const TYPED = `
  import { ApiProblem, Client } from 'dingline-client';
  import { teamsCreate, verificationCreate } from 'dingline-client/operations';
  import type { LiveKind } from 'dingline-client/live-events';
  const client = new Client();
  // @ts-expect-error: a team needs a name
  void client.send(teamsCreate, { body: {} });
  void client.send(verificationCreate, { body: { number: '+12025550101' } }).then(({ state }) => {
    // @ts-expect-error: no verification has this state
    return state === 'unheard of';
  });
  export const isLimit = (error: unknown) => error instanceof ApiProblem && error.code === 'SEND_LIMIT';
  // @ts-expect-error: there is no such code
  export const isOther = (error: unknown) => error instanceof ApiProblem && error.code === 'UNHEARD_OF';
  // @ts-expect-error: nothing happens that is called so
  export const kind: LiveKind = 'unheard.of';
`;

describe('the client as a package', () => {
  let home: string;
  let project: string;
  beforeAll(() => {
    home = mkdtempSync(path.join(tmpdir(), 'dingline-client-'));
    project = path.join(home, 'project');
    const made = path.join(home, 'package');
    run(process.execPath, [path.join(root, 'bin/client/package.mjs'), made], root);
    run('npm', ['pack', made, '--pack-destination', home], home);
    const [file = ''] = readdirSync(home).filter((name) => name.endsWith('.tgz'));
    write('package.json', '{ "private": true, "type": "module" }');
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', path.join(home, file)], project);
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  function run(program: string, words: readonly string[], cwd: string): string {
    const env = { ...process.env, npm_config_cache: path.join(home, 'cache') };
    const { status, stdout, stderr } = spawnSync(program, words, { cwd, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  function write(name: string, text: string): void {
    const file = path.join(project, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** The block of code below a heading of the README, in the file that it is said to be. */
  function writeExample(heading: string): string {
    const [, name = '', text = ''] =
      new RegExp(`## ${heading}\n\`(\\S+)\`[^]*?\`\`\`\\w+\n([^]*?)\`\`\``).exec(README) ?? [];
    write(name, text);
    return path.join(project, name);
  }

  test('has its licence, its README and types, and needs no other package and nothing of the service', () => {
    const installed = path.join(project, 'node_modules/dingline-client');
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'client.js', 'generated/operations.d.ts']),
    );
    const description = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
      license: string;
      private: boolean;
      exports: Record<string, Record<string, string>>;
    };
    expect(description).toMatchObject({ license: 'Apache-2.0', private: true });
    expect(description).not.toHaveProperty('dependencies');
    for (const place of Object.values(description.exports))
      for (const file of Object.values(place)) expect(files).toContain(path.normalize(file));
    const code = files.filter((name) => /\.(js|d\.ts)$/.test(name));
    const imported = code.flatMap((name) =>
      [
        ...readFileSync(path.join(installed, name), 'utf8').matchAll(/\bfrom '([^']+)'|import\(/g),
      ].map(([, what]) => path.join(path.dirname(name), what ?? 'computed')),
    );
    expect(imported).toContain('generated/operations.js');
    expect(imported.filter((name) => !files.includes(name))).toEqual([]);
  });

  test(`its examples compile, Better Auth's against ${existsSync(BETTER_AUTH) ? 'its own types' : 'the types that it uses'}`, () => {
    const examples = ['Node', 'Next.js', 'Better Auth'].map(writeExample);
    for (const [name, text] of Object.entries(DECLARED)) write(name, text);
    if (existsSync(BETTER_AUTH)) {
      rmSync(path.join(project, 'better-auth.d.ts'));
      symlinkSync(BETTER_AUTH, path.join(project, 'node_modules/better-auth'));
    }
    write('typed.ts', TYPED);
    const options = ['--noEmit', '--strict', '--checkJs', '--skipLibCheck', '--ignoreConfig'];
    const how = [
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--target',
      'es2023',
      '--types',
      'node',
    ];
    const types = ['--typeRoots', path.join(root, 'node_modules/@types')];
    const declared = readdirSync(project).filter((name) => name.endsWith('.d.ts'));
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    const files = [...examples, ...declared, 'typed.ts'];
    run(process.execPath, [tsc, ...options, ...how, ...types, ...files], project);
  });

  describe('in the example for Node', () => {
    let world: World;
    let shop: Client;
    const next = numbersOf(61);
    beforeAll(async () => {
      world = await World.start();
      shop = await app(world, 'Pump shop');
    });
    afterAll(() => world.close());

    /** Runs it, and types what `choose` makes of the code that came to the phone. */
    async function verify(choose: (code: string) => string): Promise<string> {
      const number = next();
      const program = spawn(process.execPath, [writeExample('Node'), number], {
        cwd: project,
        env: {
          PATH: process.env['PATH'],
          DINGLINE_URL: world.urls.get('api'),
          APP_ID: shop.sid,
          APP_SECRET: shop.secret,
        },
      });
      let said = '';
      for (const stream of [program.stdout, program.stderr])
        stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const ended = once(program, 'close');
      const [, code = ''] = await world.phones.phone(number).expectSms(/#(\d{6})$/);
      program.stdin.end(`${choose(code)}\n`);
      await ended;
      return said;
    }

    test('a number is verified by the code that comes to its phone', async () => {
      expect(await verify((code) => code)).toContain('Verified.');
    });

    test('a wrong code is no error, and verifies nothing', async () => {
      const wrong = (code: string) => (code === '111111' ? '222222' : '111111');
      expect(await verify(wrong)).toMatch(/Code: This code is wrong\.\n$/);
    });
  });
});
