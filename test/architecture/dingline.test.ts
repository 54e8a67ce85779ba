import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DINGLINE, startCommand } from '../support/commands.js';

// Real: `dingline` as it was built, in processes of its own. No database: what is asked here comes before it.

const root = path.join(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
/** An address where nobody is. */
const env = { DATABASE_URL: 'postgres://nobody:no@127.0.0.1:1/none' };

/** As the help names them. */
async function listCommands(): Promise<string[]> {
  const { out } = await startCommand(['--help'], {});
  return [...out.matchAll(/^ {2}([a-z]+) {3,}/gm)].map(([, name]) => name as string);
}

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'dingline-command-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('no command of an operator builds', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const building = (name: string): boolean =>
    [scripts[`pre${name}`], scripts[name]].some((script) => /build/.test(script ?? ''));

  test('the scripts are short names of it, and build nothing; what needs a build makes one where it must', async () => {
    for (const name of await listCommands()) {
      if (scripts[name] === undefined) continue;
      expect(scripts[name]).toBe(`node bin/dingline.mjs ${name}`);
      expect(scripts[`pre${name}`]).toBeUndefined();
    }
    for (const name of ['start', 'demo', 'test', 'simulator']) expect(building(name)).toBe(true);
    expect(scripts['dev']).toMatch(/^nest start/); // which builds, and again at each change
  });

  /** A product of a few files, built at noon. */
  const NOON = new Date('2026-01-01T12:00:00Z');
  const LATER = new Date('2026-01-01T12:00:01Z');
  function lay(file: string, at: Date, text = ''): void {
    mkdirSync(path.dirname(path.join(home, file)), { recursive: true });
    writeFileSync(path.join(home, file), text);
    utimesSync(path.join(home, file), at, at);
  }
  function layAll(): void {
    cpSync(path.join(root, 'bin'), path.join(home, 'bin'), { recursive: true });
    for (const file of ['src/main.ts', 'src/cli/main.ts', 'src/a.sql', 'tsconfig.json'])
      lay(file, NOON);
    for (const file of ['dist/main.js', 'dist/a.sql']) lay(file, NOON);
    lay('dist/cli/main.js', NOON, "process.stdout.write('it runs\\n');");
  }
  const run = async () => {
    const program = spawn(process.execPath, [path.join(home, 'bin/dingline.mjs'), 'stops']);
    const printed = { out: '', err: '' };
    program.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
    program.stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
    const [status] = (await once(program, 'close')) as [number];
    return { status, ...printed };
  };

  test.each<[string, () => void, string]>([
    ['is missing', () => rmSync(path.join(home, 'dist'), { recursive: true }), 'dist is missing'],
    ['is older than a file', () => lay('src/cli/main.ts', LATER), 'dist is older than src'],
    ['is older than the SQL', () => lay('src/a.sql', LATER), 'dist is older than src'],
    ['lacks a file', () => lay('src/b.ts', NOON), 'dist is older than src'],
    [
      'was built in another way',
      () => lay('tsconfig.json', LATER),
      'dist is older than tsconfig.json',
    ],
  ])('where dist %s, it says so in one line', async (_, change, why) => {
    layAll();
    expect(await run()).toEqual({ status: 0, out: 'it runs\n', err: '' });
    change();
    expect(await run()).toEqual({
      status: 2,
      out: '',
      err: `dingline: ${why}: run \`npm run build\`, and this again\n`,
    });
  });

  test('the app for people is built where it is missing or older, and no command minds', async () => {
    const isAppUnbuilt = async (): Promise<string> => {
      const url = pathToFileURL(path.join(home, 'bin/built.mjs')).href;
      const ask = `import { isAppUnbuilt } from '${url}'; console.log(isAppUnbuilt('${home}'));`;
      const program = spawn(process.execPath, ['--input-type=module', '-e', ask]);
      let out = '';
      program.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      await once(program, 'close');
      return out.trim();
    };
    layAll();
    for (const file of ['src/web/app/main.tsx', 'src/web/client/client.ts', 'vite.config.mjs'])
      lay(file, NOON);
    lay('dist/web/client/client.js', LATER);
    expect(await isAppUnbuilt()).toBe('true');
    expect(await run()).toMatchObject({ status: 0 });
    for (const folder of ['src/web/app', 'src/web/client'])
      utimesSync(path.join(home, folder), NOON, NOON);
    lay('dist/web/app/index.html', NOON);
    expect(await isAppUnbuilt()).toBe('false');
    lay('src/web/app/main.tsx', LATER);
    expect(await isAppUnbuilt()).toBe('true');
    expect(await run()).toMatchObject({ status: 0 });
  });

  test('an image has no src, and what is in it was built with it', async () => {
    layAll();
    rmSync(path.join(home, 'src'), { recursive: true });
    expect(await run()).toMatchObject({ status: 0 });
  });
});

