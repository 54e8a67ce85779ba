// `npm run build:client`: writes the operations of the API's own description as TypeScript, for our pages and for
// anybody's program. With --check it writes nothing, and ends with 1 where what is there isn't what would be written.
// The api is made and not started: nothing listens, and no database is asked.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { createRole } from '../dist/app.module.js';
import { makeSecrets } from '../dist/cli/secrets.js';
import { describeApi } from '../dist/kernel/openapi.js';
import { PROBLEMS } from '../dist/kernel/problem.js';
import { parseSettings } from '../dist/settings.js';
import { writeOperations, writeProblemCodes } from './client/typescript.mjs';

const NOWHERE = 'postgres://nobody:no@127.0.0.1:1/none';

async function describe() {
  const secrets = Object.entries(makeSecrets()).filter(([, text]) => text !== '');
  const settings = parseSettings({
    ...Object.fromEntries(secrets),
    ROLES: 'api',
    API_DATABASE_URL: NOWHERE,
    QUEUE_URL: NOWHERE,
    CARRIER_BASE_URL: 'http://127.0.0.1:1',
  });
  const { app } = await createRole('api', settings.api, { log: () => {} });
  return describeApi(app, '/');
}

const files = {
  'operations.ts': writeOperations(await describe()),
  'problem-codes.ts': writeProblemCodes(Object.keys(PROBLEMS)),
};
const isCheck = process.argv.includes('--check');
let status = 0;
for (const [name, source] of Object.entries(files)) {
  const file = fileURLToPath(new URL(`../src/web/client/generated/${name}`, import.meta.url));
  const text = await prettier.format(source, {
    ...(await prettier.resolveConfig(file)),
    parser: 'typescript',
  });
  const isSame = (await readFile(file, 'utf8').catch(() => '')) === text;
  if (isSame) continue;
  if (!isCheck) await writeFile(file, text);
  else {
    console.error(`${name} is not what the API says now: npm run build:client`);
    status = 1;
  }
}
process.exit(status);
