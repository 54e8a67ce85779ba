import { Controller, HttpCode, Ip, Post, Put } from '@nestjs/common';
import { z } from 'zod';
import { Answer, Problems } from '../kernel/openapi.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { login } from './account.js';
import { newPassword, secretCode } from './accounts.controller.js';
import { isGoodPassword } from './password.js';
import { PasswordChanges } from './password-changes.service.js';
import { Me, SignedIn } from './session.guard.js';
import { typedPassword } from './sessions.controller.js';

const change = z.strictObject({ oldPassword: typedPassword, newPassword });

const reset = z
  .strictObject({
    login,
    code: secretCode.meta({ description: "An operator's: npm run accounts -- reset" }),
    password: newPassword,
  })
  .refine((body) => isGoodPassword(body.password, body.login), { path: ['password'] });

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

  @Post('password-resets')
  @HttpCode(204)
  @Answer(204, undefined, 'The password was set, and all sessions have ended; sign in next')
  @Problems('WRONG_RESET_CODE', 'TOO_MANY_REQUESTS')
  reset(@ValidBody(reset) body: z.output<typeof reset>, @Ip() ip: string): Promise<void> {
    return this.passwords.reset(body, ip);
  }
}
