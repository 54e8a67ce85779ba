import type { Verifying } from './en.js';

export const verifying: Verifying = {
  common: { optional: 'opcional' },

  number: {
    country: 'País',
    number: 'Número de teléfono',
    numberHint: 'Puede pegarlo, con o sin el prefijo del país.',
    bySms: 'Enviarme un código por SMS',
    byCall: 'Mejor llamarme',
    callHint: 'La llamada le dice una cifra. Púlsela y le dictará el código.',
    sentTo: (number) => `El código va a: ${number}.`,
    code: 'Código',
    codeHint: 'Las cifras del SMS o de la llamada.',
    check: 'Comprobar el código',
    wrong: (left) =>
      left === 1
        ? 'Este código no es correcto. Le queda un intento.'
        : `Este código no es correcto. Le quedan ${left} intentos.`,
    resend: 'Enviarlo otra vez',
    callMe: 'Llamarme con el código',
    waitFor: (what, time) => `${what} (en ${time})`,
    cancel: 'Usar otro número',
    over: {
      expired: 'El código ha caducado. Empiece de nuevo.',
      max_attempts: 'Ha sido un código incorrecto de más. Empiece de nuevo.',
      canceled: 'Esta verificación se detuvo.',
      undeliverable: 'No se pudo hacer llegar ningún código a este número.',
      blocked: 'Este número no se puede verificar aquí.',
    },
    delivery: {
      smsOnItsWay: 'El SMS está en camino.',
      smsDelivered: 'El SMS ha llegado.',
      callOnItsWay: 'Su teléfono sonará en un momento.',
      ringing: 'Su teléfono está sonando.',
      answered: 'Ha contestado. Pulse la cifra que le dice la llamada.',
      spoken: 'La llamada ha dictado el código.',
      held: 'Su operador retiene los códigos por ahora. El suyo saldrá más tarde.',
      unknown: 'No sabemos si el código salió. Espere un momento antes de pedirlo otra vez.',
      busy: 'Su teléfono comunicaba, o rechazó la llamada.',
      no_answer: 'Nadie contestó a la llamada.',
      hung_up: 'La llamada terminó antes de dictar el código.',
      machine: 'Contestó el buzón de voz, y no se le dijo nada.',
      bad_number: 'La compañía telefónica dice que ese número no existe.',
      no_sms: 'Este número no recibe SMS. Se le puede llamar.',
      opted_out: 'Este número respondió STOP a nuestros SMS. Se le puede llamar.',
      calls_away: 'Ahora no se puede llamar. Pida el código por SMS, o la llamada más tarde.',
      failed: 'El código no pudo llegarle. Pruebe de la otra forma, o más tarde.',
    },
    verified: 'Su número está verificado.',
  },

  problems: {
    INVALID_INPUT: 'Algo no está bien rellenado. Revise los campos.',
    INVALID_NUMBER: 'No se puede contactar con este número. Revise el país y las cifras.',
    NUMBER_TYPE_REFUSED:
      'No enviamos códigos a este tipo de número. Use un número móvil o fijo corriente.',
    COUNTRY_REFUSED: 'Desde aquí no se envían códigos a ese país.',
    PREFIX_REFUSED: 'No se envían códigos a números que empiezan así.',
    NOT_FOUND: 'No existe, o no es para usted.',
    VERIFICATION_FINISHED:
      'Esta verificación ha terminado. Empiece de nuevo para recibir un código.',
    VOICE_ONLY: 'A este número no le llegan SMS. Se le puede llamar.',
    CHANNEL_OFF: 'Aquí no se envían códigos de esta forma. Elija la otra.',
    TOO_MANY_REQUESTS: 'Han sido muchas peticiones en poco tiempo. Espere un momento.',
    SEND_TOO_SOON: 'Acaba de salir un código. Dele tiempo para llegar.',
    SEND_LIMIT: 'Por ahora no se envían más códigos a este número.',
    CALL_LIMIT: 'No se harán más llamadas con este código.',
    SENDS_BLOCKED: 'Por ahora no se envían códigos a números como este.',
    GUESS_LIMIT: 'Demasiados códigos incorrectos para este número.',
    SENDER_LIMIT: 'Ha empezado tantos como puede por ahora.',
    INTERNAL: 'Algo ha fallado por nuestra parte. Vuelva a intentarlo.',
    UNAVAILABLE: 'Ahora mismo no es posible. Vuelva a intentarlo en un momento.',
    STORAGE_FULL: 'El servidor está lleno. Inténtelo más tarde y avise a su operador.',
  },

  trouble: {
    noAnswer:
      'No hubo respuesta. Revise la conexión y vuelva a intentarlo: nada se hace dos veces.',
    retryIn: (time) => `Vuelva a intentarlo en ${time}.`,
  },
};
