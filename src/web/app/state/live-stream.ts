/** One block of a stream of server-sent events. A heartbeat has an id and no data. */
export interface LiveMessage {
  readonly id?: string;
  readonly data?: string;
  readonly retryMs?: number;
}

/**
 * Reads a stream to its end. The browser's own EventSource can't be used: it keeps heartbeats to
 * itself, so a connection that died while the laptop slept looks alive for minutes; and a new one
 * can't say where the one before stopped.
 */
export async function* readMessages(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<LiveMessage, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) yield parseBlock(block);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseBlock(block: string): LiveMessage {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name !== '') fields.set(name, value);
  }
  const [id, data, retry] = ['id', 'data', 'retry'].map((name) => fields.get(name));
  return {
    ...(id === undefined ? {} : { id }),
    ...(data === undefined ? {} : { data }),
    ...(retry === undefined ? {} : { retryMs: Number(retry) }),
  };
}
