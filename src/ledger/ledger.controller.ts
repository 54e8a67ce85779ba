import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { Me, SignedIn } from '../accounts/session.guard.js';
import { Database } from '../kernel/database.js';
import { Answer } from '../kernel/openapi.js';
import { ValidQuery } from '../kernel/schema.pipe.js';
import { LedgerRepository } from './ledger.repository.js';

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

const page = z.strictObject({
  before: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .optional()
    .describe('The `seq` of the last entry that you have; left out: the newest'),
});

/** Shows people how often their own number was opened or shown, and why. */
@Controller('v1/ledger')
@SignedIn()
export class LedgerController {
  constructor(
    private readonly database: Database,
    private readonly ledger: LedgerRepository,
  ) {}

  @Get()
  @Answer(
    200,
    entries,
    'The newest 100 entries about your number, or the newest before one of them',
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
