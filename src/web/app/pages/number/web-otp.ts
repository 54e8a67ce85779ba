import { useEffect } from 'preact/hooks';

/** The browsers' word for a code, which is none of ours. */
const THEIR_WORD = 'otp';

interface CodeCredential extends Credential {
  readonly code?: string;
}

/** Where the browser reads the SMS itself (WebOTP, Chrome on Android), the person taps once and types nothing. */
export function useCodeFromSms(take: (code: string) => void): void {
  useEffect(() => {
    if (!('OTPCredential' in window)) return undefined;
    const leaving = new AbortController();
    const asked = { [THEIR_WORD]: { transport: ['sms'] }, signal: leaving.signal };
    navigator.credentials.get(asked as CredentialRequestOptions).then(
      (found: CodeCredential | null) => {
        if (found?.code !== undefined) take(found.code);
      },
      () => undefined, // the person declined, or has left
    );
    return () => leaving.abort();
  }, []);
}
