import type { DynamicModule, Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QueueModule } from '../../src/handoff/handoff.module.js';
import { HandoffRunner, PROCESSORS } from '../../src/handoff/handoff.processor.js';
import { HandoffQueue } from '../../src/handoff/handoff.queue.js';
import { Clock, SystemClock } from '../../src/kernel/clock.js';
import { Logger } from '../../src/kernel/logger.js';
import { Redacted } from '../../src/kernel/redacted.js';

/** The queue's two ends as the roles have them: Nest applications without a port or a database. */

class KernelOfTest {}
class ApplicationOfTest {}

/** Who adds jobs. */
export interface Producer {
  queue: HandoffQueue;
  close(): Promise<void>;
}

/** Opens the producers' end. @param onError given each log line of an error of the queue */
export async function openProducer(
  url: string,
  onError: (line: string) => void = () => {},
): Promise<Producer> {
  const app = await open(url, [], onError);
  return { queue: app.get(HandoffQueue), close: () => app.close() };
}

/**
 * Starts workers that call `run` for each job. `close` lets what is in hand finish. @param runner
 * may have hooks of Nest's beside `run`
 */
export function startWorkers(
  url: string,
  runner: HandoffRunner | HandoffRunner['run'],
  onError: (line: string) => void = () => {},
): Promise<{ close(): Promise<void> }> {
  const useValue = typeof runner === 'function' ? { run: runner } : runner;
  return open(url, [{ provide: HandoffRunner, useValue }, ...PROCESSORS], onError);
}

function open(url: string, providers: Provider[], onError: (line: string) => void) {
  const logger = new Logger('warn', 'worker', onError);
  const kernel: DynamicModule = {
    module: KernelOfTest,
    global: true,
    providers: [
      { provide: Clock, useClass: SystemClock },
      { provide: Logger, useValue: logger },
    ],
    exports: [Clock, Logger],
  };
  return NestFactory.createApplicationContext(
    { module: ApplicationOfTest, imports: [kernel, QueueModule.to(new Redacted(url))], providers },
    { logger: false, abortOnError: false },
  );
}
