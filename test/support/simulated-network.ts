import twilio from 'twilio';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { Phones } from './phones.js';
import { accountSid, authToken, controlToken, Receiver, service } from './simulator-receiver.js';

/** What a test of the simulator speaks with; speech and the steps of the network take no time. */
export interface SimulatedNetwork {
  simulator: Simulator;
  phones: Phones;
  /** Where the callbacks arrive. */
  receiver: Receiver;
  /** Twilio's own SDK, unmodified but for the address. */
  client: twilio.Twilio;
  close: () => Promise<void>;
}

export async function openNetwork(): Promise<SimulatedNetwork> {
  const simulator = await startSimulator({
    port: 0,
    accountSid,
    authToken,
    controlToken,
    numbers: [service],
    speechMsPerChar: 0,
    stepMs: 0,
  });
  const phones = await Phones.connect({ url: simulator.url, controlToken });
  const receiver = await Receiver.start();
  const client = twilio(accountSid, authToken);
  client.api.baseUrl = simulator.url;
  return {
    simulator,
    phones,
    receiver,
    client,
    close: async () => {
      try {
        await phones.close();
      } finally {
        await simulator.close();
        await receiver.close();
      }
    },
  };
}
