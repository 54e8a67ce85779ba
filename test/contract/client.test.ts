import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ApiProblem, Client, NoAnswer } from '../../src/web/client/client.js';
import {
  accountsMe,
  accountsSignUp,
  sessionsSignIn,
  teamsCreate,
  teamsList,
} from '../../src/web/client/generated/operations.js';
import { PROBLEM_CODES } from '../../src/web/client/generated/problem-codes.js';
import { PROBLEMS } from '../../src/kernel/problem.js';
import { PASSWORD } from '../support/make.js';
import { World } from '../support/world.js';

// Real: the generator as a program, the client in Node, the api over HTTP, PostgreSQL.

const root = path.join(__dirname, '../..');

test('the client is what the API says now: npm run build:client would change nothing', () => {
  const program = spawnSync(process.execPath, [path.join(root, 'bin/client.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect(program.stderr).toBe('');
  expect(program.status).toBe(0);
  const made = readFileSync(path.join(root, 'src/web/client/generated/operations.ts'), 'utf8');
  expect(made).toContain('export const dingCreate');
});

test('it knows every problem code, and no other', () => {
  expect([...PROBLEM_CODES]).toEqual(Object.keys(PROBLEMS));
});

describe('a program that uses the client', () => {
  let world: World;
  let origin: string;
  beforeAll(async () => {
    world = await World.start({ roles: ['api'] });
    origin = world.urls.get('api') as string;
  });
  afterAll(() => world.close());

  async function signIn(login: string, more: { fetch?: typeof fetch } = {}): Promise<Client> {
    const nobody = new Client({ origin });
    await nobody.send(accountsSignUp, {
      body: { login, password: PASSWORD, name: 'Ann', language: 'en' },
    });
    const { token = '' } = await nobody.send(sessionsSignIn, {
      body: { login, password: PASSWORD },
    });
    return new Client({ origin, headers: { authorization: `Bearer ${token}` }, ...more });
  }

  test('gets answers as they are described, and a refusal with its code and its fields', async () => {
    const ann = await signIn('ann');
    expect((await ann.send(accountsMe)).login).toBe('ann');
    const refused = await ann
      .send(teamsCreate, { body: { name: '' } })
      .catch((error) => error as unknown);
    expect(refused).toBeInstanceOf(ApiProblem);
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', fields: ['name'] });
  });

  test('does nothing twice, where answers are lost: it asks again by the same key', async () => {
    let lost = 0;
    const bob = await signIn('bob', {
      fetch: async (...request) => {
        const answer = await fetch(...request);
        if (lost++ < 2) throw new TypeError('the connection was lost');
        return answer;
      },
    });
    const made = await bob.send(teamsCreate, { body: { name: 'Night watch' } });
    expect((await bob.send(teamsList)).teams.map(({ id }) => id)).toEqual([made.id]);
    expect(lost).toBe(4);
  });

  test('keeps the key when it gives up, so that the same thing sent later is done once', async () => {
    let isAway = true;
    const carl = await signIn('carl', {
      fetch: async (...request) => {
        const answer = await fetch(...request);
        if (isAway) throw new TypeError('the connection was lost');
        return answer;
      },
    });
    const body = { name: 'Day watch' };
    await expect(carl.send(teamsCreate, { body })).rejects.toBeInstanceOf(NoAnswer);
    isAway = false;
    await carl.send(teamsCreate, { body });
    expect((await carl.send(teamsList)).teams).toHaveLength(1);
    // Answered once, it is another team that is asked for.
    await carl.send(teamsCreate, { body });
    expect((await carl.send(teamsList)).teams).toHaveLength(2);
  });
});
