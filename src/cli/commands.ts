import type { Command } from 'commander';

export interface Entry {
  name: string;
  summary: string;
  /** Its file, and with it what it alone needs, is loaded when it is carried out. */
  load: () => Promise<Command>;
}

/** All that `dingline` can be asked for; each of them has a file. */
export const COMMANDS: readonly Entry[] = [
  {
    name: 'status',
    summary: 'how everything stands, what is wrong first',
    load: async () => (await import('./status.js')).status(),
  },
  {
    name: 'look',
    summary: 'what became of a code, a Ding or a call, and why it did not arrive',
    load: async () => (await import('./look.js')).look(),
  },
  {
    name: 'accounts',
    summary: "people's accounts: find, make, block, end sessions",
    load: async () => (await import('./accounts.js')).accounts(),
  },
  {
    name: 'apps',
    summary: 'the API clients that verify the numbers of their users',
    load: async () => (await import('./apps.js')).apps(),
  },
  {
    name: 'guard',
    summary: 'what is blocked as SMS pumping, and what today cost',
    load: async () => (await import('./guard.js')).guard(),
  },
  {
    name: 'deny',
    summary: 'refuses the numbers that begin with a prefix',
    load: async () => (await import('./deny.js')).deny(),
  },
  {
    name: 'stop',
    summary: 'holds back what goes to the carrier',
    load: async () => (await import('./stops.js')).stop(),
  },
  {
    name: 'resume',
    summary: 'lets what was held back go out',
    load: async () => (await import('./stops.js')).resume(),
  },
  {
    name: 'stops',
    summary: 'what is held back, and what waits',
    load: async () => (await import('./stops.js')).stops(),
  },
  {
    name: 'recover',
    summary: 'after a restore: what may have gone out before goes out no more',
    load: async () => (await import('./recover.js')).recover(),
  },
  {
    name: 'migrate',
    summary: 'migrates the database, and starts nothing',
    load: async () => (await import('./migrate.js')).migrate(),
  },
  {
    name: 'secrets',
    summary: 'makes the folder of secrets for docker-compose.yml',
    load: async () => (await import('./secrets.js')).secrets(),
  },
];
