import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { byChannel, CHANNELS } from '../handoff/channels.js';
import { Answer, Problems, Title } from '../kernel/openapi.js';
import { type App, formatSid } from './app.js';
import { SignedInApp, TheApp } from './app.guard.js';
import { Apps } from './apps.service.js';

const count = z.int().min(0);
const conversion = z.number().min(0).max(1).nullable().meta({
  description: 'Of those that have ended, the part that was approved; null while none has',
});

const service = z
  .object({
    id: z.string().meta({ description: 'VA and 32 hex digits' }),
    name: z.string().meta({ description: 'Stands in the SMS, and is said in the call' }),
    isDefault: z.boolean(),
    codeLength: z.int(),
    codeLastsSeconds: z.int(),
    channels: z.array(z.enum(CHANNELS)),
    codeHost: z.string().nullable().meta({
      description:
        "The host in the SMS's last line, on whose pages phones offer the code; null: ours",
    }),
  })
  .meta({ id: 'VerifyService' });
const shownApp = z
  .object({
    id: z.string().meta({ description: 'AC and 32 hex digits: what the app signs in with' }),
    name: z.string(),
    countries: z
      .array(z.string())
      .meta({ description: 'ISO 3166, whose numbers it may verify; none: no bound of its own' }),
    hasWebhook: z.boolean(),
    services: z.array(service),
  })
  .meta({ id: 'App' });
const figures = z
  .object({
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    starts: count,
    sends: z.object(byChannel(() => count)).meta({ description: 'What went to the carrier' }),
    undelivered: z.array(z.object({ channel: z.enum(CHANNELS), reason: z.string(), count })).meta({
      description: "What came to nothing, by the reason that a verification's delivery has",
    }),
    pending: count,
    approved: count,
    failed: z.object({
      canceled: count,
      expired: count,
      max_attempts: count,
      undeliverable: count,
      blocked: count,
    }),
    conversion,
    countries: z
      .array(z.object({ country: z.string(), starts: count, approved: count, conversion }))
      .meta({
        description:
          'The most starts first. Countries with fewer than 5, and numbers that tell none, are summed as other',
      }),
  })
  .meta({ id: 'AppFigures' });

/** Here an app reads what is known of it. */
@Controller('v1/app')
@SignedInApp()
export class AppsController {
  constructor(private readonly apps: Apps) {}

  @Get()
  @Title('Read your app')
  @Answer(200, shownApp, 'Your app')
  read(@TheApp() app: App): z.input<typeof shownApp> {
    return {
      id: formatSid('AC', app.id),
      name: app.name,
      countries: [...app.countries],
      hasWebhook: app.hasWebhook,
      services: [...app.services.values()].map((one) => ({
        id: formatSid('VA', one.id),
        name: one.name,
        isDefault: one.isDefault,
        codeLength: one.codeLength,
        codeLastsSeconds: one.codeLastsMs / 1000,
        channels: [...one.channels],
        codeHost: one.codeHost,
      })),
    };
  }

  @Get('figures')
  @Title("Count your app's verifications of a day")
  @Answer(
    200,
    figures,
    'Your verifications of the last 24 hours, counted; those of test numbers are left out',
  )
  @Problems('TOO_MANY_REQUESTS')
  async figures(@TheApp() app: App): Promise<z.input<typeof figures>> {
    const { since, until, ...counts } = await this.apps.figures(app);
    return { since: since.toISOString(), until: until.toISOString(), ...counts };
  }
}
