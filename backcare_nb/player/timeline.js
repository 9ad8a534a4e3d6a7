// @ts-check
// A session as time passes: all of it a pure function of the timeline and the elapsed milliseconds.

/**
 * Times are milliseconds: those of a phase from the start of the session, those of a cue from the
 * start of its phase.
 * @typedef {{at: number, tone: string, say: string, more: boolean, language?: string}} Cue
 * @typedef {{key: string, travel: string, at: number}} Figure
 * @typedef {{kind: string, start: number, end: number, title: string, words: string, say: string,
 *   exercise: string, step: string, side: string, round: number, rounds: number,
 *   figure: Figure|null, cues: Cue[], wait: boolean, count: number, turn: number,
 *   care: string[], label: string, language?: string}} Phase
 * @typedef {{title: string, total: number, phases: Phase[]}} Timeline
 */

/**
 * @param {number} share 0 to 1
 * @returns {number} 0 to 1, slow at both ends, as a body moves
 */
const easeInOut = (share) => (1 - Math.cos(Math.PI * Math.min(Math.max(share, 0), 1))) / 2;

/**
 * @param {Timeline} timeline
 * @param {number} elapsed milliseconds
 * @returns {number} the phase it falls in
 */
export function findPhaseIndex({ phases }, elapsed) {
  let low = 0;
  let high = phases.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (phases[middle].start <= elapsed) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Find one moment of a session: its phase, the repetition or breath (`count`), and the `share` of it
 * that is over; `into` and `left` are milliseconds of the phase, `remaining` those of the session.
 * @param {Timeline} timeline
 * @param {number} elapsed milliseconds
 */
export function getMoment(timeline, elapsed) {
  const now = Math.min(Math.max(elapsed, 0), timeline.total);
  const index = findPhaseIndex(timeline, now);
  const phase = timeline.phases[index];
  const times = Math.max(phase.count, 1);
  const over = ((now - phase.start) / (phase.end - phase.start)) * times;
  const done = Math.min(Math.floor(over), times - 1);
  return {
    index,
    phase,
    into: now - phase.start,
    left: phase.end - now,
    remaining: timeline.total - now,
    count: done + 1,
    share: over - done,
  };
}

/**
 * How far along its motion the figure of a phase is.
 * @param {Phase} phase
 * @param {number} share of the phase, or of one repetition or breath
 * @param {boolean} loops a motion that ends where it began goes round instead of back
 * @param {number} count which repetition or breath it is, from 1
 * @returns {number} 0 to 1
 */
export function getProgress({ figure, turn, count: times }, share, loops, count) {
  if (figure?.travel === "stay") return figure.at;
  if (figure?.travel === "once") return easeInOut(share);
  if (figure?.travel === "back") return 1 - easeInOut(share);
  if (loops) return figure?.travel === "both_ways" && count - 1 >= times / 2 ? 1 - share : share;
  return easeInOut(share < turn ? share / turn : (1 - share) / (1 - turn));
}

/**
 * Does the clock stand still before a phase, until the person goes on?
 * @param {Timeline} timeline
 * @param {number} index
 * @param {boolean} each exercise waits, once its position is taken; nobody is kept in the midst of one
 */
export function mustWaitBefore({ phases }, index, each) {
  const placed = ["setup", "rise"].includes(phases[index - 1]?.kind);
  return phases[index].wait || (each && placed);
}

/**
 * Make one phase longer: by some time, or by whole repetitions where it counts them.
 * @param {Timeline} timeline
 * @param {number} index
 * @param {number} more milliseconds
 * @returns {Timeline} another one
 */
export function extendPhase(timeline, index, more) {
  const { start, end, count, kind, cues } = timeline.phases[index];
  const one = (end - start) / (count || 1);
  const times = count ? Math.max(1, Math.round(more / one)) : 0;
  const added = count ? Math.round(times * one) : more;
  const later = cues.map((cue) => {
    if (cue.tone === "halfway") return { ...cue, at: Math.round((end - start + added) / 2) };
    return kind === "hold" && cue.at ? { ...cue, at: cue.at + added } : cue;
  });
  const last = kind === "hold" ? [] : cues.filter((cue) => cue.at >= end - start - one);
  for (let n = 1; n <= times; n++) {
    for (const cue of last) {
      const say = kind === "repeat" ? `${count + n}.` : cue.say;
      later.push({ ...cue, at: Math.round(cue.at + n * one), say });
    }
  }
  const phases = timeline.phases.map((phase, i) => {
    if (i < index) return phase;
    if (i > index) return { ...phase, start: phase.start + added, end: phase.end + added };
    return { ...phase, end: end + added, count: count + times, cues: later };
  });
  return { ...timeline, total: timeline.total + added, phases };
}

/**
 * Find the words of a phase's stage: of one that is told in stages, what is said of it at a moment.
 * @param {Phase} phase
 * @param {number} into milliseconds
 */
export function findStageWords({ words, cues }, into) {
  const stages = cues.filter(({ say, more }) => say && !more && words.includes(say));
  const now = stages.filter(({ at }) => at <= into).pop();
  return now?.say ?? words.split(stages[0]?.say)[0].trim();
}

/**
 * Group the sentences of words, in their order, as many together as their letters allow.
 * @param {string} words
 * @param {number} most letters of a group; a longer sentence is a group by itself
 */
export function groupSentences(words, most) {
  const groups = [""];
  for (const sentence of words.match(/[^.?!]+[.?!]*\s*/g) ?? []) {
    const joined = groups[groups.length - 1] + sentence;
    if (joined.trim().length > most && joined !== sentence) groups.push(sentence);
    else groups[groups.length - 1] = joined;
  }
  return groups.map((group) => group.trim());
}

/**
 * List the tones and the words of some phases, each at its time in the session.
 * @param {Timeline} timeline
 * @param {number} from
 * @param {number} to one after the last phase
 * @returns {Cue[]}
 */
export function listCues({ phases }, from, to) {
  return phases.slice(from, to).flatMap(({ start, say, cues, language }) =>
    [{ at: 0, tone: "", say, more: false }, ...cues].map((cue) => ({ ...cue, language, at: start + cue.at })));
}

/**
 * @param {number} ms
 * @returns {string} minutes and seconds, rounded up as a countdown is read
 */
export function formatClock(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000 - 0.001));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * @param {number} n
 * @param {string} noun
 * @returns {string} "2 minutes"; nothing for 0
 */
export const formatCount = (n, noun) => (n ? `${n} ${noun}${n === 1 ? "" : "s"}` : "");

/**
 * @param {number} ms
 * @returns {string} "1 minute 30 seconds"
 */
export function formatDuration(ms) {
  const seconds = Math.round(ms / 1000);
  const parts = [formatCount(Math.floor(seconds / 60), "minute"), formatCount(seconds % 60, "second")];
  return parts.filter(Boolean).join(" ") || "0 seconds";
}
