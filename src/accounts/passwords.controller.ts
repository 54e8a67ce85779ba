import { Controller, HttpCode, Ip, Post, Put, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { login } from './account.js';
import { newPassword, refuseBadPassword, secretCode } from './accounts.controller.js';
import { Closing } from './closing.service.js';
import { PasswordChanges } from './password-changes.service.js';
import { Me, SignedIn } from './session.guard.js';
import { clearCookie } from './session-cookie.js';
import { typedPassword } from './sessions.controller.js';

const change = z.strictObject({
  oldPassword: typedPassword,
  newPassword: newPassword.meta({ examples: ['eleven rusty garden gates'] }),
});

const closing = z.strictObject({ password: typedPassword });

const reset = z
  .strictObject({
    login,
    code: secretCode.meta({
      description: "An operator's: npm run accounts -- reset",
      examples: ['7K3M-90ZX-QW2E-8RTY'],
    }),
    password: newPassword,
  })
  .superRefine(refuseBadPassword);

@Controller('v1')
export class PasswordsController {
  constructor(
    private readonly passwords: PasswordChanges,
    private readonly closing: Closing,
  ) {}

  @Put('me/password')
  @SignedIn()
  @HttpCode(204)
  @Title('Change your password')
  @Answer(204, undefined, 'The password was changed, and your other sessions have ended')
  @Problems('WRONG_CREDENTIALS', 'TOO_MANY_REQUESTS')
  change(@Me() me: Me, @ValidBody(change) body: z.output<typeof change>): Promise<void> {
    return this.passwords.change(me, body);
  }

  @Post('password-resets')
  @HttpCode(204)
  @Title('Set a new password by a reset code')
  @Answer(204, undefined, 'The password was set, and all sessions have ended; sign in next')
  @Problems('WRONG_RESET_CODE', 'TOO_MANY_REQUESTS')
  reset(@ValidBody(reset) body: z.output<typeof reset>, @Ip() ip: string): Promise<void> {
    return this.passwords.reset(body, ip);
  }

  @Post('me/close')
  @SignedIn()
  @HttpCode(204)
  @Title('Close your account')
  @Answer(204, undefined, 'Your account is closed: what is kept of you is erased within hours')
  @Problems('WRONG_CREDENTIALS', 'TOO_MANY_REQUESTS')
  async close(
    @Me() me: Me,
    @ValidBody(closing) body: z.output<typeof closing>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.closing.close(me, body.password);
    void reply.header('Set-Cookie', clearCookie());
  }
}
