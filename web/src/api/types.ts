/** The API's shapes as the pages use them. Times are RFC 3339 in UTC; durations and positions are seconds. */

export interface Me {
  customer: { id: string; email: string | null };
  shop: { name: string; url: string | null };
}

export interface Page<Item> {
  items: Item[];
  /** The cursor of the next page, or null on the last one. */
  next: string | null;
}

export interface CourseCompletion {
  completed: number;
  total: number;
}

export interface Access {
  /** When access ends, or null when it does not. */
  until: string | null;
}

export interface ContinueWith {
  video_id: string;
  title: string;
  module_title: string;
  position_seconds: number;
  duration_seconds: number;
}

export interface CourseSummary {
  id: string;
  title: string;
  description: string;
  cover_url: string | null;
  access: Access;
  progress: CourseCompletion;
  duration_seconds: number;
  last_watched_at: string | null;
  continue_with: ContinueWith | null;
}

export interface VideoProgress {
  position_seconds: number;
  completed_at: string | null;
  updated_at: string | null;
}

export interface Caption {
  language: string;
  label: string;
  url: string;
}

export interface Video {
  id: string;
  title: string;
  order: number;
  duration_seconds: number;
  /** Signed; good until the course's `links_expire_at`. */
  url: string;
  poster_url: string | null;
  captions: Caption[];
  progress: VideoProgress;
}

export interface CourseModule {
  id: string;
  title: string;
  order: number;
  videos: Video[];
}

export interface CourseFile {
  id: string;
  title: string;
  size_bytes: number;
  media_type: string;
}

export interface Course {
  id: string;
  title: string;
  description: string;
  cover_url: string | null;
  access: Access;
  progress: CourseCompletion;
  links_expire_at: string;
  modules: CourseModule[];
  files: CourseFile[];
}

export interface Playback {
  id: string;
  url: string;
  links_expire_at: string;
  poster_url: string | null;
  captions: Caption[];
  progress: VideoProgress;
}

export interface ProgressReport {
  position_seconds: number;
  client_time: string;
  completed?: boolean;
  start_over?: true;
}

export interface Download extends CourseFile {
  product_title: string;
}

export interface DownloadLink {
  url: string;
  expires_at: string;
}

/** RFC 9457, as the API writes it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  request_id: string;
}
