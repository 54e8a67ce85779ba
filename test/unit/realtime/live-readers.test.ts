import type { LiveReader } from '../../../src/realtime/live-reader.socket.js';
import { LiveReaders } from '../../../src/realtime/live-readers.js';

const reader = (accountId: string): LiveReader => ({ me: { accountId } }) as LiveReader;

describe('the open streams of a process', () => {
  test('are listed by account, the oldest first', () => {
    const [first, second, other] = [reader('ann'), reader('ann'), reader('bob')];
    const readers = new LiveReaders();
    for (const one of [first, other, second]) readers.add(one);
    const list = readers.list('ann');
    expect([list.length, list.indexOf(first), list.indexOf(second)]).toEqual([2, 0, 1]);
    expect(readers.list('eve')).toEqual([]);
    expect([...readers.all()]).toHaveLength(3);
    expect([readers.size, readers.has('bob'), readers.has('eve')]).toEqual([3, true, false]);
  });

  test('are counted once when one is removed twice', () => {
    const [ann, again, bob] = [reader('ann'), reader('ann'), reader('bob')];
    const readers = new LiveReaders();
    for (const one of [ann, again, bob]) readers.add(one);
    for (let times = 0; times < 2; times += 1) readers.remove(ann);
    expect([readers.size, readers.has('ann'), readers.has('bob')]).toEqual([2, true, true]);
    readers.remove(again);
    expect([readers.size, readers.has('ann'), readers.has('bob')]).toEqual([1, false, true]);
  });

  test('may end while one goes through a list of them', () => {
    const [first, second] = [reader('ann'), reader('ann')];
    const readers = new LiveReaders();
    for (const one of [first, second]) readers.add(one);
    const list = readers.list('ann');
    readers.remove(first);
    expect([list.length, readers.list('ann').length]).toEqual([2, 1]);
  });
});
