import { useState } from 'preact/hooks';
import { ApiProblem } from '../../../client/client.js';
import type {
  VerificationCheckAnswer,
  VerificationGetAnswer,
} from '../../../client/generated/operations.js';
import { Failure, type OwnWords } from '../../parts/failure.js';
import { TextField } from '../../parts/field.js';
import { Button, Form } from '../../parts/form.js';
import { describeSeconds } from '../../../../texts/standing.js';
import { useSecondsUntil } from '../../parts/times.js';
import { useAction } from '../../parts/use-action.js';
import { useSpoken } from '../../texts/spoken.js';
import { describeDelivery } from './delivery.js';
import type { Channel } from './number-form.js';
import { useCodeFromSms } from './web-otp.js';

export type Verification = VerificationGetAnswer;

/** Who is asked for what is pressed here: the API, or the server of the page's own. */
export interface CodeWays {
  check: (code: string) => Promise<VerificationCheckAnswer>;
  sendAgain: (by: Channel) => Promise<Verification>;
}

interface CodeFormProps {
  verification: Verification;
  /** By how much this device's clock is before the server's. */
  aheadMs: number;
  ways: CodeWays;
  onChange: (verification: Verification) => void;
  /** As many as are checked at once, without a press. */
  digits?: number;
  problems?: OwnWords;
}

/** The code is typed, or comes by itself; what may be done next and when is what the server's answers say. */
export function CodeForm(props: CodeFormProps) {
  const { verification, ways, onChange, digits = 6, problems } = props;
  const { number: words } = useSpoken().words;
  const [code, setCode] = useState('');
  const [isWrong, setWrong] = useState(false);
  const checking = useAction(async (typed: string = code) => {
    const { isCorrect, ...after } = await ways.check(typed);
    setWrong(!isCorrect);
    if (!isCorrect) setCode('');
    onChange(after);
  });
  const take = (text: string): void => {
    const typed = text.normalize('NFKC').replace(/\s/g, '');
    setCode(typed);
    if (/^\d+$/.test(typed) && typed.length === digits) checking.run(typed);
  };
  useCodeFromSms(take);
  const left = verification.next.checksLeft;
  return (
    <>
      <p role="status">{describeDelivery(verification.delivery, words.delivery)}</p>
      <Form
        action={{ ...checking, run: () => checking.run(code) }}
        submit={words.check}
        problems={problems}
      >
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
        <SendAgain by="sms" {...props} />
        <SendAgain by="voice" {...props} />
      </div>
      {verification.next.voiceAt === null ? null : <p class="hint">{words.callHint}</p>}
    </>
  );
}

/** Counts down to when it may be pressed; nothing where this way isn't open to this verification. */
function SendAgain(props: CodeFormProps & { by: Channel }) {
  const { by, verification, aheadMs, ways, onChange, problems } = props;
  const {
    language,
    words: { number: words },
  } = useSpoken();
  const at = by === 'sms' ? verification.next.smsAt : verification.next.voiceAt;
  const seconds = useSecondsUntil(at === null ? undefined : Date.parse(at) + aheadMs);
  const sending = useAction(async () => {
    try {
      onChange(await ways.sendAgain(by));
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
      <Failure failure={sending.failure} words={problems} />
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
