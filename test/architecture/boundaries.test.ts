import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

// Real: the files of src, read by TypeScript's own parser. Each rule is also shown a planted breach of itself.

interface Source {
  /** Below src, with slashes: `ding/ding.service.ts`. */
  path: string;
  text: string;
}

/**
 * Who may import whom. A part is a folder of src, or a file right in it; `plaintext/gate` is the one file of the room
 * that has a door. What isn't in a row is not allowed. `settings.ts` may be read by anyone, its parts by it alone.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  kernel: [], // the floor: knows nothing of what stands on it
  texts: [], // words, and how long they may be
  settings: ['kernel/redacted', 'texts'], // read before anything else is there
  calls: ['kernel', 'texts', 'handoff', 'realtime'], // hands its legs off, and publishes how they go on
  handoff: ['kernel', 'texts'], // speaks of ids; it learns what a purpose does with an outcome from who registers
  accounts: ['kernel', 'texts', 'handoff'], // hears from hand-offs whether a number is reached
  apps: ['kernel', 'texts', 'handoff/channels'], // who signs in as one, and how it verifies; it knows no feature
  guard: ['kernel', 'handoff/channels'], // counts by country and prefix; it learns of sends from the rows
  ledger: ['kernel', 'accounts'], // a person reads the entries about themself
  // Speaks of what it is told; it learns who may be told from the rows.
  realtime: ['kernel', 'accounts', 'handoff/channels'],
  plaintext: [
    'kernel',
    'guard',
    'handoff',
    'ledger',
    'calls',
    'accounts',
    'apps/apps.repository',
    'texts',
  ], // an SMS says whose code it is
  webhooks: ['kernel', 'handoff/channels', 'handoff/sweeper.service'], // tells apps ids and states; it knows no feature
  verification: [
    'kernel',
    'texts',
    'accounts',
    'apps',
    'guard',
    'handoff',
    'calls',
    'webhooks',
    'plaintext/gate',
  ],
  'twilio-verify': [
    'kernel',
    'texts',
    'apps',
    'handoff/channels',
    'verification',
    'plaintext/gate',
  ], // says in another's words what verification does
  ding: ['kernel', 'texts', 'accounts', 'handoff', 'calls', 'realtime', 'plaintext/gate'],
  conference: ['kernel', 'texts', 'accounts', 'handoff', 'calls', 'realtime', 'plaintext/gate'],
  web: ['texts'], // pages; they talk to the API like anyone
  simulator: [], // the network: the two meet over HTTP only
  'app.module': [
    'kernel',
    'guard',
    'calls',
    'handoff',
    'accounts',
    'apps',
    'ledger',
    'realtime',
    'plaintext',
    'verification',
    'ding',
    'conference',
    'webhooks',
    'web',
    'twilio-verify',
  ], // the composition
  // An operator's stops and apps, what is a prefix and no number, and which are refused; starts the
  // simulator as a program, by its path.
  embedded: [
    'kernel',
    'guard',
    'handoff',
    'apps',
    'webhooks',
    'texts',
    'app.module',
    'plaintext/number-policy',
    'plaintext/denied-prefixes.repository',
  ],
  main: ['kernel', 'app.module', 'embedded'],
};
const FEATURES = ['verification', 'ding', 'conference'];

/** Packages that one part keeps to itself. */
const VENDORS: Record<string, { only: readonly string[]; because: string }> = {
  twilio: {
    only: ['plaintext/carriers/twilio'],
    because: 'a carrier is known to its own folder alone',
  },
  'libphonenumber-js': { only: ['plaintext'], because: 'who parses numbers holds them' },
  '@hpke/core': { only: ['plaintext'], because: 'what it opens are numbers' },
  bullmq: {
    only: ['handoff'],
    because: 'it keeps what it is given in clear text, so one file decides what that is',
  },
  '@nestjs/bullmq': { only: ['handoff'], because: 'it is the same queue' },
  '@redis/client': { only: ['handoff'], because: 'only the queue may talk to Redis' },
  undici: {
    only: ['plaintext', 'webhooks', 'simulator'],
    because: "only a carrier and an app's own server are called, and by the network we ourselves",
  },
  pg: { only: ['kernel', 'embedded'], because: 'each role has one pool, on its own login' },
};

/** Each carrier has a folder, which the list of carriers alone may open. */
const CARRIER_FOLDER = /^plaintext\/carriers\/[^/]+\//;
const CARRIER_LIST = 'plaintext/carriers/carriers.ts';
/** What only a carrier calls things. In the room nothing but its own folder and the list may say so, in code. */
const CARRIER_WORDS =
  /^(twilio|x-twilio-.*|i-twilio-.*|CallSid|MessageSid|ConferenceSid|AnsweredBy|Digits)$/;

