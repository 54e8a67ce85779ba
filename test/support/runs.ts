/** Whether `npm run test:long` runs: it takes the test files that import this one, and no others. */
const isLong = process.env['LONG'] === 'yes';

/** How often a property is tried: `npm test` tries a little of it each time, `npm run test:long` much. */
export const runs = (short: number, long: number): number => (isLong ? long : short);
