import type { Page } from 'playwright-core';

/** What a page asks a browser that reads SMS (WebOTP), which Chromium on a desk isn't. */
export interface AskedForCode {
  transport: string[];
  isAborted: boolean;
}

const STAND_IN = `
  window.OTPCredential ??= class OTPCredential {};
  window.askedForCodes = [];
  Object.defineProperty(navigator, 'credentials', {
    value: {
      get: ({ otp, signal }) =>
        new Promise((resolve, reject) => {
          askedForCodes.push({ otp, signal, resolve });
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    },
  });
`;

/** Stands in for navigator.credentials of such a browser, in each page that is loaded from now on. */
export const standForCredentials = (page: Page): Promise<unknown> => page.addInitScript(STAND_IN);

export const listAskedForCodes = (page: Page): Promise<AskedForCode[]> =>
  page.evaluate('askedForCodes.map(({ otp, signal }) => ({ ...otp, isAborted: signal.aborted }))');

/** Its person has let the browser hand the code over, which it does to whoever asked last. */
export const handOver = (page: Page, code: string): Promise<unknown> =>
  page.evaluate(`askedForCodes.at(-1).resolve({ code: ${JSON.stringify(code)} })`);
