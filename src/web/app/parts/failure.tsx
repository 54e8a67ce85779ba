import { ApiProblem } from '../../client/client.js';
import type { ProblemCode } from '../../client/generated/problem-codes.js';
import { useSpoken } from '../texts/spoken.js';
import { describeSeconds } from '../../../texts/standing.js';

/** What a problem means in one view, where it can be said more exactly than for all. */
export type OwnWords = Partial<Record<ProblemCode, string>>;

interface FailureProps {
  failure: unknown;
  words?: OwnWords;
}

/** What went wrong, in words that say what to do; nothing where nothing did. A screen reader says it at once. */
export function Failure({ failure, words: own }: FailureProps) {
  const { words, language } = useSpoken();
  if (failure === undefined) return null;
  // The app has words for every code; <dingline-verify> for those that a verification meets.
  const known: Partial<Record<ProblemCode, string>> & { INTERNAL: string } = words.problems;
  const sentences =
    failure instanceof ApiProblem
      ? [own?.[failure.code] ?? known[failure.code] ?? known.INTERNAL, describeWait(failure)]
      : [words.trouble.noAnswer];
  function describeWait({ retryAfter }: ApiProblem): string {
    if (retryAfter === undefined) return '';
    return words.trouble.retryIn(describeSeconds(language, retryAfter));
  }
  return (
    <p class="failure" role="alert">
      {sentences.filter((sentence) => sentence !== '').join(' ')}
    </p>
  );
}

export const hasCode = (failure: unknown, code: ProblemCode): boolean =>
  failure instanceof ApiProblem && failure.code === code;

/** Whether a problem names this field. */
export const isWrongIn = (failure: unknown, field: string): boolean =>
  failure instanceof ApiProblem && failure.fields.includes(field);
