import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Problem } from '../kernel/problem.js';
import { REFUSALS } from './refusals.js';

/** The `more_info` of an error leads here. */
@Controller('v2/errors')
@ApiExcludeController()
export class TwilioErrorsController {
  @Get(':code')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  read(@Param('code') code: string): string {
    const refusal = Object.hasOwn(REFUSALS, code) ? REFUSALS[Number(code)] : undefined;
    if (refusal === undefined) throw new Problem('NOT_FOUND');
    const more = 'All errors, and where our rules differ: docs/twilio-verify.md';
    return `${code} (${String(refusal[0])})\n${refusal[1]}.\n\n${more}\n`;
  }
}
