import { ApiProblem, Client } from '../../client/client.js';
import {
  accountsMe,
  accountsSignUp,
  sessionsSignIn,
  sessionsSignOut,
  type AccountsSignUpInput,
  type Me,
} from '../../client/generated/operations.js';
import type { Operation } from '../../client/operation.js';
import { demoSignIn } from './demo.js';
import { Store } from './store.js';
import { forget, keep, onKeptElsewhere, readKept } from './storage.js';

type Session =
  /** It is being asked for. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'out' }
  | { readonly kind: 'in'; readonly me: Me };

/** Whether somebody is signed in here, and who. The cookie says it to the server; no script can read that. */
export const session = new Store<Session>({ kind: 'unknown' });

const client = new Client();

/**
 * Speaks to the API in the name of whoever is signed in. What sends something carries an
 * Idempotency-Key, the same one for as long as it isn't known how the request ended.
 *
 * @throws ApiProblem, NoAnswer
 */
export async function send<Input, Answer>(
  operation: Operation<Input, Answer>,
  ...input: Parameters<typeof client.send<Input, Answer>> extends [unknown, ...infer Rest]
    ? Rest
    : never
): Promise<Answer> {
  try {
    return await client.send(operation, ...input);
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'UNAUTHENTICATED') leave();
    throw error;
  }
}

/** Without the hint nobody has signed in by this browser, and so nothing is asked. */
export async function loadSession(): Promise<void> {
  if (readKept('signed-in') === undefined) {
    session.set({ kind: 'out' });
    return;
  }
  await refreshMe().catch((error: unknown) => {
    if (!(error instanceof ApiProblem && error.code === 'UNAUTHENTICATED')) throw error;
  });
}

export async function refreshMe(): Promise<void> {
  session.set({ kind: 'in', me: await send(accountsMe) });
}

export const replaceMe = (me: Me): void => session.set({ kind: 'in', me });

export async function signIn(login: string, password: string): Promise<void> {
  // What is wrong with a password is no end of a session, so this goes past `send`.
  await client.send(sessionsSignIn, { body: { login, password, kind: 'cookie' } });
  await arrive();
}

/** By what the demo has printed, which serves once. */
export async function signInByDemo(token: string): Promise<void> {
  await client.send(demoSignIn, { body: { token } });
  await arrive();
}

async function arrive(): Promise<void> {
  await refreshMe();
  keep('signed-in', 'yes');
}

export async function signUp(person: AccountsSignUpInput['body']): Promise<void> {
  await client.send(accountsSignUp, { body: person });
  await signIn(person.login, person.password);
}

export async function signOut(): Promise<void> {
  await send(sessionsSignOut);
  leave();
}

/** The session is over, and the server knows. */
export function leave(): void {
  forget('signed-in');
  session.set({ kind: 'out' });
}

/** One tab signs out or in, and all do. */
onKeptElsewhere('signed-in', () => {
  if (readKept('signed-in') === undefined) session.set({ kind: 'out' });
  else void loadSession().catch(() => undefined);
});

/** Who is signed in, for views that are shown to nobody else. */
export function getMe(current: Session): Me {
  if (current.kind !== 'in') throw new Error('this view is for people who have signed in');
  return current.me;
}
