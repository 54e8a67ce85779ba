import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { Database } from '../kernel/database.js';
import { Answer, Title } from '../kernel/openapi.js';
import { pageBefore } from '../kernel/page.js';
import { because } from '../kernel/reason.js';
import { ValidQuery } from '../kernel/schema.pipe.js';
import { LEDGER_PAGE, LedgerRepository } from './ledger.repository.js';

const entries = z.object({
  entries: z.array(
    z.object({
      seq: z.string(),
      at: z.iso.datetime(),
      commitment: z
        .string()
        .describe('base64 of SHA-256 of the 32 bytes of salt and the UTF-8 bytes of body'),
      salt: z.string().describe('base64'),
      body: z.string().describe('Canonical JSON: whose number, for what, to whom, on which clause'),
    }),
  ),
});

const page = pageBefore(
  z.string().refine((seq) => /^[1-9]\d{0,17}$/.test(seq), because('must be a number from 1 on')),
  'seq',
);

/** Shows people how often their own number was opened or shown, and why. */
@Controller('v1/ledger')
@SignedIn()
export class LedgerController {
  constructor(
    private readonly database: Database,
    private readonly ledger: LedgerRepository,
  ) {}

  @Get()
  @Title('List who was given your number, and why')
  @Answer(
    200,
    entries,
    `The newest ${LEDGER_PAGE} entries about your number, or the newest ${LEDGER_PAGE} before one of them`,
  )
  async own(
    @Me() me: Me,
    @ValidQuery(page) { before }: z.infer<typeof page>,
  ): Promise<z.infer<typeof entries>> {
    const own = await this.ledger.listEntries(this.database.sql, me.accountId, { before });
    return {
      entries: own.map(({ seq, at, commitment, salt, body }) => ({
        seq,
        at: at.toISOString(),
        commitment: commitment.toString('base64'),
        salt: salt.toString('base64'),
        body,
      })),
    };
  }
}
