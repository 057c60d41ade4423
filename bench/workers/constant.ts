/** The reference for a redirect: the smallest worker that answers a constant 302. */
export default {
  fetch: () => new Response(null, { status: 302, headers: { Location: "https://shop.example/shoes" } }),
};