describe('a command loads what it needs, and no more', () => {
  /** Every module that the process ran, as V8 lists them. */
  async function listModules(words: readonly string[]): Promise<string[]> {
    const listing = path.join(home, 'modules');
    const inHome = words.map((word) => word.replace('HOME', home));
    const { status } = await startCommand(inHome, { ...env, NODE_V8_COVERAGE: listing });
    expect([0, 1]).toContain(status);
    const [file = ''] = readdirSync(listing);
    const { result } = JSON.parse(readFileSync(path.join(listing, file), 'utf8')) as {
      result: { url: string }[];
    };
    return result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
  }
  /** What serves people and carriers, and takes seconds to load. */
  const SERVICE =
    /node_modules\/(@nestjs\/(core|platform-fastify|swagger|bullmq)|bullmq|fastify|twilio|@redis)\/|dist\/(app\.module|plaintext\/(vault|carriers|handoffs))/;

  // The database's own modules are 360 of them. `apps` shares two repositories with the service, and so what marks
  // them for Nest; `deny` brings what is a prefix, and with it libphonenumber-js.
  const COMMANDS: [string, string[], number][] = [
    ['--help', ['--help'], 30],
    ['status', ['status'], 480],
    // A number is sealed by code of its own, which is loaded when one is asked for.
    ['look', ['look', '0190a1b2-0000-7000-8000-000000000000'], 480],
    ['accounts', ['accounts', 'find', 'nobody'], 480],
    ['apps', ['apps', 'list'], 920],
    ['guard', ['guard', 'list'], 480],
    ['deny', ['deny', 'list'], 580],
    ['stop', ['stop', 'ding', 'voice'], 480],
    ['resume', ['resume', 'ding', 'voice'], 480],
    ['stops', ['stops'], 480],
    ['recover', ['recover'], 480],
    ['migrate', ['migrate'], 480],
    ['secrets', ['secrets', 'HOME/secrets'], 480],
  ];
  test.each(COMMANDS)('%s', async (_, words, most) => {
    const modules = await listModules(words);
    expect(modules.filter((url) => SERVICE.test(url))).toEqual([]);
    expect(modules.length).toBeGreaterThan(5);
    expect(modules.length).toBeLessThan(most);
  });

  test('no command is left out of this', async () => {
    expect(COMMANDS.map(([name]) => name)).toEqual(['--help', ...(await listCommands())]);
  });
});

test.each<[string, readonly string[], 'stdout' | 'stderr', number]>([
  ['what it says', ['--help'], 'stdout', 0],
  ['what it says of one command', ['help', 'apps'], 'stdout', 0],
  ['what it complains', ['stops', 'x'], 'stderr', 2],
])('it ends quietly when the reader of %s has ended before it', async (_, words, read, status) => {
  const program = spawn(process.execPath, [DINGLINE, ...words]);
  program[read].destroy();
  let rest = '';
  program[read === 'stdout' ? 'stderr' : 'stdout'].on('data', (chunk) => (rest += String(chunk)));
  const [ended] = (await once(program, 'close')) as [number];
  expect({ ended, rest }).toEqual({ ended: status, rest: '' });
});
