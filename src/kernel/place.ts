/** A part of the house that may be away: other programs on other hosts. */
export type Part = 'database' | 'queue' | 'carrier' | 'webhook' | 'ingress';

/** Which part a line of the log is about, and where that is. */
export interface Place {
  readonly part: Part;
  /** Host and port, of a setting; no login, no path. */
  readonly host: string;
}

const PORTS: Readonly<Record<string, string>> = {
  'postgres:': '5432',
  'postgresql:': '5432',
  'redis:': '6379',
  'rediss:': '6379',
  'http:': '80',
  'https:': '443',
};

/** Nothing but host and port of an address may be logged: a login and a password stand beside. */
export function findPlace(part: Part, address: string): Place {
  const { protocol, hostname, port } = new URL(address);
  // PostgreSQL's address may name the folder of a socket in its query.
  if (hostname === '') return { part, host: 'a local socket' };
  return { part, host: `${hostname}:${port || (PORTS[protocol] ?? '')}` };
}
