import { Description, type Document } from '../support/openapi.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).

let world: World;
let api: Description;
beforeAll(async () => {
  world = await World.start();
  const { body } = await world.call<Document & Record<string, unknown>>('GET', '/openapi.json');
  api = new Description(body);
});
afterAll(() => world.close());

/** What comes of an example where it names what a reader has to put in: an id, a code, a token. */
const NEEDS = new Map([
  ['POST /v1/password-resets', 'WRONG_RESET_CODE'],
  ['POST /v1/teams/join', 'NOT_FOUND'],
  ['POST /v1/teams/{id}/invite-code', 'NOT_FOUND'],
  ['PUT /v1/teams/{id}/consent', 'NOT_FOUND'],
  ['POST /v1/verifications/{id}/sends', 'NOT_FOUND'],
  ['POST /v1/verifications/{id}/check', 'NOT_FOUND'],
  ['POST /v1/dings', 'NUMBER_NOT_VERIFIED'],
  ['POST /v1/ding-links/read', 'NOT_FOUND'],
  ['POST /v1/ding-links/confirm', 'NOT_FOUND'],
  ['POST /v1/conferences', 'NUMBER_NOT_VERIFIED'],
  ['POST /v1/conferences/{id}/participants', 'NOT_FOUND'],
]);

test('every body has an example that works as it stands, one after the other', async () => {
  const bodies = api.operations.flatMap(({ method, path, operation }) => {
    const example = operation.requestBody?.content['application/json']?.example;
    return operation.requestBody === undefined ? [] : [{ route: `${method} ${path}`, example }];
  });
  expect(bodies.filter(({ example }) => example === undefined)).toEqual([]);
  const rank = (route: string): number =>
    ['PUT /v1/me/password', 'POST /v1/sessions', 'POST /v1/accounts'].indexOf(route);
  bodies.sort((a, b) => rank(b.route) - rank(a.route));
  const close = bodies.findIndex(({ route }) => route === 'POST /v1/me/close');
  bodies.splice(close, 1); // of an account whose password has been changed by now
  let who: { token: string } | undefined;
  for (const { route, example } of bodies) {
    const [method, path = ''] = route.split(' ') as ['POST', string];
    const url = path.replace(/\{[^}]+\}/g, '01890a5d-ac96-774b-bcce-b302099a8057');
    const answer = await world.call(method, url, example, who);
    const needs = NEEDS.get(route);
    expect([route, needs ?? answer.status < 300, answer.text]).toEqual([
      route,
      answer.body['code'] ?? true,
      answer.text,
    ]);
    if (route === 'POST /v1/sessions') who = { token: answer.body['token'] as string };
  }
  // To the number that the document names.
  await world.phones.phone('+12025550123').expectSms(/#\d{6}$/);
  await world.phones.settled();
});
