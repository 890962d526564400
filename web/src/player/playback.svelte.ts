import { ApiError } from '../api/client';
import { createEngine, type Engine, type SourceFailure } from './engine';
import { LinkKeeper, type Link } from './link';
import type { Preferences } from './preferences.svelte';
import { Watched } from './watched';

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** What there is to play. */
export interface Lesson {
  id: string;
  title: string;
  link: Link;
  duration: number;
  /** Where to start, in seconds. */
  startAt: number;
  isCompleted: boolean;
  /** Fetches a new link when this one has expired. */
  renewLink: () => Promise<Link>;
}

/** How a position was reached. */
export interface Reached {
  /** Whether the picture moves; when it stands still, another device may play. */
  isPlaying: boolean;
  outlivesPage: boolean;
}

export interface PlaybackEvents {
  /** The position is worth saving. Returns why the picture must stop, when it must. */
  onposition: (position: number, options: Reached) => Promise<ApiError | null>;
  /** Enough has been watched; at most once a lesson. */
  oncomplete: (position: number) => void;
  onended: () => void;
}

export type FailureReason =
  'network' | 'offline' | 'decode' | 'gone' | 'signedOut' | 'tooManyStreams' | 'tooManyDevices';
export interface Failure {
  reason: FailureReason;
  code: string;
  /** The devices that leave no room for this one. */
  devices: readonly string[];
}

const SAVE_EVERY_MS = 10_000;
const SPINNER_AFTER_MS = 400;
const STALLED_AFTER_MS = 2_500;

/** One <video>, as something that Svelte can draw: its state, and the commands of the viewer. */
export class Playback {
  time = $state(0);
  duration = $state(0);
  buffered = $state(0);
  paused = $state(true);
  ended = $state(false);
  /** The picture has been waiting long enough that the viewer should be told. */
  waiting = $state(false);
  /** This lesson has been played in this visit. */
  started = $state(false);
  volume = $state(1);
  muted = $state(false);
  rate = $state(1);
  failure: Failure | null = $state.raw(null);

  #video: HTMLVideoElement | null = null;
  #engine: Engine | null = null;
  #lesson: Lesson | null = null;
  #links: LinkKeeper | null = null;
  #loaded: Link | null = null;
  #watched = new Watched();
  #completed = false;
  /** What the viewer asked for; the element's own `paused` also changes on errors. */
  #wanted = false;
  /** Where a load that has not reached its first frame is meant to stand. */
  #heading: number | null = null;
  #queuedSeek: number | null = null;
  #reported: number | null = null;
  /** What was last said of whether the picture moves. */
  #saidToPlay = false;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #saving: ReturnType<typeof setInterval> | undefined;
  #waitingSince: ReturnType<typeof setTimeout>[] = [];

  constructor(
    private readonly preferences: Preferences,
    private readonly events: PlaybackEvents,
  ) {
    this.volume = preferences.volume;
    this.muted = preferences.muted;
    this.rate = preferences.rate;
  }

