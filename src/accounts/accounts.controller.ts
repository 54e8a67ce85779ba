import { Controller, Get, HttpCode, Ip, Patch, Post } from '@nestjs/common';
import { z } from 'zod';
import { givenId } from '../kernel/ids.js';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { pageBefore } from '../kernel/page.js';
import { REASON } from '../kernel/reason.js';
import { ValidBody, ValidQuery } from '../kernel/schema.pipe.js';
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
export const secretCode = z
  .string()
  .min(1)
  .max(64)
  .meta({ examples: ['7K3M-90ZX-QW2E-8RTY'] });

/** One to be set; whether it is a good one is asked with the login. */
export const newPassword = z.string().meta({
  minLength: PASSWORD_LENGTH.min,
  maxLength: PASSWORD_LENGTH.max,
  description: 'Any characters but NUL; neither the login nor a common one',
  examples: ['correct horse battery staple'],
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
    inviteCode: z.string().min(1).max(64).optional().meta({
      description: 'From an operator; needed where nobody signs up without one',
    }),
  })
  .superRefine(refuseBadPassword);

const change = z.strictObject({ name: displayName.optional(), language: language.optional() });

const account = z
  .object({ id: z.uuid(), login: z.string(), name: z.string(), language })
  .meta({ id: 'Account' });

/** With one that names fifty others each, both stay under 20 kB. */
const NOTICES_A_PAGE = 8;
const NOTICES_BESIDE = 4;

const notice = z
  .object({
    id: z.uuid(),
    kind: z.enum(NOTICE_KINDS).meta({
      description:
        'number_moved: another account has proved your number, and has it now. ' +
        'number_changed: another number was proved in place of yours; ' +
        'password_changed, password_reset: if that was not you, ask your operator for a reset. ' +
        'number_shown: in this call your number may be seen by these accounts, once they may ' +
        'see it; number_not_shown: it may not, since that came unusually often. ' +
        'ding_unreached: your Ding is over, and has not reached these accounts',
    }),
    at: z.iso.datetime(),
    call: z
      .object({
        id: z.uuid(),
        purpose: z.enum(['ding', 'conference']),
        accountIds: z.array(z.uuid()),
      })
      .optional()
      .meta({
        description:
          'Of number_shown and number_not_shown: the call, and who else was in it; ' +
          'of ding_unreached: the Ding, and whom it has not reached',
      }),
  })
  .meta({ id: 'Notice' });
const notices = z.object({ notices: z.array(notice) });

const page = pageBefore(givenId(), 'id');

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
    notices: z.array(notice).meta({
      description:
        `The newest ${NOTICES_BESIDE} that your number was shown, and the newest ` +
        `${NOTICES_BESIDE} of all other kinds; GET /v1/me/notices has all`,
    }),
  })
  .meta({ id: 'Me' });

@Controller('v1')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  @Post('accounts')
  @Title('Sign up')
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
  @Title('Read your account')
  @Answer(200, me, 'You')
  async me(@Me() { accountId }: Me): Promise<z.input<typeof me>> {
    const { number, notices, ...row } = await this.accounts.read(accountId, NOTICES_BESIDE);
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

  @Get('me/notices')
  @SignedIn()
  @Title('List your notices')
  @Answer(
    200,
    notices,
    `The newest ${NOTICES_A_PAGE} of your notices, or the newest ${NOTICES_A_PAGE} before one of them`,
  )
  async listNotices(
    @Me() { accountId }: Me,
    @ValidQuery(page) { before }: z.output<typeof page>,
  ): Promise<z.input<typeof notices>> {
    const rows = await this.accounts.listNotices(accountId, NOTICES_A_PAGE, before);
    return { notices: rows.map(describeNotice) };
  }

  @Patch('me')
  @SignedIn()
  @HttpCode(200)
  @Title('Change your name or language')
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
