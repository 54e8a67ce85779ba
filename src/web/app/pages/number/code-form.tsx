import { useEffect, useState } from 'preact/hooks';
import { ApiProblem } from '../../../client/client.js';
import {
  type VerificationGetAnswer,
  verificationCheck,
  verificationGet,
  verificationSendAgain,
} from '../../../client/generated/operations.js';
import { Failure } from '../../parts/failure.js';
import { TextField } from '../../parts/field.js';
import { Button, Form } from '../../parts/form.js';
import { describeSeconds, useSecondsUntil } from '../../parts/times.js';
import { useAction } from '../../parts/use-action.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { describeDelivery, isOnItsWay } from './delivery.js';
import type { Channel } from './number-form.js';
import { useCodeFromSms } from './web-otp.js';

export type Verification = VerificationGetAnswer;

/** 20 looks a minute, of the 60 that an account has. */
const LOOK_EVERY_MS = 3000;
const DIGITS = 6;

interface CodeFormProps {
  verification: Verification;
  /** By how much this device's clock is before the server's. */
  aheadMs: number;
  onChange: (verification: Verification) => void;
}

/** The code is typed, or comes by itself; what may be done next and when is what the server's answers say. */
export function CodeForm({ verification, aheadMs, onChange }: CodeFormProps) {
  const { number: words } = useWords();
  const [code, setCode] = useState('');
  const [isWrong, setWrong] = useState(false);
  const checking = useAction(async (typed: string = code) => {
    const { isCorrect, ...after } = await send(verificationCheck, {
      path: { id: verification.id },
      body: { code: typed },
    });
    setWrong(!isCorrect);
    if (!isCorrect) setCode('');
    onChange(after);
  });
  const take = (text: string): void => {
    const digits = text.normalize('NFKC').replace(/\s/g, '');
    setCode(digits);
    if (/^\d+$/.test(digits) && digits.length === DIGITS) checking.run(digits);
  };
  useCodeFromSms(take);
  useLooks(verification, onChange);
  const left = verification.next.checksLeft;
  return (
    <>
      <p role="status">{describeDelivery(verification.delivery, words.delivery)}</p>
      <Form action={{ ...checking, run: () => checking.run(code) }} submit={words.check}>
        <TextField
          label={words.code}
          hint={isWrong ? words.wrong(left) : words.codeHint}
          isWrong={isWrong}
          inputMode="numeric"
          autocomplete="one-time-code"
          name="code"
          value={code}
          onText={take}
        />
        <p class="unseen" role="alert">
          {isWrong ? words.wrong(left) : ''}
        </p>
      </Form>
      <div class="buttons">
        <SendAgain by="sms" {...{ verification, aheadMs, onChange }} />
        <SendAgain by="voice" {...{ verification, aheadMs, onChange }} />
      </div>
      {verification.next.voiceAt === null ? null : <p class="hint">{words.callHint}</p>}
    </>
  );
}

/** Counts down to when it may be pressed; nothing where this way isn't open to this verification. */
function SendAgain({ by, verification, aheadMs, onChange }: CodeFormProps & { by: Channel }) {
  const { number: words } = useWords();
  const language = useLanguage();
  const at = by === 'sms' ? verification.next.smsAt : verification.next.voiceAt;
  const seconds = useSecondsUntil(at === null ? undefined : Date.parse(at) + aheadMs);
  const sending = useAction(async () => {
    try {
      const input = { path: { id: verification.id }, body: { channel: by } };
      onChange(await send(verificationSendAgain, input));
    } catch (error) {
      if (error instanceof ApiProblem) onChange(applyNext(verification, error));
      throw error;
    }
  });
  if (at === null) return null;
  const what = by === 'sms' ? words.resend : words.callMe;
  const isWaiting = seconds > 0;
  return (
    <div>
      <Button isBusy={sending.isBusy} disabled={isWaiting} onClick={() => sending.run()}>
        {isWaiting ? words.waitFor(what, describeSeconds(language, seconds)) : what}
      </Button>
      <Failure failure={sending.failure} />
    </div>
  );
}

/** A refusal says where the verification stands, too. */
function applyNext(verification: Verification, { body }: ApiProblem): Verification {
  const next = (body.next ?? {}) as Partial<
    Verification['next'] & { state: Verification['state'] }
  >;
  return {
    ...verification,
    state: next.state ?? verification.state,
    next: {
      smsAt: next.smsAt === undefined ? verification.next.smsAt : next.smsAt,
      voiceAt: next.voiceAt === undefined ? verification.next.voiceAt : next.voiceAt,
      mayCheck: next.mayCheck ?? verification.next.mayCheck,
      checksLeft: next.checksLeft ?? verification.next.checksLeft,
    },
  };
}

/** Looks how far the SMS or call has come, while that may change and somebody looks at it. */
function useLooks(
  verification: Verification,
  onChange: (verification: Verification) => void,
): void {
  const isWorthIt = verification.state === 'pending' && isOnItsWay(verification.delivery);
  useEffect(() => {
    if (!isWorthIt) return undefined;
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      onChange(await send(verificationGet, { path: { id: verification.id } }));
    };
    const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isWorthIt, verification.id]);
}
