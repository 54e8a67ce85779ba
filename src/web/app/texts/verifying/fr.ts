import type { Verifying } from './en.js';

export const verifying: Verifying = {
  common: { optional: 'facultatif' },

  number: {
    country: 'Pays',
    number: 'Numéro de téléphone',
    numberHint: 'Vous pouvez le coller, avec ou sans l’indicatif du pays.',
    bySms: 'M’envoyer un code par SMS',
    byCall: 'M’appeler plutôt',
    callHint: 'L’appel vous indique un chiffre. Appuyez dessus, et il dit le code.',
    sentTo: (number) => `Le code est envoyé à : ${number}.`,
    code: 'Code',
    codeHint: 'Les chiffres du SMS ou de l’appel.',
    check: 'Vérifier le code',
    wrong: (left) =>
      left === 1
        ? 'Ce code est faux. Il reste un essai.'
        : `Ce code est faux. Il reste ${left} essais.`,
    resend: 'L’envoyer à nouveau',
    callMe: 'M’appeler avec le code',
    waitFor: (what, time) => `${what} (dans ${time})`,
    cancel: 'Prendre un autre numéro',
    over: {
      expired: 'Le code a expiré. Recommencez.',
      max_attempts: 'C’était un code faux de trop. Recommencez.',
      canceled: 'Cette vérification a été arrêtée.',
      undeliverable: 'Aucun code n’a pu parvenir à ce numéro.',
      blocked: 'Ce numéro ne peut pas être vérifié ici.',
    },
    delivery: {
      smsOnItsWay: 'Le SMS est en route.',
      smsDelivered: 'Le SMS est arrivé.',
      callOnItsWay: 'Votre téléphone va sonner.',
      ringing: 'Votre téléphone sonne.',
      answered: 'Vous avez décroché. Appuyez sur le chiffre que l’appel indique.',
      spoken: 'L’appel a dit le code.',
      held: 'Votre opérateur retient les codes pour le moment. Le vôtre partira plus tard.',
      unknown: 'Nous ne savons pas si le code est parti. Attendez un peu avant de le redemander.',
      busy: 'Votre téléphone était occupé, ou vous avez refusé l’appel.',
      no_answer: 'Personne n’a répondu à l’appel.',
      hung_up: 'L’appel s’est terminé avant que le code soit dit.',
      machine: 'Le répondeur a décroché, et rien ne lui a été dit.',
      bad_number: 'L’opérateur téléphonique dit que ce numéro n’existe pas.',
      no_sms: 'Ce numéro ne reçoit pas de SMS. On peut vous appeler.',
      opted_out: 'Ce numéro a répondu STOP à nos SMS. On peut vous appeler.',
      calls_away:
        'Aucun appel n’est possible pour le moment. Demandez un SMS, ou un appel plus tard.',
      failed: 'Le code n’a pas pu vous parvenir. Essayez l’autre façon, ou plus tard.',
    },
    verified: 'Votre numéro est vérifié.',
  },

  problems: {
    INVALID_INPUT: 'Quelque chose n’est pas bien rempli. Vérifiez les champs.',
    INVALID_NUMBER: 'Ce numéro ne peut pas être joint. Vérifiez le pays et les chiffres.',
    NUMBER_TYPE_REFUSED:
      'Nous n’envoyons pas de codes à ce type de numéro. Prenez un numéro mobile ou fixe ordinaire.',
    COUNTRY_REFUSED: 'D’ici, aucun code n’est envoyé vers ce pays.',
    PREFIX_REFUSED: 'Aucun code n’est envoyé aux numéros qui commencent ainsi.',
    NOT_FOUND: 'Cela n’existe pas, ou n’est pas pour vous.',
    VERIFICATION_FINISHED: 'Cette vérification est terminée. Recommencez pour recevoir un code.',
    VOICE_ONLY: 'Aucun SMS n’atteint ce numéro. On peut l’appeler.',
    CHANNEL_OFF: 'Ici, les codes ne sont pas envoyés de cette façon. Choisissez l’autre.',
    TOO_MANY_REQUESTS: 'C’était beaucoup en peu de temps. Attendez un moment.',
    SEND_TOO_SOON: 'Un code vient de partir. Laissez-lui le temps d’arriver.',
    SEND_LIMIT: 'Plus de codes à ce numéro pour le moment.',
    CALL_LIMIT: 'Plus d’appels avec ce code.',
    SENDS_BLOCKED: 'Pour le moment, aucun code n’est envoyé à des numéros comme celui-ci.',
    GUESS_LIMIT: 'Trop de codes faux pour ce numéro.',
    SENDER_LIMIT: 'Vous en avez commencé autant que possible pour le moment.',
    INTERNAL: 'Quelque chose a échoué de notre côté. Réessayez.',
    UNAVAILABLE: 'Ce n’est pas possible en ce moment. Réessayez dans un instant.',
    STORAGE_FULL: 'Le serveur est plein. Réessayez plus tard et prévenez votre opérateur.',
  },

  trouble: {
    noAnswer:
      'Aucune réponse n’est venue. Vérifiez la connexion et réessayez : rien n’est fait deux fois.',
    retryIn: (time) => `Réessayez dans ${time}.`,
  },
};
