import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { NETWORK_TROUBLES } from '../../../src/simulator/handsets/network-troubles.js';
import { SCRIPT } from '../../../src/simulator/handsets/page-script.js';
import { type Trouble, troubleOrder } from '../../../src/simulator/network/trouble.js';
import { listRefusals } from '../../../src/simulator/rest/twilio-errors.js';

const page = readFileSync(path.join(__dirname, '../../../docs/simulator.md'), 'utf8');
const shapes = troubleOrder.options.map(({ shape }) => shape);
const kinds = shapes.map(({ kind }) => kind.value);
/** Said once above the table, for all that have them. */
const COMMON = ['kind', 'number', 'times', 'channel', 'on', 'events'];

describe('docs/simulator.md', () => {
  it('has every kind of trouble, with what it takes', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| an? \w+ \| .* \| (.*)\|$/gm)];
    expect(rows.map(([, kind]) => kind)).toEqual([
      ...new Set([...rows.map(([, kind]) => kind as (typeof kinds)[number])]),
    ]);
    const documented = Object.fromEntries(
      rows.map(([, kind = '', more = '']) => [
        kind,
        [...more.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort(),
      ]),
    );
    const taken = Object.fromEntries(
      shapes.map((shape) => [
        shape.kind.value,
        Object.keys(shape)
          .filter((name) => !COMMON.includes(name))
          .sort(),
      ]),
    );
    expect(documented).toEqual(taken);
  });

  it('has every refusal of the REST API, and no other', () => {
    const rows = listRefusals().map(
      ({ code, status, message }) => `| ${code} | ${status} | ${message} |`,
    );
    const table = ['| code | status | message |', '|---|---|---|', ...rows].join('\n');
    const [, written] = /<!-- refusals -->\n([\s\S]*?)\n<!-- \/refusals -->/.exec(page) ?? [];
    expect(written).toBe(table);
  });
});

interface Element {
  text?: string;
  click?: () => void;
  attributes: Record<string, string>;
}
/** The page's own function, with as much of a document as it asks for. */
function makeButtons(troubles: Partial<Trouble>[]): { buttons: Element[]; asked: unknown[] } {
  const asked: unknown[] = [];
  const scope: Record<string, unknown> = {
    document: {
      createElement: () => ({
        attributes: {},
        append: () => {},
        setAttribute(this: Element, name: string, value: string) {
          this.attributes[name] = value;
        },
        addEventListener(this: Element, _event: string, act: () => void) {
          this.click = act;
        },
      }),
    },
    control: (...request: unknown[]) => Promise.resolve(void asked.push(request)),
    refresh: () => {},
    troubles,
  };
  const functions = SCRIPT.slice(0, SCRIPT.indexOf('// The token comes in the fragment'));
  const buttons = runInContext(
    `${functions}; makeTroubleButtons(troubles)`,
    createContext(scope),
  ) as Element[];
  return { buttons, asked };
}

describe('the page of the phones', () => {
  it('has a button or a choice for every kind of trouble', () => {
    const choices = [...SCRIPT.matchAll(/^ {2}\['([a-z-]+)', '/gm)].map(([, kind]) => kind);
    const offered = [...choices, ...NETWORK_TROUBLES.map(({ order }) => order.kind)];
    expect(kinds.filter((kind) => !offered.includes(kind))).toEqual([]);
  });

  it('asks only for troubles that the control API takes', () => {
    for (const { order } of NETWORK_TROUBLES) expect(() => troubleOrder.parse(order)).not.toThrow();
  });

  it('makes a trouble by its button, shows it as pressed, and takes it away again', () => {
    const { buttons, asked } = makeButtons([]);
    expect(buttons.map(({ attributes }) => attributes['aria-pressed'])).toEqual(
      NETWORK_TROUBLES.map(() => 'false'),
    );
    buttons[0]?.click?.();
    expect(asked).toEqual([['POST', '/troubles', NETWORK_TROUBLES[0]?.order]]);

    const order = troubleOrder.parse(NETWORK_TROUBLES[0]?.order);
    const pressed = makeButtons([
      { ...order, id: 7 },
      { kind: 'busy', number: '+14155550101', id: 8 },
      { kind: 'decline', id: 9 },
    ]);
    expect(
      pressed.buttons.flatMap(({ attributes }) =>
        attributes['aria-pressed'] === 'true' ? [attributes['aria-label']] : [],
      ),
    ).toEqual(['The carrier is down: answers 503', 'The carrier has the trouble decline']);
    pressed.buttons[0]?.click?.();
    pressed.buttons.at(-1)?.click?.();
    expect(pressed.asked).toEqual([
      ['DELETE', '/troubles/7'],
      ['DELETE', '/troubles/9'],
    ]);
  });
});
