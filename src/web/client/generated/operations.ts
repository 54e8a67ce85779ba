// Made by `npm run build:client` from the API's own description. Change the controllers, not this file.
import type { Operation } from '../operation.js';

export type Account = {
  id: string;
  login: string;
  name: string;
  /** Of the texts and calls that this person gets */
  language: 'en' | 'zh' | 'es' | 'fr' | 'de' | 'ja';
};

export type Me = {
  id: string;
  login: string;
  name: string;
  /** Of the texts and calls that this person gets */
  language: 'en' | 'zh' | 'es' | 'fr' | 'de' | 'ja';
  /** That there is a verified number, and since when; the number itself is not shown */
  number: {
    verifiedAt: string;
    /** Prove it again before then */
    proofEndsAt: string;
    /** Until it is proved again, you ring nobody by it and are not rung */
    mustProveAgain: {
      since: string;
      /** unreachable: the carrier said several times in a row that there is no such number */
      because: 'age' | 'unreachable';
    } | null;
  } | null;
  /** The newest 4 that your number was shown, and the newest 4 of all other kinds; GET /v1/me/notices has all */
  notices: readonly Notice[];
};

export type Notice = {
  id: string;
  /** number_moved: another account has proved your number, and has it now. number_changed: another number was proved in place of yours; password_changed, password_reset: if that was not you, ask your operator for a reset. number_shown: in this call your number may be seen by these accounts, once they may see it; number_not_shown: it may not, since that came unusually often. ding_unreached: your Ding is over, and has not reached these accounts */
  kind:
    | 'number_moved'
    | 'number_changed'
    | 'number_to_prove_again'
    | 'number_shown'
    | 'number_not_shown'
    | 'password_changed'
    | 'password_reset'
    | 'removed_from_team'
    | 'ding_unreached';
  at: string;
  /** Of number_shown and number_not_shown: the call, and who else was in it; of ding_unreached: the Ding, and whom it has not reached */
  call?: {
    id: string;
    purpose: 'ding' | 'conference';
    accountIds: readonly string[];
  };
};

export type Session = {
  /** For Authorization: Bearer; with kind bearer only */
  token?: string;
  accountId: string;
  expiresAt: string;
  /** Keep it beyond the session, and send it as Dingline-Device at the next sign-in: then strangers cannot use up your tries. It opens nothing. With kind bearer only */
  deviceToken?: string;
};

export type Sessions = {
  sessions: readonly {
    id: string;
    kind: 'bearer' | 'cookie';
    createdAt: string;
    /** To within five minutes */
    usedAt: string;
    expiresAt: string;
    /** The one that this request came by */
    isCurrent: boolean;
  }[];
};

export type MyTeam = {
  id: string;
  name: string;
  role: 'owner' | 'member';
};

export type Team = {
  id: string;
  name: string;
};

export type TeamWithMembers = {
  id: string;
  name: string;
  role: 'owner' | 'member';
  members: readonly {
    accountId: string;
    name: string;
    role: 'owner' | 'member';
    /** This person agreed to be rung by the team */
    mayBeRung: boolean;
    /** This person agreed to be called into conferences by the team */
    mayBeInvited: boolean;
    /** This person has a verified number, the proof of which holds */
    isReachable: boolean;
  }[];
  /** There are more members: ask again with after=…. Null: these were the last */
  next: string | null;
};

export type Invite = {
  /** Lets whoever has it join. Told once: only its hash is kept */
  inviteCode: string;
  /** Until then the code lets people in */
  inviteEndsAt: string;
  /** How many it lets in */
  inviteUses: number;
};

export type Consent = {
  purpose: 'ring' | 'conference';
  version: string;
  texts: Record<
    string,
    {
      text: string;
      /** Of the text in UTF-8, in hex */
      sha256: string;
    }
  >;
};

export type App = {
  /** AC and 32 hex digits: what the app signs in with */
  id: string;
  name: string;
  /** ISO 3166, whose numbers it may verify; none: no bound of its own */
  countries: readonly string[];
  hasWebhook: boolean;
  services: readonly VerifyService[];
};

export type VerifyService = {
  /** VA and 32 hex digits */
  id: string;
  /** Stands in the SMS, and is said in the call */
  name: string;
  isDefault: boolean;
  codeLength: number;
  codeLastsSeconds: number;
  channels: readonly ('sms' | 'voice')[];
  /** The host in the SMS's last line, on whose pages phones offer the code; null: ours */
  codeHost: string | null;
};

export type AppFigures = {
  since: string;
  until: string;
  starts: number;
  /** What went to the carrier */
  sends: {
    sms: number;
    voice: number;
  };
  /** What came to nothing, by the reason that a verification's delivery has */
  undelivered: readonly {
    channel: 'sms' | 'voice';
    reason: string;
    count: number;
  }[];
  pending: number;
  approved: number;
  failed: {
    canceled: number;
    expired: number;
    max_attempts: number;
    undeliverable: number;
    blocked: number;
  };
  /** Of those that have ended, the part that was approved; null while none has */
  conversion: number | null;
  /** The most starts first. Countries with fewer than 5, and numbers that tell none, are summed as other */
  countries: readonly {
    country: string;
    starts: number;
    approved: number;
    /** Of those that have ended, the part that was approved; null while none has */
    conversion: number | null;
  }[];
};

export type RiskNotice = {
  language: 'en' | 'zh' | 'es' | 'fr' | 'de' | 'ja';
  title: string;
  /** Plain text, in this order: what a code proves, what can go wrong, what to use beside it, what to do */
  paragraphs: readonly string[];
};

export type Standing = {
  /** waiting: not gone out yet. sending: on its way. accepted: the carrier has it. unknown: nobody can say whether it went out. failed: it came to nothing. over: it has done its part, or is not needed any more */
  code:
    | 'waiting'
    | 'sending'
    | 'accepted'
    | 'delivered'
    | 'ringing'
    | 'answered'
    | 'unknown'
    | 'failed'
    | 'over';
  /** Of waiting, for what: soon, in_line, ring_limit, sms_limit, calls_away, carrier, call_unknown. Of failed and over: why. machine: voicemail answered */
  because: string | null;
  /** Of waiting: not before then, as far as is known */
  until: string | null;
  /** In your account's language */
  text: string;
};

export type Problem = {
  /** urn:dingline:problem: and the code */
  type: string;
  /** The code in words; may change */
  title: string;
  status: number;
  /** Stable: never renamed, never reused */
  code: string;
  /** urn:uuid: and the X-Request-Id; a 404 has none, so that all 404s are the same */
  instance?: string;
  /** Seconds after which the same request may succeed */
  retryAfter?: number;
  /** Where the body is wrong; never what stands there */
  errors?: readonly {
    path: string;
    message: string;
  }[];
  /** Who stands in the way */
  accountIds?: readonly string[];
  /** What may be done next, and when */
  next?: Record<string, unknown>;
};

export interface AccountsSignUpInput {
  body: {
    /** Begins with a letter; then letters, digits and . _ @ -; upper and lower case are the same */
    login: string;
    /** Any characters but NUL; neither the login nor a common one */
    password: string;
    /** One line, without characters that nobody sees or that turn the writing around */
    name: string;
    /** Of the texts and calls that this person gets */
    language: 'en' | 'zh' | 'es' | 'fr' | 'de' | 'ja';
    /** From an operator; needed where nobody signs up without one */
    inviteCode?: string;
  };
}
export type AccountsSignUpAnswer = Account;
/** Sign up */
export const accountsSignUp: Operation<AccountsSignUpInput, AccountsSignUpAnswer> = {
  method: 'POST',
  path: '/v1/accounts',
};

