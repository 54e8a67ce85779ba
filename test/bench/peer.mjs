// better-auth's phoneNumber, as quick as it gets: its own node handler straight on node:http
// (Fastify in front of it costs it more than it gives), its store in PostgreSQL through its own
// adapter, no rate limit, no telemetry, no log. Its `sendOTP` does nothing: nothing is sealed and
// nothing queued; the code stands in its database in clear. Its verify is the default one: whose
// number it is has no account before, and gets a user and a session.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { phoneNumber } from 'better-auth/plugins/phone-number';
import pg from 'pg';

const { PEER_DATABASE_URL, PEER_PORT, PEER_SECRET } = process.env;
const options = {
  baseURL: `http://127.0.0.1:${PEER_PORT}`,
  secret: PEER_SECRET,
  database: new pg.Pool({ connectionString: PEER_DATABASE_URL, max: 10 }),
  plugins: [
    phoneNumber({
      sendOTP: () => {},
      signUpOnVerification: { getTempEmail: (number) => `${number}@peer.invalid` },
    }),
  ],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
};
await (await getMigrations(options)).runMigrations();
createServer(toNodeHandler(betterAuth(options))).listen(Number(PEER_PORT), '127.0.0.1');
