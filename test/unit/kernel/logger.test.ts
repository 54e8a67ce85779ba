import { describe as describeError } from '../../../src/kernel/logger.js';

const QUOTED = [
  'the cellar\n    at number 7 (/src/+4915112345678.ts:1:1)',
  '    at once\n    at work (/src/secret.ts:1:2)',
  '\n    at Ann (/src/secret.ts:3:4)\n',
];

describe('an error in the log', () => {
  test.each(QUOTED)('shows frames and never a line of its message: %j', (text) => {
    for (const error of [new Error(text), new TypeError(`no: ${text}`), new SyntaxError(text)]) {
      const { stack } = describeError(error);
      expect(stack?.length).toBeGreaterThan(0);
      expect(stack?.join('\n')).toContain('logger.test.ts');
      expect(JSON.stringify(describeError(error))).not.toMatch(/secret|4915112345678/);
    }
  });

  test('shows no frame if its message was changed, since nobody knows where it ends', () => {
    for (const text of ['first', ...QUOTED]) {
      const error = new Error(text);
      expect(error.stack).toContain(text); // made now: jest writes a stack when it is first read
      error.message = 'the cellar is dry';
      expect(describeError(error).stack).toEqual([]);
    }
  });

  test('shows where an error came from that carries a code', () => {
    const error = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(describeError(error)).toMatchObject({ error: 'Error ECONNREFUSED' });
    expect(describeError(Object.assign(new Error('x'), { code: 'my secret text' })).error).toBe(
      'Error',
    );
    expect(describeError(new Error('')).stack?.[0]).toMatch(/^at /);
  });
});
