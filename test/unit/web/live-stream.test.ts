import { type LiveMessage, readMessages } from '../../../src/web/app/state/live-stream.js';

async function readAll(chunks: readonly string[]): Promise<LiveMessage[]> {
  const bytes = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(bytes.encode(chunk));
      controller.close();
    },
  });
  const messages: LiveMessage[] = [];
  for await (const message of readMessages(body)) messages.push(message);
  return messages;
}

const STREAM =
  'retry: 3172\n\nid: 1.a\nevent: hello\ndata: {"kind":"hello"}\n\n: still here\nid: 1.b\n\n';
const MESSAGES = [{ retryMs: 3172 }, { id: '1.a', data: '{"kind":"hello"}' }, { id: '1.b' }];

it('a stream is read block by block, heartbeats too', async () => {
  expect(await readAll([STREAM])).toEqual(MESSAGES);
});

it('wherever it is cut on its way', async () => {
  for (let at = 1; at < STREAM.length; at++)
    expect(await readAll([STREAM.slice(0, at), STREAM.slice(at)])).toEqual(MESSAGES);
});

it('what was cut off by the end of the connection is no message', async () => {
  expect(await readAll(['id: 1.a\ndata: {"kind":"he'])).toEqual([]);
});
