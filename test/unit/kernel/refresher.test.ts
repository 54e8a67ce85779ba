import { Refresher } from '../../../src/kernel/refresher.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('who asks while a load runs waits for that one', async () => {
  let loads = 0;
  let finish = (): void => {};
  const refresher = new Refresher(() => {
    loads += 1;
    return new Promise((resolve) => {
      finish = resolve;
    });
  }, 60_000);
  const both = Promise.all([refresher.refresh(), refresher.refresh()]);
  expect(loads).toBe(1);
  finish();
  await both;
  const again = refresher.refresh();
  expect(loads).toBe(2);
  finish();
  await again;
});

test('a load that fails is told to who asked, and tried again', async () => {
  let loads = 0;
  const refresher = new Refresher(() => {
    loads += 1;
    return loads === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
  }, 60_000);
  await expect(refresher.refresh()).rejects.toThrow('away');
  await expect(refresher.refresh()).resolves.toBeUndefined();
});

test('it loads by itself until it is stopped, whatever fails, and stops after what runs', async () => {
  let [begun, done] = [0, 0];
  const refresher = new Refresher(async () => {
    begun += 1;
    await pause(5);
    done += 1;
    throw new Error('away');
  }, 1);
  refresher.start();
  while (begun < 3) await pause(1);
  await refresher.stop();
  expect(done).toBe(begun);
  await pause(20);
  expect(done).toBe(begun);
});
