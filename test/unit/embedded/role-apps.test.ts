import { drain, drainLimits, type RoleApp } from '../../../src/embedded/role-apps.js';
import type { Role } from '../../../src/settings.js';

describe('a drain', () => {
  const closed: Role[] = [];
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const role = (name: Role, until: Promise<void> = Promise.resolve()): [Role, RoleApp] => [
    name,
    {
      listen: () => Promise.resolve(''),
      close: () => until.then(() => void closed.push(name)),
    },
  ];
  beforeEach(() => {
    closed.length = 0;
    lines.length = 0;
  });

  it('waits for the answers under way, while the carrier still finds its door', async () => {
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const apps = new Map([role('api'), role('worker', answered), role('ingress')]);
    const drained = drain(apps, say, drainLimits({ isDefault: false }, 600_000));
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toEqual(['api']);
    answer();
    await drained;
    expect([closed, lines]).toEqual([['api', 'worker', 'ingress'], []]);
  });

  it('ends without them once it has taken as long as it may, and says so', async () => {
    const apps = new Map([role('worker', new Promise<void>(() => {})), role('ingress')]);
    await drain(apps, say, drainLimits({ isDefault: false }, 1));
    expect(closed).toEqual(['ingress']);
    expect(lines).toEqual([expect.stringMatching(/^api and worker did not finish in time; /)]);
  });

  it('of default mode takes less than a second for each step, whatever is set', () => {
    expect(drainLimits({ isDefault: true }, 30_000)).toEqual({ workMs: 800, doorMs: 800 });
    expect(drainLimits({ isDefault: false }, 30_000)).toEqual({ workMs: 30_000, doorMs: 800 });
  });
});
