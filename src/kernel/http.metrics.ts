import { EventCounter } from './metrics.js';
import { type ProblemCode, PROBLEMS } from './problem.js';

const ROLES = ['api', 'ingress', 'worker'] as const;
type Role = (typeof ROLES)[number];
const STATUSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

const REQUESTS = new EventCounter({
  name: 'dingline_http_requests_total',
  help: 'Requests that were answered.',
  labels: { role: ROLES, status: STATUSES },
});
const PROBLEM_ANSWERS = new EventCounter({
  name: 'dingline_problems_total',
  help: 'Answers that were a problem: refusals, limits, blocks, failures of our own.',
  labels: { role: ROLES, code: Object.keys(PROBLEMS) as ProblemCode[] },
});
const LOST_CONNECTIONS = new EventCounter({
  name: 'dingline_database_connections_lost_total',
  help: 'Connections to PostgreSQL that died while nobody used them.',
  labels: { role: ROLES },
});

export function countRequest(role: string, status: number): void {
  REQUESTS.add({
    role: role as Role,
    status: `${Math.floor(status / 100)}xx` as (typeof STATUSES)[number],
  });
}

export function countProblem(role: string, code: ProblemCode): void {
  PROBLEM_ANSWERS.add({ role: role as Role, code });
}

export function countLostConnection(role: Role): void {
  LOST_CONNECTIONS.add({ role });
}
