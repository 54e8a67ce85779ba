/** By a `Transaction`, whose type is in the file that imports this one. */
const waiting = new WeakMap<object, (() => void)[]>();

/** Does it once the transaction stands, and not where it is rolled back, or nobody knows. */
export function afterCommit(trx: object, work: () => void): void {
  const works = waiting.get(trx);
  if (works === undefined) waiting.set(trx, [work]);
  else works.push(work);
}

/** For who has committed it. */
export function committed(trx: object): void {
  for (const work of waiting.get(trx) ?? []) work();
  waiting.delete(trx);
}
