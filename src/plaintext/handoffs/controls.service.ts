import { Injectable } from '@nestjs/common';
import { findTarget } from '../../handoff/calls-out.repository.js';
import { Outcomes } from '../../handoff/outcomes.service.js';
import { Database } from '../../kernel/database.js';
import { Presenter } from '../presentation.js';
import { Vault } from '../vault/vault.js';
import type { Ask, Claim, Ended, Taken } from './claim.js';

/**
 * What rings no phone: showing a caller ID to the participants' apps, and ending or muting a call
 * that is out.
 *
 * Holds plaintext: the number that is to be shown, from `vault.open` until it is sealed for the
 * participants.
 */
@Injectable()
export class HandoffControls {
  constructor(
    private readonly database: Database,
    private readonly outcomes: Outcomes,
    private readonly vault: Vault,
    private readonly presenter: Presenter,
  ) {}

  /** Seals a number for the call, if that hasn't been done. */
  async present({ toPresent, at }: Claim): Promise<Ended> {
    if (toPresent === undefined) return { kind: 'canceled' };
    await at('open');
    const number = await this.vault.open(toPresent.numberRef, toPresent.receipt);
    await at('present');
    const isSealed = await this.presenter.present(this.database.sql, { ...toPresent, number });
    return isSealed ? { kind: 'accepted', carrierRef: '' } : { kind: 'canceled' };
  }

  /** Ends the call that the hand-off names, or closes or opens its microphone. */
  async prepare({ handoff, at }: Pick<Taken, 'handoff' | 'at'>): Promise<Ask | Ended> {
    await at('target');
    const target =
      handoff.targetId === null ? undefined : await findTarget(this.database.sql, handoff.targetId);
    if (target === undefined) return { kind: 'canceled' };
    if (target.carrierRef !== null) return this.prepareOrder({ handoff, at }, target.carrierRef);
    // Its call is on the wire, or may be: wait until we know the carrier's id for it. Meanwhile
    // `ingress` answers its request for instructions with a hang-up.
    return target.state === 'sending' || target.state === 'unknown'
      ? { kind: 'unavailable' }
      : { kind: 'canceled' };
  }

  private async prepareOrder(
    { handoff, at }: Pick<Taken, 'handoff' | 'at'>,
    carrierRef: string,
  ): Promise<Ask | Ended> {
    if (handoff.kind === 'hang_up') return (carrier) => carrier.hangUp(carrierRef);
    await at('room');
    const roomRef = await this.outcomes
      .listenerFor(handoff.purpose)
      .roomRef?.(this.database.sql, handoff);
    // No room yet: the leg is muted as it enters.
    if (roomRef === undefined) return { kind: 'canceled' };
    return (carrier) => carrier.setMuted(roomRef, carrierRef, handoff.kind === 'mute');
  }
}
