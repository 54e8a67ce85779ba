import { Redacted } from '../../../src/kernel/redacted.js';
import { Capabilities } from '../../../src/plaintext/handoffs/capabilities.js';

const of = (byte: number): Capabilities =>
  new Capabilities(new Redacted(new Uint8Array(32).fill(byte)));

test("a hand-off's capability is made again of its salt and the worker's key, and of nothing less", () => {
  const [id, salt] = ['01a22c28-7f28-77d2-8b25-aa78b145735b', Buffer.alloc(16, 1)];
  const capability = of(1).make(id, salt);
  expect(capability).toMatch(/^[\w-]{43}$/);
  expect(of(1).make(id, salt)).toBe(capability);
  expect(of(2).make(id, salt)).not.toBe(capability);
  expect(of(1).make(id.replace('01', '02'), salt)).not.toBe(capability);
  expect(of(1).make(id, Buffer.alloc(16, 2))).not.toBe(capability);
  expect(of(1).makeSalt()).not.toEqual(of(1).makeSalt());
});
