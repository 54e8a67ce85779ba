import { ExpectedError } from '../expected-error.js';
import type { Stack } from '../stack.js';
import { DemoApi, type Person } from './api.js';
import { playConference } from './conference.js';
import { playDing } from './ding.js';
import { summarizeLedger } from './ledger.js';
import { DemoPhones } from './phones.js';
import type { Scene } from './scene.js';
import { verifyBySms, verifyByVoice } from './verifying.js';

/** Whose accounts are in the story. The Ding and the conference were Ann's. */
export interface Cast {
  readonly annsId: string;
  readonly everybodysIds: readonly string[];
}

/**
 * Plays the main journey over HTTP, as people's apps and their phones would, with a line for each
 * step as it happens.
 */
export async function playJourney(
  stack: Stack,
  say: (line: string) => void,
  stopping: AbortSignal,
): Promise<Cast> {
  const scene = setScene(stack, say, stopping);
  const { api, phones, step } = scene;
  await phones.speakFast();
  const [ann, bob, carl, dora, erin, finn, gina, eve] = await Promise.all([
    api.signUp('Ann'),
    api.signUp('Bob'),
    api.signUp('Carl'),
    api.signUp('Dora'),
    api.signUp('Erin'),
    api.signUp('Finn'),
    api.signUp('Gina'),
    api.signUp('Eve'),
  ]);
  const everybody = [ann, bob, carl, dora, erin, finn, gina, eve];
  for (const person of everybody) await phones.name(person);
  step('Ann, Bob, Carl, Dora, Erin, Finn, Gina and Eve sign up');
  for (const person of [ann, carl, dora, erin, finn, gina]) await verifyBySms(scene, person);
  await verifyByVoice(scene, bob);
  await makeTeam(scene, ann, [bob, carl, dora, erin, finn, gina]);

  say('');
  await playDing(scene, { ann, carl, dora, erin, eve, everybody });
  say('');
  await playConference(scene, { ann, finn, gina, everybody });

  say('');
  say('How often each number was opened or shown, and why (each has its entry in the ledger):');
  for (const line of await summarizeLedger(api, everybody)) say(line);
  return { annsId: ann.id, everybodysIds: everybody.map((one) => one.id) };
}

function setScene(stack: Stack, say: (line: string) => void, stopping: AbortSignal): Scene {
  const { handsets, controlToken } = stack;
  if (stack.urls.api === undefined || handsets === undefined || controlToken === undefined) {
    throw new ExpectedError(
      'the demo needs the simulator and the role api: leave CARRIER_BASE_URL and ROLES unset ' +
        '(it never rings real phones)',
    );
  }
  const begun = Date.now();
  const seconds = (): string => ((Date.now() - begun) / 1000).toFixed(2).padStart(6);
  return {
    api: new DemoApi(stack.urls.api, stopping),
    phones: new DemoPhones(new URL(handsets).origin, controlToken.reveal(), stopping),
    step: (line) => say(`${seconds()} s  ${line}`),
  };
}

async function makeTeam({ api, step }: Scene, ann: Person, members: Person[]): Promise<void> {
  const team = await api.call<{ id: string; inviteCode: string }>(
    'POST',
    'teams',
    { name: 'Night shift' },
    ann,
  );
  for (const person of members) {
    await api.call('POST', 'teams/join', { inviteCode: team.inviteCode }, person);
    for (const purpose of ['ring', 'conference']) {
      const path = `consents/${purpose}`;
      const { version } = await api.call<{ version: string }>('GET', path, undefined, person);
      await api.call('PUT', `teams/${team.id}/consent`, { purpose, version }, person);
    }
  }
  step("All but Eve join Ann's team by her invite code, and agree to be rung by it");
}
