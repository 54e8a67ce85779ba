import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { Answer, Title } from './openapi.js';
import { Problem } from './problem.js';
import { Readiness } from './readiness.js';

const ok = z.object({ status: z.literal('ok') });

/** Answers orchestrators whether the process is alive, and may be sent work. */
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('livez')
  @Title('Ask whether the process is alive')
  @Answer(200, ok, 'The process is alive')
  livez(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Title('Ask whether it may be sent work')
  @Answer(200, ok, 'It may be sent work: what this role needs answers')
  async readyz(): Promise<{ status: 'ok' }> {
    await this.readiness.check().catch(() => {
      throw new Problem('UNAVAILABLE');
    });
    return { status: 'ok' };
  }
}
