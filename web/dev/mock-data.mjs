/** What the mock's only customer owns. */

export const me = {
  customer: { id: 'cus_mock', email: 'ada@example.com' },
  shop: { name: 'Paper & Pigment', url: 'https://shop.example.com/' },
};

const day = (text) => `${text}T09:30:00Z`;
let counter = 0;

function video(title, duration_seconds, state = {}) {
  counter += 1;
  return {
    id: `vid_${String(counter).padStart(3, '0')}`,
    title,
    order: counter,
    duration_seconds,
    poster_url: null,
    captions: [],
    progress: { position_seconds: 0, completed_at: null, updated_at: null, ...state },
  };
}

function module(order, title, videos) {
  return { id: `mod_${order}${counter}`, title, order, videos };
}

const done = (at) => ({ position_seconds: 98, completed_at: day(at), updated_at: day(at) });

export const courses = [
  {
    id: 'crs_watercolour',
    title: 'Watercolour for Beginners',
    description:
      'From the first wash to a finished painting, in short lessons that fit between supper and bed.\n\nYou need a brush, three colours and a sheet of paper. Stretch the paper, mix three washes, and keep the first sheet: you will compare it with the last one.',
    cover_url: null,
    access: { until: null },
    last_watched_at: day('2026-11-20'),
    modules: [
      module(1, 'Welcome', [
        video('What you will make', 100, done('2026-11-18')),
        video('Tools and materials', 100, done('2026-11-19')),
      ]),
      module(2, 'First steps', [
        video('Stretching the paper', 100, {
          position_seconds: 41.5,
          updated_at: day('2026-11-20'),
        }),
        video('Your first wash', 100),
        video('Mistakes everybody makes, and how to live with them', 100),
      ]),
      module(3, 'Light and shadow', [
        video('Reading a photograph', 100),
        video('Three values', 100),
      ]),
    ],
    files: [
      {
        id: 'fil_palette',
        title: 'Palette reference',
        size_bytes: 48_213,
        media_type: 'application/pdf',
      },
      {
        id: 'fil_sheets',
        title: 'Practice sheets',
        size_bytes: 3_412_000,
        media_type: 'application/zip',
      },
    ],
  },
  {
    id: 'crs_linocut',
    title: 'Linocut at the Kitchen Table',
    description: 'Cut, ink and print with what you have at home.',
    cover_url: null,
    access: { until: day('2027-03-03') },
    last_watched_at: null,
    modules: [
      module(1, 'Getting ready', [video('The block', 100), video('Sharp tools', 100)]),
      module(2, 'Cutting', [video('Lines', 100), video('Planes', 100), video('Texture', 100)]),
      module(3, 'Printing', [video('Ink and paper', 100)]),
    ],
    files: [],
  },
  {
    id: 'crs_drawing',
    title: 'A Drawing a Day',
    description: '',
    cover_url: null,
    access: { until: null },
    last_watched_at: day('2026-09-02'),
    modules: [
      module(1, 'One week', [
        video('Monday: a cup', 100, done('2026-09-01')),
        video('Tuesday: a plant', 100, done('2026-09-02')),
      ]),
    ],
    files: [],
  },
];

export const downloads = [
  {
    id: 'fil_palette',
    title: 'Palette reference',
    size_bytes: 48_213,
    media_type: 'application/pdf',
    product_title: 'Watercolour for Beginners',
  },
  {
    id: 'fil_sheets',
    title: 'Practice sheets',
    size_bytes: 3_412_000,
    media_type: 'application/zip',
    product_title: 'Watercolour for Beginners',
  },
  {
    id: 'fil_brushes',
    title: 'Brush pack for tablets',
    size_bytes: 128_400_000,
    media_type: 'application/zip',
    product_title: 'Brush pack for tablets',
  },
  {
    id: 'fil_rain',
    title: 'Rain on a roof, one hour',
    size_bytes: 57_100_000,
    media_type: 'audio/mpeg',
    product_title: 'Studio sounds',
  },
];

/** Returns enough courses for the filter to appear. */
export function manyCourses() {
  return Array.from({ length: 9 }, (_, index) => ({
    ...courses[index % courses.length],
    id: `${courses[index % courses.length].id}_${index}`,
  }));
}
