import { breaches } from '../support/boundaries/breaches.js';
import { PATHS } from '../support/boundaries/sources.js';

// Real: the files of src, read by TypeScript's own parser. Beside them, or in the place of one, stands
// a file with a planted breach of a rule on who imports what.

describe('a breach is reported when', () => {
  /** A file beside the real ones, or in the place of one. */
  const planted = (file: string, text: string): string[] =>
    breaches([{ path: file, text }], new Set([...PATHS, file]));

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
      'the app in a browser is sent the whole of libphonenumber-js',
      'web/app/x.tsx',
      `import { AsYouType } from 'libphonenumber-js/max';`,
      /imports libphonenumber-js\/max; a browser is sent the smallest build/,
    ],
    [
      'the app in a browser imports the service',
      'web/app/x.tsx',
      `import type { Me } from '../../accounts/session.guard.js';`,
      /"web" may not import accounts\/session\.guard/,
    ],
    [
      'the service imports what is there for the build alone',
      'web/x.ts',
      `import { h } from 'preact';`,
      /imports preact, which is no dependency in package\.json/,
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
  ])('%s', (_title, file, text, report) => {
    expect(planted(file, text).filter((breach) => report.test(breach))).toHaveLength(1);
  });
});
