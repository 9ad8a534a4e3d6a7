// A model as a widget manager hands it over, with every message to the kernel counted.
export class Model {
  constructor(state) { this.state = state; this.heard = {}; this.changed = {}; this.messages = []; }
  get(name) { return this.state[name]; }
  set(name, value) { this.state[name] = value; this.changed[name] = value; }
  save_changes() {
    if (Object.keys(this.changed).length) this.messages.push(this.changed);
    this.changed = {};
  }
  send(content) { this.messages.push(content); }
  on(event, listener) { (this.heard[event] ??= []).push(listener); }
  off(event, listener) { this.heard[event] = this.heard[event]?.filter((f) => f !== listener); }
  receive(state) {
    Object.assign(this.state, state);
    for (const name of Object.keys(state)) this.heard["change:" + name]?.forEach((f) => f());
  }
}
