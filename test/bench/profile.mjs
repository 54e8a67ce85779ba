import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Where the server's time goes: self time by function and by package, in microseconds a request. */
export async function readProfile(file, requests, most = 25) {
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(file, 'utf8'));
  const micros = new Map();
  samples.forEach((id, i) => micros.set(id, (micros.get(id) ?? 0) + timeDeltas[i]));
  const [functions, packages] = [new Map(), new Map()];
  const add = (map, key, value) => map.set(key, (map.get(key) ?? 0) + value);
  for (const { id, callFrame } of nodes) {
    const time = micros.get(id) ?? 0;
    if (time === 0 || callFrame.functionName === '(idle)') continue;
    const where = placeOf(callFrame.url);
    add(
      functions,
      `${callFrame.functionName || '(anonymous)'}${where.file === '' ? '' : ` ${where.file}:${callFrame.lineNumber + 1}`}`,
      time,
    );
    add(packages, where.package || callFrame.functionName, time);
  }
  const top = (map) =>
    [...map]
      .sort((a, b) => b[1] - a[1])
      .slice(0, most)
      .map(([name, time]) => ({ name, microsPerRequest: Math.round((time / requests) * 10) / 10 }));
  return { file: path.basename(file), functions: top(functions), packages: top(packages) };
}

function placeOf(url) {
  if (url === '') return { file: '', package: '' };
  if (url.startsWith('node:'))
    return { file: url, package: url.replace(/^(node:internal\/[^/]+|node:[^/]+).*$/, '$1') };
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  const inside = file.startsWith(ROOT) ? file.slice(ROOT.length) : file;
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(inside) ?? [];
  return {
    file: inside.replace(/^.*node_modules\//, ''),
    package: name ?? inside.replace(/^(dist\/[^/]+).*$/, '$1'),
  };
}
