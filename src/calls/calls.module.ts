import { Module } from '@nestjs/common';
import { CallInstructions } from './call-instructions.service.js';
import { CallsRepository } from './calls.repository.js';

@Module({ providers: [CallsRepository, CallInstructions], exports: [CallsRepository, CallInstructions] })
export class CallsModule {}
