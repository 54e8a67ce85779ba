import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { z } from 'zod';
import { type App, type CallingApp, CODE_LENGTH, parseSid } from '../apps/app.js';
import { SignedInApp, TheApp } from '../apps/app.guard.js';
import { Apps } from '../apps/apps.service.js';
import { Problem } from '../kernel/problem.js';
import { ValidBody } from '../kernel/schema.pipe.js';
import { findServiceNameProblem } from '../texts/template.js';
import { PublicUrl } from './public-url.js';
import { showService } from './resources.js';

/** Twilio takes more than this; the answer shows the rest as it is with us. */
const codeLength = z
  .string()
  .regex(/^\d{1,2}$/)
  .transform(Number)
  .pipe(z.int().min(CODE_LENGTH.least).max(CODE_LENGTH.most))
  .optional();
const newService = z.object({ FriendlyName: z.string(), CodeLength: codeLength });
const changes = newService.partial();

/**
 * Shows an app its services in Twilio's words (Verify v2). Twilio's own description of them is the
 * one to read.
 */
@Controller('v2/Services')
@ApiExcludeController()
@SignedInApp()
export class TwilioServicesController {
  constructor(
    private readonly apps: Apps,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Post()
  async create(
    @TheApp() app: CallingApp,
    @ValidBody(newService) { FriendlyName, CodeLength }: z.infer<typeof newService>,
  ): Promise<object> {
    checkName(FriendlyName);
    const service = await this.apps.createService(app, {
      name: FriendlyName,
      ...(CodeLength === undefined ? {} : { codeLength: CodeLength }),
    });
    return showService({ app, service, publicUrl: this.publicUrl.value });
  }

  /** All are on one page, since they are a hundred at most. */
  @Get()
  async list(@TheApp() app: App): Promise<object> {
    const services = (await this.apps.listServices(app)).map((service) =>
      showService({ app, service, publicUrl: this.publicUrl.value }),
    );
    const url = `${this.publicUrl.value}/v2/Services`;
    return {
      services,
      meta: {
        page: 0,
        page_size: services.length,
        first_page_url: url,
        previous_page_url: null,
        next_page_url: null,
        url,
        key: 'services',
      },
    };
  }

  @Get(':service')
  async read(@TheApp() app: App, @Param('service') sid: string): Promise<object> {
    return showService({
      app,
      service: await this.apps.service(app, getServiceId(sid)),
      publicUrl: this.publicUrl.value,
    });
  }

  @Post(':service')
  @HttpCode(200)
  async update(
    @TheApp() app: CallingApp,
    @Param('service') sid: string,
    @ValidBody(changes) { FriendlyName, CodeLength }: z.infer<typeof changes>,
  ): Promise<object> {
    if (FriendlyName !== undefined) checkName(FriendlyName);
    const service = await this.apps.updateService(app, getServiceId(sid), {
      ...(FriendlyName === undefined ? {} : { name: FriendlyName }),
      ...(CodeLength === undefined ? {} : { codeLength: CodeLength }),
    });
    return showService({ app, service, publicUrl: this.publicUrl.value });
  }
}

function checkName(name: string): void {
  const problem = findServiceNameProblem(name);
  if (problem !== undefined)
    throw new Problem('INVALID_INPUT', { errors: [{ path: 'FriendlyName', message: problem }] });
}

function getServiceId(sid: string): string {
  const id = parseSid('VA', sid);
  if (id === undefined) throw new Problem('NOT_FOUND');
  return id;
}