export interface AccountsMeInput {}
export type AccountsMeAnswer = Me;
/** Read your account */
export const accountsMe: Operation<AccountsMeInput, AccountsMeAnswer> = {
  method: 'GET',
  path: '/v1/me',
};

export interface AccountsChangeInput {
  body: {
    /** One line, without characters that nobody sees or that turn the writing around */
    name?: string;
    /** Of the texts and calls that this person gets */
    language?: 'en' | 'zh' | 'es' | 'fr' | 'de' | 'ja';
  };
}
export type AccountsChangeAnswer = Me;
/** Change your name or language */
export const accountsChange: Operation<AccountsChangeInput, AccountsChangeAnswer> = {
  method: 'PATCH',
  path: '/v1/me',
};

export interface AccountsListNoticesInput {
  query?: {
    /** The `id` of the last that you have; left out: the newest */
    before?: string;
  };
}
export type AccountsListNoticesAnswer = {
  notices: readonly Notice[];
};
/** List your notices */
export const accountsListNotices: Operation<AccountsListNoticesInput, AccountsListNoticesAnswer> = {
  method: 'GET',
  path: '/v1/me/notices',
};

export interface PasswordsChangeInput {
  body: {
    oldPassword: string;
    /** Any characters but NUL; neither the login nor a common one */
    newPassword: string;
  };
}
export type PasswordsChangeAnswer = undefined;
/** Change your password */
export const passwordsChange: Operation<PasswordsChangeInput, PasswordsChangeAnswer> = {
  method: 'PUT',
  path: '/v1/me/password',
};

export interface PasswordsResetInput {
  body: {
    /** Begins with a letter; then letters, digits and . _ @ -; upper and lower case are the same */
    login: string;
    /** An operator's: npm run accounts -- reset */
    code: string;
    /** Any characters but NUL; neither the login nor a common one */
    password: string;
  };
}
export type PasswordsResetAnswer = undefined;
/** Set a new password by a reset code */
export const passwordsReset: Operation<PasswordsResetInput, PasswordsResetAnswer> = {
  method: 'POST',
  path: '/v1/password-resets',
};

export interface PasswordsCloseInput {
  body: {
    password: string;
  };
}
export type PasswordsCloseAnswer = undefined;
/** Close your account */
export const passwordsClose: Operation<PasswordsCloseInput, PasswordsCloseAnswer> = {
  method: 'POST',
  path: '/v1/me/close',
};

export interface SessionsSignInInput {
  body: {
    login: string;
    password: string;
    /** bearer: the token is in the answer. cookie: for our own pages, with an Origin of ours */
    kind?: 'bearer' | 'cookie';
  };
}
export type SessionsSignInAnswer = Session;
/** Sign in */
export const sessionsSignIn: Operation<SessionsSignInInput, SessionsSignInAnswer> = {
  method: 'POST',
  path: '/v1/sessions',
};

export interface SessionsListInput {}
export type SessionsListAnswer = Sessions;
/** List where you are signed in */
export const sessionsList: Operation<SessionsListInput, SessionsListAnswer> = {
  method: 'GET',
  path: '/v1/sessions',
};

export interface SessionsEndOthersInput {}
export type SessionsEndOthersAnswer = undefined;
/** Sign out everywhere else */
export const sessionsEndOthers: Operation<SessionsEndOthersInput, SessionsEndOthersAnswer> = {
  method: 'DELETE',
  path: '/v1/sessions',
};

export interface SessionsSignOutInput {}
export type SessionsSignOutAnswer = undefined;
/** Sign out */
export const sessionsSignOut: Operation<SessionsSignOutInput, SessionsSignOutAnswer> = {
  method: 'DELETE',
  path: '/v1/sessions/current',
};

export interface SessionsEndInput {
  path: {
    id: string;
  };
}
export type SessionsEndAnswer = undefined;
/** End one of your sessions */
export const sessionsEnd: Operation<SessionsEndInput, SessionsEndAnswer> = {
  method: 'DELETE',
  path: '/v1/sessions/{id}',
};

export interface TeamsCreateInput {
  body: {
    /** One line, without characters that nobody sees or that turn the writing around */
    name: string;
  };
}
export type TeamsCreateAnswer = {
  id: string;
  name: string;
  /** Null when this repeats the answer to an Idempotency-Key: ask for a new code */
  inviteCode: string | null;
  inviteEndsAt: string | null;
  inviteUses: number | null;
};
/** Make a team */
export const teamsCreate: Operation<TeamsCreateInput, TeamsCreateAnswer> = {
  method: 'POST',
  path: '/v1/teams',
  isKeyed: true,
};

export interface TeamsListInput {}
export type TeamsListAnswer = {
  teams: readonly MyTeam[];
};
/** List your teams */
export const teamsList: Operation<TeamsListInput, TeamsListAnswer> = {
  method: 'GET',
  path: '/v1/teams',
};

export interface TeamsJoinInput {
  body: {
    inviteCode: string;
  };
}
export type TeamsJoinAnswer = Team;
/** Join a team */
export const teamsJoin: Operation<TeamsJoinInput, TeamsJoinAnswer> = {
  method: 'POST',
  path: '/v1/teams/join',
};

export interface TeamsReadInput {
  path: {
    id: string;
  };
  query?: {
    /** The next of the page before */
    after?: string;
  };
}
export type TeamsReadAnswer = TeamWithMembers;
/** Read a team and its members */
export const teamsRead: Operation<TeamsReadInput, TeamsReadAnswer> = {
  method: 'GET',
  path: '/v1/teams/{id}',
};

export interface TeamsReplaceInviteInput {
  path: {
    id: string;
  };
  body: {
    /** If left out, 100 */
    uses?: number;
    /** If left out, 168 */
    lastsHours?: number;
  };
}
export type TeamsReplaceInviteAnswer = Invite;
/** Replace the invite code of a team */
export const teamsReplaceInvite: Operation<TeamsReplaceInviteInput, TeamsReplaceInviteAnswer> = {
  method: 'POST',
  path: '/v1/teams/{id}/invite-code',
};

export interface TeamsLeaveInput {
  path: {
    id: string;
  };
}
export type TeamsLeaveAnswer = undefined;
/** Leave a team */
export const teamsLeave: Operation<TeamsLeaveInput, TeamsLeaveAnswer> = {
  method: 'DELETE',
  path: '/v1/teams/{id}/members/me',
};

export interface TeamsRemoveMemberInput {
  path: {
    accountId: string;
    id: string;
  };
}
export type TeamsRemoveMemberAnswer = undefined;
/** Remove a member from a team */
export const teamsRemoveMember: Operation<TeamsRemoveMemberInput, TeamsRemoveMemberAnswer> = {
  method: 'DELETE',
  path: '/v1/teams/{id}/members/{accountId}',
};

export interface TeamsGrantInput {
  path: {
    id: string;
  };
  body: {
    /** ring: to be rung with Dings. conference: to be called into conferences, where the others see your number */
    purpose?: 'ring' | 'conference';
    /** Of the text that was shown: GET /v1/consents/{purpose} */
    version: string;
    /** That the text was shown in; if left out, yours */
    language?: 'en' | 'zh' | 'es' | 'fr' | 'de' | 'ja';
  };
}
export type TeamsGrantAnswer = undefined;
/** Agree to be rung, or called into conferences, by a team */
export const teamsGrant: Operation<TeamsGrantInput, TeamsGrantAnswer> = {
  method: 'PUT',
  path: '/v1/teams/{id}/consent',
};

