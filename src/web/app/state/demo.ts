import type { Operation } from '../../client/operation.js';
import { addressFor } from './place.js';

const PATH = addressFor('/demo');

/** What signs this browser in as somebody of the demo's story. No browser sends it, no log sees it. */
let printed = '';

/** Takes it out of the address before anything else is done; another one in the same tab comes by a new page. */
export function takeDemoToken(): void {
  if (location.pathname !== PATH) return;
  printed = location.hash.slice(1);
  history.replaceState(null, '', PATH);
  addEventListener('hashchange', () => {
    if (location.pathname === PATH && location.hash !== '') location.reload();
  });
}

export const getDemoToken = (): string => printed;

/** No description of the API has it: only the demo's server does. */
export const demoSignIn: Operation<{ body: { token: string } }, undefined> = {
  method: 'POST',
  path: '/v1/demo/session',
};
