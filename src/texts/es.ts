import { standings } from './standings/es.js';
import type { Texts } from './texts.js';

/**
 * SMS do without á, í, ó and ú, which would leave them 70 characters: "clave" rather than "código".
 */
export const es = {
  voice: { voice: 'Polly.Lucia', language: 'es-ES' },
  space: ' ',
  codeSms: [
    (code, minutes) =>
      `${code} es su clave de Dingline. Vence en ${minutes} min. No se la diga a nadie.`,
    (code) => `${code} es su clave de Dingline. No se la diga a nadie.`,
  ],
  appCodeSms: [
    (name, code, minutes) =>
      `${name}: ${code} es su clave. Vence en ${minutes} min. No se la diga a nadie.`,
    (name, code) => `${name}: ${code} es su clave. No se la diga a nadie.`,
    (name, code) => `${name}: ${code} es su clave.`,
    (name, code) => `${name}: ${code}`,
    (_name, code) => `${code} es su clave. No se la diga a nadie.`,
  ],
  dingSms: { from: (name) => `Urgente, de ${name} por Dingline: `, confirm: '\nConfirmar: ' },
  ding: {
    from: (name) => `Hola. Tiene un mensaje urgente de ${name}, enviado por Dingline.`,
    menu:
      'Para confirmar que lo ha escuchado, marque 1. Para escucharlo otra vez, marque ' +
      'asterisco. Para no recibir más llamadas por este mensaje, marque 9.',
    otherKey: 'Lo sentimos, esa tecla no tiene ninguna función.',
    confirmed: 'Gracias. Mensaje confirmado. Adiós.',
    already: 'Este mensaje ya estaba confirmado. Gracias, no tiene que hacer nada más. Adiós.',
    stopped: 'No recibirá más llamadas por este mensaje. Adiós.',
    recalled: 'Este mensaje se ha retirado. Adiós.',
    ended: 'Este mensaje ha terminado. Adiós.',
    goodbye: 'No ha marcado ninguna tecla. Adiós.',
  },
  conference: {
    invited: (name) => `Hola. ${name} le invita a una conferencia telefónica por Dingline.`,
    called: 'Hola. Esta es su conferencia telefónica de Dingline.',
    menu:
      'Para entrar, marque 1. Mientras esté en la llamada, los demás verán su número. Si no ' +
      'quiere entrar, cuelgue.',
    otherKey: 'Lo sentimos, esa tecla no tiene ninguna función.',
    joining: 'Está entrando en la conferencia.',
    ended: 'Esta conferencia ha terminado. Adiós.',
    goodbye: 'No ha marcado ninguna tecla. Adiós.',
  },
  code: {
    from:
      'Hola, le llamamos de Dingline. Alguien, probablemente usted, ha pedido un código para ' +
      'verificar este número de teléfono. Si no ha sido usted, simplemente cuelgue.',
    fromApp: (name) =>
      `Hola, le llamamos de ${name}. Alguien, probablemente usted, ha pedido un código para ` +
      'verificar este número de teléfono. Si no ha sido usted, simplemente cuelgue.',
    press: (digit) => `Para escuchar el código, marque ${digit}.`,
    otherKey: 'Lo sentimos, esa no es la tecla.',
    code: 'Su código es:',
    again: 'Lo repetimos:',
    heard: 'No se lo diga a nadie. Adiós.',
    wrongKeys:
      'Lo sentimos, tampoco es esa tecla. Para escuchar el código, pida otra llamada, por favor. Adiós.',
    goodbye:
      'No ha marcado ninguna tecla. Para escuchar el código, pida otra llamada, por favor. Adiós.',
    over: 'Este código ya no hace falta o ha caducado. Adiós.',
  },
  outage: {
    moment: 'Un momento, por favor.',
    sorry: 'Lo sentimos, tenemos un problema técnico.',
    about: {
      ding: 'Este mensaje no se ha confirmado.',
      verification: 'Vuelva a pedir el código un poco más tarde, por favor.',
      conference: 'No hemos podido conectarle.',
    },
    goodbye: 'Adiós.',
  },
  standings,
  riskNotice: {
    title: 'Lo que demuestra un código enviado a su teléfono',
    proves:
      'Un código que llega por SMS o por llamada demuestra que ahora se le puede localizar en ' +
      'este número. No demuestra quién es usted.',
    risks:
      'Los SMS y las llamadas se pueden leer o desviar por el camino, y se ven en una ' +
      'pantalla bloqueada. Alguien puede apoderarse de su número en la operadora, con una ' +
      'nueva tarjeta SIM o llevándolo a otra operadora. Un número que usted deja puede ' +
      'asignarse a otra persona.',
    alternative:
      'No confíe solo en su número. Use también una contraseña segura y, donde se lo ' +
      'ofrezcan, una clave de acceso (passkey) o una aplicación de autenticación.',
    lost:
      'Si su teléfono se queda sin red sin motivo, o si cambia de número, avise enseguida a su ' +
      'operadora y a nosotros. Nadie que trabaje con nosotros le pide un código: no se lo diga ' +
      'a nadie.',
  },
  confirmPage: {
    title: 'Confirmar un mensaje urgente',
    from: 'Mensaje urgente de {name}:',
    sent: 'Enviado por Dingline el {time}',
    team: 'Para el equipo: {team}',
    confirm: 'Lo he leído: confirmar',
    wait: 'Un momento…',
    confirmed: 'Gracias. Mensaje confirmado.',
    already_confirmed: 'Este mensaje ya estaba confirmado. Gracias, no tiene que hacer nada más.',
    recalled: 'Este mensaje se ha retirado. No tiene que hacer nada más.',
    ended: 'Este mensaje ha terminado. No tiene que hacer nada más.',
    no_token: 'Abra otra vez el enlace del SMS.',
    unknown: 'Este enlace ya no es válido.',
    trouble: 'No hemos podido conectar. Inténtelo de nuevo, por favor.',
    offline: 'No tiene conexión. Inténtelo de nuevo cuando la recupere.',
    retry: 'Intentar otra vez',
    noScript: 'Para confirmar, esta página necesita JavaScript.',
  },
} as const satisfies Texts;