export interface TeamsWithdrawInput {
  path: {
    id: string;
  };
  query?: {
    /** If left out, both */
    purpose?: 'ring' | 'conference';
  };
}
export type TeamsWithdrawAnswer = undefined;
/** Take back that a team may ring you */
export const teamsWithdraw: Operation<TeamsWithdrawInput, TeamsWithdrawAnswer> = {
  method: 'DELETE',
  path: '/v1/teams/{id}/consent',
};

export interface ConsentsRingInput {}
export type ConsentsRingAnswer = Consent;
/** Read what agreeing to be rung means */
export const consentsRing: Operation<ConsentsRingInput, ConsentsRingAnswer> = {
  method: 'GET',
  path: '/v1/consents/ring',
};

export interface ConsentsConferenceInput {}
export type ConsentsConferenceAnswer = Consent;
/** Read what agreeing to conferences means */
export const consentsConference: Operation<ConsentsConferenceInput, ConsentsConferenceAnswer> = {
  method: 'GET',
  path: '/v1/consents/conference',
};

export interface AppsReadInput {}
export type AppsReadAnswer = App;
/** Read your app */
export const appsRead: Operation<AppsReadInput, AppsReadAnswer> = {
  method: 'GET',
  path: '/v1/app',
};

export interface AppsFiguresInput {}
export type AppsFiguresAnswer = AppFigures;
/** Count your app's verifications of a day */
export const appsFigures: Operation<AppsFiguresInput, AppsFiguresAnswer> = {
  method: 'GET',
  path: '/v1/app/figures',
};

export interface CallerIdOfDingInput {
  path: {
    id: string;
  };
}
export type CallerIdOfDingAnswer = {
  /** Those that you may see now; for a Ding the initiator's, for a conference those of the others in the room */
  callerIds: readonly {
    participantId: string;
    /** E.164 */
    number: string;
  }[];
};
/** See who sent a Ding */
export const callerIdOfDing: Operation<CallerIdOfDingInput, CallerIdOfDingAnswer> = {
  method: 'GET',
  path: '/v1/dings/{id}/caller-id',
};

export interface CallerIdOfConferenceInput {
  path: {
    id: string;
  };
}
export type CallerIdOfConferenceAnswer = {
  /** Those that you may see now; for a Ding the initiator's, for a conference those of the others in the room */
  callerIds: readonly {
    participantId: string;
    /** E.164 */
    number: string;
  }[];
};
/** See the numbers of those in the call */
export const callerIdOfConference: Operation<
  CallerIdOfConferenceInput,
  CallerIdOfConferenceAnswer
> = { method: 'GET', path: '/v1/conferences/{id}/caller-id' };

export interface LedgerOwnInput {
  query?: {
    /** The `seq` of the last that you have; left out: the newest */
    before?: string;
  };
}
export type LedgerOwnAnswer = {
  entries: readonly {
    seq: string;
    at: string;
    /** base64 of SHA-256 of the 32 bytes of salt and the UTF-8 bytes of body */
    commitment: string;
    /** base64 */
    salt: string;
    /** Canonical JSON: whose number, for what, to whom, on which clause */
    body: string;
  }[];
};
/** List who was given your number, and why */
export const ledgerOwn: Operation<LedgerOwnInput, LedgerOwnAnswer> = {
  method: 'GET',
  path: '/v1/ledger',
};

export interface EventsEventsInput {}
export type EventsEventsAnswer =
  | {
      kind: 'ding.created';
      callId: string;
    }
  | {
      kind: 'ding.leg';
      callId: string;
      participantId: string;
      state: 'queued' | 'ringing' | 'answered' | 'ended';
      /** Why it ended, or why it is not out */
      reason: string | null;
      /** Where that way stands */
      standing?: {
        /** waiting: not gone out yet. sending: on its way. accepted: the carrier has it. unknown: nobody can say whether it went out. failed: it came to nothing. over: it has done its part, or is not needed any more */
        code:
          | 'waiting'
          | 'sending'
          | 'accepted'
          | 'delivered'
          | 'ringing'
          | 'answered'
          | 'unknown'
          | 'failed'
          | 'over';
        /** Of waiting, for what: soon, in_line, ring_limit, sms_limit, calls_away, carrier, call_unknown. Of failed and over: why. machine: voicemail answered */
        because: string | null;
        /** Of waiting: not before then, as far as is known */
        until: string | null;
      };
    }
  | {
      kind: 'ding.notification';
      callId: string;
      participantId: string;
      channel: 'app' | 'sms';
      state: 'queued' | 'accepted' | 'ended';
      because: string | null;
      /** Why it ended, or why it is not out */
      reason: string | null;
      /** Where that way stands */
      standing?: {
        /** waiting: not gone out yet. sending: on its way. accepted: the carrier has it. unknown: nobody can say whether it went out. failed: it came to nothing. over: it has done its part, or is not needed any more */
        code:
          | 'waiting'
          | 'sending'
          | 'accepted'
          | 'delivered'
          | 'ringing'
          | 'answered'
          | 'unknown'
          | 'failed'
          | 'over';
        /** Of waiting, for what: soon, in_line, ring_limit, sms_limit, calls_away, carrier, call_unknown. Of failed and over: why. machine: voicemail answered */
        because: string | null;
        /** Of waiting: not before then, as far as is known */
        until: string | null;
      };
    }
  | {
      kind: 'ding.confirmed';
      callId: string;
      participantId: string;
      by: 'app' | 'link' | 'voice';
    }
  | {
      kind: 'ding.doubted';
      callId: string;
      participantId: string;
    }
  | {
      kind: 'ding.stopped';
      callId: string;
      participantId: string;
    }
  | {
      kind: 'ding.caller_id';
      callId: string;
    }
  | {
      kind: 'ding.unreached';
      callId: string;
      participantId: string;
    }
  | {
      kind: 'ding.ended';
      callId: string;
      reason: 'finished' | 'recalled';
    }
  | {
      kind: 'conference.created';
      callId: string;
    }
  | {
      kind: 'conference.invited';
      callId: string;
      participantId: string;
    }
  | {
      kind: 'conference.leg';
      callId: string;
      participantId: string;
      state: 'queued' | 'ringing' | 'answered' | 'ended';
      /** Why it ended, or why it is not out */
      reason: string | null;
      /** Where that way stands */
      standing?: {
        /** waiting: not gone out yet. sending: on its way. accepted: the carrier has it. unknown: nobody can say whether it went out. failed: it came to nothing. over: it has done its part, or is not needed any more */
        code:
          | 'waiting'
          | 'sending'
          | 'accepted'
          | 'delivered'
          | 'ringing'
          | 'answered'
          | 'unknown'
          | 'failed'
          | 'over';
        /** Of waiting, for what: soon, in_line, ring_limit, sms_limit, calls_away, carrier, call_unknown. Of failed and over: why. machine: voicemail answered */
        because: string | null;
        /** Of waiting: not before then, as far as is known */
        until: string | null;
      };
    }
  | {
      kind: 'conference.joined';
      callId: string;
      participantId: string;
    }
  | {
      kind: 'conference.caller_id';
      callId: string;
      participantId: string;
    }
  | {
      kind: 'conference.left';
      callId: string;
      participantId: string;
    }
  | {
      kind: 'conference.muted';
      callId: string;
      participantId: string;
      by: ('self' | 'initiator') | null;
    }
  | {
      kind: 'conference.unmuted';
      callId: string;
      participantId: string;
    }
  | {
      kind: 'conference.removed';
      callId: string;
      participantId: string;
    }
  | {
      kind: 'conference.ended';
      callId: string;
      reason: 'finished' | 'ended' | 'time_limit';
    }
  | {
      kind: 'team.changed';
      teamId: string;
    }
  | {
      kind: 'team.code';
      teamId: string;
      /** Of the code in force; null: there is none */
      endsAt: string | null;
    }
  | {
      kind: 'team.left';
      teamId: string;
    }
  | {
      kind: 'hello';
    }
  | {
      kind: 'reset';
    };
