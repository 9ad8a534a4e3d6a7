// @ts-check
// Keeps the site on the device, each file by the digest of its content: a page never meets a file of
// another version, and a new version fetches what is new in it and nothing else. `SITE`, which is
// written before this text, says what the site holds.

/**
 * digests: that of each file, by its path. pages: the files that each page needs, by its name; those
 * under "" are needed by all.
 * @typedef {{digests: Record<string, string>, pages: Record<string, string[]>}} SiteContent
 */

const CACHE = "backcare";
const CHOICE = "kept-pages"; // where in the cache stands which pages are kept, where not all are
const FETCHED_AT_ONCE = 8;
const NOT_KEPT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Not here</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><h1>This page is not kept here</h1>
<p>Open it where there is a network. If it does not come even then, there is a newer version of these
pages: <a href="index.html">the first page</a> offers it.</p></html>`;

const worker = /** @type {any} */ (globalThis);
const site = /** @type {SiteContent} */ (worker.SITE);

/** @param {string} path */
const addressOf = (path) => new URL(path, worker.registration.scope).href;
/** @param {string} path its digest as a query: no file is taken for another version of it */
const cacheKeyOf = (path) => `${addressOf(path)}?${site.digests[path]}`;

/** @param {ArrayBuffer} content */
async function digestOf(content) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...bytes.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Fetch a file, and refuse one of another version.
 * @param {string} path
 */
async function fetchFile(path) {
  const answer = await fetch(addressOf(path), { cache: "no-cache" });
  const content = await answer.arrayBuffer();
  if (!answer.ok || await digestOf(content) !== site.digests[path]) {
    throw new Error(`${path} is not the one of this version`);
  }
  return new Response(content, { headers: { "Content-Type": answer.headers.get("Content-Type") ?? "" } });
}

// -------------------------------------------------------- What is kept

/** @returns {Promise<string[]>} the names of pages */
async function readChoice() {
  const chosen = await (await caches.open(CACHE)).match(addressOf(CHOICE));
  return chosen ? chosen.json() : Object.keys(site.pages);
}

/** @param {string[]} names of pages; the files that they need */
const listFiles = (names) => new Set(["", ...names].flatMap((name) => site.pages[name] ?? []));

/**
 * Fetch what pages need and is not yet here; fails where a file is of another version.
 * @param {string[]} names
 */
async function keep(names) {
  const cache = await caches.open(CACHE);
  const missing = /** @type {string[]} */ ([]);
  for (const path of listFiles(names)) {
    if (!await cache.match(cacheKeyOf(path))) missing.push(path);
  }
  const fetchInTurn = async () => {
    for (let path = missing.pop(); path !== undefined; path = missing.pop()) {
      await cache.put(cacheKeyOf(path), await fetchFile(path));
    }
  };
  await Promise.all(Array.from({ length: FETCHED_AT_ONCE }, fetchInTurn));
}

/** Delete what is of other versions, or is not chosen any more. */
async function deleteOthers() {
  const cache = await caches.open(CACHE);
  const kept = new Set([addressOf(CHOICE), ...[...listFiles(await readChoice())].map(cacheKeyOf)]);
  for (const { url } of await cache.keys()) if (!kept.has(url)) await cache.delete(url);
}

/** @param {string[]} names of pages */
async function choose(names) {
  await keep(names);
  await (await caches.open(CACHE)).put(addressOf(CHOICE), new Response(JSON.stringify(names)));
  await deleteOthers();
}

// -------------------------------------------------------- What a page asks for

/**
 * @param {Request} request
 * @param {string} path
 */
async function answer(request, path) {
  const kept = await (await caches.open(CACHE)).match(cacheKeyOf(path));
  if (kept) return kept;
  try {
    return await fetchFile(path);
  } catch {
    worker.registration.update().catch(() => {});
    if (request.mode !== "navigate") return Response.error();
    return new Response(NOT_KEPT, { status: 503, headers: { "Content-Type": "text/html" } });
  }
}

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(readChoice().then(keep)));
worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(Promise.all([deleteOthers(), worker.clients.claim()]));
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { origin, pathname } = new URL(event.request.url);
  const path = `${origin}${pathname}`.replace(worker.registration.scope, "") || "index.html";
  if (event.request.method === "GET" && path in site.digests) {
    event.respondWith(answer(event.request, path));
  }
});
worker.addEventListener("message", (/** @type {any} */ event) => {
  const { renew, chosen } = event.data;
  if (renew) worker.skipWaiting();
  const done = chosen ? choose(chosen).then(() => true, () => false) : Promise.resolve(true);
  event.waitUntil(done.then(async (isDone) => event.ports[0]?.postMessage({ isDone, kept: await readChoice() })));
});
