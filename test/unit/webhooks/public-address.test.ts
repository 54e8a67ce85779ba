import fc from 'fast-check';
import {
  isLoopback,
  isPublic,
  mayReach,
  findUrlProblem,
} from '../../../src/webhooks/public-address.js';

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '169.253.1.1',
  '192.167.1.1',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001::1',
  '::ffff:1.1.1.1',
  '64:ff9b::808:808',
])('%s is public', (address) => {
  expect(isPublic(address)).toBe(true);
});

test.each([
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.255',
  '100.100.100.200',
  '169.254.169.254',
  '192.0.0.8',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.1.1.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  '2a00:1450:4001::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  '3fff::1',
  '2001::1',
  '2002:7f00:1::',
  '100::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:ffff:c0a8:101',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  'localhost',
  'example.com',
  '',
  '127.1',
  '2130706433',
  '0x7f.0.0.1',
  '1.1.1.1 ',
  '1.1.1',
  '[::1]',
])('%s is not public', (address) => {
  expect(isPublic(address)).toBe(false);
});

test('no private IPv4 address becomes public by the form of IPv6 that it is written in', () => {
  const isPrivate = (a: number, b: number): boolean =>
    a === 10 ||
    a === 127 ||
    (a === 192 && b === 168) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 169 && b === 254);
  const octet = fc.nat(255);
  const first = fc.oneof(fc.constantFrom(10, 127, 169, 172, 192), octet);
  fc.assert(
    fc.property(first, octet, octet, octet, (a, b, c, d) => {
      const hex = [a, b, c, d].map((one) => one.toString(16).padStart(2, '0'));
      const groups = `${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`;
      for (const prefix of ['::ffff:', '64:ff9b::', '0:0:0:0:0:FFFF:']) {
        for (const tail of [groups, [a, b, c, d].join('.')]) {
          expect([prefix + tail, isPublic(prefix + tail)]).toEqual([
            prefix + tail,
            isPublic([a, b, c, d].join('.')),
          ]);
          if (isPrivate(a, b)) expect(isPublic(prefix + tail)).toBe(false);
        }
      }
    }),
  );
});

test.each<[address: string, is: boolean]>([
  ['127.0.0.1', true],
  ['127.255.0.1', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['126.0.0.1', false],
  ['::2', false],
  ['10.0.0.1', false],
  ['localhost', false],
])('%s: loopback is %s', (address, is) => {
  expect(isLoopback(address)).toBe(is);
});

test('with a live carrier only https to public addresses; otherwise this machine too', () => {
  expect([
    mayReach('https:', '1.1.1.1', true),
    mayReach('http:', '1.1.1.1', true),
    mayReach('https:', '127.0.0.1', true),
    mayReach('https:', '10.0.0.1', true),
  ]).toEqual([true, false, false, false]);
  expect([
    mayReach('https:', '1.1.1.1', false),
    mayReach('http:', '1.1.1.1', false),
    mayReach('http:', '127.0.0.1', false),
    mayReach('https:', '::1', false),
    mayReach('https:', '10.0.0.1', false),
    mayReach('ftp:', '127.0.0.1', false),
  ]).toEqual([true, false, true, true, false, false]);
});

test.each<[url: string, isRefusedLive: boolean, isRefused: boolean]>([
  ['https://app.example/hooks?token=x', false, false],
  ['https://app.example:8443/', false, false],
  ['https://1.1.1.1/', false, false],
  ['https://[2606:4700::1111]/', false, false],
  ['http://localhost:4000/hooks', true, false],
  ['http://127.0.0.1:4000/', true, false],
  ['http://[::1]:4000/', true, false],
  ['https://localhost/', true, false],
  // All are 127.0.0.1, to whoever reads addresses as browsers do.
  ['http://127.1/', true, false],
  ['http://2130706433/', true, false],
  ['http://0x7f.1/', true, false],
  ['http://127.0.0.1./', true, false],
  ['http://app.example/', true, true],
  ['https://10.0.0.1/', true, true],
  ['https://169.254.169.254/latest', true, true],
  ['https://[fd00:ec2::254]/', true, true],
  ['https://[::ffff:10.0.0.1]/', true, true],
  ['https://0/', true, true],
  ['https://user:word@app.example/', true, true],
  ['https://user@app.example/', true, true],
  ['https://app.example/#part', true, true],
  ['ftp://app.example/', true, true],
  ['file:///etc/passwd', true, true],
  ['app.example', true, true],
  ['', true, true],
  [`https://app.example/${'x'.repeat(2000)}`, true, true],
])(
  'the address %.60s is refused with a live carrier: %s, without: %s',
  (url, isRefusedLive, isRefused) => {
    expect([
      findUrlProblem(url, true) !== undefined,
      findUrlProblem(url, false) !== undefined,
    ]).toEqual([isRefusedLive, isRefused]);
  },
);
