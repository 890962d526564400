/** A drawing that stands in for a cover: a colonnade with the sky behind it. The same course always gets the same. */
export interface CoverArt {
  sky: [top: string, bottom: string];
  sun: { x: number; y: number; r: number; color: string };
  hill: { path: string; color: string };
  wall: string;
  /** The outlines of the arches. */
  openings: string;
  /** The inner side of every arch, and how much of it shows: it gives the wall its thickness. */
  reveal: string;
  depth: number;
}

export const WIDTH = 320;
export const HEIGHT = 180;

/** Hues of sky and wall that look calm together. */
const PALETTES: [sky: number, wall: number][] = [
  [185, 178],
  [62, 32],
  [285, 290],
  [232, 255],
  [130, 155],
  [20, 350],
  [85, 60],
  [215, 200],
];

/** Composes a cover of 320 × 180 from a seed such as a course's id. */
export function coverArt(seed: string): CoverArt {
  const random = generator(hash(seed));
  const between = (low: number, high: number) => low + random() * (high - low);
  const [sky, wall] = PALETTES[Math.floor(random() * PALETTES.length)] ?? [185, 178];

  const count = Math.floor(between(2, 5));
  const pitch = WIDTH / count;
  const width = pitch * between(0.62, 0.74);
  const crown = between(26, 44);
  const openings = Array.from({ length: count }, (_, index) => {
    const left = pitch * (index + 0.5) - width / 2;
    return { left, width, top: crown };
  });
  const shore = between(112, 138);

  return {
    sky: [color(0.93, 0.045, sky + 25), color(0.74, 0.095, sky)],
    sun: {
      x: round(between(70, 250)),
      y: round(between(70, 96)),
      r: round(between(16, 30)),
      color: color(0.97, 0.05, 90),
    },
    hill: {
      path: `M0 ${round(shore)}C90 ${round(shore - between(10, 34))} 170 ${round(shore + between(0, 26))} 320 ${round(shore - between(8, 30))}V180H0z`,
      color: color(0.58, 0.09, sky - 8),
    },
    wall: color(0.4, 0.07, wall),
    openings: openings.map(arch).join(''),
    reveal: color(0.54, 0.075, wall),
    depth: round(Math.max(4, width * 0.07)),
  };
}

/** Returns the outline of an arch that stands on the lower edge: two sides and a half circle. */
function arch({ left, width, top }: { left: number; width: number; top: number }): string {
  const radius = round(width / 2);
  return `M${round(left)} ${HEIGHT}V${round(top + radius)}a${radius} ${radius} 0 0 1 ${2 * radius} 0V${HEIGHT}z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function color(lightness: number, chroma: number, hue: number): string {
  return `oklch(${lightness} ${chroma} ${(hue + 360) % 360})`;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const unit of text) {
    value = Math.imul(value ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  }
  return value >>> 0;
}

/** Mulberry32: the same seed gives the same numbers, from 0 to 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