/** Where the text of a number or code comes out, and the only files that may ask for it. */
const REVEALING: Record<string, readonly string[]> = {
  forCarrier: [
    'plaintext/handoffs/words.service.ts',
    'plaintext/carriers/twilio/twilio.client.ts',
    'plaintext/carriers/twilio/twiml.ts',
  ],
  forParticipant: ['plaintext/caller-id.controller.ts'],
  forSender: ['plaintext/number.pipes.ts'],
  forStorage: [
    'plaintext/number.pipes.ts',
    'plaintext/gate.ts',
    'plaintext/presentation.ts',
    'plaintext/spoken-code.ts',
  ],
  forLimiter: ['plaintext/number.pipes.ts'],
  forPrefix: ['plaintext/number.pipes.ts'],
  indexUnder: [
    'plaintext/vault/number-index.ts',
    'plaintext/test-numbers.ts',
    'plaintext/number.pipes.ts',
  ], // the last: under a secret of the session's or the device's own
  hashUnder: ['plaintext/number.pipes.ts', 'plaintext/gate.ts', 'plaintext/test-numbers.ts'],
};

/** All that leaves the room. None of it has a number or a code to give. */
const GATE = [
  'Gate',
  'NumberRef',
  'SubmittedCode',
  'SubmittedCodePipe',
  'SubmittedNumber',
  'SubmittedNumberPipe',
  'submittedCode',
  'submittedDevice',
  'submittedNumber',
  'Submission',
  'LookupNumber',
  'lookupNumber',
  'SubmittedToPipe',
  'SubmittedCheckPipe',
  'NumberInPath',
  'NumberEcho', // gives a number: to the answer of the request that brought it, and to no handler
];

const LEFT_OUT = [
  'dto',
  'interfaces',
  'types',
  'enums',
  'utils',
  'common',
  'shared',
  'constants',
  'helpers',
  'lib',
];

/** No suffix means pure, in the parts that have rules of their own: none of these may be there at run time. */
const IMPURE =
  /^(@nestjs\/|kysely$|pg$|fastify$|bullmq$|@redis\/|undici$|node:(fs|net|http|https|child_process|timers)(\/|$))/;
const WITH_PURE_FILES = [
  'texts',
  'guard',
  'calls',
  'handoff',
  'ledger',
  'accounts',
  'apps',
  'realtime',
  'verification',
  'ding',
  'conference',
  'webhooks',
  'twilio-verify',
];
const IMPURE_ALL_THE_SAME: Record<string, string> = {
  'accounts/password.ts':
    'the rule for passwords beside the library that hashes them, which Nest hands out',
  'webhooks/public-address.ts': 'what node:net knows of addresses; it opens nothing',
  'handoff/worker-lease.ts': 'a lock at PostgreSQL that lasts as long as its connection',
};

/** It finds the PostgreSQL that npm installed for this platform; nothing else may hide what it imports. */
const COMPUTED_IMPORT = 'embedded/binaries.ts';

/**
 * SQL stands in repositories (and in .sql files), so that who looks for what is done to a table
 * looks there. Elsewhere only:
 */
const SQL_ALL_THE_SAME: Record<string, string> = {
  'kernel/database.ts': 'opens connections, listens on them, asks whether one lives',
  'kernel/migrate.ts': 'makes the schema that repositories speak of',
  'embedded/databases.ts': 'makes databases and logins, before any role may connect',
  'embedded/reach.ts': 'asks, before a role connects, whether the functions of its build are there',
  'embedded/postmaster.ts': 'asks a server that it has found whether it is ours',
};
const SQL =
  /\b(SELECT\s|INSERT INTO\s|UPDATE\s+\w+\s+SET\s|DELETE FROM\s|TRUNCATE\s|LISTEN\s|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|SCHEMA|ROLE|DATABASE|FUNCTION)\s|GRANT\s|REVOKE\s)/;

/** Who needs more than so many parts does more than one thing. */
const MOST_PARAMETERS = 7;

interface Import {
  target: string;
  line: number;
  isTypeOnly: boolean;
}

const parse = ({ path: name, text }: Source): ts.SourceFile =>
  ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
const lineOf = (file: ts.SourceFile, node: ts.Node): number =>
  file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

