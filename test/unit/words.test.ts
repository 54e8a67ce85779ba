import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

// The glossary of CONTRIBUTING, held by the compiler's own scanner: only names that src declares count, so that
// comments and strings may use an English word as it is meant.

/** Each retired name, and the word that is said in its place. A name that is retired gets its line here. */
const RETIRED: Record<string, string> = {
  tell: 'queueWebhook, sendEvent, addNotice, logOnce or notify',
  told: 'isLogged, notified',
  said: 'entry, verdict, or answer',
  both: 'the noun',
  of: 'getPrice, or the noun',
  Of: 'the noun',
  isNews: 'isNewerThan',
  noted: 'noteVerification',
  pointed: 'target, or enqueue',
  answerOf: 'parseAnswer',
  hear: 'notifyObservers',
  hearAll: 'observe',
  hearers: 'observers',
  noteProver: 'recordProof',
  prover: 'holder, or proofKey',
  provers: 'holders',
  Prover: 'ProofHolder',
  sought: 'found, or looked up',
  SoughtNumber: 'LookupNumber',
  soughtNumber: 'lookupNumber',
  seekNumber: 'lookUpNumber',
  obey: 'carryOut',
  teller: 'ownLeg',
  whereFrom: 'origin',
  isOfOne: 'mayComeFromOneItem',
  holderOf: 'findHolder',
  publicKeyOf: 'derivePublicKey',
  keyVersionOf: 'computeKeyVersion',
  numberIndexOf: 'findNumberIndex',
  languageOf: 'parseLanguage',
  traitsOf: 'getTraits',
  lineOf: 'parseCallContext',
  CallLine: 'CallContext',
  problemsOf: 'findSmsProblems',
  problemOfName: 'findNameProblem',
  otp: 'code',
  provider: 'carrier',
  gateway: 'carrier',
};
const RETIRED_BEGINNING = /^(?:Of|The same)\b/;
/** A function is a verb, so `codeOf` and its kin don't come back. `allOf` is a word of JSON Schema. */
const RETIRED_ENDING = /^(?!allOf$).*[a-z]Of$/;

const FILES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  // What is made of the API's description has its words from the controllers, where they are held.
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith(join('web', 'client', 'generated')))
  .map((name) => join('src', name));

function findRetiredNames(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const { name } = node as { name?: ts.Node };
    if (name && ts.isIdentifier(name) && !ts.isPropertyAccessExpression(node)) {
      const word = Object.hasOwn(RETIRED, name.text) ? RETIRED[name.text] : undefined;
      if (word !== undefined) found.push(`${file}: ${name.text}: say ${word}`);
      else if (RETIRED_ENDING.test(name.text)) found.push(`${file}: ${name.text}: say a verb`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function findFragments(file: string, text: string): string[] {
  const scanner = ts.createScanner(
    ts.ScriptTarget.Latest,
    false,
    ts.LanguageVariant.Standard,
    text,
  );
  const found: string[] = [];
  let isAfterLine = false;
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const isLine = kind === ts.SyntaxKind.SingleLineCommentTrivia;
    if (isLine || kind === ts.SyntaxKind.MultiLineCommentTrivia) {
      const words = scanner.getTokenText().replace(/^[/*\s]+/, '');
      if (!(isLine && isAfterLine) && RETIRED_BEGINNING.test(words))
        found.push(`${file}: ${words}`);
      isAfterLine = isLine;
    } else if (kind > ts.SyntaxKind.LastTriviaToken) isAfterLine = false;
  }
  return found;
}

test('no name in src is a word that was retired', () => {
  expect(FILES.length).toBeGreaterThan(200);
  expect(FILES.flatMap((file) => findRetiredNames(file, readFileSync(file, 'utf8')))).toEqual([]);
});

test('no comment in src begins with "Of" or "The same", as half a sentence does', () => {
  expect(FILES.flatMap((file) => findFragments(file, readFileSync(file, 'utf8')))).toEqual([]);
});

test.each([
  ['a function', 'function obey() {}', 1],
  ['a parameter and a property', 'class A { hear(sought: number) {} }', 2],
  ['a name that ends with Of', 'const codeOf = 1; const allOf = 2; const roof = 3;', 1],
  ['a string and a comment', '// obey, hear\nconst text = "obey";', 0],
])('a retired word is found in %s', (_, text, count) => {
  expect(findRetiredNames('x.ts', text)).toHaveLength(count);
});

test('a fragment is found at the beginning of a comment, not within one', () => {
  expect(findFragments('x.ts', '/** Of a day. */\nconst a = 1; // The same again')).toHaveLength(2);
  expect(findFragments('x.ts', '// This is one\n// Of two lines.\n/* It is the same. */')).toEqual(
    [],
  );
});
