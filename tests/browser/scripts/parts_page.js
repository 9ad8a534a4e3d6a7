// A page with what the files of the player export, each imported by itself.
import * as lesson from "../player/class_lesson.js";
import * as practice from "../player/practice.js";
import * as sound from "../player/sound.js";
import * as sprite from "../player/sprite.js";
import * as timeline from "../player/timeline.js";

window.parts = { ...lesson, ...practice, ...sound, ...sprite, ...timeline };
window.ready = true;