/** `import`, `export ... from`, `import()`, `import('...').Type`, `import x = require()`, `require()`. */
function importsOf(file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    const target =
      specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)';
    found.push({ target, line: lineOf(file, node), isTypeOnly });
  };
  visit(file, (node) => {
    if (ts.isImportDeclaration(node)) {
      const named = node.importClause?.namedBindings;
      const allTypes =
        named !== undefined &&
        ts.isNamedImports(named) &&
        named.elements.length > 0 &&
        named.elements.every((one) => one.isTypeOnly) &&
        node.importClause?.name === undefined;
      add(
        node,
        node.moduleSpecifier,
        node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes,
      );
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node))
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    else if (
      ts.isImportEqualsDeclaration(node) &&
      ts.isExternalModuleReference(node.moduleReference)
    )
      add(node, node.moduleReference.expression, node.isTypeOnly);
    else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(node.expression) && node.expression.text === 'require'))
    ) {
      add(node, node.arguments[0], false);
    }
  });
  return found;
}

const partOf = (file: string): string => {
  const [first = ''] = file.split('/');
  return first === file ? file.replace(/\.ts$/, '') : first;
};
const packageOf = (target: string): string =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
const hasSuffix = (file: string): boolean => path.posix.basename(file, '.ts').includes('.');

/** The path below src that a relative import in `importer` names. */
function resolveImport(importer: string, target: string): string {
  return path.posix
    .normalize(path.posix.join(path.posix.dirname(importer), target))
    .replace(/\.js$/, '.ts');
}

/** Every breach of every rule in `sources`, one line each: `file:line: what`. `paths` are the files that there are. */
function breaches(sources: readonly Source[], paths: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const source of sources) {
    const file = parse(source);
    const part = partOf(source.path);
    const say = (line: number, what: string): void =>
      void found.push(`${source.path}:${String(line)}: ${what}`);

    if (path.posix.basename(source.path) === 'index.ts') say(1, 'is a barrel');
    for (const folder of path.posix.dirname(source.path).split('/'))
      if (LEFT_OUT.includes(folder))
        say(1, `stands in a folder "${folder}", which says nothing about what is in it`);
    const allowed = MAY_IMPORT[part];
    if (allowed === undefined) say(1, `"${part}" has no row in the import table`);

    for (const { target, line, isTypeOnly } of importsOf(file)) {
      if (target === '(computed)') {
        if (source.path !== COMPUTED_IMPORT) say(line, 'imports what only a run can tell');
      } else if (target.startsWith('.')) {
        const resolved = resolveImport(source.path, target);
        if (!paths.has(resolved)) {
          say(line, `imports "${target}", which is not in src`);
          continue;
        }
        const other = partOf(resolved);
        const carrier = CARRIER_FOLDER.exec(resolved)?.[0];
        if (
          carrier !== undefined &&
          source.path !== CARRIER_LIST &&
          !source.path.startsWith(carrier)
        )
          say(line, "opens a carrier's folder; only carriers.ts does");
        const isAllowed =
          other === part ||
          other === 'settings' ||
          (allowed ?? []).includes(other) ||
          (allowed ?? []).includes(resolved.replace(/\.ts$/, ''));
        const isBesideDoor =
          other === 'settings' && part !== 'settings' && resolved !== 'settings.ts';
        if (!isAllowed || isBesideDoor || (other === 'settings' && part === 'simulator'))
          say(line, `"${part}" may not import ${resolved.replace(/\.ts$/, '')}`);
      } else if (!target.startsWith('node:')) {
        const name = packageOf(target);
        const vendor = VENDORS[name];
        if (
          vendor !== undefined &&
          !vendor.only.some((place) => part === place || source.path.startsWith(`${place}/`))
        )
          say(line, `"${part}" may not import ${name}: ${vendor.because}`);
        if (!DEPENDENCIES.includes(name))
          say(line, `imports ${name}, which is no dependency in package.json`);
      }
      if (
        WITH_PURE_FILES.includes(part) &&
        !hasSuffix(source.path) &&
        !isTypeOnly &&
        IMPURE.test(target) &&
        IMPURE_ALL_THE_SAME[source.path] === undefined
      ) {
        say(line, `has no suffix, so it is pure, but imports ${target}`);
      }
      if (target === 'node:process' && source.path !== 'settings.ts')
        say(line, 'imports node:process; only settings.ts reads the environment');
    }

    visit(file, (node) => {
      const line = lineOf(file, node);
      const name = ts.isPropertyAccessExpression(node)
        ? node.name.text
        : ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)
          ? node.argumentExpression.text
          : ts.isBindingElement(node)
            ? (node.propertyName ?? node.name).getText(file)
            : undefined;
      if (name !== undefined) {
        const callers = Object.hasOwn(REVEALING, name) ? REVEALING[name] : undefined;
        if (callers !== undefined && !callers.includes(source.path))
          say(line, `uses ${name}, by which a number or a code gets out`);
        if (name === 'env' && source.path !== 'settings.ts' && ofProcess(node, file))
          say(line, 'reads process.env; only settings.ts does');
      }
      if (hasSql(node) && !mayHoldSql(source.path))
        say(line, 'holds SQL, which stands in repositories');
      if (ts.isConstructorDeclaration(node) && node.parameters.length > MOST_PARAMETERS)
        say(line, `has a constructor with ${node.parameters.length} parameters`);
      if (isStringToken(node)) say(line, 'injects by a text; a class is checked by the compiler');
      if (
        (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) &&
        part === 'plaintext' &&
        CARRIER_WORDS.test(node.text) &&
        source.path !== CARRIER_LIST &&
        !CARRIER_FOLDER.test(source.path)
      ) {
        say(line, `says ${node.text}, a carrier's own word`);
      }
      if (ts.isIdentifier(node) && node.text === 'forwardRef')
        say(line, 'uses forwardRef: two modules that need each other are one, or three');
      if (ts.isDecorator(node) && /^@Global\b/.test(node.getText(file)) && part !== 'kernel')
        say(line, 'is global; only the kernel is');
      if (ts.isExportDeclaration(node) && node.exportClause === undefined)
        say(line, 'exports all of another file');
      if (
        ts.isExportDeclaration(node) &&
        node.moduleSpecifier !== undefined &&
        source.path !== 'plaintext/gate.ts'
      )
        say(line, "exports what is another file's");
      if (
        part === 'plaintext' &&
        ts.isClassDeclaration(node) &&
        isExported(node) &&
        !/\*\s+Holds plaintext: (.|\n)+\*\/\s*$/.test(docOf(node, file))
      ) {
        say(
          line,
          `class ${node.name?.text ?? ''} doesn't end its comment with "Holds plaintext: ..."`,
        );
      }
    });

    if (source.path === 'plaintext/gate.ts') {
      for (const [name, line] of exportsOf(file))
        if (!GATE.includes(name)) say(line, `lets ${name} out of the room`);
    }
  }
  return found;
}

