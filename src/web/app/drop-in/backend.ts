import { ApiProblem, Client, NoAnswer } from '../../client/client.js';
import type {
  VerificationCheckAnswer,
  VerificationGetAnswer,
} from '../../client/generated/operations.js';
import type { Channel } from '../pages/number/number-form.js';

type Verification = VerificationGetAnswer;

/** The attributes that say where the server of the page's own is. */
type UrlAttribute = 'send-url' | 'check-url';

/**
 * Asks the server of the page's own, which asks Dingline and passes on what it answers; and says on
 * the element what became of it. No other address hears of the number or the code.
 */
export class Backend {
  /** By how much this device's clock is before the server's, to the second. */
  aheadMs = 0;
  private readonly client = new Client({ fetch: (...request) => this.fetch(...request) });

  constructor(private readonly element: HTMLElement) {}

  send(number: string, channel: Channel, language: string): Promise<Verification> {
    return this.post('send-url', { number, channel, language });
  }

  /** Asks for the code once more; of which number, the server knows. */
  sendAgain(channel: Channel): Promise<Verification> {
    return this.post('send-url', { again: true, channel });
  }

  check(code: string): Promise<VerificationCheckAnswer> {
    return this.post('check-url', { code });
  }

  report(name: 'dingline-sent' | 'dingline-verified' | 'dingline-error', detail: object): void {
    this.element.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  /** @throws ApiProblem, NoAnswer */
  private async post<Answer extends Verification>(
    attribute: UrlAttribute,
    body: object,
  ): Promise<Answer> {
    try {
      const path = this.element.getAttribute(attribute);
      if (path === null) throw new NoAnswer(`<dingline-verify> has no ${attribute}`);
      const answer = await this.client.send<object, Answer>({ method: 'POST', path }, { body });
      if (!isVerification(answer)) throw new NoAnswer('this is not what Dingline has answered');
      return answer;
    } catch (error) {
      this.report('dingline-error', describeError(error));
      throw error;
    }
  }

  private async fetch(...request: Parameters<typeof fetch>): Promise<Response> {
    const response = await fetch(...request);
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) this.aheadMs = Date.now() - date;
    return response;
  }
}

const isVerification = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'state' in answer && 'next' in answer;

/** The code is a problem's; where no answer came, there is none. */
const describeError = (error: unknown): object =>
  error instanceof ApiProblem
    ? { code: error.code, problem: error.body }
    : { message: String(error) };
