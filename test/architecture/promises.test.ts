import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '../..');
const IDS =
  'C1 C2 C3 C4 C5 C6 C7 C8 D0 D1 D2 D3 D4 D5a D5b D5c D6a D6b D6c D6d D7 S1 S2 S3 K1 L1 V1'.split(
    ' ',
  );

interface Promise {
  id: string;
  enforcedBy: string;
  provedBy: string;
}

function parse(markdown: string): Promise[] {
  return markdown
    .split('\n')
    .filter((line) => /^\| [A-Z]\d/.test(line))
    .map((line) => {
      const [, id = '', , enforcedBy = '', provedBy = ''] = line
        .split(' | ')
        .join('|')
        .split('|')
        .map((cell) => cell.trim());
      return { id, enforcedBy, provedBy };
    });
}

/** What is wrong with these rows: a path that leads nowhere, a title that no test has, a half-empty row. */
function faults(rows: Promise[]): string[] {
  return rows.flatMap(({ id, enforcedBy, provedBy }) => {
    if (enforcedBy === 'not yet' || provedBy === 'not yet')
      return enforcedBy === provedBy ? [] : [`${id}: half not yet`];
    const file = /^`([^`]+)`/.exec(enforcedBy)?.[1];
    const [, testFile, title] = /^`([^`]+)`: (.+)$/.exec(provedBy) ?? [];
    const found: string[] = [];
    if (file === undefined || !existsSync(path.join(root, file)))
      found.push(`${id}: enforced by ${String(file)}, which isn't there`);
    if (testFile === undefined || title === undefined || !existsSync(path.join(root, testFile)))
      found.push(`${id}: proved by ${String(testFile)}, which isn't there`);
    else if (!readFileSync(path.join(root, testFile), 'utf8').replace(/\\'/g, "'").includes(title))
      found.push(`${id}: no test is called "${title}"`);
    return found;
  });
}

const rows = parse(readFileSync(path.join(root, 'docs/promises.md'), 'utf8'));

test('every promise has its row, once', () => {
  expect(rows.map((row) => row.id)).toEqual(IDS);
});

test('every row points to a file and a test that are there, or says "not yet"', () => {
  expect(faults(rows)).toEqual([]);
});

test('a row that points nowhere is reported', () => {
  const lost = [
    {
      id: 'X1',
      enforcedBy: '`src/nowhere.ts`',
      provedBy:
        '`test/e2e/ding.test.ts`: a declined Ding does not ring again, and is over when its SMS is',
    },
    {
      id: 'X2',
      enforcedBy: '`src/main.ts`',
      provedBy: '`test/e2e/ding.test.ts`: a title that nobody wrote',
    },
    { id: 'X3', enforcedBy: '`src/main.ts`', provedBy: 'not yet' },
  ];
  expect(faults(lost).map((line) => line.slice(0, 2))).toEqual(['X1', 'X2', 'X3']);
});