/**
 * Every group of files that reach one another by imports, one text each: `a.ts -> b.ts -> a.ts` is
 * the shortest way round from the group's first file. An import of a type counts like one of a
 * value: who reads either file has to read both.
 */
function circles(sources: readonly Source[]): string[] {
  const importsByFile = new Map(
    sources.map((source): [string, string[]] => [
      source.path,
      importsOf(parse(source))
        .filter(({ target }) => target.startsWith('.'))
        .map(({ target }) => resolveImport(source.path, target)),
    ]),
  );
  const found: string[] = [];
  const reported = new Set<string>();
  for (const file of [...importsByFile.keys()].sort()) {
    if (reported.has(file)) continue;
    const wayRound = shortestWayRound(file, importsByFile);
    if (wayRound === undefined) continue;
    found.push(wayRound.join(' -> '));
    for (const one of wayRound) reported.add(one);
  }
  return found;
}

/** Follows imports breadth first, from the file until it meets the file again. */
function shortestWayRound(
  start: string,
  importsByFile: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of importsByFile.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

/** The simulator has no database. */
const mayHoldSql = (file: string): boolean =>
  file.endsWith('.repository.ts') ||
  file.startsWith('simulator/') ||
  SQL_ALL_THE_SAME[file] !== undefined;

/** Kysely's template, what it has for raw statements, a statement for `query`, or any text that is one. */
function hasSql(node: ts.Node): boolean {
  if (ts.isTaggedTemplateExpression(node))
    return ts.isIdentifier(node.tag) && node.tag.text === 'sql';
  if (ts.isPropertyAccessExpression(node))
    return node.expression.getText() === 'sql' || node.getText() === 'CompiledQuery.raw';
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    return (
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'query' &&
      first !== undefined &&
      (ts.isStringLiteralLike(first) || ts.isTemplateExpression(first))
    );
  }
  const isText =
    ts.isStringLiteralLike(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node);
  return (
    isText &&
    SQL.test(node.text) &&
    ts.findAncestor(node, ts.isTaggedTemplateExpression) === undefined
  );
}

/** `@Inject('X')`, `provide: 'X'`. */
function isStringToken(node: ts.Node): boolean {
  if (ts.isPropertyAssignment(node))
    return node.name.getText() === 'provide' && ts.isStringLiteralLike(node.initializer);
  if (!ts.isDecorator(node) || !ts.isCallExpression(node.expression)) return false;
  const [token] = node.expression.arguments;
  return (
    node.expression.expression.getText() === 'Inject' &&
    token !== undefined &&
    ts.isStringLiteralLike(token)
  );
}

