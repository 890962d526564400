/** The API's shapes under the names that the pages use. They are generated: `npm run types` renews schema.ts. */

import type { components } from './schema';

type Schemas = components['schemas'];

export type Me = Schemas['Me'];
export type CourseCompletion = Schemas['Completion'];
export type Access = Schemas['Access'];
export type ContinueWith = Schemas['ContinueWith'];
export type CourseSummary = Schemas['CourseSummary'];
export type VideoProgress = Schemas['VideoProgress'];
export type Caption = Schemas['Caption'];
export type Video = Schemas['Video'];
export type CourseModule = Schemas['Module'];
export type CourseFile = Schemas['File'];
export type Course = Schemas['Course'];
export type Playback = Schemas['Playback'];
export type ProgressReport = Schemas['ProgressReport'];
export type Download = Schemas['Download'];
export type DownloadLink = Schemas['DownloadLink'];
export type Problem = Schemas['Problem'];

/** One page of a list; `next` is the cursor of the next one, or null on the last. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
}
