/** What was typed is none of the command's words. */
export class UsageError extends Error {}
