import { z } from 'zod';
import { refuseBy } from '../kernel/reason.js';
import { blankUnspeakable, findNameProblem, isSeen } from './characters.js';
import { holdsOwnLine } from './own-lines.js';

// The one door for what people write. Of a text what nobody could read becomes a blank, since it is
// pasted or piped from somewhere; a name is refused.

const OWN_LINE = 'must be without a line that looks like one of ours, with a link or code in it';

function findTextProblem(text: string): string | undefined {
  if (!isSeen(text)) return 'must have something that can be seen';
  return holdsOwnLine(text) ? OWN_LINE : undefined;
}

/** A text that somebody sends to others, who read or hear it. */
export const writtenText = (most: number) =>
  z
    .string()
    .overwrite(blankUnspeakable)
    .trim()
    .min(1)
    .max(most)
    .superRefine(refuseBy(findTextProblem));

/** What a person or team is called: it is shown to others, sent to them and spoken. */
export const writtenName = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .superRefine(
      refuseBy((name) => findNameProblem(name) ?? (holdsOwnLine(name) ? OWN_LINE : undefined)),
    );