/** `process.env`, `process['env']`, `globalThis.process.env`, `const { env } = process`. */
function ofProcess(node: ts.Node, file: ts.SourceFile): boolean {
  const from =
    ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)
      ? node.expression
      : ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent)
        ? node.parent.parent.initializer
        : undefined;
  return from !== undefined && /(^|\.)process$/.test(from.getText(file));
}

const isExported = (node: ts.ClassDeclaration): boolean =>
  node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false;

function docOf(node: ts.Node, file: ts.SourceFile): string {
  const range = (ts.getLeadingCommentRanges(file.text, node.pos) ?? []).at(-1);
  return range === undefined ? '' : file.text.slice(range.pos, range.end);
}

function exportsOf(file: ts.SourceFile): [name: string, line: number][] {
  const names: [string, number][] = [];
  for (const statement of file.statements) {
    const line = lineOf(file, statement);
    if (ts.isExportDeclaration(statement)) {
      if (statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause))
        for (const one of statement.exportClause.elements) names.push([one.name.text, line]);
      else names.push(['everything of another file', line]);
    } else if (ts.isExportAssignment(statement)) names.push(['a default export', line]);
    else if (
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)
    ) {
      if (ts.isVariableStatement(statement))
        for (const one of statement.declarationList.declarations)
          names.push([one.name.getText(file), line]);
      else if ('name' in statement && statement.name !== undefined)
        names.push([(statement.name as ts.Identifier).text, line]);
    }
  }
  return names;
}

const root = path.join(__dirname, '../..');
const src = path.join(root, 'src');
const SOURCES: readonly Source[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({
    path: file.split(path.sep).join('/'),
    text: readFileSync(path.join(src, file), 'utf8'),
  }));
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};
const DEPENDENCIES = Object.keys(manifest.dependencies);
const PATHS: ReadonlySet<string> = new Set(SOURCES.map((source) => source.path));

describe('the boundaries of src', () => {
  test('hold: who imports whom, who sees a number, who reads the environment', () => {
    expect(SOURCES.length).toBeGreaterThan(80);
    expect(breaches(SOURCES, PATHS)).toEqual([]);
  });

  test('hold no circle of imports, of values or of types', () => {
    expect(circles(SOURCES)).toEqual([]);
  });

  test('every row of the import table is of a part that is there', () => {
    expect(Object.keys(MAY_IMPORT).sort()).toEqual(
      [...new Set(SOURCES.map((source) => partOf(source.path)))].sort(),
    );
    for (const files of Object.values(REVEALING))
      for (const file of files) expect(SOURCES.map((source) => source.path)).toContain(file);
    for (const file of Object.keys(IMPURE_ALL_THE_SAME))
      expect(SOURCES.map((source) => source.path)).toContain(file);
  });

  test('who may hold SQL all the same does: whoever holds none any more is taken off the list', () => {
    const holdsSql = (file: string): boolean => {
      let isFound = false;
      visit(parse(SOURCES.find((source) => source.path === file) as Source), (node) => {
        isFound ||= hasSql(node);
      });
      return isFound;
    };
    expect(Object.keys(SQL_ALL_THE_SAME).filter((file) => !holdsSql(file))).toEqual([]);
  });

  test('no feature may import a feature, and only the composition may import the room for plaintext', () => {
    for (const feature of FEATURES)
      expect(MAY_IMPORT[feature]?.filter((part) => FEATURES.includes(part))).toEqual([]);
    expect(
      Object.keys(MAY_IMPORT).filter((part) => MAY_IMPORT[part]?.includes('plaintext')),
    ).toEqual(['app.module']);
    expect(
      Object.keys(MAY_IMPORT).filter((part) => MAY_IMPORT[part]?.includes('simulator')),
    ).toEqual([]);
  });

  test('the parser sees real imports of every kind that the code uses', () => {
    const seen = (file: string): string[] =>
      importsOf(parse(SOURCES.find((source) => source.path === file) as Source)).map(
        (one) => one.target,
      );
    expect(seen('plaintext/carriers/twilio/twilio.client.ts')).toContain('twilio');
    expect(seen('plaintext/gate.ts')).toEqual(
      expect.arrayContaining(['../kernel/ids.js', './number.pipes.js']),
    );
    expect(seen('plaintext/phone-number.ts')).toContain('libphonenumber-js/max');
  });
});

