import { Logger } from '../../src/kernel/logger.js';
import { NumberRules } from '../../src/plaintext/number-rules.service.js';
import { Room } from '../support/room.js';

// Real: PostgreSQL, the rules as a role boots them.

let room: Room;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());

/** The lines of the log that a role writes as it boots with this list. */
async function boot(countries: string[], warnsOfCountries: boolean): Promise<string[]> {
  const lines: string[] = [];
  const logger = new Logger('info', 'api', (line) => lines.push(line));
  const rules = new NumberRules(room.api, logger, {
    countries,
    denyFile: undefined,
    warnsOfCountries,
  });
  await rules.onModuleInit();
  await rules.onModuleDestroy();
  return lines.filter((line) => line.includes('"countries_unmatched"'));
}

test('one line says which countries of the list let no mobile in, and whose theirs are taken as', async () => {
  expect(await boot(['US', 'MF', 'AX'], true)).toEqual([
    expect.stringMatching(/"count":2.*MF \(GP\), AX \(FI\)"/),
  ]);
  expect(await boot(['US', 'MF', 'GP'], true)).toEqual([]);
});

test('a role that takes no numbers leaves it to the one that does', async () => {
  expect(await boot(['US', 'MF'], false)).toEqual([]);
});
