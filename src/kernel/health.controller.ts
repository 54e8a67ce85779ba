import { Controller, Get, Header } from '@nestjs/common';
import { z } from 'zod';
import { Database } from './database.js';
import { Answer } from './openapi.js';
import { Problem } from './problem.js';

const ok = z.object({ status: z.literal('ok') });

/** Answers orchestrators whether the process is alive, and may be sent work. */
@Controller()
export class HealthController {
  constructor(private readonly database: Database) {}

  @Get('livez')
  @Answer(200, ok, 'The process is alive')
  @Header('Cache-Control', 'no-store')
  livez(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Answer(200, ok, 'It may be sent work: the database answers')
  @Header('Cache-Control', 'no-store')
  async readyz(): Promise<{ status: 'ok' }> {
    await this.database.ping().catch(() => {
      throw new Problem('UNAVAILABLE');
    });
    return { status: 'ok' };
  }
}
