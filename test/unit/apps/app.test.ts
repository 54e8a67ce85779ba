import fc from 'fast-check';
import { digestSecret, findAppNameProblem, readBasic, formatSid } from '../../../src/apps/app.js';
import { parseId } from '../../../src/kernel/ids.js';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const HEX = '01890a5dac96774bbcceb302099a8057';
const SECRET = 'a1_-'.repeat(11).slice(0, 43);
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test('a sid is two letters and the id in hex, and leads back to it', () => {
  expect([formatSid('AC', ID), formatSid('VA', ID), formatSid('VE', ID)]).toEqual([
    `AC${HEX}`,
    `VA${HEX}`,
    `VE${HEX}`,
  ]);
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.constantFrom('AC' as const, 'VA' as const, 'VE' as const),
      (id, prefix) => {
        expect(formatSid(prefix, id)).toMatch(/^(AC|VA|VE)[0-9a-f]{32}$/);
        expect(parseId(formatSid(prefix, id), prefix)).toBe(id);
      },
    ),
  );
});

test.each([
  `VA${HEX}`,
  HEX,
  `AC${ID}`,
  `AC${HEX}0`,
  `AC${HEX.slice(1)}`,
  ` AC${HEX}`,
  `AC${HEX}\n`,
  '',
])('no app has the sid %j', (sid) => {
  expect(parseId(sid, 'AC')).toBeUndefined();
});

test('HTTP Basic is read as clients send it', () => {
  expect(readBasic(basic(`AC${HEX}:${SECRET}`))).toEqual({ appId: ID, secret: SECRET });
  expect(readBasic(basic(`AC${HEX}:${SECRET}`).replace('Basic', 'basic'))).toEqual({
    appId: ID,
    secret: SECRET,
  });
});

test.each([
  undefined,
  '',
  'Basic',
  'Basic ',
  `Bearer ${SECRET}`,
  basic(`VA${HEX}:${SECRET}`),
  basic(`AC${HEX}:${SECRET}x`),
  basic(`AC${HEX}:${SECRET.slice(1)}`),
  basic(`AC${HEX}:${SECRET.slice(1)}é`),
  basic(`AC${HEX}${SECRET}:`),
  basic(`AC${HEX}:${SECRET.slice(1)}:`),
  `${basic(`AC${HEX}:${SECRET}`)} `,
  `Basic ${'!'.repeat(104)}`,
  `Basic ${'A'.repeat(100_000)}`,
])('and what no app could have sent is not: %.40s', (header) => {
  expect(readBasic(header)).toBeUndefined();
});

test('of a secret its SHA-256 is kept', () => {
  expect(digestSecret('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test.each<[name: string, isGood: boolean]>([
  ['Pump shop', true],
  ['ポンプ', true],
  ['x'.repeat(60), true],
  ['', false],
  ['x'.repeat(61), false],
  [' x', false],
  ['x\ny', false],
  ['-x', false],
  ['x\u202Ey', false],
  ['\u3164', false],
  ['x\u{e0041}', false],
])('%j as the name of an app: %s', (name, isGood) => {
  expect(findAppNameProblem(name) === undefined).toBe(isGood);
});
