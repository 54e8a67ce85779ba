import { EventCounter } from '../kernel/metrics.js';
import type { Answer } from './webhook-request.service.js';

const RESULTS = [
  'delivered',
  'refused',
  'not_public',
  'no_address',
  'no_connection',
  'tls',
  'timeout',
  'broken',
] as const;
const TRIES = new EventCounter({
  name: 'dingline_webhook_tries_total',
  help: "Requests to apps' own servers, by what came of each; refused: a status but 2xx.",
  labels: { result: RESULTS },
});

export function countTry(answer: Answer): void {
  if (answer.status === undefined) TRIES.add({ result: answer.reason });
  else TRIES.add({ result: isSuccess(answer.status) ? 'delivered' : 'refused' });
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
