import { Injectable } from '@nestjs/common';
import { AppsRepository } from '../../apps/apps.repository.js';
import type { Claimed } from '../../handoff/handoffs.repository.js';
import { Clock } from '../../kernel/clock.js';
import { Database } from '../../kernel/database.js';
import { codeSms } from '../../texts/code-sms.js';
import type { Code } from '../code.js';
import { sealSpoken } from '../spoken-code.js';
import { NumbersRepository } from '../vault/numbers.repository.js';
import { Vault } from '../vault/vault.js';
import type { Claim } from './claim.js';

/**
 * The last line of an SMS with a code, by which a phone knows where to fill it in.
 *
 * Holds plaintext: never; the line gets its code as it is worded.
 */
export class CodeLine {
  constructor(
    /** The `@host` of whoever has no other: a person, and most services. */
    readonly host: string,
    readonly appHash: string | undefined,
  ) {}
}

/**
 * What a hand-off says: a code in an SMS, a code left for a call to speak, or the feature's own
 * words.
 *
 * Holds plaintext: a verification's code, from `findCode` or `leaveCode` until the SMS is worded or
 * the code sealed. The SMS is the caller's to forget.
 */
@Injectable()
export class HandoffWords {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly numbers: NumbersRepository,
    private readonly apps: AppsRepository,
    private readonly line: CodeLine,
    private readonly clock: Clock,
  ) {}

  /** Undefined where its verification has finished: there is nothing to say any more. */
  async findCode({ purpose, subjectId }: Claimed): Promise<Code | undefined> {
    return purpose === 'verification' ? this.vault.openCode(subjectId) : undefined;
  }

  async wordSms({ handoff, smsText }: Claim, code: Code | undefined): Promise<string | undefined> {
    if (code === undefined) return smsText;
    const { subjectId, language, notAfter } = handoff;
    const service = await this.apps.findTexts(this.database.sql, subjectId);
    const app = service && {
      name: service.name,
      template: service.templates[language],
    };
    return codeSms(language, {
      code: code.forCarrier(),
      host: service?.codeHost ?? this.line.host,
      appHash: this.line.appHash,
      // A code is handed off for as long as it is valid.
      leftMs: notAfter.getTime() - this.clock.now().getTime(),
      app,
    });
  }

  /**
   * Leaves the code where only this call's own URL opens it; false where there is none to leave.
   */
  async leaveCode({ handoff, capability }: Claim, code: Code | undefined): Promise<boolean> {
    if (code === undefined) return false;
    const sealed = sealSpoken(code, capability, handoff.id);
    return this.numbers.storeSpokenCode(this.database.sql, handoff.id, handoff.subjectId, sealed);
  }
}