/** Follow your Dings, conferences and teams live */
export const eventsEvents: Operation<EventsEventsInput, EventsEventsAnswer> = {
  method: 'GET',
  path: '/v1/events',
};

export interface VerificationCreateInput {
  body: {
    /** A phone number in international form, E.164: + and its digits. It may be as people paste it: with blanks, dashes, dots, brackets and marks of direction, in the digits of any script. No answer ever repeats it. */
    number: string;
    /** Of the SMS or the call; your account's if left out */
    language?: 'en' | 'zh' | 'es' | 'fr' | 'de' | 'ja';
    /** voice: a call that speaks the code once the key that it asks for is pressed. auto: an SMS, and by itself a call with the same code if the carrier can't deliver it, or doesn't say that it did within a minute */
    channel?: 'sms' | 'voice' | 'auto';
    /** A secret that your client made (16 to 200 visible ASCII characters, at least 128 bits of chance) and keeps on the device. Who has proved a number on it before has sends and guesses kept for them that a stranger can not use up. */
    device?: string;
    /** Apps only: by which of your services; the one that your app was made with if left out */
    service?: string;
    /** Apps only: the IP address of your user, which is counted as if they had come to us themselves */
    address?: string;
  };
}
export type VerificationCreateAnswer = {
  id: string;
  state:
    'pending' | 'approved' | 'canceled' | 'expired' | 'max_attempts' | 'undeliverable' | 'blocked';
  createdAt: string;
  expiresAt: string;
  finishedAt: string | null;
  /** How far the newest SMS or call has come */
  delivery: {
    channel: 'sms' | 'voice';
    /** On its way to the carrier: queued, held (an operator holds it back for now), sending, accepted, unknown. An SMS then: sent, delivered. A call: ringing, answered, delivered (the code was spoken). Come to nothing: rejected, failed, expired, canceled, undelivered, or ended (a call that ended without speaking the code) */
    state: string;
    /** Why it came to nothing. A call: busy (also declined), no_answer, hung_up, machine (voicemail heard no code), canceled, failed. Refused: bad_number, no_sms (this number takes none), blocked, opted_out (of SMS), filtered (as spam), fraud, misconfigured (by the operator), spend_cap (what a day may cost is used up), number_refused (by the operator), calls_away (no call can be made for now) */
    reason: string | null;
    at: string;
    /** Of queued, where it may not go out yet. in_line: it takes turns with what else goes to the carrier. ring_limit: the phone was called too often. carrier: it could not go out just now */
    waitsFor:
      | (
          | 'soon'
          | 'in_line'
          | 'ring_limit'
          | 'sms_limit'
          | 'calls_away'
          | 'carrier'
          | 'call_unknown'
        )
      | null;
    /** Not before then, as far as is known */
    waitsUntil: string | null;
    /** All of that in words, in the language of the code */
    text: string;
  } | null;
  next: {
    /** From when the code may be sent again by SMS; null: not for this verification */
    smsAt: string | null;
    /** From when it may be spoken by a call; null: not for this verification */
    voiceAt: string | null;
    mayCheck: boolean;
    checksLeft: number;
  };
};
/** Start a verification, and send its code */
export const verificationCreate: Operation<VerificationCreateInput, VerificationCreateAnswer> = {
  method: 'POST',
  path: '/v1/verifications',
  isKeyed: true,
};

export interface VerificationGetInput {
  path: {
    /** VE and 32 hex digits, or the same as a UUID */
    id: string;
  };
}
export type VerificationGetAnswer = {
  id: string;
  state:
    'pending' | 'approved' | 'canceled' | 'expired' | 'max_attempts' | 'undeliverable' | 'blocked';
  createdAt: string;
  expiresAt: string;
  finishedAt: string | null;
  /** How far the newest SMS or call has come */
  delivery: {
    channel: 'sms' | 'voice';
    /** On its way to the carrier: queued, held (an operator holds it back for now), sending, accepted, unknown. An SMS then: sent, delivered. A call: ringing, answered, delivered (the code was spoken). Come to nothing: rejected, failed, expired, canceled, undelivered, or ended (a call that ended without speaking the code) */
    state: string;
    /** Why it came to nothing. A call: busy (also declined), no_answer, hung_up, machine (voicemail heard no code), canceled, failed. Refused: bad_number, no_sms (this number takes none), blocked, opted_out (of SMS), filtered (as spam), fraud, misconfigured (by the operator), spend_cap (what a day may cost is used up), number_refused (by the operator), calls_away (no call can be made for now) */
    reason: string | null;
    at: string;
    /** Of queued, where it may not go out yet. in_line: it takes turns with what else goes to the carrier. ring_limit: the phone was called too often. carrier: it could not go out just now */
    waitsFor:
      | (
          | 'soon'
          | 'in_line'
          | 'ring_limit'
          | 'sms_limit'
          | 'calls_away'
          | 'carrier'
          | 'call_unknown'
        )
      | null;
    /** Not before then, as far as is known */
    waitsUntil: string | null;
    /** All of that in words, in the language of the code */
    text: string;
  } | null;
  next: {
    /** From when the code may be sent again by SMS; null: not for this verification */
    smsAt: string | null;
    /** From when it may be spoken by a call; null: not for this verification */
    voiceAt: string | null;
    mayCheck: boolean;
    checksLeft: number;
  };
};
/** Read a verification */
export const verificationGet: Operation<VerificationGetInput, VerificationGetAnswer> = {
  method: 'GET',
  path: '/v1/verifications/{id}',
};

export interface VerificationSendAgainInput {
  path: {
    /** VE and 32 hex digits, or the same as a UUID */
    id: string;
  };
  body: {
    /** voice: a call that speaks the code once the key that it asks for is pressed */
    channel?: 'sms' | 'voice';
    /** Apps only: the IP address of your user, which is counted as if they had come to us themselves */
    address?: string;
  };
}
export type VerificationSendAgainAnswer = {
  id: string;
  state:
    'pending' | 'approved' | 'canceled' | 'expired' | 'max_attempts' | 'undeliverable' | 'blocked';
  createdAt: string;
  expiresAt: string;
  finishedAt: string | null;
  /** How far the newest SMS or call has come */
  delivery: {
    channel: 'sms' | 'voice';
    /** On its way to the carrier: queued, held (an operator holds it back for now), sending, accepted, unknown. An SMS then: sent, delivered. A call: ringing, answered, delivered (the code was spoken). Come to nothing: rejected, failed, expired, canceled, undelivered, or ended (a call that ended without speaking the code) */
    state: string;
    /** Why it came to nothing. A call: busy (also declined), no_answer, hung_up, machine (voicemail heard no code), canceled, failed. Refused: bad_number, no_sms (this number takes none), blocked, opted_out (of SMS), filtered (as spam), fraud, misconfigured (by the operator), spend_cap (what a day may cost is used up), number_refused (by the operator), calls_away (no call can be made for now) */
    reason: string | null;
    at: string;
    /** Of queued, where it may not go out yet. in_line: it takes turns with what else goes to the carrier. ring_limit: the phone was called too often. carrier: it could not go out just now */
    waitsFor:
      | (
          | 'soon'
          | 'in_line'
          | 'ring_limit'
          | 'sms_limit'
          | 'calls_away'
          | 'carrier'
          | 'call_unknown'
        )
      | null;
    /** Not before then, as far as is known */
    waitsUntil: string | null;
    /** All of that in words, in the language of the code */
    text: string;
  } | null;
  next: {
    /** From when the code may be sent again by SMS; null: not for this verification */
    smsAt: string | null;
    /** From when it may be spoken by a call; null: not for this verification */
    voiceAt: string | null;
    mayCheck: boolean;
    checksLeft: number;
  };
};
/** Send the code again */
export const verificationSendAgain: Operation<
  VerificationSendAgainInput,
  VerificationSendAgainAnswer
