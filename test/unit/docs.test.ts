import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROBLEMS } from '../../src/kernel/problem.js';

const root = path.join(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

it('docs/problems.md holds every problem code as it is, and no other', () => {
  const rows = read('docs/problems.md').split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(Object.entries(PROBLEMS).map(([code, [status, title]]) => `| \`${code}\` | ${status} | ${title} |`));
});

describe('the README', () => {
  const readme = read('README.md');

  it('names every script of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const own = Object.keys(scripts).filter((name) => !name.startsWith('pre'));
    expect(own.filter((name) => !new RegExp(`\`(npm (run )?)?${name}[\` ]|npm (run )?${name}\\b`).test(readme))).toEqual([]);
  });

  it('has a map of folders that are there', () => {
    const map = /## The map\n```\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const named = [...map.matchAll(/\b((?:src|test)\/[\w./-]+)/g)].map(([, name]) => name as string);
    expect(named.length).toBeGreaterThan(15);
    // A folder of tests is there as soon as it holds one; its script is there before.
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
    const isPlanned = (name: string): boolean => scripts.includes(name.replace('test/', 'test:'));
    expect(named.filter((name) => !existsSync(path.join(root, name)) && !isPlanned(name))).toEqual([]);
  });

  it('has no link within the project that leads nowhere', () => {
    for (const file of ['README.md', 'docs/live-events.md', 'docs/problems.md', 'docs/pumping.md', 'docs/threat-model.md', 'docs/twilio.md', 'docs/apps.md', 'docs/webhooks.md', 'docs/verification.md', 'docs/twilio-verify.md']) {
      const text = read(file);
      const anchors = new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => (title as string).toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-')));
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        if (target.startsWith('#')) expect([file, target, anchors.has(target.slice(1))]).toEqual([file, target, true]);
        else expect([file, target, existsSync(path.join(root, path.dirname(file), target.split('#')[0] as string))]).toEqual([file, target, true]);
      }
    }
  });
});
