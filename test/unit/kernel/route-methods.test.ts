import { RouteMethods } from '../../../src/kernel/route-methods.js';

const routes = new RouteMethods();
routes.add('GET', '/v1/dings');
routes.add('HEAD', '/v1/dings');
routes.add(['POST'], '/v1/dings');
routes.add('GET', '/v1/dings/:id');
routes.add('DELETE', '/v1/teams/:id/members/:accountId');
routes.add('GET', '/openapi.json');
routes.add('GET', '/docs/*');

test.each([
  ['/v1/dings', ['GET', 'HEAD', 'POST']],
  ['/v1/dings?before=x', ['GET', 'HEAD', 'POST']],
  ['/v1/dings/01890a5d', ['GET']],
  ['/v1/teams/1/members/2', ['DELETE']],
  ['/v1/dings/', []],
  ['/v1/dings/1/2', []],
  ['/openapiXjson', []],
  ['/docs/anything', []],
  ['/', []],
])('%s takes %j', (url, methods) => {
  expect(routes.find(url)).toEqual(methods);
});
