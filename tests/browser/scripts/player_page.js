// A page with one player of a session; add() makes more of them.
import createPlayer from "../player.mjs";
import { Model } from "./model.js";

const state = JSON.parse(document.getElementById("state").textContent);

window.add = async (changes = {}, views = 1) => {
  const model = new Model({ ...structuredClone(state), ...changes });
  const player = createPlayer();
  const end = await player.initialize({ model });
  const leave = [];
  for (let i = 0; i < views; i++) {
    const el = document.createElement("div");
    document.querySelector("main").append(el);
    leave.push(await player.render({ model, el }));
  }
  window.model = model;
  return { model, leave, end };
};
await window.add();
window.ready = true;
