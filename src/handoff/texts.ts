import type { Language } from './handoff.js';

/**
 * What an SMS with a code says. It must stay within one segment (160 septets of GSM 03.38, or 70 characters of UCS-2),
 * and its last line is `@host #code`, by which phones fill the code in and refuse to on other sites (WICG, "Origin-bound
 * one-time codes delivered via SMS"). The host has no port.
 */
const CODE_SMS: Record<Language, (code: string) => string> = {
  en: (code) => `${code} is your Dingline code. It is valid for 10 minutes. Never tell it to anyone.`,
  zh: (code) => `您的叮线验证码是${code}，10分钟内有效，请勿告诉他人。`,
};

export function codeSms(language: Language, code: string, host: string): string {
  return `${CODE_SMS[language](code)}\n\n@${host} #${code}`;
}
