// The floor: bare Fastify, pg and BullMQ, doing what our API does for an app's two requests and
// nothing else. The app's secret is compared, the number judged, counted and sealed by the same
// code, the same statements decide and write, for as many as come together, the same jobs are
// added (all imported, so that the floor follows the product's), the same answer is shown; but
// there is no framework, no schema, no log. It stands for what can be had at all.
import { timingSafeEqual } from 'node:crypto';
import Fastify from 'fastify';
import { digestSecret, readBasic } from '../../dist/apps/app.js';
import { SystemClock } from '../../dist/kernel/clock.js';
import { Queue, QueueConnections } from '../../dist/handoff/connections.queue.js';
import { QUEUES } from '../../dist/handoff/channels.js';
import { HandoffQueue } from '../../dist/handoff/handoff.queue.js';
import { Database } from '../../dist/kernel/database.js';
import { newId } from '../../dist/kernel/ids.js';
import { addressSubject, LimiterKeys } from '../../dist/kernel/limiter-keys.js';
import { bindCode, Code } from '../../dist/plaintext/code.js';
import { NO_RULES } from '../../dist/plaintext/number-policy.js';
import { PhoneNumber } from '../../dist/plaintext/phone-number.js';
import { Sealer } from '../../dist/plaintext/vault/epoch.js';
import { parseSettings } from '../../dist/settings.js';
import { nextSteps, wrongCodeRule } from '../../dist/verification/verification-session.js';
import { VerificationsRepository } from '../../dist/verification/verifications.repository.js';
import { verificationLimits } from '../../dist/verification/configured-limits.js';

const settings = parseSettings(process.env).api;
const limits = verificationLimits(settings);
const wrongRule = wrongCodeRule(limits.guess, true);
const clock = new SystemClock();
const database = new Database(settings.databaseUrl, 'floor', () => {});
const verifications = new VerificationsRepository(database);
const sealer = new Sealer(database, clock, settings.vaultPublicKey.reveal());
const limiterKeys = new LimiterKeys(database, clock, settings.limiterKey);
const pepper = settings.codePepper.reveal();
const connections = new QueueConnections(settings.queueUrl);
const [sms, voice] = [QUEUES.sms, QUEUES.voice].map(
  (name) => new Queue(name, { connection: connections }),
);
const queue = new HandoffQueue(sms, voice, connections, { log() {} });
// As ours holds it in memory, once a client has signed in by it.
const secret = Buffer.from(process.env.FLOOR_SECRET_DIGEST, 'hex');
const apps = new Map(
  (
    await database.run(
      {
        name: 'apps',
        text: 'SELECT app_id AS id, id AS service FROM verify_services',
      },
      [],
    )
  ).map((app) => [app.id, { ...app, secret }]),
);

const getStarter = (app) => ({
  secretDigest: app.secret,
  accountId: null,
  serviceId: app.service,
  personId: app.id,
  starterIds: [app.service],
});
const refuse = (statusCode, what) => {
  throw Object.assign(new Error(what), { statusCode });
};

function authenticate({ headers }) {
  const given = readBasic(headers.authorization);
  const app = given && apps.get(given.appId);
  if (app === undefined || !timingSafeEqual(app.secret, digestSecret(given.secret)))
    refuse(401, 'nobody');
  return app;
}

async function start(request) {
  const app = authenticate(request);
  const judged = PhoneNumber.judge(request.body.number, NO_RULES);
  if (judged.kind !== 'ok') refuse(422, 'no number');
  const { number, country, channels } = judged;
  const [ref, id, handoffId, now] = [newId(), newId(), newId(), clock.now()];
  const sealedNumber = await sealer.seal(ref, 'number', number.forStorage());
  const numberKeys = await limiterKeys.keysAround(number.forLimiter());
  const [prefixKey] = await limiterKeys.keysFor(`prefix:${number.forPrefix()}`, 0);
  const addressKeys = await limiterKeys.keysFor(
    `send:${addressSubject(request.body.address)}`,
    60_000,
  );
  const answer = await verifications.start(
    {
      id,
      starter: getStarter(app),
      numberRef: ref,
      sealedNumber,
      numberKeys,
      country,
      prefixKey,
      proofs: [],
      addressKeys,
      channel: 'sms',
      channels,
      isAuto: false,
      handoffId,
    },
    limits.send,
    now,
  );
  if (answer.isNew !== true) refuse(429, 'refused');
  await queue.add({ id: handoffId, channel: 'sms', purpose: 'verification' });
  return show(answer.view, now);
}

async function check(request) {
  const app = authenticate(request);
  const { id } = request.params;
  const now = clock.now();
  const code = Code.parse(request.body.code) ?? refuse(400, 'no code');
  const wrongKeys = await limiterKeys.keysFor(
    `wrong:${addressSubject(request.body.address)}`,
    wrongRule.windowMs,
  );
  const guess = await verifications.guess({
    id,
    starter: getStarter(app),
    hash: bindCode(code.hashUnder(pepper), id),
    digits: code.digits,
    isByAddress: true,
    wrongKeys,
    wrongRule,
    addressRule: undefined,
  });
  if (guess?.guessId === undefined) refuse(409, 'refused');
  const answer = await verifications.compare(guess.guessId, undefined, now);
  if (answer?.isCorrect === undefined) refuse(409, 'refused');
  return { ...show(answer.view, now), isCorrect: answer.isCorrect };
}

/** As our controller shows it. */
function show(view, now) {
  const { id, state, createdAt, expiresAt, finishedAt, delivery } = view;
  const next = nextSteps(view, limits, now);
  return {
    id,
    state,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    delivery: { ...delivery, at: delivery.at.toISOString() },
    next: {
      smsAt: next.smsAt?.toISOString() ?? null,
      voiceAt: next.voiceAt?.toISOString() ?? null,
      mayCheck: next.mayCheck,
      checksLeft: next.checksLeft,
    },
  };
}

await limiterKeys.onModuleInit();
await sealer.onModuleInit();
await queue.onModuleInit();
const fastify = Fastify({ logger: false });
fastify.post('/v1/verifications', (request, reply) => {
  reply.code(201);
  return start(request);
});
fastify.post('/v1/verifications/:id/check', (request) => check(request));
await fastify.listen({ port: settings.apiPort, host: settings.host });
