import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/**
 * What this process has counted, for Prometheus. A family of metrics is a constant beside the code
 * that counts; its description names every label, and every value that a label may have, so that no
 * number, id or text can get into one and the series have a bound.
 *
 * Counting costs about 1 us: nothing is read, written or waited for. A count isn't part of a
 * transaction: what is decided in one that is rolled back counts again when it is decided again.
 */
const registry = new Registry();

/** The label's values are a carrier's own error codes, which nobody can list: see CarrierCodes. */
export const CODES = 'codes';
type Values = readonly string[] | typeof CODES;
type Labels = Readonly<Record<string, Values>>;
type Given<L extends Labels> = {
  readonly [K in keyof L]: L[K] extends readonly (infer T)[] ? T : number | undefined;
};

export interface Description<L extends Labels = Labels> {
  readonly name: string;
  readonly help: string;
  readonly labels: L;
}

/** All families, as they were described. */
export const FAMILIES: (Description & { readonly type: 'counter' | 'gauge' })[] = [];

/** What isn't in the description: a row of a newer build may name what this one has never heard of. */
const OTHER = 'other';
/** A family of at most so many series is there from its first scrape: a first event is a rise from 0. */
const LISTED_AT_MOST = 64;
/** More codes than these count as `other`: each is a series for as long as the process runs. */
const MOST_CODES = 50;

/** A carrier's codes as a label: short ones, the first fifty that come. */
export class CarrierCodes {
  private readonly seen = new Set<number>();

  bound(code: number | undefined): string {
    if (code === undefined) return 'none';
    if (!this.seen.has(code)) {
      // No number that a phone has is as short.
      const isCode = Number.isInteger(code) && code >= 0 && code <= 99_999;
      if (!isCode || this.seen.size >= MOST_CODES) return OTHER;
      this.seen.add(code);
    }
    return String(code);
  }
}

/** Turns what is given for each label into a value that the description allows. */
class BoundedLabels<L extends Labels> {
  private readonly labels: readonly (readonly [string, ReadonlySet<string> | CarrierCodes])[];

  constructor(private readonly described: L) {
    this.labels = Object.entries(described).map(([label, values]) => [
      label,
      values === CODES ? new CarrierCodes() : new Set(values),
    ]);
  }

  get names(): string[] {
    return Object.keys(this.described);
  }

  bound(given: Given<L>): Record<string, string> {
    const bounded: Record<string, string> = {};
    for (const [label, values] of this.labels) {
      const value: unknown = given[label];
      if (values instanceof CarrierCodes) bounded[label] = values.bound(value as number);
      else bounded[label] = values.has(value as string) ? (value as string) : OTHER;
    }
    return bounded;
  }

  /** Every series of the family; of codes only that there was none. */
  list(): Record<string, string>[] {
    let all: Record<string, string>[] = [{}];
    for (const [label, values] of Object.entries(this.described)) {
      const each = values === CODES ? ['none'] : values;
      all = all.flatMap((one) => each.map((value) => ({ ...one, [label]: value })));
    }
    return all;
  }
}

/** A number of events since the process began. Its name ends with _total. */
export class EventCounter<const L extends Labels> {
  private readonly labels: BoundedLabels<L>;
  private readonly counter: Counter;

  constructor({ name, help, labels }: Description<L>) {
    FAMILIES.push({ name, help, labels, type: 'counter' });
    this.labels = new BoundedLabels(labels);
    this.counter = new Counter({
      name,
      help,
      labelNames: this.labels.names,
      registers: [registry],
    });
    const all = this.labels.list();
    if (all.length <= LISTED_AT_MOST) for (const one of all) this.counter.inc(one, 0);
  }

  add(given: Given<L>): void {
    this.counter.inc(this.labels.bound(given), 1);
  }
}

/** A value as it is now. */
export class Level<const L extends Labels> {
  private readonly labels: BoundedLabels<L>;
  private readonly gauge: Gauge;

  constructor({ name, help, labels }: Description<L>) {
    FAMILIES.push({ name, help, labels, type: 'gauge' });
    this.labels = new BoundedLabels(labels);
    this.gauge = new Gauge({ name, help, labelNames: this.labels.names, registers: [registry] });
    this.clear();
  }

  set(given: Given<L>, value: number): void {
    this.gauge.set(this.labels.bound(given), value);
  }

  /** All of its series have this value, until they are set. */
  setAll(value: number): void {
    for (const one of this.labels.list()) this.gauge.set(one, value);
  }

  /** It has no value: nobody knows it. */
  clear(): void {
    this.gauge.reset();
    this.gauge.remove({});
  }
}

/** What is read for a scrape. `fail` says that nobody knows: the reading failed, or takes too long. */
interface Reading {
  read(): Promise<void>;
  fail(): void;
}
/** Who scrapes waits no longer for what has to be read. */
const READ_WITHIN_MS = 2_000;

/** Reads once for all scrapes that come while it does. */
class Reader {
  private running: Promise<void> | undefined;

  constructor(
    private readonly reading: Reading,
    private readonly withinMs: number,
  ) {}

  async readInTime(): Promise<void> {
    this.running ??= this.reading.read().finally(() => {
      this.running = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('late')), this.withinMs);
    });
    try {
      await Promise.race([this.running, late]);
    } catch {
      this.reading.fail();
    } finally {
      clearTimeout(timer);
    }
  }
}
const readers = new Set<Reader>();

/** Sets levels before each scrape, until what it returns is called. */
export function readBeforeScrapes(reading: Reading, withinMs = READ_WITHIN_MS): () => void {
  const reader = new Reader(reading, withinMs);
  readers.add(reader);
  return () => readers.delete(reader);
}

/** All metrics of this process, in Prometheus' text format. */
export async function formatMetrics(): Promise<{ contentType: string; text: string }> {
  await Promise.all([...readers].map((reader) => reader.readInTime()));
  return { contentType: registry.contentType, text: await registry.metrics() };
}

let isProcessMeasured = false;
/** From now on the process is measured too: CPU, memory, event loop, garbage collection. */
export function measureProcess(): void {
  if (isProcessMeasured) return;
  isProcessMeasured = true;
  collectDefaultMetrics({ register: registry });
}
