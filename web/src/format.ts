import { locale } from './i18n';

/** Returns seconds as a clock shows them: `1:05`, `1:01:05`. */
export function clock(seconds: number): string {
  const whole = wholeSeconds(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** Returns seconds as one would say them, for screen readers: `1 minute, 5 seconds`. */
export function spoken(seconds: number): string {
  const whole = wholeSeconds(seconds);
  const parts = [
    unit(Math.floor(whole / 3600), 'hour', 'long'),
    unit(Math.floor(whole / 60) % 60, 'minute', 'long'),
    unit(whole % 60, 'second', 'long'),
  ].filter((part) => part.amount > 0);
  const said = parts.length > 0 ? parts : [unit(0, 'second', 'long')];
  return new Intl.ListFormat(locale, { type: 'unit' }).format(said.map((part) => part.text));
}

/** Returns a length as one would write it on a card: `45 sec`, `8 min`, `1 hr 12 min`. */
export function length(seconds: number): string {
  const whole = wholeSeconds(seconds);
  if (whole < 60) return unit(whole, 'second', 'short').text;
  const minutes = Math.round(whole / 60);
  const parts = [
    unit(Math.floor(minutes / 60), 'hour', 'short'),
    unit(minutes % 60, 'minute', 'short'),
  ];
  return parts
    .filter((part) => part.amount > 0)
    .map((part) => part.text)
    .join(' ');
}

/** Returns a size as shops write it, in powers of 1000: `48 kB`, `1.2 MB`. */
export function fileSize(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let amount = Math.max(0, bytes);
  let step = 0;
  while (amount >= 999.5 && step < units.length - 1) {
    amount /= 1000;
    step += 1;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[step],
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step > 0 && amount < 10 ? 1 : 0,
  }).format(amount);
}

/** Returns the day of an RFC 3339 time in the reader's own time zone: `3 March 2027`. */
export function day(time: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(new Date(time));
}

/** Returns a share of 0 to 1 as a whole percent; 100 only when nothing is missing. */
export function percent(done: number, total: number): number {
  if (total <= 0) return 0;
  const share = Math.min(1, Math.max(0, done / total));
  return share === 1 ? 100 : Math.min(99, Math.round(share * 100));
}

/** Returns a playback speed as players write it: `1.25×`. */
export function speed(rate: number): string {
  return `${number(rate)}×`;
}

export function number(value: number): string {
  return new Intl.NumberFormat(locale).format(value);
}

function wholeSeconds(seconds: number): number {
  return Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
}

function unit(amount: number, name: string, unitDisplay: 'long' | 'short') {
  const text = new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay });
  return { amount, text: text.format(amount) };
}
