import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import '../../src/app.module.js'; // all that counts
import { CODES, FAMILIES, formatMetrics, measureProcess } from '../../src/kernel/metrics.js';

// Real: every family of metrics, the rules and the board of docs/monitoring, promtool where it is installed.

const root = path.join(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const alerts = parse(read('docs/monitoring/alerts.yml')) as {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
};
const rules = alerts.groups.flatMap((group) => group.rules);
const board = JSON.parse(read('docs/monitoring/grafana.json')) as {
  panels: { title: string; targets: { expr: string }[] }[];
};
const queries = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...board.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => [title, expr] as const),
  ),
];
/** Prometheus adds them to every series. */
const OF_PROMETHEUS = ['job', 'instance'];
const families = new Map(FAMILIES.map((family) => [family.name, family]));
let ofProcess: Set<string>;

beforeAll(async () => {
  measureProcess();
  const { text } = await formatMetrics();
  const named = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name as string);
  ofProcess = new Set(named.filter((name) => !families.has(name)));
});

/** What a query asks for that no process has: a metric, a label, a value of a label. */
function faults(query: string): string[] {
  const found: string[] = [];
  const asked = [
    ...query.matchAll(/\b((?:dingline|nodejs|process|test)_\w+|up)\b(?:\{([^}]*)\})?/g),
  ];
  if (asked.length === 0) found.push('it asks for nothing');
  const known = new Set(OF_PROMETHEUS);
  for (const [, name = '', selector = ''] of asked) {
    const family = families.get(name);
    if (family === undefined && !ofProcess.has(name) && name !== 'up') {
      found.push(`no metric ${name}`);
      continue;
    }
    for (const label of Object.keys(family?.labels ?? {})) known.add(label);
    for (const [, label = '', values = ''] of selector.matchAll(
      /(\w+)\s*(?:=~|!=|!~|=)\s*"([^"]*)"/g,
    )) {
      if (OF_PROMETHEUS.includes(label)) continue;
      const allowed = family?.labels[label];
      if (allowed === undefined) found.push(`no label ${label} of ${name}`);
      else if (allowed !== CODES)
        for (const value of values.split('|'))
          if (!allowed.includes(value)) found.push(`no ${label} ${value} of ${name}`);
    }
  }
  for (const [, labels = ''] of query.matchAll(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g))
    for (const label of labels.split(',').map((one) => one.trim()))
      if (!known.has(label)) found.push(`no label ${label}`);
  return found;
}

describe('what Prometheus is asked for', () => {
  it.each(queries)('%s', (_title, query) => {
    expect(faults(query)).toEqual([]);
  });

  it.each([
    ['sum(dingline_handoffs)', 'no metric dingline_handoffs'],
    ['dingline_handoffs_total{number="1"}', 'no label number of dingline_handoffs_total'],
    [
      'dingline_handoffs_total{outcome=~"unknown|gone"}',
      'no outcome gone of dingline_handoffs_total',
    ],
    ['sum by (team) (dingline_handoffs_total)', 'no label team'],
    ['1 + 1', 'it asks for nothing'],
  ])('would be reported: %s', (query, fault) => {
    expect(faults(query)).toEqual([fault]);
  });

  it('is every family that there is, by a rule or on the board', () => {
    const text = queries.map(([, query]) => query).join('\n');
    expect([...families.keys()].filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual(
      [],
    );
  });
});

describe('the families', () => {
  it('are those of docs/metrics.md, which says each as its help does', () => {
    const rows = FAMILIES.map(({ name, type, labels, help }) => {
      const named = Object.keys(labels).map((label) => `\`${label}\``);
      return `| \`${name}\` | ${type} | ${named.join(', ')} | ${help} |`;
    }).sort();
    const table = ['| metric | type | labels | what it is |', '|---|---|---|---|', ...rows].join(
      '\n',
    );
    const [, written] =
      /<!-- families -->\n([\s\S]*?)\n<!-- \/families -->/.exec(read('docs/metrics.md')) ?? [];
    expect(written).toBe(table);
  });

  it('have the names that Prometheus advises', () => {
    for (const { name, type } of FAMILIES) {
      expect(name).toMatch(/^dingline_[a-z]+(_[a-z]+)*$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    }
    expect(FAMILIES.length).toBeGreaterThan(20);
  });
});

// `.ci/run` installs it; elsewhere it may be missing.
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
(hasPromtool ? describe : describe.skip)('promtool', () => {
  const promtool = (args: string[], input = ''): string =>
    execFileSync('promtool', args, { cwd: root, input, encoding: 'utf8' });

  it('finds no fault with the rules', () => {
    expect(promtool(['check', 'rules', 'docs/monitoring/alerts.yml'])).toContain('SUCCESS');
  });

  it('sees each rule fire when it is to, and not before', () => {
    const tried = new Set(
      [...read('test/support/monitoring/alerts.yml').matchAll(/alertname: (\w+)/g)].map(
        ([, name]) => name,
      ),
    );
    expect(rules.map(({ alert }) => alert).filter((name) => !tried.has(name))).toEqual([]);
    expect(promtool(['test', 'rules', 'test/support/monitoring/alerts.yml'])).toContain('SUCCESS');
  });

  it('finds no fault with what a process answers', async () => {
    const { text } = await formatMetrics();
    const own = text
      .split('\n\n')
      .filter((family) => family.startsWith('# HELP dingline_'))
      .join('\n');
    expect(promtool(['check', 'metrics'], `${own}\n`)).toBe('');
  });
});
