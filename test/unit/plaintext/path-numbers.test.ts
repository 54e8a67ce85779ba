import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { concealPath } from '../../../src/plaintext/path-numbers.js';

const [VA, VE] = [`VA${'0a'.repeat(16)}`, `VE${'1b'.repeat(16)}`];
/** The request as whoever holds it sees it afterwards; Fastify notes the old address first. */
const conceal = (url: string) => {
  const request = { url, originalUrl: url } as unknown as IncomingMessage;
  expect(concealPath(request)).toBe(request.url);
  return request;
};

test.each([
  [`/v2/Services/${VA}/Verifications/+12025550123`, `/v2/Services/${VA}/Verifications/-`],
  [`/v2/Services/${VA}/Verifications/%2B12025550123`, `/v2/Services/${VA}/Verifications/-`],
  [
    `/v2/Services/${VA}/Verifications/%2B1%20(202)%20555-0123?x=+12025550123#+12025550123`,
    `/v2/Services/${VA}/Verifications/-`,
  ],
  [`/v2/Services/${VA}/Verifications/1/202/5550123`, `/v2/Services/${VA}/Verifications/-/-/-`],
  [`/v2/Services/12025550123/Verifications/${VE}`, `/v2/Services/-/Verifications/${VE}`],
  ['/v2/12025550123', '/v2/-'],
  ['//v2/12025550123/', '//v2/-/'],
  ['/%762/Services/12025550123', '/-/Services/-'],
  ['/V2/Services/12025550123', '/-/Services/-'],
  ['/x%2Fv2/12025550123', '/-/-'],
  ['http://host/v2/12025550123', '-//-/v2/-'],
  ['/v2/errors/12025550123', '/v2/errors/-'],
  ['/v2?To=12025550123', '/v2'],
  ['/v2/Services?PageSize=50&To=12025550123', '/v2/Services?PageSize=50'],
  ['/v2/Services?PageSize=12025550123&PageToken=PAVA12025550123', '/v2/Services'],
])('%s is seen as %s, and nowhere else either', (url, seen) => {
  const request = conceal(url);
  expect(request.url).toBe(seen);
  expect(inspect(request, { showHidden: true, depth: 9 })).not.toMatch(/2025550123|5550123/);
});

test.each([
  `/v2/Services/${VA}/Verifications/${VE}`,
  `/v2/Services/${VA}/VerificationCheck`,
  '/v2/Services',
  `/v2/Services?PageSize=50&PageToken=PB${VA}`,
  '/v2/errors/60203',
  '/v1/me?next=/v2/x',
  '/v1/verifications/01890a5d-ac96-774b-bcce-b302099a8057',
  '/docs/v20',
  '/',
])('%s stays as it is', (url) => {
  expect(conceal(url).url).toBe(url);
});
