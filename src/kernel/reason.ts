import type { z } from 'zod';

/** A schema's own rule says by `params` why it refuses, in words of ours that hold no value. */
export const REASON = 'reason';

/** Words of ours for a `refine`, which follow the name of the field. */
export const because = (reason: string): { params: Record<string, string> } => ({
  params: { [REASON]: reason },
});

/** A rule for `superRefine` that refuses what `findProblem` has words for. */
export const refuseBy =
  (findProblem: (value: string) => string | undefined) =>
  (value: string, context: z.core.$RefinementCtx): void => {
    const reason = findProblem(value);
    if (reason === undefined) return;
    context.addIssue({ code: 'custom', params: { [REASON]: reason }, input: undefined });
  };
