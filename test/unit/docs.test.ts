import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROBLEMS } from '../../src/kernel/problem.js';
import { LANGUAGES } from '../../src/texts/catalogue.js';

const root = path.join(__dirname, '../..');
/** Every page of the project: at the root, in docs, and beside the code. */
const PAGES = ['.', 'docs', 'src'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join(folder, file)),
);
const SOURCES = ['src', 'test', '.githooks'].flatMap((folder) =>
  filesBelow(folder).filter((file) => /\.(tsx?|mjs|sql)$|pre-commit$/.test(file)),
);
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

it('docs/problems.md holds every problem code as it is, and no other', () => {
  const rows = read('docs/problems.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(
    Object.entries(PROBLEMS).map(
      ([code, [status, title]]) => `| \`${code}\` | ${status} | ${title} |`,
    ),
  );
});

it('docs/twilio-verify.md names every language as a Locale, and no other', () => {
  const line =
    read('docs/twilio-verify.md')
      .split('\n')
      .find((one) => one.startsWith('- `Locale`: ')) ?? '';
  const named = [...(line.split(', with or')[0] as string).matchAll(/`([a-z]{2})`/g)].map(
    ([, language]) => language,
  );
  expect(named).toEqual(LANGUAGES);
});

it('docs/threat-model.md names tests that are there', () => {
  const rows = [...read('docs/threat-model.md').matchAll(/^\|.*\| `(test\/[^`]+)`: (.+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(30);
  const lost = rows.filter(([, file = '', title = '']) => !read(file).includes(title));
  expect(lost.map(([row]) => row)).toEqual([]);
});

describe('the pages', () => {
  const contributing = read('CONTRIBUTING.md');

  it('name every script of package.json', () => {
    const pages = contributing + read('docs/operating.md');
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const own = Object.keys(scripts).filter((name) => !name.startsWith('pre'));
    expect(
      own.filter(
        (name) => !new RegExp(`\`(npm (run )?)?${name}[\` ]|npm (run )?${name}\\b`).test(pages),
      ),
    ).toEqual([]);
  });

  it('begin with a README that is read in two minutes', () => {
    expect(read('README.md').split('\n').length).toBeLessThan(100);
  });

  it('have no link within the project that leads nowhere', () => {
    const lost = PAGES.flatMap((file) =>
      linksOf(read(file))
        .filter((target) => !leadsSomewhere(file, target))
        .map((target) => `${file}: ${target}`),
    );
    expect(lost).toEqual([]);
    expect(PAGES.length).toBeGreaterThan(20);
  });

  it('name no file of the code that is not there', () => {
    const lost = PAGES.flatMap((file) =>
      [...read(file).matchAll(/`((?:src|test)\/[\w./-]+)`/g)].map(
        ([, name]) => `${file}: ${name as string}`,
      ),
    ).filter(
      (name) =>
        !/\/(NNNN-|xx\.ts$)/.test(name) &&
        !existsSync(path.join(root, name.split(': ')[1] as string)),
    );
    expect(lost).toEqual([]);
  });

  it('and comments name no file of the code that is not there', () => {
    const named = SOURCES.flatMap((file) =>
      filesNamedIn(read(file)).map((name) => `${file}: ${name}`),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(
      named.filter((name) => !existsSync(path.join(root, name.split(': ')[1] as string))),
    ).toEqual([]);
  });

  it('would report a file that a comment names, and no import', () => {
    const text = "import '../../src/a.js'; $ see src/a.ts, `test/b.mjs`".replace('$', '//');
    expect(filesNamedIn(text)).toEqual(['src/a.ts', 'test/b.mjs']);
  });

  it('can all be reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const target of linksOf(read(page))) {
        const file = path.join(path.dirname(page), target.split('#')[0] as string);
        if (file.endsWith('.md') && existsSync(path.join(root, file))) reached.add(file);
      }
    }
    expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
  });

  it('are there where the code names one', () => {
    const names = SOURCES.flatMap((file) =>
      [...read(file).matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map(([name]) => `${file}: ${name}`),
    );
    expect(names.length).toBeGreaterThan(5);
    expect(
      names.filter((name) => !existsSync(path.join(root, name.split(': ')[1] as string))),
    ).toEqual([]);
  });

  it.each(['nowhere.md', '#nowhere', 'docs/tour.md#nowhere', 'docs/'.repeat(2)])(
    'would report a link to %s',
    (target) => {
      expect(leadsSomewhere('README.md', target)).toBe(false);
    },
  );
});

describe('the map in CONTRIBUTING', () => {
  const map = /## The map\n```\n([\s\S]*?)```/.exec(read('CONTRIBUTING.md'))?.[1] ?? '';
  const named = foldersIn(map);

  it('has folders that are there', () => {
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });

  // Or a README of their own has them, above or beside them.
  it('has every folder of src and test that is there', () => {
    const lacking = [...foldersBelow('src', Infinity), ...foldersBelow('test', 1)].filter(
      (folder) => !named.includes(folder) && !isInOwnReadme(folder),
    );
    expect(lacking).toEqual([]);
  });
});

/** `src/x/` and `test/x`, and what stands indented below one: `  y/` is `src/x/y`, and so on. */
function foldersIn(map: string): string[] {
  const above: string[] = [];
  return map.split('\n').flatMap((line) => {
    const [, indent = '', inner] = /^((?: {2})+)([\w-]+)\//.exec(line) ?? [];
    if (inner !== undefined) {
      const depth = indent.length / 2;
      const name = `${above[depth - 1] ?? ''}/${inner}`;
      above.splice(depth, Infinity, name);
      return [name];
    }
    const found = [...line.matchAll(/\b((?:src|test)\/[\w./-]*\w)/g)].map(
      ([, name]) => name as string,
    );
    if (found[0] !== undefined) above.splice(0, Infinity, found[0]);
    return found;
  });
}

/** Ours: the benchmarks may have installed their peers below test. */
function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => !file.split(path.sep).includes('node_modules'))
    .map((file) => path.join(folder, file));
}

/** Finds the files of src and test that comments name; a comment begins with //, -- or *. */
function filesNamedIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => /(?:^|\s)(?:\/\/|--|\/?\*)\s.*/.exec(line)?.[0] ?? '')
    .flatMap((comment) => [...comment.matchAll(/\b(?:src|test)\/[\w/.-]+\.(?:tsx?|mjs|sql|md)\b/g)])
    .map(([name]) => name);
}

/** To which depth: of tests, the kinds are enough. */
function foldersBelow(folder: string, depth: number): string[] {
  if (depth === 0) return [];
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [`${folder}/${name}`, ...foldersBelow(`${folder}/${name}`, depth - 1)]);
}

function isInOwnReadme(folder: string): boolean {
  for (let above = path.dirname(folder); above !== '.'; above = path.dirname(above)) {
    const readme = path.join(above, 'README.md');
    if (
      existsSync(path.join(root, readme)) &&
      read(readme).includes(`${path.relative(above, folder)}/`)
    )
      return true;
  }
  return false;
}

/** Outside of code; without those to other hosts. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^(https?|mailto):/.test(target));
}

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const page = file === '' ? from : path.join(path.dirname(from), file);
  if (!existsSync(path.join(root, page))) return false;
  return anchor === undefined || anchorsOf(read(page)).has(anchor);
}

/** As GitHub makes them of titles. */
function anchorsOf(text: string): Set<string> {
  const titles = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(
    ([, title]) => title as string,
  );
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\-_ ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
