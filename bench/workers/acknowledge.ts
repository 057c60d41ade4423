/** A consumer that only acknowledges, so that the door is measured without the books behind it. */
export default {
  fetch: () => new Response(null, { status: 404 }),
  queue: (batch: MessageBatch) => batch.ackAll(),
};
