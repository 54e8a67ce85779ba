import { explainDatabase } from '../../../src/embedded/databases.js';
import { ExpectedError } from '../../../src/embedded/expected-error.js';

const explain = (code: string): unknown =>
  explainDatabase(Object.assign(new Error('it quotes a value'), { code }), 'DATABASE_URL');

test.each(['53100', '53200', '53300', '53400', '57P01', '57P02', '57P03'])(
  'a server that is full, has no memory, starts or ends (%s) is a line for the operator',
  (code) => {
    const line = `DATABASE_URL: the server can't take this now (${code})`;
    expect(explain(code)).toEqual(new ExpectedError(line));
  },
);

test('what nobody foresaw stays as it is', () => {
  expect(explain('22001')).not.toBeInstanceOf(ExpectedError);
});
