// The contrast of two colours, as the Web Content Accessibility Guidelines count it.

function luminance(colour) {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((x) => x / 255)
    .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function digitContrast() {
  const style = (name) => getComputedStyle(document.querySelector(name));
  return contrast(style(".bc-digits").color, style(".backcare-player").backgroundColor);
}

// Of each caption of a figure with the ground that the figure stands on.
function captionContrasts() {
  return [...document.querySelectorAll(":is(.bc-card, .bc-next-card) text")].map((text) => {
    const ground = getComputedStyle(text.closest(".bc-card, .bc-next-card")).backgroundColor;
    return contrast(getComputedStyle(text).fill, ground);
  });
}

Object.assign(window, { digitContrast, captionContrasts });
