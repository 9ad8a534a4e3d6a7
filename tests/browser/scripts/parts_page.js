// A page with what the files of the player export, each imported by itself.
import * as practice from "../player/practice.js";
import * as sound from "../player/sound.js";
import * as sprite from "../player/sprite.js";
import * as timeline from "../player/timeline.js";

window.parts = { ...practice, ...sound, ...sprite, ...timeline };
window.ready = true;
