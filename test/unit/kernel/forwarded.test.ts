import fc from 'fast-check';
import { readForwardedFor } from '../../../src/kernel/forwarded.js';

const address = fc.oneof(fc.ipV4(), fc.ipV6());
const withPort = fc.tuple(address, fc.integer({ min: 1, max: 65_535 })).map(([ip, port]) => ({
  ip,
  text: ip.includes(':') ? `[${ip}]:${String(port)}` : `${ip}:${String(port)}`,
}));
const part = fc.oneof(
  address.map((ip) => ({ ip, text: ip })),
  withPort,
);
const NONE = [
  'unknown',
  '_hidden',
  '',
  'ann',
  '1.2.3',
  '1.2.3.4:http',
  '[::1',
  '::1]:80',
  '1.2.3.4:123456',
];

test('an address is the same with a port and without', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      expect(readForwardedFor(parts.map(({ text }) => text).join(','))).toBe(
        parts.map(({ ip }) => ip).join(', '),
      );
    }),
  );
  expect(readForwardedFor('[2001:db8::7], 192.0.2.7:4711')).toBe('2001:db8::7, 192.0.2.7');
});

test('nobody who stands before what is no address is taken for the client', () => {
  fc.assert(
    fc.property(
      address,
      fc.constantFrom(...NONE),
      fc.array(part, { maxLength: 3 }),
      (forged, none, parts) => {
        const header = [forged, none, ...parts.map(({ text }) => text)].join(', ');
        const left = parts.map(({ ip }) => ip).join(', ');
        expect(readForwardedFor(header)).toBe(left === '' ? undefined : left);
      },
    ),
  );
});
