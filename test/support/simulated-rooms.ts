import type { RingingCall } from './ringing-call.js';
import { service, type Received } from './simulator-receiver.js';
import type { SimulatedNetwork } from './simulated-network.js';

export const ROOM_EVENTS = ['start', 'end', 'join', 'leave', 'mute', 'hold', 'modify'];

/** What each callback of a conference tells, and of whom. */
export const eventsOf = (callbacks: readonly Received[]) =>
  callbacks.map(({ fields }) => [fields.StatusCallbackEvent, fields.ParticipantLabel]);

/** Gets people into the conference `r1` of a simulated network, by a call's instructions or by request. */
export class SimulatedRooms {
  constructor(private readonly network: Pick<SimulatedNetwork, 'client' | 'phones' | 'receiver'>) {}

  /** Calls a number with these instructions, and has it answered. */
  async call(number: string, instructions: string): Promise<RingingCall> {
    await this.network.client.calls.create({
      to: number,
      from: service,
      twiml: `<Response>${instructions}</Response>`,
    });
    return (await this.network.phones.phone(number).expectRing()).answer();
  }

  instruct(attributes = '', dial = ''): string {
    const callback = `statusCallback="${this.network.receiver.url('/room')}"`;
    const events = `statusCallbackEvent="${ROOM_EVENTS.join(' ')}"`;
    return `<Dial ${dial}><Conference ${callback} ${events} ${attributes}>r1</Conference></Dial>`;
  }

  async join(number: string, attributes = '', dial = ''): Promise<RingingCall> {
    const call = await this.call(number, this.instruct(attributes, dial));
    await call.expectInRoom();
    return call;
  }

  /** Puts someone in by request, and has it answered. */
  async add(
    number: string,
    more: Partial<
      Parameters<ReturnType<SimulatedNetwork['client']['conferences']>['participants']['create']>[0]
    > = {},
  ) {
    const participant = await this.network.client.conferences('r1').participants.create({
      from: service,
      to: number,
      conferenceStatusCallback: this.network.receiver.url('/room'),
      conferenceStatusCallbackEvent: ROOM_EVENTS,
      ...more,
    });
    const ringing = await this.network.phones.phone(number).expectRing({ from: 'withheld' });
    const call = await ringing.answer();
    await call.expectInRoom();
    return { participant, call };
  }

  async find() {
    const [one] = (
      await Promise.all(
        (['init', 'in-progress', 'completed'] as const).map((status) =>
          this.network.client.conferences.list({ status }),
        ),
      )
    ).flat();
    if (one === undefined) throw new Error('there is no conference');
    return one;
  }
}
