import type { CarrierBench } from './bench.js';
import { RelayBench } from './relay-bench.js';
import { TwilioBench } from './twilio-bench.js';

export const BENCHES: { name: string; bench: CarrierBench }[] = [
  new TwilioBench(),
  new RelayBench(),
].map((bench) => ({ name: bench.carrier.name, bench }));