> = { method: 'POST', path: '/v1/verifications/{id}/sends', isKeyed: true };

export interface VerificationCheckInput {
  path: {
    /** VE and 32 hex digits, or the same as a UUID */
    id: string;
  };
  body: {
    /** The code that was sent, 4 to 10 digits. It may be as people paste it: with blanks and dashes, in the digits of any script. */
    code: string;
    /** Apps only: the IP address of your user, which is counted as if they had come to us themselves */
    address?: string;
  };
}
export type VerificationCheckAnswer = {
  id: string;
  state:
    'pending' | 'approved' | 'canceled' | 'expired' | 'max_attempts' | 'undeliverable' | 'blocked';
  createdAt: string;
  expiresAt: string;
  finishedAt: string | null;
  /** How far the newest SMS or call has come */
  delivery: {
    channel: 'sms' | 'voice';
    /** On its way to the carrier: queued, held (an operator holds it back for now), sending, accepted, unknown. An SMS then: sent, delivered. A call: ringing, answered, delivered (the code was spoken). Come to nothing: rejected, failed, expired, canceled, undelivered, or ended (a call that ended without speaking the code) */
    state: string;
    /** Why it came to nothing. A call: busy (also declined), no_answer, hung_up, machine (voicemail heard no code), canceled, failed. Refused: bad_number, no_sms (this number takes none), blocked, opted_out (of SMS), filtered (as spam), fraud, misconfigured (by the operator), spend_cap (what a day may cost is used up), number_refused (by the operator), calls_away (no call can be made for now) */
    reason: string | null;
    at: string;
    /** Of queued, where it may not go out yet. in_line: it takes turns with what else goes to the carrier. ring_limit: the phone was called too often. carrier: it could not go out just now */
    waitsFor:
      | (
          | 'soon'
          | 'in_line'
          | 'ring_limit'
          | 'sms_limit'
          | 'calls_away'
          | 'carrier'
          | 'call_unknown'
        )
      | null;
    /** Not before then, as far as is known */
    waitsUntil: string | null;
    /** All of that in words, in the language of the code */
    text: string;
  } | null;
  next: {
    /** From when the code may be sent again by SMS; null: not for this verification */
    smsAt: string | null;
    /** From when it may be spoken by a call; null: not for this verification */
    voiceAt: string | null;
    mayCheck: boolean;
    checksLeft: number;
  };
  isCorrect: boolean;
};
/** Check a code */
export const verificationCheck: Operation<VerificationCheckInput, VerificationCheckAnswer> = {
  method: 'POST',
  path: '/v1/verifications/{id}/check',
};

export interface VerificationCancelInput {
  path: {
    /** VE and 32 hex digits, or the same as a UUID */
    id: string;
  };
}
export type VerificationCancelAnswer = {
  id: string;
  state:
    'pending' | 'approved' | 'canceled' | 'expired' | 'max_attempts' | 'undeliverable' | 'blocked';
  createdAt: string;
  expiresAt: string;
  finishedAt: string | null;
  /** How far the newest SMS or call has come */
  delivery: {
    channel: 'sms' | 'voice';
    /** On its way to the carrier: queued, held (an operator holds it back for now), sending, accepted, unknown. An SMS then: sent, delivered. A call: ringing, answered, delivered (the code was spoken). Come to nothing: rejected, failed, expired, canceled, undelivered, or ended (a call that ended without speaking the code) */
    state: string;
    /** Why it came to nothing. A call: busy (also declined), no_answer, hung_up, machine (voicemail heard no code), canceled, failed. Refused: bad_number, no_sms (this number takes none), blocked, opted_out (of SMS), filtered (as spam), fraud, misconfigured (by the operator), spend_cap (what a day may cost is used up), number_refused (by the operator), calls_away (no call can be made for now) */
    reason: string | null;
    at: string;
    /** Of queued, where it may not go out yet. in_line: it takes turns with what else goes to the carrier. ring_limit: the phone was called too often. carrier: it could not go out just now */
    waitsFor:
      | (
          | 'soon'
          | 'in_line'
          | 'ring_limit'
          | 'sms_limit'
          | 'calls_away'
          | 'carrier'
          | 'call_unknown'
        )
      | null;
    /** Not before then, as far as is known */
    waitsUntil: string | null;
    /** All of that in words, in the language of the code */
    text: string;
  } | null;
  next: {
    /** From when the code may be sent again by SMS; null: not for this verification */
    smsAt: string | null;
    /** From when it may be spoken by a call; null: not for this verification */
    voiceAt: string | null;
    mayCheck: boolean;
    checksLeft: number;
  };
};
/** Cancel a verification */
export const verificationCancel: Operation<VerificationCancelInput, VerificationCancelAnswer> = {
  method: 'POST',
  path: '/v1/verifications/{id}/cancel',
};

export interface RiskNoticeReadInput {
  query?: {
    language?: 'en' | 'zh' | 'es' | 'fr' | 'de' | 'ja';
  };
}
export type RiskNoticeReadAnswer = RiskNotice;
/** Read what a code to a phone proves */
export const riskNoticeRead: Operation<RiskNoticeReadInput, RiskNoticeReadAnswer> = {
  method: 'GET',
  path: '/v1/risk-notice',
};

export interface DingCreateInput {
  body: {
    /** The accounts to reach, each of a team that you share */
    recipientIds: readonly string[];
    /** How. A call that brings no confirmation is followed by an SMS at once */
    channel?: 'app' | 'sms' | 'voice';
    /** Spoken to the recipients as it is written, with a blank for each character that nobody can read; an SMS holds its beginning, and a link to all of it. No line of it may look like that link's own */
    text: string;
  };
}
export type DingCreateAnswer = {
  id: string;
  /** Yours in this Ding */
  role: 'initiator' | 'recipient';
  text: string;
  channel: 'app' | 'sms' | 'voice';
  from: {
    participantId: string;
    name: string;
  };
  state: 'live' | 'ended';
  endReason: ('finished' | 'recalled') | null;
  createdAt: string;
  /** All of them for the initiator; for a recipient only themself */
  recipients: readonly {
    participantId: string;
    accountId: string;
    name: string;
    confirmedAt: string | null;
    confirmedBy: ('app' | 'link' | 'voice') | null;
    /** A machine was heard after the key that confirmed, so perhaps nobody has. An SMS follows; its link, or the app, confirms for certain */
    isDoubted: boolean;
    /** When they asked for no more calls for this Ding */
    stoppedAt: string | null;
    /** Whether it has come to them, as far as anybody knows: they confirmed or answered, an SMS was taken by the carrier and not lost, or it is in their app */
    isReached: boolean;
    /** The call to them, if there is one */
    leg: {
      state: 'queued' | 'ringing' | 'answered' | 'ended';
      /** Why it ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
      reason: string | null;
      /** While it waits here: when the phone may ring */
      ringsAt: string | null;
      begunAt: string | null;
      answeredAt: string | null;
      endedAt: string | null;
      /** Voicemail answered, so no key is taken any more */
      heardMachine: boolean;
      standing: Standing;
    } | null;
    notifications: readonly {
      channel: 'app' | 'sms';
      state: 'queued' | 'accepted' | 'ended';
      /** How the call ended that it follows; ring_limit, late, calls_away: or why the call can not ring within 30 s, and rings when it may */
      because: string | null;
      /** Why it ended */
      reason: string | null;
      /** How far the carrier says that an SMS has come */
      delivery: 'none' | 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed';
      createdAt: string;
      begunAt: string | null;
      endedAt: string | null;
      standing: Standing;
    }[];
  }[];
};
/** Send a Ding */
export const dingCreate: Operation<DingCreateInput, DingCreateAnswer> = {
  method: 'POST',
  path: '/v1/dings',
  isKeyed: true,
};

