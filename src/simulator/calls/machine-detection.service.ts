import type { Network } from '../network/network.service.js';
import type { AnsweredBy, CallOrder } from './call.js';
import type { LiveCall, Machine } from './live-call.js';

/** Recognising a person takes this long. */
const PERSON_AFTER_MS = 1_500;
/** Recognising a machine takes this long, where the end of its greeting needn't be awaited. */
const MACHINE_AFTER_MS = 4_000;

type Detection = NonNullable<CallOrder['machineDetection']>;

/**
 * Finds out after a while who has answered, and reports it: to the call's instructions, or by a
 * callback.
 */
export function detectMachine(network: Network, live: LiveCall, detection: Detection): void {
  const { call, machine } = live;
  const answeredBy = judgeAnswer(machine, detection.waitsForEnd);
  const afterMs = estimateDetectionMs(network, machine, detection.waitsForEnd);
  live.schedule(afterMs, 'detection', () => {
    call.answeredBy = answeredBy;
    network.journal.add({ type: 'detected', number: call.to, callSid: call.sid, answeredBy });
    // Without AsyncAmd the call is silent until it is known who answered.
    if (!detection.isAsync) return live.session.begin(call.source);
    if (detection.callback === undefined) return;
    network.callbacks.send({
      webhook: detection.callback,
      fields: {
        AccountSid: call.accountSid,
        AnsweredBy: answeredBy,
        CallSid: call.sid,
        MachineDetectionDuration: String(Math.round(afterMs)),
      },
      purpose: 'detection',
      sid: call.sid,
      number: call.to,
      channel: 'call',
      event: 'detection',
      isLast: false,
    });
  });
}

function estimateDetectionMs(
  network: Network,
  machine: Machine | undefined,
  waitsForEnd: boolean,
): number {
  if (machine === undefined) return PERSON_AFTER_MS;
  const greetingMs = machine.greeting.length * network.speechMsPerChar;
  return (
    machine.detectedAfterMs ?? (waitsForEnd ? greetingMs : Math.min(greetingMs, MACHINE_AFTER_MS))
  );
}

/** The end of a greeting is known only to a detection that waits for it. */
function judgeAnswer(machine: Machine | undefined, waitsForEnd: boolean): AnsweredBy {
  if (machine === undefined) return 'human';
  const namesEnd = machine.answeredBy.startsWith('machine_end');
  return !waitsForEnd && namesEnd ? 'machine_start' : machine.answeredBy;
}
