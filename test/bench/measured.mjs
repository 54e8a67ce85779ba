// Preloaded (`--import`) into each server that is measured: tells its CPU time when it is asked, and profiles a part of
// its life (`--cpu-prof` would mix the start and every kind of request in one). It ends with the bench.
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';

const SAMPLE_EVERY_MICROS = 250;
let session;

process.on('message', async ({ ask, file }) => {
  if (ask === 'cpu') process.send({ cpu: process.cpuUsage() });
  if (ask === 'profile') {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_MICROS });
    await session.post('Profiler.start');
    process.send({ profiling: true });
  }
  if (ask === 'profiled') {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    await writeFile(file, JSON.stringify(profile));
    process.send({ file });
  }
});
process.on('disconnect', () => process.exit(0));
