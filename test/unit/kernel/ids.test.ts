import { newId } from '../../../src/kernel/ids.js';

test('an id is a UUID of version 7, later ones sort behind earlier ones, and none comes twice', () => {
  const before = Date.now();
  const ids = Array.from({ length: 1_000 }, newId);
  const after = Date.now();
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(ids.filter((id) => !form.test(id))).toEqual([]);
  const times = ids.map((id) => parseInt(id.replace('-', '').slice(0, 12), 16));
  expect(times.filter((ms) => ms < before || ms > after)).toEqual([]);
  expect(new Set(ids).size).toBe(1_000);
});
