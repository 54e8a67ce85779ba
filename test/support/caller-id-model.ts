/**
 * Who is shown whose number, as the promise says it (D5c), beside the product and without a line of it. It is told what
 * people did and what the carrier's word was, in the order in which we took it in; of the product's rows it reads only
 * which steps of a call there are and which of them are over.
 */

/** A phone call to one of a call's people. It enters the room once and leaves it once. */
export class Leg {
  isOver = false;
  /** It goes by a number that is its person's no more, or for one who called by such a number. */
  hasMoved = false;
  hasJoined = false;
  hasLeft = false;

  constructor(
    readonly id: string,
    readonly of: number,
  ) {}

  get isInRoom(): boolean {
    return this.hasJoined && !this.hasLeft && !this.isOver;
  }
}

/** An SMS, or a word in the app. */
export class Notice {
  isOver = false;
  hasBegun = false;
  hasMoved = false;

  constructor(
    readonly id: string,
    readonly of: number,
    readonly channel: string,
  ) {}
}

/** A number, for as long as its person has it: proved anew it is another. */
export interface Tenure {
  e164: string;
  ref: string;
}

export class Member {
  isRemoved = false;
  hasBegun = false;
  /** Which of their numbers a worker has brought to be shown. */
  sealed: string | undefined;

  constructor(
    readonly participantId: string,
    readonly role: 'initiator' | 'recipient' | 'invitee',
  ) {}
}

export class Call {
  readonly members = new Map<number, Member>();
  readonly legs = new Map<string, Leg>();
  readonly notices = new Map<string, Notice>();
  isOver = false;

  constructor(
    readonly id: string,
    readonly purpose: 'ding' | 'conference',
    readonly initiator: number,
    readonly endsAt: Date,
    readonly endsWithInitiator: boolean,
  ) {}

  isLive(now: Date): boolean {
    return !this.isOver && now < this.endsAt;
  }

  isInRoom(person: number): boolean {
    return [...this.legs.values()].some((leg) => leg.of === person && leg.isInRoom);
  }

  /** Whoever ends it: nothing of it is kept to be shown. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.forget();
  }

  forget(): void {
    for (const member of this.members.values()) member.sealed = undefined;
  }

  /** "until no leg or step of it remains" */
  endIfNothingRemains(): void {
    if (![...this.legs.values(), ...this.notices.values()].some((step) => !step.isOver)) this.end();
  }

  rang(leg: Leg): void {
    const member = this.members.get(leg.of);
    if (member !== undefined && !leg.isOver) member.hasBegun = true;
  }

  begun(notice: Notice): void {
    const member = this.members.get(notice.of);
    if (member !== undefined && !notice.isOver) member.hasBegun = true;
  }

  joined(leg: Leg): void {
    if (!leg.hasLeft && !leg.isOver) leg.hasJoined = true;
  }

  left(leg: Leg): void {
    const wasInRoom = leg.isInRoom;
    leg.hasLeft = true;
    if (wasInRoom && leg.of === this.initiator && this.endsWithInitiator) this.end();
  }

  hungUp(leg: Leg): void {
    const wasInRoom = leg.isInRoom;
    leg.isOver = true;
    if (wasInRoom && leg.of === this.initiator && this.endsWithInitiator) this.end();
  }
}

export class Model {
  readonly calls: Call[] = [];
  /** Whose number is whose now. */
  readonly owners = new Map<number, Tenure>();

  /**
   * A number goes from this person to another, or gives way to another of theirs: their caller IDs
   * are taken back, their Dings end, and so does whatever was to reach them by it, which this
   * gives. A word in the app goes by no number.
   */
  numberGone(person: number): (Leg | Notice)[] {
    const gone: (Leg | Notice)[] = [];
    for (const call of this.calls) {
      const member = call.members.get(person);
      if (member === undefined || call.isOver) continue;
      const isTheirs = call.purpose === 'ding' && call.initiator === person;
      for (const step of [...call.legs.values(), ...call.notices.values()]) {
        if (
          !step.isOver &&
          (isTheirs || (step.of === person && !(step instanceof Notice && step.channel === 'app')))
        )
          gone.push(step);
      }
      member.sealed = undefined;
      if (isTheirs) call.end();
    }
    for (const step of gone) step.hasMoved = true;
    return gone;
  }

  /** Does this person's look at this call find anything there? */
  exists(call: Call, viewer: number, now: Date): boolean {
    const me = call.members.get(viewer);
    if (me === undefined || me.isRemoved || !call.isLive(now)) return false;
    // "Those who have joined a conference see each other's"
    if (call.purpose === 'conference') return call.isInRoom(viewer);
    return this.shown(call, viewer, call.initiator, now) !== undefined;
  }

  /** The number of `subject` that `viewer` sees in the call, if any. */
  shown(call: Call, viewer: number, subject: number, now: Date): string | undefined {
    const [me, them] = [call.members.get(viewer), call.members.get(subject)];
    if (viewer === subject || me === undefined || them === undefined) return undefined;
    if (!call.isLive(now) || me.isRemoved || them.isRemoved) return undefined;
    // "A Ding's recipients may see the initiator's number, once their own leg or notification has begun"
    if (
      call.purpose === 'ding' &&
      !(me.role === 'recipient' && them.role === 'initiator' && me.hasBegun)
    )
      return undefined;
    if (call.purpose === 'conference' && !(call.isInRoom(viewer) && call.isInRoom(subject)))
      return undefined;
    // What a worker brought, as long as it is still theirs.
    const owned = this.owners.get(subject);
    return owned !== undefined && them.sealed === owned.ref ? owned.e164 : undefined;
  }
}
