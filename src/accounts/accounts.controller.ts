import { Controller, Get, HttpCode, Ip, Patch, Post } from '@nestjs/common';
import { z } from 'zod';
import { Answer, Problems } from '../kernel/openapi.js';
import { REASON } from '../kernel/reason.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { LANGUAGES } from '../texts/catalogue.js';
import { displayName, login } from './account.js';
import { NOTICE_KINDS, type NoticeRow } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { findPasswordProblem, PASSWORD_LENGTH } from './password.js';
import { Me, SignedIn } from './session.guard.js';

export const language = z
  .enum(LANGUAGES)
  .meta({ description: 'Of the texts and calls that this person gets' });

/** A code of ours that a person types or pastes. */
export const secretCode = z.string().min(1).max(64);

/** One to be set; whether it is a good one is asked with the login. */
export const newPassword = z
  .string()
  .max(4 * PASSWORD_LENGTH.max)
  .meta({
    minLength: PASSWORD_LENGTH.min,
    maxLength: PASSWORD_LENGTH.max,
    description: 'Any characters but NUL; neither the login nor a common one',
  });

/** Tells why a password that is to be set is refused. */
export function refuseBadPassword(
  { login, password }: { login: string; password: string },
  context: z.core.$RefinementCtx,
): void {
  const reason = findPasswordProblem(password, login);
  if (reason !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['password'],
      params: { [REASON]: reason },
      input: undefined,
    });
}

const signUp = z
  .strictObject({
    login,
    password: newPassword,
    name: displayName,
    language,
    inviteCode: secretCode.optional().meta({
      description: 'From an operator; needed where nobody signs up without one',
    }),
  })
  .superRefine(refuseBadPassword);

const change = z.strictObject({ name: displayName.optional(), language: language.optional() });

const account = z
  .object({ id: z.uuid(), login: z.string(), name: z.string(), language })
  .meta({ id: 'Account' });

const me = z
  .object({
    ...account.shape,
    number: z
      .object({
        verifiedAt: z.iso.datetime(),
        proofEndsAt: z.iso.datetime().meta({ description: 'Prove it again before then' }),
        mustProveAgain: z
          .object({
            since: z.iso.datetime(),
            because: z.enum(['age', 'unreachable']).meta({
              description:
                'unreachable: the carrier said several times in a row that there is no such number',
            }),
          })
          .nullable()
          .meta({
            description: 'Until it is proved again, you ring nobody by it and are not rung',
          }),
      })
      .nullable()
      .meta({
        description:
          'That there is a verified number, and since when; the number itself is not shown',
      }),
    notices: z.array(
      z.object({
        id: z.uuid(),
        kind: z.enum(NOTICE_KINDS).meta({
          description:
            'number_moved: another account has proved your number, and has it now. ' +
            'number_changed: another number was proved in place of yours; ' +
            'password_changed, password_reset: if that was not you, ask your operator for a reset. ' +
            'number_shown: in this call your number may be seen by these accounts, once they may ' +
            'see it; number_not_shown: it may not, since that came unusually often',
        }),
        at: z.iso.datetime(),
        call: z
          .object({
            id: z.uuid(),
            purpose: z.enum(['ding', 'conference']),
            accountIds: z.array(z.uuid()),
          })
          .optional()
          .describe('Of number_shown and number_not_shown: the call, and who else was in it'),
      }),
    ),
  })
  .meta({ id: 'Me' });

@Controller('v1')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  @Post('accounts')
  @Answer(201, account, 'The account was made; sign in next')
  @Problems('LOGIN_TAKEN', 'SIGN_UP_REFUSED', 'TOO_MANY_REQUESTS')
  signUp(
    @ValidBody(signUp) body: z.output<typeof signUp>,
    @Ip() ip: string,
  ): Promise<z.input<typeof account>> {
    const { inviteCode, ...rest } = body;
    return this.accounts.signUp(rest, inviteCode, ip);
  }

  @Get('me')
  @SignedIn()
  @Answer(200, me, 'You')
  async me(@Me() { accountId }: Me): Promise<z.input<typeof me>> {
    const { number, notices, ...row } = await this.accounts.read(accountId);
    return {
      ...row,
      number: number && {
        verifiedAt: number.verifiedAt.toISOString(),
        proofEndsAt: number.endsAt.toISOString(),
        mustProveAgain: number.mustProve && {
          since: number.mustProve.since.toISOString(),
          because: number.mustProve.because,
        },
      },
      notices: notices.map(describeNotice),
    };
  }

  @Patch('me')
  @SignedIn()
  @HttpCode(200)
  @Answer(200, me, 'You, as changed')
  async change(
    @Me() caller: Me,
    @ValidBody(change) body: z.output<typeof change>,
  ): Promise<z.input<typeof me>> {
    await this.accounts.change(caller, body);
    return this.me(caller);
  }
}

function describeNotice({ id, kind, at, callId, purpose, accountIds }: NoticeRow) {
  const call =
    callId === null || purpose === null
      ? {}
      : { call: { id: callId, purpose, accountIds: accountIds ?? [] } };
  return { id, kind, at: at.toISOString(), ...call };
}
