import { type Language, LANGUAGES, TEXTS } from '../../../../texts/catalogue.js';
import { blankUnspeakable } from '../../../../texts/characters.js';
import { dingSms } from '../../../../texts/ding-sms.js';
import { measureSms } from '../../../../texts/segments.js';

/** As long as the secret in a link. */
const SECRET = 'x'.repeat(22);

interface Sender {
  readonly language: Language;
  readonly name: string;
  /** Where the page is served, and the link's page with it. */
  readonly origin: string;
}

/** What will be spoken and sent, by the server's own rules, as the sender's language has it. */
export interface Preview {
  /** Before the text and after it. */
  readonly spoken: readonly [before: string, text: string, after: string];
  readonly sms: string;
  /** The SMS holds the text's beginning only. */
  readonly isCut: boolean;
  readonly segments: number;
  /** What stands around the text is in each recipient's own language: in the longest of them. */
  readonly mostSegments: number;
}

export function previewDing(written: string, { language, name, origin }: Sender): Preview {
  const text = blankUnspeakable(written).trim();
  const link = `${origin}/c#${SECRET}`;
  const write = (one: Language): string => dingSms({ language: one, senderName: name, text, link });
  const sms = write(language);
  const { from, menu } = TEXTS[language].ding;
  return {
    spoken: [from(name), text, menu],
    sms: sms.replace(SECRET, '…'),
    isCut: !sms.includes(text),
    segments: measureSms(sms).segments,
    mostSegments: Math.max(...LANGUAGES.map((one) => measureSms(write(one)).segments)),
  };
}
