// The one file of src/plaintext that others may import. Nothing here gives a number or a code to
// anyone but, of a request's own, to its sender.
export type { NumberRef } from '../kernel/ids.js';
export { NumberEcho } from './number-echo.interceptor.js';
export {
  LookupNumber,
  Submission,
  lookupNumber,
  SubmittedCheckPipe,
  SubmittedCode,
  submittedCode,
  SubmittedCodePipe,
  submittedDevice,
  SubmittedNumber,
  submittedNumber,
  SubmittedNumberPipe,
  SubmittedToPipe,
} from './number.pipes.js';
export { NumberInPath } from './path-numbers.js';
