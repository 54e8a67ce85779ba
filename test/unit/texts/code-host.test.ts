import { findCodeHostProblem } from '../../../src/texts/code-host.js';

test.each([
  'shop.example',
  'pay.shop.example',
  'localhost',
  'xn--bcher-kva.example',
  '3-2.example',
  `${'x'.repeat(32)}.example`,
])('a code may be bound to %s', (host) => {
  expect(findCodeHostProblem(host)).toBeUndefined();
});

test.each([
  ['', 'must be a hostname'],
  ['shop', 'must have a dot'],
  ['Shop.example', 'must be in small letters'],
  ['https://shop.example', 'must be a host alone'],
  ['shop.example:8443', 'must be a host alone'],
  ['shop.example/verify', 'must be a host alone'],
  ['@shop.example', 'must be a host alone'],
  ['shop.example #123456', 'must be as browsers write it'],
  ['shop.example\n@evil.example', 'must be as browsers write it'],
  ['bücher.example', 'must be as browsers write it'],
  ['shop.example.', 'must be a hostname'],
  ['shop..example', 'must be a hostname'],
  ['-shop.example', 'must be a hostname'],
  ['shop-.example', 'must be a hostname'],
  ['shop_1.example', 'must be a hostname'],
  [`${'x'.repeat(64)}.example`, 'must be a hostname'],
  ['192.0.2.1', 'must be a name'],
  ['shop.0x7f', 'must be a name'],
  ['[::1]', 'must be a host alone'],
  [
    `${'x'.repeat(33)}.example`,
    'must be shorter: with it the SMS in ja is 2 segments long (71 units of UCS-2)',
  ],
])('a code may not be bound to %j', (host, why) => {
  expect(findCodeHostProblem(host)).toContain(why);
});
