import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Sweeper } from '../handoff/sweeper.service.js';
import { Database } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { answerLook, forgetLooks, listOpenLooks } from './looks.repository.js';
import { Vault } from './vault/vault.js';

/** Whoever asked has given up by then. */
const WAITS_MS = 60_000;

/**
 * Answers an operator's looks by number, with each sweep: `dingline look` leaves the number sealed to
 * the vault's key, since it may stand in no command line and no notification, and nobody but the
 * worker can compute the index by which it is found.
 *
 * Holds plaintext: while the vault computes the index of a number.
 */
@Injectable()
export class Looks implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly sweeper: Sweeper,
    private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.sweeper.also(async (trx, now) => {
      const open = await listOpenLooks(trx);
      if (open.length === 0) return;
      await forgetLooks(trx, new Date(now.getTime() - WAITS_MS));
      for (const id of open) await this.answer(id);
    });
  }

  /** One that can't be opened, since somebody has altered it, is in nobody's way. */
  private async answer(id: string): Promise<void> {
    try {
      const index = await this.vault.indexLooked(id);
      if (index !== undefined) await answerLook(this.database.sql, id, index);
    } catch (error) {
      this.logger.error('look_failed', error);
    }
  }
}
