// A parent for an embedded PostgreSQL, as a process that a test can kill: DATA_DIR PORT. Prints its
// address, ends it on SIGTERM.
import { startPostgres } from '../../dist/embedded/postgres.js';
import { explain } from '../../dist/embedded/explain.js';

try {
  const postgres = await startPostgres({
    dataDir: process.argv[2],
    port: Number(process.argv[3] ?? 0),
    log: (line) => console.log(line),
  });
  process.on('SIGTERM', () => void postgres.stop().then(() => process.exit(0)));
  console.log(
    JSON.stringify({
      url: postgres.ownerUrl('postgres'),
      pid: postgres.pid,
      cluster: `${postgres.place.dir}/cluster`,
    }),
  );
  setInterval(() => {}, 1000);
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
