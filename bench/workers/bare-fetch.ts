/** The reference for a delivery: a worker that fetches an address so many times, so many at once, and reads each answer. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const url = searchParams.get("url") ?? "";
    let left = Number(searchParams.get("times"));
    const lane = async (): Promise<void> => {
      while (left-- > 0) await (await fetch(`${url}?id=${left}`)).text();
    };
    await Promise.all(Array.from({ length: Number(searchParams.get("lanes")) }, lane));
    return new Response("done");
  },
};
