import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

export function timeOf(file, env) {
  const [longest] = file.assertionResults.toSorted((a, b) => (b.duration ?? 0) - (a.duration ?? 0));
  return {
    name: `${path.relative('', file.name)} (${env.QUEUE ?? 'no queue'})`,
    ms: file.endTime - file.startTime,
    longest,
  };
}

/** The first lines that say something, and where in our own tests it was. */
export function shortened(messages) {
  const lines = stripVTControlCharacters(messages.join('\n'))
    .split('\n')
    .filter((line) => line.trim() !== '');
  const place = lines.find((line) => /^\s+at .*[/\\]test[/\\]/.test(line));
  const said = lines.filter((line) => !/^\s+at /.test(line));
  return [
    ...said.slice(0, 24),
    ...(said.length > 24 ? ['...'] : []),
    ...(place === undefined ? [] : [place]),
  ]
    .map((line) => `    ${line.slice(0, 240)}`)
    .join('\n');
}
