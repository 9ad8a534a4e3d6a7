// @ts-check
// A page that plays one session.

import createPlayer from "./player.js";
import { StaticModel, mountWidget } from "./static_model.js";

/** Read the session, which the page carries packed. */
async function unpackSession() {
  const packed = document.getElementById("session")?.textContent ?? "";
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const { DecompressionStream } = /** @type {any} */ (globalThis);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

const place = /** @type {HTMLElement} */ (document.getElementById("player"));
unpackSession().then((session) => mountWidget(createPlayer, new StaticModel(session), place));
