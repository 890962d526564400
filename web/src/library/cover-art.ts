/** A drawing that stands in for a cover: a colonnade with a landscape behind it. */
export interface CoverArt {
  palette: Palette;
  sun: { x: number; y: number; r: number };
  hill: string;
  /** The outlines of the arches. */
  openings: string;
  /** How far the inner side of every arch shows: it gives the wall its thickness. */
  depth: number;
}

interface Palette {
  wall: string;
  reveal: string;
  sky: [top: string, bottom: string];
  hill: string;
  sun: string;
}

export const WIDTH = 320;
export const HEIGHT = 180;
const FLOOR = 166;

/** Times of day around one sea; all of them calm beside each other. */
const PALETTES: [Palette, ...Palette[]] = [
  palette('#0f5c52', '#2f8577', '#dcf3ec', '#93d8c7', '#3fa08e', '#fff1c9'),
  palette('#a4472f', '#cb6d4c', '#ffe6c8', '#f8b98b', '#dc7a53', '#fff8e6'),
  palette('#4b3166', '#70508f', '#f8dbe8', '#c9a0d8', '#8c67ad', '#fff0d6'),
  palette('#1f4371', '#3c689e', '#e0f1ff', '#95c8f0', '#4483bb', '#fff3cf'),
  palette('#515d2b', '#75833f', '#f8f4d0', '#d8d990', '#97a450', '#fffdf0'),
  palette('#8a3049', '#b2526c', '#ffe4de', '#f6b0aa', '#d2717f', '#fff3dc'),
  palette('#8a5c17', '#b58130', '#fff3d6', '#f6d488', '#d4a247', '#ffffff'),
  palette('#29333f', '#4a5a6e', '#d3deee', '#8b9fc0', '#54698c', '#fdf3d0'),
];

/** Composes a cover of 320 × 180 from a seed such as a course's id; the same seed always gives the same. */
export function coverArt(seed: string): CoverArt {
  const random = generator(hash(seed));
  const between = (low: number, high: number) => low + random() * (high - low);

  const chosen = PALETTES[Math.floor(random() * PALETTES.length)] ?? PALETTES[0];
  const count = Math.floor(between(3, 6));
  const pitch = WIDTH / count;
  const width = pitch * between(0.74, 0.8);
  const depth = Math.max(4, width * 0.08);
  const crown = between(20, 34);
  const lefts = Array.from({ length: count }, (_, index) => pitch * (index + 0.5) - width / 2);
  const shore = between(108, 132);
  // The sun stands whole inside one of the arches.
  const home = lefts[Math.floor(random() * count)] ?? 0;

  return {
    palette: chosen,
    sun: {
      x: round(home + (width + depth) / 2),
      y: round(crown + width / 2 + between(2, 14)),
      r: round((width - depth) * between(0.22, 0.3)),
    },
    hill: [
      `M0 ${round(shore)}`,
      `C90 ${round(shore - between(8, 32))} 170 ${round(shore + between(4, 26))}`,
      `${WIDTH} ${round(shore - between(8, 28))}`,
      `V${HEIGHT}H0z`,
    ].join(' '),
    openings: lefts.map((left) => arch(left, width, crown)).join(''),
    depth: round(depth),
  };
}

function palette(
  wall: string,
  reveal: string,
  top: string,
  bottom: string,
  hill: string,
  sun: string,
): Palette {
  return { wall, reveal, sky: [top, bottom], hill, sun };
}

/** Returns the outline of an arch that stands on the floor: two sides and a half circle. */
function arch(left: number, width: number, crown: number): string {
  const radius = round(width / 2);
  const spring = round(crown + radius);
  return `M${round(left)} ${FLOOR}V${spring}a${radius} ${radius} 0 0 1 ${2 * radius} 0V${FLOOR}z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
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
