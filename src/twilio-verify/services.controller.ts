import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { z } from 'zod';
import {
  type App,
  type CallingApp,
  CODE_LENGTH,
  findShortCode,
  formatSid,
  type VerifyService,
} from '../apps/app.js';
import { SignedInApp, TheApp } from '../apps/app.guard.js';
import { Apps } from '../apps/apps.service.js';
import { parseId } from '../kernel/ids.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { ValidBody, ValidQuery } from '../kernel/schema.pipe.js';
import { findServiceNameProblem } from '../texts/template.js';
import { PublicUrl } from './public-url.js';
import { findPage, listed, showPage } from './pages.js';
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
    private readonly logger: Logger,
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
    this.warnOfShortCode(service);
    return showService({ app, service, publicUrl: this.publicUrl.value });
  }

  /** They are a hundred at most, so all are read and one page is shown. */
  @Get()
  async list(
    @TheApp() app: App,
    @ValidQuery(listed) query: z.infer<typeof listed>,
  ): Promise<object> {
    const all = await this.apps.listServices(app);
    const page = findPage(
      all.map(({ id }) => formatSid('VA', id)),
      query,
    );
    if (page === undefined)
      throw new Problem('INVALID_INPUT', { errors: [{ path: 'PageToken', message: 'no page' }] });
    const { publicUrl } = this;
    return {
      services: all
        .slice(page.from, page.to)
        .map((service) => showService({ app, service, publicUrl: publicUrl.value })),
      meta: showPage(page, query, { url: `${publicUrl.value}/v2/Services`, key: 'services' }),
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
    if (CodeLength !== undefined) this.warnOfShortCode(service);
    return showService({ app, service, publicUrl: this.publicUrl.value });
  }

  /** Twilio's answer has no place for it, so the operator reads it. */
  private warnOfShortCode(service: VerifyService): void {
    const message = findShortCode(service);
    if (message !== undefined)
      this.logger.warn('short_codes', { appId: service.appId, count: service.codeLength, message });
  }
}

function checkName(name: string): void {
  const problem = findServiceNameProblem(name);
  if (problem !== undefined)
    throw new Problem('INVALID_INPUT', { errors: [{ path: 'FriendlyName', message: problem }] });
}

function getServiceId(sid: string): string {
  const id = parseId(sid, 'VA');
  if (id === undefined) throw new Problem('NOT_FOUND');
  return id;
}
