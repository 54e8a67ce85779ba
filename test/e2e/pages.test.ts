// Real: the whole product as `npm start` runs it (dist/main.js), its commands, its PostgreSQL and
// its simulator, a shell.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endAll } from '../support/processes.js';
import { freePort } from '../support/servers.mjs';

// The pages of docs/ that a reader pastes into a shell, block after block: each block is run as it
// stands, in one shell, and must print what the page says that it prints.

const root = path.join(__dirname, '../..');
const PAGE_MS = 240_000;
/** The ports that the pages name, by the settings that choose others; the last is the reader's. */
const PORTS = {
  API_PORT: 3000,
  INGRESS_PORT: 3001,
  WORKER_PORT: 3002,
  SIMULATOR_PORT: 3003,
  POSTGRES_PORT: 3004,
  METRICS_PORT: 3005,
  OWN_PORT: 4000,
};

/** The simulated phones speak as fast as they can. */
const HURRIED = `
curl -sS -X PUT -H "authorization: Bearer $(cat .data/keys/SIMULATOR_CONTROL_TOKEN)" \\
  -H 'content-type: application/json' -d '{"speechMsPerChar":0}' \\
  http://localhost:3003/control/settings
echo
`;

interface Block {
  line: number;
  commands: string;
  /** The lines that the page says it prints, in this order, others between them. */
  printed: string[];
}

/** Each ```sh block, with the ```text block that follows it at once. */
function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```sh\n([\s\S]*?)^```\n(?:```text\n([\s\S]*?)^```\n)?/gm)].map(
    (found) => ({
      line: page.slice(0, found.index).split('\n').length,
      commands: found[1] as string,
      printed: (found[2] ?? '').split('\n').filter((line) => line !== ''),
    }),
  );
}

/** `…` stands for anything within a line. */
const patternOf = (line: string): RegExp =>
  new RegExp(
    line
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );

/** The first line of `expected` that is not printed after those before it. */
function missing(expected: readonly string[], output: string): string | undefined {
  const lines = output.split('\n');
  let from = 0;
  for (const line of expected) {
    const at = lines.findIndex((printed, index) => index >= from && patternOf(line).test(printed));
    if (at === -1) return line;
    from = at + 1;
  }
  return undefined;
}

describe('a page of docs/, pasted into a shell block after block, prints what it says', () => {
  let home: string;
  const ports: Record<string, number> = {};

  beforeAll(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'dingline-pages-'));
    chmodSync(home, 0o755);
    symlinkSync(path.join(root, 'node_modules'), path.join(home, 'node_modules'));
    for (const name of Object.keys(PORTS)) ports[name] = await freePort();
  });
  afterAll(async () => {
    await endAll(home);
    rmSync(home, { recursive: true, force: true });
  });

  /** The page's commands with this test's ports, no build for each, and less waiting. */
  function adapted(commands: string): string {
    let text = commands
      .replaceAll('npm start', `node ${root}/dist/main.js`)
      .replace(/npm run --silent (\w+)(?: --)?/g, `node ${root}/bin/dingline.mjs $1`)
      .replaceAll('sleep 1;', 'sleep 0.1;');
    for (const [name, port] of Object.entries(PORTS))
      text = text.replace(new RegExp(`\\b${String(port)}\\b`, 'g'), String(ports[name]));
    return text;
  }

  test.each(['docs/tour.md', 'docs/verify-numbers.md', 'docs/operating.md'])(
    '%s',
    async (file) => {
      const blocks = blocksOf(readFileSync(path.join(root, file), 'utf8'));
      expect(blocks.length).toBeGreaterThan(4);
      // What a shell prints goes to one place, in its order. The first block starts the stack.
      const script = blocks
        .map(
          ({ line, commands }, i) =>
            `echo "== line ${line}"\n${adapted(commands)}${i === 0 ? adapted(HURRIED) : ''}`,
        )
        .join('\n');
      const output = await run(script);
      const parts = output.split(/^== line \d+\n/m).slice(1);
      expect(parts).toHaveLength(blocks.length);
      blocks.forEach(({ line, printed }, i) => {
        const lacks = missing(printed.map(adapted), parts[i] as string);
        if (lacks !== undefined)
          throw new Error(
            `${file}:${String(line)} doesn't print ${lacks}\nbut\n${parts[i] as string}`,
          );
      });
    },
    PAGE_MS + 10_000,
  );

  async function run(script: string): Promise<string> {
    const { PATH = '' } = process.env;
    const chosen = Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [name, String(port)]),
    );
    const shell = spawn('bash', ['-c', script], {
      cwd: home,
      env: { PATH, HOME: home, ...chosen },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [shell.stdout, shell.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      void endAll(home);
    }, PAGE_MS);
    await new Promise((resolve) => {
      shell.once('close', resolve);
    });
    clearTimeout(deadline);
    if (isLate) {
      const log = readFileSync(path.join(home, 'dingline.log'), 'utf8');
      throw new Error(
        `the page did not come to its end:\n${output.slice(-1500)}\nits log:\n${log.slice(-6000)}`,
      );
    }
    return output;
  }
});

test('a line that is not printed, or in another order, is missing', () => {
  expect(missing(['a…c', 'd'], 'abc\nx\nd')).toBeUndefined();
  expect(missing(['d', 'abc'], 'abc\nx\nd')).toBe('abc');
  expect(missing(['(…)'], 'abc')).toBe('(…)');
});
