import { Controller, HttpCode, Put } from '@nestjs/common';
import { z } from 'zod';
import { Answer, Problems } from '../kernel/openapi.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { newPassword } from './accounts.controller.js';
import { PasswordChanges } from './password-changes.service.js';
import { Me, SignedIn } from './session.guard.js';
import { typedPassword } from './sessions.controller.js';

const change = z.strictObject({ oldPassword: typedPassword, newPassword });

@Controller('v1')
export class PasswordsController {
  constructor(private readonly passwords: PasswordChanges) {}

  @Put('me/password')
  @SignedIn()
  @HttpCode(204)
  @Answer(204, undefined, 'The password was changed, and your other sessions have ended')
  @Problems('WRONG_CREDENTIALS', 'TOO_MANY_REQUESTS')
  change(@Me() me: Me, @ValidBody(change) body: z.output<typeof change>): Promise<void> {
    return this.passwords.change(me, body);
  }
}
