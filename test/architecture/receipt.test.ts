import path from 'node:path';
import ts from 'typescript';

// The compiler itself is asked: what follows must not compile, and for the reason that is given.

const ROOT = path.join(__dirname, '../..');
const PRELUDE = `
import { newId, type NumberRef } from './kernel/ids.js';
import { Receipt, type LedgerRepository } from './ledger/ledger.repository.js';
import type { LedgerEntry } from './ledger/ledger.js';
import type { Presentations } from './plaintext/presentation.js';
import type { Vault } from './plaintext/vault/vault.js';
import type { Transaction } from './kernel/database.js';
export async function tried(
  vault: Vault,
  presentations: Presentations,
  ledger: LedgerRepository,
  ref: NumberRef,
  entry: LedgerEntry,
  trx: Transaction,
): Promise<unknown> {
  void [newId, Receipt, ledger, entry, trx, presentations, vault, ref];
`;
const ATTEMPTS = [
  [
    "the ledger's receipt opens",
    'return vault.open(ref, await ledger.recordOpening(trx, newId(), "nobody"));',
    undefined,
  ],
  ['nothing opens without a receipt', 'return vault.open(ref);', 2554],
  ['undefined is no receipt', 'return vault.open(ref, undefined);', 2345],
  ["a receipt can't be constructed", 'return vault.open(ref, new Receipt(newId(), entry));', 2673],
  [
    'what looks like a receipt is none',
    'return vault.open(ref, { entryId: newId(), entry, purpose: "ding", spendOn: () => {}, spendOnReveal: () => {} });',
    2345,
  ],
  ['a receipt has no subclass', 'class Mine extends Receipt {} void Mine; return undefined;', 2675],
  [
    'the function that issues receipts is not to be had',
    'return (await import("./ledger/ledger.repository.js")).issue(newId(), entry);',
    2339,
  ],
  [
    'nothing is revealed without a receipt',
    'return presentations.reveal(trx, newId(), newId());',
    2554,
  ],
  [
    'a plain text is no NumberRef',
    'return vault.open("x", await ledger.recordOpening(trx, newId(), "nobody"));',
    2345,
  ],
] as const;

test('the compiler lets nothing open without a receipt of the ledger', () => {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.build.json'), (file) =>
    ts.sys.readFile(file),
  ) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  const sources = new Map(
    ATTEMPTS.map(([, code], i) => [path.join(ROOT, `src/tried-${i}.ts`), `${PRELUDE}${code}\n}`]),
  );
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const [read, exists] = [host.getSourceFile.bind(host), host.fileExists.bind(host)];
  host.fileExists = (file) => sources.has(path.normalize(file)) || exists(file);
  host.getSourceFile = (file, ...rest) => {
    const text = sources.get(path.normalize(file));
    return text === undefined
      ? read(file, ...rest)
      : ts.createSourceFile(file, text, ts.ScriptTarget.ES2023);
  };
  const program = ts.createProgram({
    rootNames: [...sources.keys()],
    options: { ...options, noEmit: true },
    host,
  });
  const codes = [...sources.keys()].map((file) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map((diagnostic) => diagnostic.code),
  );
  expect(ATTEMPTS.map(([what], i) => [what, codes[i]])).toEqual(
    ATTEMPTS.map(([what, , code]) => [what, code === undefined ? [] : [code]]),
  );
});
