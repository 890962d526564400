/** The only file that knows how a source gets into a <video>. */

export interface Source {
  url: string;
}

/** `network`: the bytes did not come, a new link may help. `decode`: they came and cannot be played, nothing helps. */
export type SourceFailure = { kind: 'network' | 'decode'; code: string };

export interface Engine {
  /** Loads a source and stands at `at` seconds, as soon as the browser knows where that is. */
  load(source: Source, at: number): void;
  destroy(): void;
}

export function createEngine(
  video: HTMLVideoElement,
  onFailure: (failure: SourceFailure) => void,
): Engine {
  let loading = new AbortController();

  const onError = () => {
    const error = video.error;
    if (!error) return;
    // A refused link (403) shows as "source not supported" before the first byte and as a network error after it.
    const isDecode = error.code === MediaError.MEDIA_ERR_DECODE;
    onFailure({ kind: isDecode ? 'decode' : 'network', code: `media_${error.code}` });
  };
  video.addEventListener('error', onError);

  return {
    load(source, at) {
      loading.abort();
      loading = new AbortController();
      if (at > 0) {
        const start = () => (video.currentTime = at);
        video.addEventListener('loadedmetadata', start, { once: true, signal: loading.signal });
      }
      video.src = source.url;
      video.load();
    },
    destroy() {
      loading.abort();
      video.removeEventListener('error', onError);
      video.removeAttribute('src');
      video.load();
    },
  };
}
