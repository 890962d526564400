/** iPhones let only the <video> itself go full screen. */
type AppleVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

/** Where the picture is: in the page, over the whole screen, or in a window of its own. */
export class Display {
  isFullScreen = $state(false);
  hasPictureInPicture = $state(false);
  #root: HTMLElement | null = null;
  #video: AppleVideo | null = null;

  /** Follows a player and the video in it; returns how to stop. */
  attach(root: HTMLElement): () => void {
    this.#root = root;
    this.#video = root.querySelector('video');
    this.hasPictureInPicture = document.pictureInPictureEnabled ?? false;
    const onChange = () => (this.isFullScreen = this.#fullScreenElement() === root);
    document.addEventListener('fullscreenchange', onChange);
    return () => document.removeEventListener('fullscreenchange', onChange);
  }

  toggleFullScreen(): void {
    // The browser may refuse; then the page stays as it is, which is answer enough.
    if (this.#fullScreenElement()) void document.exitFullscreen().catch(() => {});
    else if (this.#root?.requestFullscreen) void this.#root.requestFullscreen().catch(() => {});
    else this.#video?.webkitEnterFullscreen?.();
  }

  togglePictureInPicture(): void {
    if (!this.hasPictureInPicture) return;
    if (document.pictureInPictureElement) void document.exitPictureInPicture().catch(() => {});
    else void this.#video?.requestPictureInPicture().catch(() => {});
  }

  /** The document hides what is inside a shadow root, so the root itself is asked. */
  #fullScreenElement(): Element | null {
    const home = this.#root?.getRootNode();
    return home instanceof ShadowRoot ? home.fullscreenElement : document.fullscreenElement;
  }
}