export interface DingListInput {
  query?: {
    /** The `id` of the last that you have; left out: the newest */
    before?: string;
  };
}
export type DingListAnswer = {
  dings: readonly {
    id: string;
    /** Yours in this Ding */
    role: 'initiator' | 'recipient';
    channel: 'app' | 'sms' | 'voice';
    from: {
      participantId: string;
      name: string;
    };
    state: 'live' | 'ended';
    endReason: ('finished' | 'recalled') | null;
    createdAt: string;
    /** Of its text: 100 characters at the most */
    beginning: string;
    /** Of those that the Ding itself shows you */
    recipientCount: number;
    /** Of those, how many have confirmed */
    confirmedCount: number;
    /** Of those, how many it has not reached; while it is live, 0 */
    unreachedCount: number;
  }[];
};
/** List your Dings */
export const dingList: Operation<DingListInput, DingListAnswer> = {
  method: 'GET',
  path: '/v1/dings',
};

export interface DingGetInput {
  path: {
    id: string;
  };
}
export type DingGetAnswer = {
  id: string;
  /** Yours in this Ding */
  role: 'initiator' | 'recipient';
  text: string;
  channel: 'app' | 'sms' | 'voice';
  from: {
    participantId: string;
    name: string;
  };
  state: 'live' | 'ended';
  endReason: ('finished' | 'recalled') | null;
  createdAt: string;
  /** All of them for the initiator; for a recipient only themself */
  recipients: readonly {
    participantId: string;
    accountId: string;
    name: string;
    confirmedAt: string | null;
    confirmedBy: ('app' | 'link' | 'voice') | null;
    /** A machine was heard after the key that confirmed, so perhaps nobody has. An SMS follows; its link, or the app, confirms for certain */
    isDoubted: boolean;
    /** When they asked for no more calls for this Ding */
    stoppedAt: string | null;
    /** Whether it has come to them, as far as anybody knows: they confirmed or answered, an SMS was taken by the carrier and not lost, or it is in their app */
    isReached: boolean;
    /** The call to them, if there is one */
    leg: {
      state: 'queued' | 'ringing' | 'answered' | 'ended';
      /** Why it ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
      reason: string | null;
      /** While it waits here: when the phone may ring */
      ringsAt: string | null;
      begunAt: string | null;
      answeredAt: string | null;
      endedAt: string | null;
      /** Voicemail answered, so no key is taken any more */
      heardMachine: boolean;
      standing: Standing;
    } | null;
    notifications: readonly {
      channel: 'app' | 'sms';
      state: 'queued' | 'accepted' | 'ended';
      /** How the call ended that it follows; ring_limit, late, calls_away: or why the call can not ring within 30 s, and rings when it may */
      because: string | null;
      /** Why it ended */
      reason: string | null;
      /** How far the carrier says that an SMS has come */
      delivery: 'none' | 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed';
      createdAt: string;
      begunAt: string | null;
      endedAt: string | null;
      standing: Standing;
    }[];
  }[];
};
/** Read a Ding */
export const dingGet: Operation<DingGetInput, DingGetAnswer> = {
  method: 'GET',
  path: '/v1/dings/{id}',
};

export interface DingRecallInput {
  path: {
    id: string;
  };
}
export type DingRecallAnswer = {
  id: string;
  /** Yours in this Ding */
  role: 'initiator' | 'recipient';
  text: string;
  channel: 'app' | 'sms' | 'voice';
  from: {
    participantId: string;
    name: string;
  };
  state: 'live' | 'ended';
  endReason: ('finished' | 'recalled') | null;
  createdAt: string;
  /** All of them for the initiator; for a recipient only themself */
  recipients: readonly {
    participantId: string;
    accountId: string;
    name: string;
    confirmedAt: string | null;
    confirmedBy: ('app' | 'link' | 'voice') | null;
    /** A machine was heard after the key that confirmed, so perhaps nobody has. An SMS follows; its link, or the app, confirms for certain */
    isDoubted: boolean;
    /** When they asked for no more calls for this Ding */
    stoppedAt: string | null;
    /** Whether it has come to them, as far as anybody knows: they confirmed or answered, an SMS was taken by the carrier and not lost, or it is in their app */
    isReached: boolean;
    /** The call to them, if there is one */
    leg: {
      state: 'queued' | 'ringing' | 'answered' | 'ended';
      /** Why it ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
      reason: string | null;
      /** While it waits here: when the phone may ring */
      ringsAt: string | null;
      begunAt: string | null;
      answeredAt: string | null;
      endedAt: string | null;
      /** Voicemail answered, so no key is taken any more */
      heardMachine: boolean;
      standing: Standing;
    } | null;
    notifications: readonly {
      channel: 'app' | 'sms';
      state: 'queued' | 'accepted' | 'ended';
      /** How the call ended that it follows; ring_limit, late, calls_away: or why the call can not ring within 30 s, and rings when it may */
      because: string | null;
      /** Why it ended */
      reason: string | null;
      /** How far the carrier says that an SMS has come */
      delivery: 'none' | 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed';
      createdAt: string;
      begunAt: string | null;
      endedAt: string | null;
      standing: Standing;
    }[];
  }[];
};
/** Take a Ding back */
export const dingRecall: Operation<DingRecallInput, DingRecallAnswer> = {
  method: 'POST',
  path: '/v1/dings/{id}/recall',
};

export interface DingConfirmInput {
  path: {
    id: string;
  };
}
export type DingConfirmAnswer = {
  id: string;
  /** Yours in this Ding */
  role: 'initiator' | 'recipient';
  text: string;
  channel: 'app' | 'sms' | 'voice';
  from: {
    participantId: string;
    name: string;
  };
  state: 'live' | 'ended';
  endReason: ('finished' | 'recalled') | null;
  createdAt: string;
  /** All of them for the initiator; for a recipient only themself */
  recipients: readonly {
    participantId: string;
    accountId: string;
    name: string;
    confirmedAt: string | null;
    confirmedBy: ('app' | 'link' | 'voice') | null;
    /** A machine was heard after the key that confirmed, so perhaps nobody has. An SMS follows; its link, or the app, confirms for certain */
    isDoubted: boolean;
    /** When they asked for no more calls for this Ding */
    stoppedAt: string | null;
    /** Whether it has come to them, as far as anybody knows: they confirmed or answered, an SMS was taken by the carrier and not lost, or it is in their app */
    isReached: boolean;
    /** The call to them, if there is one */
    leg: {
      state: 'queued' | 'ringing' | 'answered' | 'ended';
      /** Why it ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
      reason: string | null;
      /** While it waits here: when the phone may ring */
      ringsAt: string | null;
      begunAt: string | null;
      answeredAt: string | null;
      endedAt: string | null;
      /** Voicemail answered, so no key is taken any more */
      heardMachine: boolean;
      standing: Standing;
    } | null;
    notifications: readonly {
      channel: 'app' | 'sms';
      state: 'queued' | 'accepted' | 'ended';
      /** How the call ended that it follows; ring_limit, late, calls_away: or why the call can not ring within 30 s, and rings when it may */
      because: string | null;
      /** Why it ended */
      reason: string | null;
      /** How far the carrier says that an SMS has come */
      delivery: 'none' | 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed';
      createdAt: string;
      begunAt: string | null;
      endedAt: string | null;
      standing: Standing;
    }[];
  }[];
};
/** Confirm a Ding */
export const dingConfirm: Operation<DingConfirmInput, DingConfirmAnswer> = {
  method: 'POST',
  path: '/v1/dings/{id}/confirm',
};

