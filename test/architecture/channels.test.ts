import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { CHANNELS } from '../../src/handoff/channels.js';

// Real: the files of src and the compiler. A third channel stands in the list of one file, in
// memory only: what must be said of a new channel is said by the compiler, one place after the
// other.

const ROOT = path.join(__dirname, '../..');
const LIST = path.join(ROOT, 'src/handoff/channels.ts');
const DECLARED = `export const CHANNELS = ['sms', 'voice'] as const;`;

/** Where something is to be said of a new channel, and what. */
const PLACES: Record<string, string> = {
  'src/handoff/budgets.ts': 'how often it may reach one number',
  'src/handoff/channels.ts': 'its traits',
  'src/handoff/handoff.queue.ts': 'where its jobs are added',
  'src/handoff/handoff.processor.ts': 'who takes its jobs',
  'src/plaintext/handoffs/deliveries.service.ts': 'how it is given to a carrier',
  'src/verification/verification-session.ts':
    'how long a code waits for the next send by it, and from when one may go',
  'src/ding/ding-start.service.ts': 'how a Ding goes by it',
  'src/twilio-verify/resources.ts': 'what Twilio Verify calls it',
};

/**
 * The phones' journal in the demo has kinds of its own, and the simulator is a network by itself.
 */
const NO_CHANNELS_MEANT = /^src\/(simulator\/|embedded\/journey\/)/;

/**
 * Who says something of each channel imports their list or its types, or names one as a text or as
 * a key.
 */
const SPEAKS_OF_CHANNELS = /\/channels\.js'|'(sms|voice)'|\b(sms|voice)\??:/;

const sources = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/${file.split(path.sep).join('/')}`)
  .filter((file) => !NO_CHANNELS_MEANT.test(file));

test('with a third channel the compiler names each place where something is to be said of it, and no other', () => {
  const text = readFileSync(LIST, 'utf8');
  expect(text).toContain(DECLARED);
  const extended = text.replace(
    DECLARED,
    `export const CHANNELS = ['sms', 'voice', 'pigeon'] as const;`,
  );
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.build.json'), (file) =>
    ts.sys.readFile(file),
  ) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  host.jsDocParsingMode = ts.JSDocParsingMode.ParseNone; // comments are not compiled
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) =>
    path.normalize(file) === LIST
      ? ts.createSourceFile(file, extended, ts.ScriptTarget.ES2023)
      : read(file, ...rest);
  // Only what speaks of channels: of the others the compiler would read and check twice as much.
  const speaking = sources.filter((file) =>
    SPEAKS_OF_CHANNELS.test(readFileSync(path.join(ROOT, file), 'utf8')),
  );
  const rootNames = speaking.map((file) => path.join(ROOT, file));
  const program = ts.createProgram({ rootNames, options: { ...options, noEmit: true }, host });
  const named = speaking.filter(
    (file) =>
      program.getSemanticDiagnostics(program.getSourceFile(path.join(ROOT, file))).length > 0,
  );
  expect(named.sort()).toEqual(Object.keys(PLACES).sort());
});

/**
 * `channel === 'sms'` and its like: what isn't named is taken for the other one there, whatever it
 * may be.
 */
function comparisons(file: string, text: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const isNamed = (node: ts.Node): boolean =>
    ts.isStringLiteralLike(node) && (CHANNELS as readonly string[]).includes(node.text);
  const look = (node: ts.Node): void => {
    const isEquality =
      ts.isBinaryExpression(node) && /^[!=]==?$/.test(node.operatorToken.getText(source));
    if (isEquality && (isNamed(node.left) || isNamed(node.right)))
      found.push(`${file}: ${node.getText(source)}`);
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
}

test('no channel is told from the others by a comparison: a switch names them all, a trait says what is meant', () => {
  expect(sources.length).toBeGreaterThan(80);
  expect(
    sources.flatMap((file) => comparisons(file, readFileSync(path.join(ROOT, file), 'utf8'))),
  ).toEqual([]);
  expect(
    comparisons('x.ts', `const a = channel === 'sms' ? 1 : 2; if ('voice' !== of.channel) stop();`),
  ).toHaveLength(2);
  expect(comparisons('x.ts', `switch (channel) { case 'sms': break; }`)).toEqual([]);
});
