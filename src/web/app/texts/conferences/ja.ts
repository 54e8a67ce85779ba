import type { Words } from '../en.js';

export const conferences: Words['conferences'] = {
  title: '会議',
  start: '会議を始める',
  one: '会議',
  none: 'まだ会議はありません。始めると全員の電話が鳴り、みんなで話せます。',
  older: '以前の会議を表示',
  startedBy: (name) => `${name}さんが開始`,
  startedByYou: 'あなたが開始',
  inRoom: (joined, all) => `${all}人中${joined}人が参加中`,
  live: '進行中',
  over: {
    finished: '終了：全員が退出しました',
    ended: '終了：会議が終了されました',
    time_limit: '終了：時間になりました',
  },
  people: '参加者',
  lastsUntil: (time) => `遅くとも${time}に自動で終了します。`,
  endsWith: (name) => `${name}さんが退出すると、全員の会議が終わります。`,
  endsWithYou: 'あなたが退出すると、全員の会議が終わります。',
  noLonger: 'あなたはもうこの会議の参加者ではありません。',
  toList: 'すべての会議',

  form: {
    whom: '誰に電話しますか？',
    atLeast: 'ほかに2人以上。あなたを含む全員の電話が同時に鳴ります。',
    tooFew: '2人以上を選んでください。',
    tooMany: (most) => `選べるのは${most}人までです。`,
    endsWithMe: '私が退出したら全員の会議を終える',
    seen: '会議に参加している間だけ、参加者どうしで番号が見えます。ほかの人には見えません。',
    submit: '今すぐ全員に電話',
    needNumber: '会議ではあなたにも電話します。先に番号を確認してください。',
    verify: '自分の番号を確認',
    nobody:
      '会議には、同意していて確認済みの番号を持つメンバーが、あなたのチームにほかに2人以上必要です。',
    toTeams: '自分のチーム',
  },

  more: {
    title: 'ほかの人にも電話',
    whom: 'ほかに誰に電話しますか？',
    submit: '今すぐ電話',
    nobody: 'チームに、ほかに電話できる方はいません。',
    back: '会議に戻る',
  },

  mine: {
    waiting: 'まもなくあなたの電話が鳴ります。',
    waitingUntil: (time) => `${time}にあなたの電話が鳴ります。`,
    unsure: 'あなたの電話を呼び出しているか、まだ分かりません。',
    ringing: '電話が鳴っています。出て1を押してください。',
    answered: '電話で1を押すと参加できます。',
    joined: '会議に参加中です。',
    away: '会議に参加していません。',
    failed: 'あなたの電話につながりませんでした。',
  },

  theirs: {
    waiting: 'まもなく電話します',
    waitingUntil: (time) => `${time}に電話します`,
    unsure: '電話したかどうか、まだ分かりません',
    ringing: '呼び出し中',
    answered: '電話に出ました。まだ参加していません',
    joined: '参加中',
    removed: '外されました',
    away: '参加していません',
  },

  reasons: {
    hung_up: '電話を切りました',
    busy: '話し中か、拒否されました',
    no_answer: '電話に出ませんでした',
    machine: '留守番電話が応答しました',
    no_consent: '電話に同意していません',
    failed: 'つながりませんでした',
  },

  muted: {
    byYou: 'あなたがミュート中',
    bySelf: '自分でミュート中',
    by: (name) => `${name}さんがミュート中`,
    coming: 'ミュートしています…',
    going: 'ミュートを解除しています…',
    onlyBy: (name) => `ミュートを解除できるのは${name}さんだけです。`,
  },

  acts: {
    muteMe: '自分をミュート',
    unmuteMe: '自分のミュートを解除',
    mute: 'ミュート',
    muteWho: (name) => `ミュート：${name}`,
    unmute: 'ミュート解除',
    unmuteWho: (name) => `ミュート解除：${name}`,
    remove: '外す',
    removeWho: (name) => `外す：${name}`,
    callAgain: 'もう一度電話',
    callAgainWho: (name) => `もう一度電話：${name}`,
    callMe: '自分に電話',
    hangUp: '電話を切る',
    end: '全員の会議を終了',
  },
  awayHint: '参加していない方は、自分のアプリの「自分に電話」で戻れます。',

  ask: {
    remove: (name) => `${name}さんを外しますか？`,
    removeText: 'その方の通話は終わります。戻れるのは、あなたがもう一度電話したときだけです。',
    end: '全員の会議を終了しますか？',
    endText: 'すべての通話がすぐに終わります。',
    leave: '電話を切って、全員の会議を終了しますか？',
    leaveText: 'あなたが退出すると、この会議は全員終了します。',
  },
};
