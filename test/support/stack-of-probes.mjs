// The stack with a role that, when it is drained, says whether the database and the simulator are still there.
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { runStack } from '../../dist/embedded/run.js';

const at = (relative) => fileURLToPath(new URL(relative, import.meta.url));
process.exit(
  await runStack(
    {
      env: process.env,
      simulatorProgram: at('../../dist/simulator/main.js'),
      say: (line) => console.log(line),
      createRole: async (role, settings) => ({
        listen: async () => 'nowhere',
        close: async () => {
          const client = new pg.Client({ connectionString: settings[role].databaseUrl.reveal() });
          await client.connect();
          const { rows } = await client.query('SELECT current_user AS login');
          await client.end();
          const { status } = await fetch(
            `${settings[role].carrierBaseUrl}/2010-04-01/Accounts.json`,
          );
          console.log(
            `${role} drained: ${rows[0].login} could still log in, the simulator still answered ${status}`,
          );
        },
      }),
    },
    async () => {
      console.log('running');
      return undefined;
    },
  ),
);
