import type { Source } from './sources.js';
import { importsOf, parse, resolveImport } from './imports.js';

/**
 * Every group of files that reach one another by imports, one text each: `a.ts -> b.ts -> a.ts` is
 * the shortest way round from the group's first file. An import of a type counts like one of a
 * value: who reads either file has to read both.
 */
export function circles(sources: readonly Source[]): string[] {
  const paths = new Set(sources.map((source) => source.path));
  const importsByFile = new Map(
    sources.map((source): [string, string[]] => [
      source.path,
      importsOf(parse(source))
        .filter(({ target }) => target.startsWith('.'))
        .map(({ target }) => resolveImport(source.path, target, paths)),
    ]),
  );
  const found: string[] = [];
  const reported = new Set<string>();
  for (const file of [...importsByFile.keys()].sort()) {
    if (reported.has(file)) continue;
    const wayRound = shortestWayRound(file, importsByFile);
    if (wayRound === undefined) continue;
    found.push(wayRound.join(' -> '));
    for (const one of wayRound) reported.add(one);
  }
  return found;
}

/** Follows imports breadth first, from the file until it meets the file again. */
function shortestWayRound(
  start: string,
  importsByFile: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of importsByFile.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
