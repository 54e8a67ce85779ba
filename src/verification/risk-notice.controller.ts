import { Controller, Get, Header } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { z } from 'zod';
import { Answer, Title } from '../kernel/openapi.js';
import { ValidQuery } from '../kernel/schema.pipe.js';
import { type Language, LANGUAGES, TEXTS } from '../texts/catalogue.js';

const wanted = z.strictObject({ language: z.enum(LANGUAGES).default('en') });
const notice = z
  .object({
    language: z.enum(LANGUAGES),
    title: z.string(),
    paragraphs: z
      .array(z.string())
      .describe(
        'Plain text, in this order: what a code proves, what can go wrong, what to use beside it, what to do',
      ),
  })
  .meta({ id: 'RiskNotice' });

/**
 * An app shows this to its people before they rely on a code by SMS or call: docs/verification.md.
 * Everyone may read it.
 */
@Controller('v1/risk-notice')
export class RiskNoticeController {
  @Get()
  @Header('Cache-Control', 'public, max-age=86400')
  @ApiQuery({
    name: 'language',
    required: false,
    enum: LANGUAGES,
    description: 'English if left out',
  })
  @Title('Read what a code to a phone proves')
  @Answer(200, notice, 'The notice of what a code to a phone proves, and what it does not')
  read(@ValidQuery(wanted) { language }: { language: Language }): z.infer<typeof notice> {
    const { title, proves, risks, alternative, lost } = TEXTS[language].riskNotice;
    return { language, title, paragraphs: [proves, risks, alternative, lost] };
  }
}
