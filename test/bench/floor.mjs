// The floor: bare Fastify, pg and BullMQ, doing what our API does for these two requests and nothing else. The same
// numbers judged, counted and sealed by the same code, the same rows, the same job; but no framework, no schema, no log,
// and each statement prepared once. It stands for what can be had at all, so whoever changes a statement of ours changes
// it here too.
import { createHash, randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import Fastify from 'fastify';
import pg from 'pg';
import { SystemClock } from '../../dist/kernel/clock.js';
import { Database } from '../../dist/kernel/database.js';
import { newId } from '../../dist/kernel/ids.js';
import { addressSubject, LimiterKeys } from '../../dist/kernel/limiter-keys.js';
import { bindCode, Code, isSameHash } from '../../dist/plaintext/code.js';
import { NO_RULES } from '../../dist/plaintext/number-policy.js';
import { PhoneNumber } from '../../dist/plaintext/phone-number.js';
import { Sealer } from '../../dist/plaintext/vault/epoch.js';
import { parseSettings } from '../../dist/settings.js';
import { CODE_LASTS_MS, MAX_CHECKS } from '../../dist/verification/verification-session.js';

const settings = parseSettings(process.env).api;
const clock = new SystemClock();
const database = new Database(settings.databaseUrl, 'floor', () => {}); // for the keys of sealing and counting only
const sealer = new Sealer(database, clock, settings.vaultPublicKey.reveal());
const limiterKeys = new LimiterKeys(database, clock, settings.limiterKey);
const pepper = settings.codePepper.reveal();
const pool = new pg.Pool({ connectionString: settings.databaseUrl.reveal(), max: 10 });
const queue = new Queue('dingline-sms', { connection: { url: settings.queueUrl.reveal(), maxRetriesPerRequest: 1, enableOfflineQueue: false } });

// The statements -----------------------------------------------------------------------------------------------------

const SESSION = `SELECT account_id FROM sessions WHERE token_hash = $1 AND kind = 'bearer' AND expires_at > $2`;

const START = `
  WITH number AS (INSERT INTO numbers (id, sealed, created_at) VALUES ($3::uuid, $4, $9)),
  verification AS (
    INSERT INTO verifications (id, account_id, purpose, number_ref, limiter_index, code_hash, language, state, created_at, last_send_at, expires_at)
    VALUES ($1, $2::uuid, 'account_number', $3, $5, $6, 'en', 'pending', $9, $9, $10)
    ON CONFLICT (account_id, purpose, limiter_index) WHERE state = 'pending' DO NOTHING RETURNING id
  ),
  code AS (INSERT INTO codes (verification_id, sealed) SELECT id, $7::bytea FROM verification),
  handoff AS (
    INSERT INTO handoffs (id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at)
    SELECT $8::uuid, 'verification', 'sms', 'deliver', id, $2::uuid, $3::uuid, 'en', 'queued', $9::timestamptz, $10::timestamptz, $9::timestamptz FROM verification
  ),
  hits AS (
    INSERT INTO limits (key, hits, expires_at) VALUES ($5, ARRAY[$9::timestamptz], $9::timestamptz + interval '1 day'), ($11, ARRAY[$9::timestamptz], $9::timestamptz + interval '1 minute')
    ON CONFLICT (key) DO UPDATE SET hits = limits.hits || excluded.hits, expires_at = excluded.expires_at
  )
  SELECT id FROM verification`;

const CLAIM = `
  UPDATE verifications SET attempts = attempts + 1
  WHERE id = $1 AND account_id = $2 AND state = 'pending' AND expires_at > $3 AND attempts < ${MAX_CHECKS}
  RETURNING code_hash, attempts, number_ref, created_at, expires_at`;

const APPROVE = `
  WITH finished AS (UPDATE verifications SET state = 'approved', finished_at = $3, code_hash = NULL WHERE id = $1 AND state IN ('pending', 'max_attempts') RETURNING number_ref),
  code AS (DELETE FROM codes WHERE verification_id = $1)
  INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
  SELECT $2::uuid, n.id, n.number_index, $3::timestamptz FROM finished f JOIN numbers n ON n.id = f.number_ref
  ON CONFLICT (account_id) DO UPDATE SET number_ref = excluded.number_ref, number_index = excluded.number_index, verified_at = excluded.verified_at
  RETURNING 1`;

const run = async (name, text, values) => (await pool.query({ name, text, values })).rows;

// The two requests ---------------------------------------------------------------------------------------------------

async function authenticate({ headers }) {
  const token = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(headers.authorization ?? '')?.[1];
  const [session] = token === undefined ? [] : await run('session', SESSION, [createHash('sha256').update(token).digest(), clock.now()]);
  if (session === undefined) throw Object.assign(new Error('nobody'), { statusCode: 401 });
  return session.account_id;
}

async function start(request) {
  const accountId = await authenticate(request);
  const judged = PhoneNumber.judge(request.body.number, NO_RULES);
  if (judged.kind !== 'ok') throw Object.assign(new Error('no number'), { statusCode: 422 });
  const [ref, id, handoffId, now, code] = [newId(), randomUUID(), randomUUID(), clock.now(), Code.random()];
  const expiresAt = new Date(now.getTime() + CODE_LASTS_MS);
  const sealedNumber = await sealer.seal(ref, 'number', judged.number.forStorage());
  const sealedCode = await sealer.seal(id, 'code', code.forStorage());
  const [[numberKey], [addressKey]] = [await limiterKeys.keysFor(judged.number.forLimiter()), await limiterKeys.keysFor(`send:${addressSubject(request.ip)}`)];
  await run('start', START, [id, accountId, ref, sealedNumber, numberKey, bindCode(code.hashUnder(pepper), id), sealedCode, handoffId, now, expiresAt, addressKey]);
  await queue.add('handoff', { handoffId }, { jobId: handoffId, removeOnComplete: true, removeOnFail: true });
  return show({ id, state: 'pending', createdAt: now, expiresAt, finishedAt: null, checksLeft: MAX_CHECKS, now });
}

async function check(request) {
  const accountId = await authenticate(request);
  const { id } = request.params;
  const now = clock.now();
  const keyed = Code.parse(request.body.code)?.hashUnder(pepper);
  if (keyed === undefined) throw Object.assign(new Error('no code'), { statusCode: 400 });
  const [claimed] = await run('claim', CLAIM, [id, accountId, now]);
  if (claimed === undefined) throw Object.assign(new Error('finished'), { statusCode: 409 });
  const isCorrect = isSameHash(claimed.code_hash, bindCode(keyed, id));
  if (isCorrect && (await run('approve', APPROVE, [id, accountId, now])).length === 0) throw Object.assign(new Error('finished'), { statusCode: 409 });
  return { ...show({ id, state: isCorrect ? 'approved' : 'pending', createdAt: claimed.created_at, expiresAt: claimed.expires_at, finishedAt: isCorrect ? now : null, checksLeft: MAX_CHECKS - claimed.attempts, now }), isCorrect };
}

/** As our controller shows it. */
function show({ id, state, createdAt, expiresAt, finishedAt, checksLeft, now }) {
  const isPending = state === 'pending';
  return {
    id, state, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null,
    delivery: { state: 'queued', reason: null, at: createdAt.toISOString() },
    next: { sendAt: isPending ? new Date(now.getTime() + 60_000).toISOString() : null, mayCheck: isPending, checksLeft: isPending ? checksLeft : 0 },
  };
}

await limiterKeys.onModuleInit();
await sealer.onModuleInit();
await queue.waitUntilReady();
const fastify = Fastify({ logger: false, trustProxy: [...settings.trustedProxies] });
fastify.post('/v1/verifications', (request, reply) => { reply.code(201); return start(request); });
fastify.post('/v1/verifications/:id/check', (request) => check(request));
await fastify.listen({ port: settings.apiPort, host: settings.host });
