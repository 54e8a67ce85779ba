/** How much one process of `api` does for its streams. */
export class LiveOptions {
  /** It is below what proxies take for dead; 30 s is the shortest that is common. */
  heartbeatMs = 15_000;
  /** A reader whose connection takes nothing for so long is gone. Each heartbeat looks. */
  stallMs = 30_000;
  /**
   * PostgreSQL notifies of new events at once; this is for what is lost with the connection that
   * listens.
   */
  pollMs = 5_000;
  /**
   * Tabs and devices of one person. The oldest makes room for one more: it may be one that is gone
   * and doesn't know.
   */
  maxPerAccount = 10;
  maxStreams = 5_000;
  /** Events that are read in one query for all readers. */
  tailPage = 500;
  /**
   * Events that one reader catches up with in one query: about what Node takes for a connection
   * before it says stop (16 KB).
   */
  readerPage = 50;
  /**
   * Readers that catch up at the same time, each with a connection of the pool: after a restart all
   * of them want to.
   */
  catchingUpAtOnce = 2;
}
