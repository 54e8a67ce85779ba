import { newId } from '../../../src/kernel/ids.js';

test('an id is a UUID of version 7, later ones sort behind earlier ones, and none comes twice', () => {
  const before = Date.now();
  const ids = Array.from({ length: 1_000 }, newId);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const ms = parseInt(id.replace('-', '').slice(0, 12), 16);
    expect(ms).toBeGreaterThanOrEqual(before);
    expect(ms).toBeLessThanOrEqual(Date.now());
  }
  expect(new Set(ids).size).toBe(1_000);
});