export interface DingLinksReadInput {
  body: {
    /** What stands behind the # of the link */
    token: string;
  };
}
export type DingLinksReadAnswer = {
  /** open: the button confirms. already_confirmed: by this link or in another way. recalled: taken back. ended: over for another reason */
  state: 'open' | 'confirmed' | 'already_confirmed' | 'recalled' | 'ended';
  /** Who sent it; null unless open */
  from: string | null;
  /** Of the sender, in which the recipient agreed to be reached; null unless open */
  teams: readonly string[] | null;
  /** Null unless open */
  sentAt: string | null;
  /** The whole text; null unless open */
  text: string | null;
};
/** Read a Ding by its SMS's link */
export const dingLinksRead: Operation<DingLinksReadInput, DingLinksReadAnswer> = {
  method: 'POST',
  path: '/v1/ding-links/read',
};

export interface DingLinksConfirmInput {
  body: {
    /** What stands behind the # of the link */
    token: string;
  };
}
export type DingLinksConfirmAnswer = {
  state: 'open' | 'confirmed' | 'already_confirmed' | 'recalled' | 'ended';
};
/** Confirm a Ding by its SMS's link */
export const dingLinksConfirm: Operation<DingLinksConfirmInput, DingLinksConfirmAnswer> = {
  method: 'POST',
  path: '/v1/ding-links/confirm',
};

export interface ConferenceCreateInput {
  body: {
    /** The accounts to call, each of a team that you share */
    accountIds: readonly string[];
    /** Whether it ends for all when you leave its room */
    endsWithInitiator?: boolean;
    /** It ends by itself then */
    maxMinutes?: number;
  };
}
export type ConferenceCreateAnswer = {
  id: string;
  /** Yours */
  participantId: string;
  /** Yours */
  role: 'initiator' | 'invitee';
  state: 'live' | 'ended';
  /** finished: nobody was left. ended: by the initiator, or with them */
  endReason: ('finished' | 'ended' | 'time_limit') | null;
  endsWithInitiator: boolean;
  createdAt: string;
  /** By itself, at the latest */
  endsAt: string;
  participants: readonly {
    participantId: string;
    accountId: string;
    name: string;
    role: 'initiator' | 'invitee';
    /** away: not in the call; they may ask to be called */
    presence: 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';
    /** Why their newest call ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
    reason: string | null;
    /** While their call waits here: when the phone may ring */
    ringsAt: string | null;
    /** Where their newest call stands, if there is one */
    standing: Standing | null;
    /** As the carrier says */
    isMuted: boolean;
    /** Who has closed their microphone; where each has, `self` */
    mutedBy: ('self' | 'initiator') | null;
  }[];
};
/** Start a conference */
export const conferenceCreate: Operation<ConferenceCreateInput, ConferenceCreateAnswer> = {
  method: 'POST',
  path: '/v1/conferences',
  isKeyed: true,
};

export interface ConferenceListInput {
  query?: {
    /** The `id` of the last that you have; left out: the newest */
    before?: string;
  };
}
export type ConferenceListAnswer = {
  conferences: readonly {
    id: string;
    /** Yours */
    participantId: string;
    /** Yours */
    role: 'initiator' | 'invitee';
    state: 'live' | 'ended';
    /** finished: nobody was left. ended: by the initiator, or with them */
    endReason: ('finished' | 'ended' | 'time_limit') | null;
    endsWithInitiator: boolean;
    createdAt: string;
    /** By itself, at the latest */
    endsAt: string;
    /** The initiator */
    from: {
      participantId: string;
      name: string;
    };
    /** Without those who were removed */
    participantCount: number;
    /** Of those, how many are in the call */
    joinedCount: number;
  }[];
};
/** List your conferences */
export const conferenceList: Operation<ConferenceListInput, ConferenceListAnswer> = {
  method: 'GET',
  path: '/v1/conferences',
};

export interface ConferenceGetInput {
  path: {
    id: string;
  };
}
export type ConferenceGetAnswer = {
  id: string;
  /** Yours */
  participantId: string;
  /** Yours */
  role: 'initiator' | 'invitee';
  state: 'live' | 'ended';
  /** finished: nobody was left. ended: by the initiator, or with them */
  endReason: ('finished' | 'ended' | 'time_limit') | null;
  endsWithInitiator: boolean;
  createdAt: string;
  /** By itself, at the latest */
  endsAt: string;
  participants: readonly {
    participantId: string;
    accountId: string;
    name: string;
    role: 'initiator' | 'invitee';
    /** away: not in the call; they may ask to be called */
    presence: 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';
    /** Why their newest call ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
    reason: string | null;
    /** While their call waits here: when the phone may ring */
    ringsAt: string | null;
    /** Where their newest call stands, if there is one */
    standing: Standing | null;
    /** As the carrier says */
    isMuted: boolean;
    /** Who has closed their microphone; where each has, `self` */
    mutedBy: ('self' | 'initiator') | null;
  }[];
};
/** Read a conference */
export const conferenceGet: Operation<ConferenceGetInput, ConferenceGetAnswer> = {
  method: 'GET',
  path: '/v1/conferences/{id}',
};

export interface ConferenceAddInput {
  path: {
    id: string;
  };
  body: {
    /** The accounts to call, each of a team that you share */
    accountIds: readonly string[];
  };
}
export type ConferenceAddAnswer = {
  id: string;
  /** Yours */
  participantId: string;
  /** Yours */
  role: 'initiator' | 'invitee';
  state: 'live' | 'ended';
  /** finished: nobody was left. ended: by the initiator, or with them */
  endReason: ('finished' | 'ended' | 'time_limit') | null;
  endsWithInitiator: boolean;
  createdAt: string;
  /** By itself, at the latest */
  endsAt: string;
  participants: readonly {
    participantId: string;
    accountId: string;
    name: string;
    role: 'initiator' | 'invitee';
    /** away: not in the call; they may ask to be called */
    presence: 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';
    /** Why their newest call ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
    reason: string | null;
    /** While their call waits here: when the phone may ring */
    ringsAt: string | null;
    /** Where their newest call stands, if there is one */
    standing: Standing | null;
    /** As the carrier says */
    isMuted: boolean;
    /** Who has closed their microphone; where each has, `self` */
    mutedBy: ('self' | 'initiator') | null;
  }[];
};
/** Call more people into a conference */
export const conferenceAdd: Operation<ConferenceAddInput, ConferenceAddAnswer> = {
  method: 'POST',
  path: '/v1/conferences/{id}/participants',
};