  /** Takes over a <video>; returns how to let go of it. */
  attach = (video: HTMLVideoElement): (() => void) => {
    this.#video = video;
    video.volume = this.volume;
    video.muted = this.muted;
    video.playbackRate = video.defaultPlaybackRate = this.rate;
    this.#engine = createEngine(video, (failure) => void this.#recover(failure));
    const stopListening = this.#listen(video);
    if (this.#lesson) this.open(this.#lesson, { play: this.#wanted });
    return () => {
      this.#report({ isClosing: true });
      clearTimeout(this.#renewal);
      clearInterval(this.#saving);
      this.#stopWaiting();
      stopListening();
      this.#engine?.destroy();
      this.#video = this.#engine = null;
    };
  };

  /** Puts a lesson into the player, in place of the one before. */
  open(lesson: Lesson, { play }: { play: boolean }): void {
    this.#report();
    this.#lesson = lesson;
    this.#links = new LinkKeeper(lesson.link, lesson.renewLink, Date.now);
    this.#watched = new Watched(lesson.startAt);
    this.#completed = lesson.isCompleted;
    this.#reported = null;
    this.#saidToPlay = false;
    this.#queuedSeek = null;
    this.time = lesson.startAt;
    this.duration = lesson.duration;
    this.buffered = 0;
    this.started = false;
    this.ended = false;
    this.failure = null;
    this.#wanted = play;
    this.#load(lesson.link, lesson.startAt);
    this.#scheduleRenewal();
    if (play) this.#start();
  }

  toggle(): void {
    if (this.paused) this.play();
    else this.pause();
  }

  play(): void {
    this.#wanted = true;
    if (this.ended) this.seek(0);
    else this.#loadIfEnding(this.#position());
    this.#start();
  }

  pause(): void {
    this.#wanted = false;
    this.#video?.pause();
  }

  seek(time: number): void {
    const video = this.#video;
    if (!video) return;
    const target = Math.min(Math.max(0, time), this.duration || 0);
    this.time = target;
    this.ended = false;
    this.#watched.lift();
    if (this.#loadIfEnding(target)) return;
    if (video.readyState === HTMLMediaElement.HAVE_NOTHING) this.#loadAgain(target);
    // While a slider is dragged only the newest target counts: each seek is a request.
    else if (video.seeking) this.#queuedSeek = target;
    else video.currentTime = target;
  }

  skip(seconds: number): void {
    this.seek(this.time + seconds);
  }

  setRate(rate: number): void {
    this.rate = rate;
    this.preferences.remember({ rate });
    if (this.#video) this.#video.playbackRate = this.#video.defaultPlaybackRate = rate;
  }

  stepRate(step: 1 | -1): void {
    const at = RATES.findIndex((rate) => rate === this.rate);
    this.setRate(RATES[at + step] ?? this.rate);
  }

  setVolume(volume: number): void {
    const level = Math.min(1, Math.max(0, volume));
    if (!this.#video) return;
    this.#video.volume = level;
    this.#video.muted = level === 0;
  }

  toggleMuted(): void {
    const video = this.#video;
    if (!video) return;
    if (video.volume === 0) this.setVolume(0.5);
    else video.muted = !video.muted;
  }

  /** Tries again after a failure, at the same place. */
  retry(): void {
    this.#links?.forgive();
    this.#wanted = true;
    void this.#reload('network');
  }

  /** Goes on when the connection is back, if that was what stopped us. */
  online(): void {
    if (this.failure?.reason === 'offline') this.retry();
  }

  /** Saves the position though the page may be going away, or is. */
  leave({ isClosing = false } = {}): void {
    this.#report({ outlivesPage: true, isClosing });
  }

  #position(): number {
    return this.#heading ?? this.#video?.currentTime ?? this.time;
  }

  #load(link: Link, at: number): void {
    this.#heading = at;
    this.#loaded = link;
    this.#watched.lift();
    this.#engine?.load({ url: link.url }, at);
    // Loading stops the element without an event.
    this.paused = this.#video?.paused ?? true;
  }

  #loadAgain(at: number): void {
    if (!this.#loaded) return;
    this.#load(this.#loaded, at);
    if (this.#wanted) this.#start();
  }

  #start(): void {
    this.#video?.play().catch((error: unknown) => {
      // The browser wants a click first; everything else arrives as an error event.
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#wanted = false;
    });
  }

  /** Swaps in a newer link where the one in use may be refused; returns whether it did. */
  #loadIfEnding(at: number): boolean {
    const fresh = this.#links?.current;
    if (!fresh || !this.#loaded || fresh === this.#loaded) return false;
    if (!this.#links?.isEnding(this.#loaded)) return false;
    this.#load(fresh, at);
    if (this.#wanted) this.#start();
    return true;
  }

  #scheduleRenewal(): void {
    clearTimeout(this.#renewal);
    const links = this.#links;
    const delay = links?.renewalDelay ?? null;
    if (!links || delay === null) return;
    this.#renewal = setTimeout(() => {
      // Most failures here disturb nobody: the link in use still works, and its own failure is handled.
      links.renewed().then(
        () => links === this.#links && this.#scheduleRenewal(),
        (error: unknown) => links === this.#links && !this.paused && this.#stopFor(error),
      );
    }, delay);
  }

  async #recover(failure: SourceFailure): Promise<void> {
    if (failure.kind === 'decode') this.#fail('decode', failure.code);
    else if (this.#links?.mayRetry()) await this.#reload(failure.code);
    else this.#fail(navigator.onLine ? 'network' : 'offline', failure.code);
  }

  async #reload(code: string): Promise<void> {
    const links = this.#links;
    const at = this.#position();
    if (!links) return;
    try {
      const link = await links.renewed();
      if (links !== this.#links) return;
      this.failure = null;
      this.#load(link, at);
      this.#scheduleRenewal();
      if (this.#wanted) this.#start();
    } catch (error) {
      if (links === this.#links) {
        this.#fail(reasonOf(error), codeOf(error) ?? code, devicesOf(error));
      }
    }
  }

  #fail(reason: FailureReason, code: string, devices: readonly string[] = []): void {
    this.#stopWaiting();
    this.failure = { reason, code, devices };
  }

  /** Stops when other devices leave no room for this one; nothing else stops what plays. */
  #stopFor(error: unknown): void {
    const reason = reasonOf(error);
    if (reason !== 'tooManyStreams' && reason !== 'tooManyDevices') return;
    this.pause();
    this.#fail(reason, codeOf(error) ?? reason, devicesOf(error));
  }

  #report({ outlivesPage = false, isClosing = false } = {}): void {
    if (!this.started || !this.#video) return;
    const position = this.#position();
    const isPlaying = !isClosing && !this.#video.paused;
    if (isPlaying === this.#saidToPlay && (position === 0 || position === this.#reported)) return;
    this.#reported = position;
    this.#saidToPlay = isPlaying;
    const links = this.#links;
    void this.events.onposition(position, { outlivesPage, isPlaying }).then((refusal) => {
      if (refusal && isPlaying && links === this.#links) this.#stopFor(refusal);
    });
  }

  #startWaiting(): void {
    this.#stopWaiting();
    this.#waitingSince = [
      setTimeout(() => (this.waiting = true), SPINNER_AFTER_MS),
      // Some browsers retry a refused link in silence; an expired one cannot come back.
      setTimeout(() => {
        const hasEnded = this.#loaded && this.#links?.isEnding(this.#loaded);
        if (hasEnded && this.#links?.mayRetry()) void this.#reload('stalled');
      }, STALLED_AFTER_MS),
    ];
  }

  #stopWaiting(): void {
    this.#waitingSince.forEach(clearTimeout);
    this.#waitingSince = [];
    this.waiting = false;
  }

  #complete(): void {
    if (this.#completed) return;
    this.#completed = true;
    this.events.oncomplete(this.#position());
  }

  #onTime(video: HTMLVideoElement): void {
    if (this.#heading !== null || video.seeking) return;
    this.time = video.currentTime;
    if (video.paused) return;
    this.#watched.tick(video.currentTime);
    if (this.#watched.isEnough(this.duration)) this.#complete();
  }

  #onSeeked(video: HTMLVideoElement): void {
    const queued = this.#queuedSeek;
    this.#queuedSeek = null;
    if (queued !== null) video.currentTime = queued;
    else if (this.#heading === null) this.time = video.currentTime;
    this.#report();
  }

  #onPlaying(): void {
    this.#heading = null;
    this.#links?.forgive();
    this.#stopWaiting();
    this.started = true;
    this.failure = null;
    // Whether there is room is asked at once, and not only after the first ten seconds.
    if (!this.#saidToPlay) this.#report();
    clearInterval(this.#saving);
    this.#saving = setInterval(() => this.#report(), SAVE_EVERY_MS);
  }

  #onPause(): void {
    clearInterval(this.#saving);
    this.#watched.lift();
    this.#report();
  }

  #onEnded(): void {
    this.ended = true;
    this.#wanted = false;
    this.#complete();
    this.events.onended();
  }

  #listen(video: HTMLVideoElement): () => void {
    const stop = new AbortController();
    const on = (type: string, handler: () => void) =>
      video.addEventListener(type, handler, { signal: stop.signal });

    on('loadeddata', () => {
      // The first frame is at its place once no seek to the starting point is under way.
      if (!video.seeking) this.#heading = null;
    });
    on('durationchange', () => {
      if (Number.isFinite(video.duration)) this.duration = video.duration;
    });
    on('timeupdate', () => this.#onTime(video));
    on('seeking', () => this.#watched.lift());
    on('seeked', () => {
      this.#heading = null;
      this.#onSeeked(video);
    });
    on('progress', () => (this.buffered = bufferedEnd(video)));
    on('waiting', () => this.#startWaiting());
    on('canplay', () => this.#stopWaiting());
    on('play', () => (this.paused = false));
    on('playing', () => this.#onPlaying());
    on('pause', () => {
      this.paused = true;
      this.#onPause();
    });
    on('ended', () => this.#onEnded());
    on('volumechange', () => {
      this.volume = video.volume;
      this.muted = video.muted;
      this.preferences.remember({ volume: video.volume, muted: video.muted });
    });
    return () => stop.abort();
  }
}

/** Returns the end of the stretch that holds the present position. */
function bufferedEnd(video: HTMLVideoElement): number {
  const { buffered, currentTime } = video;
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime + 0.5 && buffered.end(index) >= currentTime) {
      return buffered.end(index);
    }
  }
  return 0;
}

function reasonOf(error: unknown): FailureReason {
  if (!(error instanceof ApiError)) return 'network';
  if (error.isSignedOut) return 'signedOut';
  if (error.code === 'too_many_streams') return 'tooManyStreams';
  if (error.code === 'too_many_devices') return 'tooManyDevices';
  if (error.isNotFound || error.status === 403) return 'gone';
  return error.status === 0 && !navigator.onLine ? 'offline' : 'network';
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof ApiError)) return null;
  return error.requestId ? `${error.code} ${error.requestId}` : error.code;
}

function devicesOf(error: unknown): readonly string[] {
  return error instanceof ApiError ? error.devices : [];
}
