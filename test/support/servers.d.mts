/** What TypeScript uses of it. */
export function freePort(): Promise<number>;