describe('a breach is reported when', () => {
  /** A file beside the real ones, or in the place of one. */
  const planted = (file: string, text: string): string[] =>
    breaches([{ path: file, text }], new Set([...PATHS, file]));
  const ends = (file: string, text: string): string =>
    `${SOURCES.find((source) => source.path === file)?.text ?? ''}\n${text}\n`;

  test.each<[title: string, file: string, text: string, report: RegExp]>([
    [
      'a feature imports a feature',
      'ding/x.service.ts',
      `import { Y } from '../verification/verification.service.js';`,
      /^ding\/x\.service\.ts:1: "ding" may not import verification\/verification\.service$/,
    ],
    [
      'a feature imports the vault',
      'ding/x.service.ts',
      `import { Vault } from '../plaintext/vault/vault.js';`,
      /may not import plaintext\/vault\/vault$/,
    ],
    [
      'a type of the room is imported',
      'verification/x.service.ts',
      `import type { PhoneNumber } from '../plaintext/phone-number.js';`,
      /may not import plaintext\/phone-number$/,
    ],
    [
      'a type is named through import()',
      'accounts/x.service.ts',
      `export type N = import('../plaintext/phone-number.js').PhoneNumber;`,
      /may not import plaintext\/phone-number$/,
    ],
    [
      'the hand-off imports who listens to it',
      'handoff/x.service.ts',
      `\nexport { A } from '../ding/ding.service.js';`,
      /x\.service\.ts:2: "handoff" may not import ding\/ding\.service$/,
    ],
    [
      'the kernel imports anything of ours',
      'kernel/x.ts',
      `void import('../accounts/password.js');`,
      /"kernel" may not import accounts\/password$/,
    ],
    [
      'the simulator imports anything of ours',
      'simulator/x.ts',
      `import { Clock } from '../kernel/clock.js';`,
      /"simulator" may not import kernel\/clock$/,
    ],
    [
      'the simulator reads our settings',
      'simulator/x.ts',
      `import { environment } from '../settings.js';`,
      /"simulator" may not import settings$/,
    ],
    [
      'a part of the settings is imported past settings.ts',
      'handoff/x.ts',
      `import { count } from '../settings/parsers.js';`,
      /"handoff" may not import settings\/parsers$/,
    ],
    [
      'a part of the settings reads process.env',
      'settings/x.ts',
      `export const home = process.env.HOME;`,
      /reads process\.env/,
    ],
    [
      'something imports the simulator',
      'embedded/x.ts',
      `import { startSimulator } from '../simulator/simulator.js';`,
      /"embedded" may not import simulator\/simulator$/,
    ],
    [
      'settings imports more than Redacted',
      'settings.ts',
      `import { Clock } from './kernel/clock.js';`,
      /"settings" may not import kernel\/clock$/,
    ],
    [
      'something imports main',
      'embedded/x.ts',
      `import '../main.js';`,
      /"embedded" may not import main$/,
    ],
    [
      'an import leaves src',
      'ding/x.service.ts',
      `import { World } from '../../test/support/world.js';`,
      /which is not in src$/,
    ],
    [
      'an import is computed',
      'ding/x.service.ts',
      `const where = '../plaintext/phone-number.js'; void import(where);`,
      /imports what only a run can tell$/,
    ],
    [
      'require hides an import',
      'ding/x.service.ts',
      `const { Vault } = require('../plaintext/vault/vault.js');`,
      /may not import plaintext\/vault\/vault$/,
    ],
    ['a part has no row', 'gadgets/x.ts', '', /"gadgets" has no row/],
    [
      'twilio is imported elsewhere',
      'handoff/x.service.ts',
      `import twilio from 'twilio';`,
      /may not import twilio: a carrier is known to its own folder alone$/,
    ],
    [
      'twilio is imported elsewhere in the room',
      'plaintext/x.service.ts',
      `import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';`,
      /may not import twilio: a carrier is known/,
    ],
    [
      'twilio is imported by another carrier',
      'plaintext/carriers/other/x.ts',
      `import twilio from 'twilio';`,
      /may not import twilio: a carrier is known/,
    ],
    [
      "one carrier's folder is opened",
      'plaintext/x.service.ts',
      `import { renderTwiml } from './carriers/twilio/twiml.js';`,
      /opens a carrier's folder; only carriers\.ts does$/,
    ],
    [
      "a carrier opens another's folder",
      'plaintext/carriers/other/x.ts',
      `import { RETRY } from '../twilio/retry.js';`,
      /opens a carrier's folder; only carriers\.ts does$/,
    ],
    [
      "a carrier's word stands outside its folder",
      'plaintext/x.service.ts',
      `export const f = (form: Record<string, string>) => form['CallSid'];`,
      /says CallSid, a carrier's own word$/,
    ],
    [
      "a carrier's name stands outside its folder",
      'plaintext/x.service.ts',
      `export const carrier = 'twilio';`,
      /says twilio, a carrier's own word$/,
    ],
    [
      'a path of libphonenumber-js is imported elsewhere',
      'accounts/x.ts',
      `import { parsePhoneNumberFromString } from 'libphonenumber-js/min';`,
      /may not import libphonenumber-js/,
    ],
    [
      'bullmq is imported elsewhere',
      'ding/x.service.ts',
      `import { Queue } from 'bullmq';`,
      /may not import bullmq/,
    ],
    [
      "Nest's door to it is",
      'plaintext/x.worker.ts',
      `import { Processor } from '@nestjs/bullmq';`,
      /may not import @nestjs\/bullmq/,
    ],
    [
      'a package is not in package.json',
      'ding/x.service.ts',
      `import chalk from 'chalk';`,
      /imports chalk, which is no dependency/,
    ],
    [
      'process.env is read',
      'ding/x.service.ts',
      `export const home = process.env.HOME;`,
      /x\.service\.ts:1: reads process\.env/,
    ],
    [
      'process.env is read by another spelling',
      'ding/x.service.ts',
      `export const home = globalThis.process['env'].HOME;`,
      /reads process\.env/,
    ],
    [
      'env is taken out of process',
      'ding/x.service.ts',
      `const { env } = process; export const home = env.HOME;`,
      /reads process\.env/,
    ],
    [
      'env comes from node:process',
      'ding/x.service.ts',
      `import { env } from 'node:process';`,
      /imports node:process/,
    ],
    [
      "a number's text is asked for outside the room",
      'ding/x.service.ts',
      `export const f = (n: { forCarrier(): string }) => n.forCarrier();`,
      /uses forCarrier/,
    ],
    [
      "a number's text is asked for in another file of the room",
      'plaintext/x.ts',
      `export const f = (n: { forParticipant(): string }) => n['forParticipant']();`,
      /uses forParticipant/,
    ],
    [
      'a revealing method is taken off its number',
      'plaintext/x.ts',
      `export const f = ({ forStorage }: { forStorage(): Buffer }) => forStorage;`,
      /uses forStorage/,
    ],
    [
      'a service holds a statement',
      'ding/x.service.ts',
      `export const f = (db: never) => sql\`DELETE FROM dings\`.execute(db);`,
      /x\.service\.ts:1: holds SQL/,
    ],
    [
      "a statement's type is named",
      'ding/x.service.ts',
      `export const f = (db: never) => sql<{ id: string }>\`\${db}\`;`,
      /holds SQL/,
    ],
    ['a sweep makes a raw one', 'ding/x.sweep.ts', `export const f = sql.raw('x');`, /holds SQL/],
    [
      'a pure file holds the text of one',
      'ding/x.ts',
      `export const f = (id: string) => \`SELECT 1 FROM dings WHERE id = '\${id}'\`;`,
      /holds SQL/,
    ],
    [
      'a statement is sent by a connection',
      'handoff/x.service.ts',
      `export const f = (held: { query(text: string): void }) => held.query('show server_version');`,
      /holds SQL/,
    ],
    [
      'a service listens by itself',
      'handoff/x.service.ts',
      'export const f = (name: string) => `LISTEN ${name}`;',
      /holds SQL/,
    ],
    [
      'a constructor has eight parameters',
      'ding/x.service.ts',
      `export class X {
        constructor(a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1) { void [a, b, c, d, e, f, g, h]; }
      }`,
      /constructor with 8 parameters/,
    ],
    [
      'a text is injected by',
      'ding/x.service.ts',
      `export class X { constructor(@Inject('Limits') readonly limits: object) {} }`,
      /injects by a text/,
    ],
    [
      'a text is provided by',
      'ding/x.module.ts',
      `export const providers = [{ provide: 'Limits', useValue: 1 }];`,
      /injects by a text/,
    ],
    ['there is a barrel', 'ding/index.ts', '', /^ding\/index\.ts:1: is a barrel$/],
    [
      'a file exports all of another',
      'ding/x.ts',
      `export * from './urgency.js';`,
      /exports all of another file$/,
    ],
    [
      "a file exports what is another's",
      'ding/x.ts',
      `export { RING } from './urgency.js';`,
      /exports what is another file's$/,
    ],
    [
      'forwardRef is used',
      'ding/x.module.ts',
      `import { forwardRef } from '@nestjs/common';`,
      /uses forwardRef/,
    ],
    [
      'a module is global',
      'ding/x.module.ts',
      `import { Global } from '@nestjs/common';\n@Global()\nexport class XModule {}`,
      /x\.module\.ts:2: is global/,
    ],
    ['a folder says nothing', 'ding/dto/ding.ts', '', /stands in a folder "dto"/],
    [
      'a pure file does I/O',
      'ding/x.ts',
      `import { sql } from 'kysely';`,
      /no suffix, so it is pure, but imports kysely$/,
    ],
    [
      'a pure file is given Nest',
      'calls/x.ts',
      `import { Injectable } from '@nestjs/common';`,
      /pure, but imports @nestjs\/common$/,
    ],
    [
      "a class of the room doesn't say when it holds plaintext",
      'plaintext/x.ts',
      `/** Formats numbers. */\nexport class X {}`,
      /class X doesn't end its comment/,
    ],
    [
      'the gate lets a number out',
      'plaintext/gate.ts',
      ends('plaintext/gate.ts', `export { PhoneNumber } from './phone-number.js';`),
      /lets PhoneNumber out of the room$/,
    ],
    [
      "the gate gets a function that isn't known",
      'plaintext/gate.ts',
      ends('plaintext/gate.ts', `export function numberOf(): string { return ''; }`),
      /lets numberOf out of the room$/,
    ],
  ])('%s', (_title, file, text, report) => {
    expect(planted(file, text).filter((breach) => report.test(breach))).toHaveLength(1);
  });

  /** Two files of which the first imports the second by a type, and the second the first by `back`. */
  const pair = (back: string): Source[] => [
    { path: 'ding/a.ts', text: `import type { B } from './b.js';\nexport interface A { b: B }` },
    { path: 'ding/b.ts', text: back },
  ];

  test.each<[title: string, sources: Source[], report: string]>([
    [
      'two files import values of each other',
      [
        { path: 'ding/a.ts', text: `import { b } from './b.js';` },
        { path: 'ding/b.ts', text: `import { a } from './a.js';` },
      ],
      'ding/a.ts -> ding/b.ts -> ding/a.ts',
    ],
    [
      'two files import types of each other',
      pair(`import type { A } from './a.js';`),
      'ding/a.ts -> ding/b.ts -> ding/a.ts',
    ],
    [
      'a type is marked as one by one',
      pair(`import { type A } from './a.js';`),
      'ding/a.ts -> ding/b.ts -> ding/a.ts',
    ],
    [
      'a type comes back through import()',
      pair(`export interface B { a: import('./a.js').A }`),
      'ding/a.ts -> ding/b.ts -> ding/a.ts',
    ],
    [
      'an import() of a value closes the circle',
      pair(`void import('./a.js');`),
      'ding/a.ts -> ding/b.ts -> ding/a.ts',
    ],
    [
      'an export from closes the circle',
      pair(`export type { A } from './a.js';`),
      'ding/a.ts -> ding/b.ts -> ding/a.ts',
    ],
    [
      'a circle goes through three files of two folders',
      [
        { path: 'calls/a.ts', text: `import { b } from '../ding/b.js';` },
        { path: 'ding/b.ts', text: `import type { C } from './c.js';` },
        { path: 'ding/c.ts', text: `export type C = import('../calls/a.js').A;` },
        { path: 'ding/d.ts', text: `import { b } from './b.js';` },
      ],
      'calls/a.ts -> ding/b.ts -> ding/c.ts -> calls/a.ts',
    ],
    [
      'a file imports itself',
      [{ path: 'ding/a.ts', text: `import type { A } from './a.js';` }],
      'ding/a.ts -> ding/a.ts',
    ],
  ])('%s', (_title, sources, report) => {
    expect(circles(sources)).toEqual([report]);
  });

  test('files that meet a third one, or only name each other in words, make no circle', () => {
    expect(
      circles([
        { path: 'ding/a.ts', text: `import { b } from './b.js'; import { c } from './c.js';` },
        {
          path: 'ding/b.ts',
          text: `import type { C } from './c.js'; // import { a } from './a.js';`,
        },
        {
          path: 'ding/c.ts',
          text: `export const text = "import('./a.js')"; import './elsewhere.js';`,
        },
      ]),
    ).toEqual([]);
  });

  test('and not for what only looks like one', () => {
    const harmless = `
      // import twilio from 'twilio'; process.env.HOME
      import type { FastifyRequest } from 'fastify';
      import { type Rule } from '../kernel/rate-limit.js';
      export const text = "import('../plaintext/vault/vault.js')";
      export const env = { process: 1 };
      export const words = ['SELECT', 'you may update your settings', sql => sql];
      // SELECT 1 FROM dings
    `;
    expect(planted('ding/x.ts', harmless)).toEqual([]);
  });
});
