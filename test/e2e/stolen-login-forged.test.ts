import { CarrierThief } from '../support/carrier-thief.js';
import { ringBob } from '../support/stolen-steps.js';

// Real: all three roles, PostgreSQL by the login of ingress, the queue, the carrier's SDK. Fake: the network.
// What was shown in a transaction stands in a setting that any login may write: it is believed of that text alone.

let thief: CarrierThief;
beforeAll(async () => {
  thief = await CarrierThief.start();
});
afterAll(() => thief?.close());

interface Shown {
  called: string | null;
  account: string | null;
}
const ask = async (): Promise<Shown> => {
  const text = 'SELECT called_handoff() AS called, identified_account() AS account';
  return (await thief.login.query<Shown>(text)).rows[0] as Shown;
};
const NOTHING = { called: null, account: null };

test('what was shown is believed in its own words, as what it was, and in that transaction', async () => {
  const { login } = thief;
  const { callId, ring, leg } = await ringBob(thief);
  const shown = { called: leg.handoff, account: null };
  const claim = await thief.whenCalled(async () => {
    const { rows } = await login.query<{ claim: string }>(
      `SELECT current_setting('dingline.called') AS claim`,
    );
    const own = (rows[0] as { claim: string }).claim;
    for (const text of [
      '',
      ' ',
      leg.handoff,
      own.slice(0, 37),
      own.slice(0, -1),
      `${own} `,
      `${own}0`,
      ` ${own}`,
      own.toUpperCase(),
      own.replaceAll('-', '\u2010'),
      own.replace(leg.handoff, `{${leg.handoff.slice(0, 34)}}`),
      'ä'.repeat(101),
      'x'.repeat(100_000),
    ]) {
      await login.query('SAVEPOINT before');
      await login.query(`SELECT set_config('dingline.called', $1, true)`, [text]);
      expect([text, await ask()]).toEqual([text, NOTHING]);
      await login.query('ROLLBACK TO before');
      expect(await ask()).toEqual(shown);
    }
    await login.query(`SELECT set_config('dingline.identity', $1, true)`, [own]);
    expect(await ask()).toEqual(shown);
    return own;
  }, leg.handoff);
  expect(await ask()).toEqual(NOTHING);
  await login.query('BEGIN');
  await login.query(`SELECT set_config('dingline.called', $1, true)`, [claim]);
  expect(await ask()).toEqual(NOTHING);
  await login.query('COMMIT');
  await thief.recall(callId);
  await ring.expectEnded();
});
