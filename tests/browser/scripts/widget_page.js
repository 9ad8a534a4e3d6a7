// A page with another widget; heard are the keys that left it.
import { Model } from "./model.js";

const { default: made } = await import(`../${document.title}.mjs`);
const widget = typeof made === "function" ? made() : made;
window.heard = [];
document.addEventListener("keydown", (event) => heard.push(event.key));
window.model = new Model(JSON.parse(document.getElementById("state").textContent));
widget.initialize?.({ model });
widget.render({ model, el: document.querySelector("main") });
window.ready = true;
