// The one file of src/plaintext that others may import. Nothing here gives a number or a code to
// anyone but, of a request's own, to its sender.
export type { NumberRef } from '../kernel/ids.js';
export { NumberEcho } from './number-echo.interceptor.js';
export {
  LookupNumber,
  Submission,
  SubmittedCheckPipe,
  SubmittedCode,
  SubmittedCodePipe,
  SubmittedNumber,
  SubmittedNumberPipe,
  SubmittedToPipe,
} from './number.pipes.js';
export {
  lookupNumber,
  submittedCode,
  submittedDevice,
  submittedNumber,
} from './submitted-schemas.js';
export { NumberInPath } from './path-numbers.js';
