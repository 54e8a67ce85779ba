import { breaches } from '../support/boundaries/breaches.js';
import { PATHS, SOURCES } from '../support/boundaries/sources.js';

// Real: the files of src, read by TypeScript's own parser. Beside them, or in the place of one, stands
// a file with a planted breach of a rule on what a file holds.

describe('a breach is reported when', () => {
  /** A file beside the real ones, or in the place of one. */
  const planted = (file: string, text: string): string[] =>
    breaches([{ path: file, text }], new Set([...PATHS, file]));
  const ends = (file: string, text: string): string =>
    `${SOURCES.find((source) => source.path === file)?.text ?? ''}\n${text}\n`;

  test.each<[title: string, file: string, text: string, report: RegExp]>([
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
      'a service holds one in small letters',
      'ding/x.service.ts',
      `export const f = 'select id from accounts';`,
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
