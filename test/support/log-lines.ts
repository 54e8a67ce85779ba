/** Log lines of a hand-off that don't say what it is for: a verification, or a Ding or conference. */
export const findSubjectless = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => line.includes('"handoffId"') && !/"(verificationId|callId)":"/.test(line))
    .map((line) => `a line doesn't say what it is for: ${line}`);

/** Lines in which the scrubber had to act. */
export const findScrubbed = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes('<scrubbed>'));
