import type { Source } from '../support/boundaries/sources.js';
import { circles } from '../support/boundaries/circles.js';

// Nothing is real but TypeScript's own parser: the files are made up.

describe('a breach is reported when', () => {
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
});
