import type { Try } from '../webhooks/webhooks.repository.js';

/** One request to an app's own server, as `apps webhook` and `look` show it. */
export const describeTry = ({ at, status, reason }: Try): string =>
  `${at}: ${status === undefined ? `no answer (${reason ?? 'unknown'})` : `answered ${status}`}`;
