import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CodeForm, type CodeWays, type Verification } from '../pages/number/code-form.js';
import { type Channel, NumberForm } from '../pages/number/number-form.js';
import { showNumber } from '../pages/number/typing.js';
import { Button } from '../parts/form.js';
import { useSpoken } from '../texts/spoken.js';
import type { Backend } from './backend.js';

export interface VerifyProps {
  backend: Backend;
  country: string | undefined;
  digits: number | undefined;
}

interface Started {
  readonly number: string;
  readonly verification: Verification;
}

/** The number, then its code, then that it is verified. What is typed is in this page's memory alone. */
export function Verify({ backend, country, digits }: VerifyProps) {
  const { words, language } = useSpoken();
  const [started, setStarted] = useState<Started>();
  const state = started?.verification.state;
  const here = useFocusWhen(state);

  async function start(number: string, by: Channel): Promise<void> {
    const verification = await backend.send(number, by, language);
    backend.report('dingline-sent', verification);
    setStarted({ number, verification });
  }

  const ways: CodeWays = {
    check: async (code) => {
      const answer = await backend.check(code);
      if (answer.state === 'approved') backend.report('dingline-verified', answer);
      return answer;
    },
    sendAgain: async (by) => {
      const verification = await backend.sendAgain(by);
      backend.report('dingline-sent', verification);
      return verification;
    },
  };

  return (
    <div ref={here} lang={language}>
      {started === undefined || state === undefined ? (
        <NumberForm start={start} country={country} />
      ) : (
        <>
          {state === 'approved' ? null : <p>{words.number.sentTo(showNumber(started.number))}</p>}
          {state === 'pending' ? (
            <CodeForm
              verification={started.verification}
              aheadMs={backend.aheadMs}
              ways={ways}
              onChange={(verification) => setStarted({ ...started, verification })}
              digits={digits}
              problems={{ NOT_FOUND: words.problems.VERIFICATION_FINISHED }}
            />
          ) : (
            <Ended state={state} />
          )}
          {state === 'approved' ? null : (
            <Button onClick={() => setStarted(undefined)}>{words.number.cancel}</Button>
          )}
        </>
      )}
    </div>
  );
}

function Ended({ state }: { state: Exclude<Verification['state'], 'pending'> }) {
  const { number: words } = useSpoken().words;
  return state === 'approved' ? (
    <p class="good" tabIndex={-1} role="status">
      <strong>{words.verified}</strong>
    </p>
  ) : (
    <p class="failure" role="alert">
      {words.over[state]}
    </p>
  );
}

/** The focus goes on to what comes next, which a screen reader then says; not when the page is loaded. */
function useFocusWhen(state: string | undefined) {
  const here = useRef<HTMLDivElement>(null);
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    if (!isFirst.current)
      here.current?.querySelector<HTMLElement>('input, [tabindex], button')?.focus();
    isFirst.current = false;
  }, [state]);
  return here;
}