export interface ConferenceRemoveInput {
  path: {
    participantId: string;
    id: string;
  };
}
export type ConferenceRemoveAnswer = {
  id: string;
  /** Yours */
  participantId: string;
  /** Yours */
  role: 'initiator' | 'invitee';
  state: 'live' | 'ended';
  /** finished: nobody was left. ended: by the initiator, or with them */
  endReason: ('finished' | 'ended' | 'time_limit') | null;
  endsWithInitiator: boolean;
  createdAt: string;
  /** By itself, at the latest */
  endsAt: string;
  participants: readonly {
    participantId: string;
    accountId: string;
    name: string;
    role: 'initiator' | 'invitee';
    /** away: not in the call; they may ask to be called */
    presence: 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';
    /** Why their newest call ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
    reason: string | null;
    /** While their call waits here: when the phone may ring */
    ringsAt: string | null;
    /** Where their newest call stands, if there is one */
    standing: Standing | null;
    /** As the carrier says */
    isMuted: boolean;
    /** Who has closed their microphone; where each has, `self` */
    mutedBy: ('self' | 'initiator') | null;
  }[];
};
/** Remove somebody from a conference */
export const conferenceRemove: Operation<ConferenceRemoveInput, ConferenceRemoveAnswer> = {
  method: 'DELETE',
  path: '/v1/conferences/{id}/participants/{participantId}',
};

export interface ConferenceMuteInput {
  path: {
    participantId: string;
    id: string;
  };
}
export type ConferenceMuteAnswer = {
  id: string;
  /** Yours */
  participantId: string;
  /** Yours */
  role: 'initiator' | 'invitee';
  state: 'live' | 'ended';
  /** finished: nobody was left. ended: by the initiator, or with them */
  endReason: ('finished' | 'ended' | 'time_limit') | null;
  endsWithInitiator: boolean;
  createdAt: string;
  /** By itself, at the latest */
  endsAt: string;
  participants: readonly {
    participantId: string;
    accountId: string;
    name: string;
    role: 'initiator' | 'invitee';
    /** away: not in the call; they may ask to be called */
    presence: 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';
    /** Why their newest call ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
    reason: string | null;
    /** While their call waits here: when the phone may ring */
    ringsAt: string | null;
    /** Where their newest call stands, if there is one */
    standing: Standing | null;
    /** As the carrier says */
    isMuted: boolean;
    /** Who has closed their microphone; where each has, `self` */
    mutedBy: ('self' | 'initiator') | null;
  }[];
};
/** Close somebody's microphone */
export const conferenceMute: Operation<ConferenceMuteInput, ConferenceMuteAnswer> = {
  method: 'POST',
  path: '/v1/conferences/{id}/participants/{participantId}/mute',
};

export interface ConferenceUnmuteInput {
  path: {
    participantId: string;
    id: string;
  };
}
export type ConferenceUnmuteAnswer = {
  id: string;
  /** Yours */
  participantId: string;
  /** Yours */
  role: 'initiator' | 'invitee';
  state: 'live' | 'ended';
  /** finished: nobody was left. ended: by the initiator, or with them */
  endReason: ('finished' | 'ended' | 'time_limit') | null;
  endsWithInitiator: boolean;
  createdAt: string;
  /** By itself, at the latest */
  endsAt: string;
  participants: readonly {
    participantId: string;
    accountId: string;
    name: string;
    role: 'initiator' | 'invitee';
    /** away: not in the call; they may ask to be called */
    presence: 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';
    /** Why their newest call ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
    reason: string | null;
    /** While their call waits here: when the phone may ring */
    ringsAt: string | null;
    /** Where their newest call stands, if there is one */
    standing: Standing | null;
    /** As the carrier says */
    isMuted: boolean;
    /** Who has closed their microphone; where each has, `self` */
    mutedBy: ('self' | 'initiator') | null;
  }[];
};
/** Open somebody's microphone */
export const conferenceUnmute: Operation<ConferenceUnmuteInput, ConferenceUnmuteAnswer> = {
  method: 'POST',
  path: '/v1/conferences/{id}/participants/{participantId}/unmute',
};

export interface ConferenceHangUpInput {
  path: {
    id: string;
  };
}
export type ConferenceHangUpAnswer = {
  id: string;
  /** Yours */
  participantId: string;
  /** Yours */
  role: 'initiator' | 'invitee';
  state: 'live' | 'ended';
  /** finished: nobody was left. ended: by the initiator, or with them */
  endReason: ('finished' | 'ended' | 'time_limit') | null;
  endsWithInitiator: boolean;
  createdAt: string;
  /** By itself, at the latest */
  endsAt: string;
  participants: readonly {
    participantId: string;
    accountId: string;
    name: string;
    role: 'initiator' | 'invitee';
    /** away: not in the call; they may ask to be called */
    presence: 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';
    /** Why their newest call ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
    reason: string | null;
    /** While their call waits here: when the phone may ring */
    ringsAt: string | null;
    /** Where their newest call stands, if there is one */
    standing: Standing | null;
    /** As the carrier says */
    isMuted: boolean;
    /** Who has closed their microphone; where each has, `self` */
    mutedBy: ('self' | 'initiator') | null;
  }[];
};
/** Leave the call */
export const conferenceHangUp: Operation<ConferenceHangUpInput, ConferenceHangUpAnswer> = {
  method: 'POST',
  path: '/v1/conferences/{id}/hang-up',
};

export interface ConferenceCallMeInput {
  path: {
    id: string;
  };
}
export type ConferenceCallMeAnswer = {
  id: string;
  /** Yours */
  participantId: string;
  /** Yours */
  role: 'initiator' | 'invitee';
  state: 'live' | 'ended';
  /** finished: nobody was left. ended: by the initiator, or with them */
  endReason: ('finished' | 'ended' | 'time_limit') | null;
  endsWithInitiator: boolean;
  createdAt: string;
  /** By itself, at the latest */
  endsAt: string;
  participants: readonly {
    participantId: string;
    accountId: string;
    name: string;
    role: 'initiator' | 'invitee';
    /** away: not in the call; they may ask to be called */
    presence: 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';
    /** Why their newest call ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
    reason: string | null;
    /** While their call waits here: when the phone may ring */
    ringsAt: string | null;
    /** Where their newest call stands, if there is one */
    standing: Standing | null;
    /** As the carrier says */
    isMuted: boolean;
    /** Who has closed their microphone; where each has, `self` */
    mutedBy: ('self' | 'initiator') | null;
  }[];
};
/** Have yourself called into a conference */
export const conferenceCallMe: Operation<ConferenceCallMeInput, ConferenceCallMeAnswer> = {
  method: 'POST',
  path: '/v1/conferences/{id}/call-me',
};

export interface ConferenceEndInput {
  path: {
    id: string;
  };
}
export type ConferenceEndAnswer = {
  id: string;
  /** Yours */
  participantId: string;
  /** Yours */
  role: 'initiator' | 'invitee';
  state: 'live' | 'ended';
  /** finished: nobody was left. ended: by the initiator, or with them */
  endReason: ('finished' | 'ended' | 'time_limit') | null;
  endsWithInitiator: boolean;
  createdAt: string;
  /** By itself, at the latest */
  endsAt: string;
  participants: readonly {
    participantId: string;
    accountId: string;
    name: string;
    role: 'initiator' | 'invitee';
    /** away: not in the call; they may ask to be called */
    presence: 'waiting' | 'ringing' | 'answered' | 'joined' | 'away' | 'removed';
    /** Why their newest call ended; `unknown` while nobody can say whether it went out, `calls_away` while it waits since no call can be made */
    reason: string | null;
    /** While their call waits here: when the phone may ring */
    ringsAt: string | null;
    /** Where their newest call stands, if there is one */
    standing: Standing | null;
    /** As the carrier says */
    isMuted: boolean;
    /** Who has closed their microphone; where each has, `self` */
    mutedBy: ('self' | 'initiator') | null;
  }[];
};
/** End a conference for all */
export const conferenceEnd: Operation<ConferenceEndInput, ConferenceEndAnswer> = {
  method: 'POST',
  path: '/v1/conferences/{id}/end',
};
