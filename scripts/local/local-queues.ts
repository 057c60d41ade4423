/** What a door must know of the queues of its worker: which queue each binding sends to. */
export interface LocalQueues {
  /** Binding → queue. */
  producers: Record<string, string>;
}
