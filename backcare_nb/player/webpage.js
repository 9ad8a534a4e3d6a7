// @ts-check
// A page that plays one session.

import player from "./player.js";
import { StandIn, mount } from "./standin.js";

/** The session, which the page carries packed. */
async function unpacked() {
  const packed = document.getElementById("session")?.textContent ?? "";
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

const place = /** @type {HTMLElement} */ (document.getElementById("player"));
unpacked().then((session) => mount(player, new StandIn(session), place));
